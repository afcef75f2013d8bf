extension Draft {
    /// A valid code was shown. Their doors open one after the other; one of them may stand open already,
    /// because the
    /// station was restarted in the middle of their visit: then the visit goes on.
    mutating func beginCollecting(_ order: OrderRecord, isTyped: Bool, grant: GrantHold? = nil) {
        let present = state.openings.first { $0.isOpen(for: order.id) }
        let (ready, closedOff, isDoubtful) = doors(of: order, besides: present?.compartment, for: grant)
        guard present != nil || !state.isWithoutPower else {
            refuse(.powerLost(orderNumber: order.displayNumber))
            return
        }
        guard present != nil || !ready.isEmpty else {
            refuse(
                isDoubtful
                    ? .needsStaff(orderNumber: order.displayNumber)
                    : .doorsUnavailable(orderNumber: order.displayNumber)
            )
            return
        }
        var collecting = Collecting(
            handover: present?.handover ?? HandoverID(makeID()),
            order: order,
            isTyped: isTyped,
            doors: [present?.compartment].compactMap { $0 } + ready,
            index: 0,
            attempts: 0,
            step: .resting(attempt: 1, until: now),
            stuck: closedOff
        )
        collecting.grant = grant
        if let present {
            collecting.attempts = present.attempt
            collecting.step = .opening(present.id)
            record(.session(.collecting(collecting)))
            return
        }
        guard let first = ready.first, isAdmitted(.pickupCode(order.id, typed: isTyped), .collect, first)
        else {
            refuse(.tooManyOpenings(orderNumber: order.displayNumber))
            return
        }
        report(.pickupStarted) {
            $0.order = order.id
            $0.handover = collecting.handover
            $0.parcels = order.parcels.filter { $0.place.compartment != nil }.map(\.id)
            $0.method = collecting.method
            $0.grant = grant?.id
        }
        if let grant { use(grant, collecting) }
        tryDoor(collecting, attempt: 1)
    }

    /// The doors that hold this order's parcels: those that can be opened, and those that cannot.
    private func doors(
        of order: OrderRecord,
        besides present: CompartmentID?,
        for grant: GrantHold?
    ) -> (ready: [CompartmentID], closedOff: [CompartmentID], isDoubtful: Bool) {
        var ready: [CompartmentID] = []
        var closedOff: [CompartmentID] = []
        var isDoubtful = false
        for parcel in order.parcels where !parcel.isWithdrawn {
            guard let id = parcel.place.compartment, id != present, let compartment = state.compartment(id),
                compartment.holdsForCustomer(of: order.id), !ready.contains(id), !closedOff.contains(id)
            else { continue }
            // A grant is for the parcels that it names and for no others.
            if let grant, !compartment.record.contents.parcels.allSatisfy(grant.parcels.contains) { continue }
            if compartment.record.alarm != nil { isDoubtful = true }
            if state.isReadyToOpen(compartment) { ready.append(id) } else { closedOff.append(id) }
        }
        return (ready, closedOff, isDoubtful)
    }

    /// Opens the present door, waits until its coil has cooled, or goes on without it.
    mutating func tryDoor(_ collecting: Collecting, attempt: Int) {
        var next = collecting
        guard let door = collecting.door, let compartment = state.compartment(door) else {
            finish(collecting)
            return
        }
        if compartment.holdsForCustomer(of: collecting.order.id) {
            // Between two attempts the hold may have ended, or HQ may have cancelled.
            let refusal =
                standing(of: collecting.order)
                ?? standing(of: collecting.grant, orderNumber: collecting.order.displayNumber)
            if let refusal {
                reportStuck(collecting)
                refuse(refusal)
                return
            }
        } else if !state.isReopenable(compartment, for: collecting.order.id, at: now) {
            // The grace time is over, or HQ took the parcel out of the order: this door is not theirs any
            // more.
            advance(collecting)
            return
        }
        guard !state.isWithoutPower else {
            reportStuck(collecting)
            refuse(.powerLost(orderNumber: collecting.order.displayNumber))
            return
        }
        guard state.isReadyToOpen(compartment) else {
            // An alarm, its board or its coil came in between.
            next.attempts = policy.openAttemptsMax + Collecting.retriesMax
            giveUp(next, door)
            return
        }
        if let cool = compartment.coolsUntil, cool > now {
            next.step = .resting(attempt: attempt, until: cool)
            record(.session(.collecting(next)))
            return
        }
        let request = collectRequest(collecting, compartment, attempt: attempt)
        guard isAdmitted(request.authority, .collect, door) else {
            reportStuck(collecting)
            refuse(.tooManyOpenings(orderNumber: collecting.order.displayNumber))
            return
        }
        next.attempts = attempt
        next.step = .opening(intend(request))
        record(.session(.collecting(next)))
    }

    /// What an opening of this door in this handover is for. Without parcels of theirs inside it is opened
    /// again.
    func collectRequest(_ collecting: Collecting, _ compartment: CompartmentState, attempt: Int) -> Request {
        let order = collecting.order
        let isOwn = compartment.holdsForCustomer(of: order.id)
        return Request(
            compartment: compartment.plan.id,
            purpose: .collect,
            authority: .pickupCode(order.id, typed: collecting.isTyped),
            order: order.id,
            displayNumber: order.displayNumber,
            parcels: isOwn ? compartment.record.contents.parcels : [],
            awaitedElsewhere: order.awaited,
            handover: collecting.handover,
            attempt: attempt,
            isReopen: !isOwn,
            grant: collecting.grant?.id
        )
    }

    mutating func collectAttemptFailed(
        _ collecting: Collecting,
        _ opening: Opening,
        _ outcome: OpeningOutcome
    ) {
        var next = collecting
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            if let until = coilRest(retryAfterMs, waits: next.waits) {
                next.waits += 1
                next.step = .resting(attempt: opening.attempt, until: until)
                record(.session(.collecting(next)))
                return
            }
        case .failed where opening.attempt < policy.openAttemptsMax:
            next.isPulsed = true
            tryDoor(next, attempt: opening.attempt + 1)
            return
        case .failed, .unknown:
            next.isPulsed = true
        case .notActuated, .actuatedUnconfirmed, .opened, .openedAndClosed:
            break
        }
        doorIsStuck(opening, outcome)
        giveUp(next, opening.compartment)
    }

    /// This door stays shut for now: to the next one, or staff are called.
    private mutating func giveUp(_ collecting: Collecting, _ door: CompartmentID) {
        var next = collecting
        if !next.stuck.contains(door) { next.stuck.append(door) }
        if next.index + 1 < next.doors.count {
            advance(next)
        } else {
            next.step = .stuck(until: now.advanced(byMs: policy.doorLeftOpenMs))
            record(.session(.collecting(next)))
        }
    }

    /// The customer has what was behind this door; `evidence` says how we know. Reported once, in this
    /// transaction.
    mutating func collected(_ opening: Opening, _ evidence: Evidence.Kind) {
        let isCurrent: Bool
        if case .collecting(let collecting) = state.session, collecting.step == .opening(opening.id) {
            isCurrent = true
        } else {
            isCurrent = false
        }
        if !opening.isReopen, !opening.isReported {
            handOver(opening, evidence)
        }
        if evidence == .doorOpened {
            // The door still stands open and nobody closes it: no further door is opened for them.
            if isCurrent { endSession() }
            return
        }
        if isCurrent, case .collecting(let collecting) = state.session {
            advance(collecting)
        }
    }

    /// Takes the parcels out of the books and tells HQ.
    mutating func handOver(_ opening: Opening, _ kind: Evidence.Kind) {
        guard let order = opening.order else { return }
        let collectedAt = time
        for parcel in opening.parcels {
            record(.parcelPlaced(order, parcel, .collected(at: collectedAt)))
        }
        record(.contents(opening.compartment, .empty))
        if state.compartment(opening.compartment)?.record.outcomeUnknown != nil {
            record(.outcomeUnknown(opening.compartment, nil))
        }
        // The order at the kiosk is the newer word; after a restart the opening remembers.
        let atKiosk = state.collecting.flatMap { $0.order.id == order ? $0.order.awaited : nil }
        let remaining = (atKiosk ?? opening.awaitedElsewhere) + state.parcelsInside(of: order)
        let evidence = evidence(kind, of: opening, in: opening.compartment, attempts: opening.attempt)
        report(remaining == 0 ? .pickupCompleted : .pickupPartial) {
            $0.order = order
            $0.compartment = opening.compartment
            $0.opening = opening.id
            $0.handover = opening.handover
            $0.parcels = opening.parcels
            $0.remaining = remaining
            if case .staff(let staff) = opening.authority { $0.staff = staff }
            $0.method = opening.grant == nil ? opening.authority.method : .grant
            $0.grant = opening.grant
            if case .hq(let command) = opening.authority { $0.command = command }
            $0.evidence = evidence
        }
        if kind == .doorOpened { record(.openingReported(opening.id)) }
        if kind != .staffConfirmed, let handover = opening.handover {
            let until = now.advanced(byMs: policy.reopenGraceMs)
            record(
                .released(
                    opening.compartment,
                    CompartmentState.Released(order: order, handover: handover, until: until)
                )
            )
        }
    }

    /// To the next door, or to "thank you".
    mutating func advance(_ collecting: Collecting) {
        var next = collecting
        next.index += 1
        next.attempts = 0
        next.waits = 0
        next.isPulsed = false
        let mayGoOn = next.door != nil && standing(of: next.order) == nil
        guard mayGoOn else {
            finish(next)
            return
        }
        tryDoor(next, attempt: 1)
    }

    /// The end of a handover: thanks, and what is left.
    mutating func finish(_ collecting: Collecting) {
        if case .done = collecting.step { return }
        var next = collecting
        next.index = min(next.index, next.doors.count)
        next.step = .done(until: now.advanced(byMs: policy.doneMs))
        reportStuck(next)
        record(.session(.collecting(next)))
    }

    /// Doors that stayed shut, and the parcels behind them, are for staff.
    private mutating func reportStuck(_ collecting: Collecting) {
        guard !collecting.stuck.isEmpty else { return }
        report(.pickupFailed) {
            $0.order = collecting.order.id
            $0.handover = collecting.handover
            $0.compartment = collecting.stuck.first
            $0.parcels = collecting.order.parcels.filter { parcel in
                parcel.place.compartment.map(collecting.stuck.contains) ?? false
            }.map(\.id)
            $0.method = collecting.method
            $0.grant = collecting.grant?.id
            $0.reason = "doorsUnavailable"
        }
    }
}

extension Collecting {
    /// By what right, in the word that HQ is told.
    var method: ReportMethod { grant == nil ? (isTyped ? .typed : .scanned) : .grant }
}

extension Opening {
    /// Its door stands open for this order's customer, whose parcels are not reported as collected yet.
    func isOpen(for order: OrderID) -> Bool {
        purpose == .collect && self.order == order && isDoorOpen && !isReopen && !isReported
    }
}

extension OrderRecord {
    /// How many of its parcels are still to be loaded.
    var awaited: Int {
        parcels.count { !$0.isWithdrawn && $0.place == .awaited }
    }
}

extension CompartmentState {
    /// Whether parcels of this order are inside that HQ did not take out of it.
    func holdsForCustomer(of order: OrderID) -> Bool {
        guard let occupancy = record.contents.occupancy else { return false }
        return occupancy.order == order && occupancy.recall != .withdrawn
    }
}

extension StationState {
    /// Parcels of this order that are in compartments and are its customer's: not those that HQ took out of
    /// it.
    func parcelsInside(of order: OrderID) -> Int {
        compartments.reduce(0) { count, compartment in
            compartment.holdsForCustomer(of: order)
                ? count + compartment.record.contents.parcels.count : count
        }
    }
}
