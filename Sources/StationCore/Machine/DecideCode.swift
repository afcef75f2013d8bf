extension Draft {
    /// A code was shown: whose it is depends on who is at the kiosk.
    mutating func showCode(_ code: ShownCode) {
        switch state.session {
        case nil, .refusing, .identifying:
            serve(code)
        case .collecting(let collecting):
            showCode(code, during: collecting)
        case .staff(let staff):
            showCode(code, to: staff)
        case .service(let service):
            notify(.sessionInUse, service.compartment)
        }
    }

    private mutating func showCode(_ code: ShownCode, during collecting: Collecting) {
        if let order = code.pickup, order.id == collecting.order.id {
            if case .done = collecting.step {
                // Their own code once more, within the grace time: open again, or say it is collected.
                serve(code)
            } else {
                notify(.alreadyServing)
            }
            return
        }
        switch collecting.step {
        case .done, .stuck:
            finish(collecting)
            endSession()
            serve(code)
        case .opening, .resting:
            notify(.sessionInUse, collecting.door)
        }
    }

    /// Nobody's door is in the way: answers a badge, a pickup code or an unknown code.
    private mutating func serve(_ code: ShownCode) {
        if let badge = code.badge {
            identify(badge)
            return
        }
        let isLong: Bool
        switch code.form {
        case .scanned(let bits): isLong = bits >= CodeBudget.longCodeBits
        case .typed: isLong = false
        }
        let allowance = state.wrongCodeAllowance
        if !isLong, state.codeBudget.remaining(at: time, allowance: allowance) == 0 {
            refuse(.keypadLockedOut(seconds: state.keypadWaitSeconds(at: now)))
            return
        }
        guard let order = code.pickup else {
            // The label of a parcel is no guess at a code: staff scanned it before they signed in.
            countWrong(isGuess: !isLong && code.parcel == nil, allowance: allowance)
            return
        }
        if let reopened = reopenable(order) {
            reopen(order, reopened, isTyped: code.form == .typed)
            return
        }
        if let refusal = standing(of: order) {
            refuse(refusal)
            return
        }
        beginCollecting(order, isTyped: code.form == .typed)
    }

    private mutating func countWrong(isGuess: Bool, allowance: Int) {
        guard isGuess else {
            refuse(.unknownCode(triesLeft: nil))
            return
        }
        record(.codeBudget(state.codeBudget.charged(at: time)))
        let left = state.codeBudget.remaining(at: time, allowance: allowance)
        if left == 0 { report(.keypadLockedOut) { $0.reason = "wrongCodeBudget" } }
        refuse(.unknownCode(triesLeft: left < 10 ? left : nil))
    }

    mutating func refuse(_ refusal: Refusal) {
        record(.session(.refusing(refusal, until: now.advanced(byMs: policy.refusalMs))))
    }

    /// Why this order cannot be collected now; nil if it can.
    func standing(of order: OrderRecord) -> Refusal? {
        let number = order.displayNumber
        switch order.standing {
        case .elsewhere(let storeName): return .wrongStore(orderNumber: number, storeName: storeName)
        case .cancelled: return .cancelled(orderNumber: number)
        case .onHold: return .onHold(orderNumber: number)
        case .completed: return .alreadyCollected(orderNumber: number, at: order.collectedAt)
        case .live: break
        }
        let open = order.parcels.filter { !$0.isWithdrawn }
        if !open.isEmpty, open.allSatisfy({ $0.place.isGone }) {
            return .alreadyCollected(orderNumber: number, at: order.collectedAt)
        }
        // While station time is not trusted nothing expires (S13).
        if order.isExpired { return .expired(orderNumber: number) }
        if let end = state.deadline(of: order), state.clock.isTrusted, end < time {
            return .expired(orderNumber: number)
        }
        if let start = order.notBefore, time < start { return .tooEarly(orderNumber: number, from: start) }
        if order.isPaymentDue { return .paymentDue(orderNumber: number) }
        let inside = open.filter { $0.place.compartment != nil }
        if inside.isEmpty {
            return order.deliveryMode == .locker
                ? .notReadyYet(orderNumber: number) : .notInLockers(orderNumber: number)
        }
        if !policy.collectPartial, open.contains(where: { $0.place == .awaited }) {
            return .notReadyYet(orderNumber: number)
        }
        return nil
    }
}

extension OrderRecord {
    /// When its last parcel was collected.
    var collectedAt: StationTime? {
        parcels.compactMap { parcel in
            if case .collected(let at) = parcel.place { at } else { nil }
        }.max()
    }
}

extension ParcelPlace {
    /// It has left the station.
    var isGone: Bool {
        switch self {
        case .collected, .recalled, .missing: true
        case .awaited, .inside: false
        }
    }
}

extension StationState {
    /// How many wrong codes a day S9 allows with the codes that are live now.
    public var wrongCodeAllowance: Int {
        CodeBudget.allowance(
            liveCodes: tally.liveTypedCodes,
            digits: policy.typedDigits,
            max: policy.wrongCodesPerDayMax
        )
    }

    /// Seconds until the keypad is back, rounded up; zero if it is not locked.
    public func keypadWaitSeconds(at instant: Instant) -> Int {
        let wait = codeBudget.waitMs(at: clock.time(at: instant), allowance: wrongCodeAllowance)
        return Int(wait / 1000) + (wait % 1000 == 0 ? 0 : 1)
    }
}

extension StationState {
    /// Why this order's code would open nothing now; nil if it would open a door.
    public func refusal(of order: OrderRecord, at instant: Instant) -> Refusal? {
        let draft = Draft(state: self, moment: Moment(instant: instant, uniqueID: ""))
        if let refusal = draft.standing(of: order) { return refusal }
        if isWithoutPower { return .powerLost(orderNumber: order.displayNumber) }
        let doors = compartments.filter { $0.holdsForCustomer(of: order.id) }
        if doors.contains(where: { $0.canOpen && $0.record.alarm == nil }) { return nil }
        return doors.contains { $0.record.alarm != nil }
            ? .needsStaff(orderNumber: order.displayNumber)
            : .doorsUnavailable(orderNumber: order.displayNumber)
    }
}
