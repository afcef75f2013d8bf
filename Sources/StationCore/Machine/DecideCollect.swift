extension Draft {
    mutating func beginCollecting(_ order: OrderRecord, isTyped: Bool) {
        var doors: [CompartmentID] = []
        var closedOff: [CompartmentID] = []
        var isDoubtful = false
        for parcel in order.parcels where !parcel.isWithdrawn {
            guard let id = parcel.place.compartment, let compartment = state.compartment(id) else { continue }
            guard compartment.record.contents.order == order.id else { continue }
            guard !doors.contains(id), !closedOff.contains(id) else { continue }
            if compartment.record.alarm != nil { isDoubtful = true }
            let isFree = compartment.canOpen && compartment.record.alarm == nil && state.opening(at: id) == nil
            if isFree { doors.append(id) } else { closedOff.append(id) }
        }
        guard !doors.isEmpty else {
            refuse(
                isDoubtful
                    ? .needsStaff(orderNumber: order.displayNumber)
                    : .doorsUnavailable(orderNumber: order.displayNumber)
            )
            return
        }
        let authority = Authority.pickupCode(order.id, typed: isTyped)
        if case .refused = state.governor.verdict(for: authority, purpose: .collect, at: now) {
            refuse(.tooManyOpenings(orderNumber: order.displayNumber))
            return
        }
        let collecting = Collecting(
            handover: HandoverID(makeID()),
            order: order,
            isTyped: isTyped,
            doors: doors,
            index: 0,
            attempts: 0,
            step: .resting(attempt: 1, until: now),
            stuck: closedOff
        )
        report(.pickupStarted) {
            $0.order = order.id
            $0.handover = collecting.handover
            $0.parcels = order.parcels.filter { $0.place.compartment != nil }.map(\.id)
            $0.reason = isTyped ? "typed" : "scanned"
        }
        tryDoor(collecting, attempt: 1)
    }

    /// Opens the present door, or waits until its coil has cooled.
    mutating func tryDoor(_ collecting: Collecting, attempt: Int) {
        var next = collecting
        guard let door = collecting.door, let compartment = state.compartment(door) else {
            finish(collecting)
            return
        }
        if let cool = compartment.coolsUntil, cool > now {
            next.step = .resting(attempt: attempt, until: cool)
            record(.session(.collecting(next)))
            return
        }
        let order = collecting.order
        // Between two attempts the hold may have ended, or HQ may have cancelled.
        if compartment.record.contents.order == order.id, let refusal = standing(of: order) {
            refuse(refusal)
            return
        }
        let parcels = compartment.record.contents.order == order.id ? compartment.record.contents.parcels : []
        next.attempts = attempt
        let id = intend(
            Request(
                compartment: door,
                purpose: .collect,
                authority: .pickupCode(order.id, typed: collecting.isTyped),
                order: order.id,
                displayNumber: order.displayNumber,
                parcels: parcels,
                awaitedElsewhere: order.parcels.filter { !$0.isWithdrawn && $0.place == .awaited }.count,
                handover: collecting.handover,
                attempt: attempt,
                isReopen: parcels.isEmpty
            )
        )
        next.step = .opening(id)
        record(.session(.collecting(next)))
    }

    mutating func collectAttemptFailed(_ collecting: Collecting, _ opening: Opening, _ outcome: OpeningOutcome) {
        var next = collecting
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            next.step = .resting(attempt: opening.attempt, until: now.advanced(byMs: retryAfterMs))
            record(.session(.collecting(next)))
            return
        case .failed where opening.attempt < policy.openAttemptsMax:
            next.step = .resting(attempt: opening.attempt + 1, until: now)
            record(.session(.collecting(next)))
            tryDoor(next, attempt: opening.attempt + 1)
            return
        default:
            break
        }
        doorIsStuck(opening, outcome)
        if !next.stuck.contains(opening.compartment) { next.stuck.append(opening.compartment) }
        if next.index + 1 < next.doors.count {
            advance(next)
        } else {
            next.step = .stuck(until: now.advanced(byMs: policy.doorLeftOpenMs))
            record(.session(.collecting(next)))
        }
    }

    /// The customer has what was behind this door; `evidence` says how we know. Reported once, in this transaction.
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
        let remaining = opening.awaitedElsewhere + state.parcelsInside(of: order)
        report(remaining == 0 ? .pickupCompleted : .pickupPartial) {
            $0.order = order
            $0.compartment = opening.compartment
            $0.opening = opening.id
            $0.handover = opening.handover
            $0.parcels = opening.parcels
            $0.remaining = remaining
            if case .staff(let staff) = opening.authority { $0.staff = staff }
            $0.evidence = Evidence(
                kind: kind,
                openedAt: opening.openedAt,
                closedAt: kind == .doorOpenedAndClosed ? collectedAt : nil,
                attempts: opening.attempt
            )
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
        if !next.stuck.isEmpty {
            report(.pickupFailed) {
                $0.order = next.order.id
                $0.handover = next.handover
                $0.compartment = next.stuck.first
                $0.reason = "doorsUnavailable"
            }
        }
        record(.session(.collecting(next)))
    }

    // MARK: Again within the grace time

    /// The compartment that this order's customer may open again.
    func reopenable(_ order: OrderRecord) -> CompartmentState? {
        guard order.parcels.allSatisfy({ $0.place.compartment == nil }) else { return nil }
        return state.compartments.filter { $0.isReopenable(for: order.id, at: now) }
            .max { left, right in (left.released?.until ?? now) < (right.released?.until ?? now) }
    }

    mutating func reopen(_ order: OrderRecord, _ compartment: CompartmentState, isTyped: Bool) {
        guard let released = compartment.released else { return }
        let collecting = Collecting(
            handover: released.handover,
            order: order,
            isTyped: isTyped,
            doors: [compartment.plan.id],
            index: 0,
            attempts: 0,
            step: .resting(attempt: 1, until: now),
            stuck: []
        )
        tryDoor(collecting, attempt: 1)
    }
}

extension CompartmentState {
    /// Whether the customer of this order may open it again now.
    func isReopenable(for order: OrderID, at instant: Instant) -> Bool {
        guard let released, released.order == order, released.until > instant else { return false }
        return record.contents == .empty && canOpen && record.alarm == nil
    }
}

extension StationState {
    /// Parcels of this order that are in compartments.
    func parcelsInside(of order: OrderID) -> Int {
        compartments.reduce(0) { count, compartment in
            compartment.record.contents.occupancy?.order == order
                ? count + compartment.record.contents.parcels.count : count
        }
    }
}
