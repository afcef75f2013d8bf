extension Draft {
    /// Staff want to take an order out. A door that is out of service or has an alarm may be tried by them.
    mutating func recall(_ id: CompartmentID, by staff: StaffSession) {
        guard let compartment = state.compartment(id), let occupancy = recallable(compartment) else {
            notify(.tooLate, id)
            return
        }
        if compartment.hasTrustedSensor, compartment.door == .open {
            notify(.closeDoorFirst, id)
            return
        }
        let recalling = StaffSession.Recalling(
            opening: nil,
            compartment: id,
            orderNumber: occupancy.displayNumber,
            attempts: 1,
            restsUntil: nil,
            asks: false
        )
        recallAgain(recalling, attempt: 1, by: staff)
    }

    private func recallable(_ compartment: CompartmentState) -> Occupancy? {
        guard compartment.plan.kind == .locker, compartment.isBoardUp, compartment.isWalked,
            compartment.record.outOfService != .coilStuckOn, state.opening(at: compartment.plan.id) == nil,
            let occupancy = compartment.record.contents.occupancy, occupancy.recall != nil
        else { return nil }
        return occupancy
    }

    /// The next attempt, unless the order or the door has changed in between.
    mutating func recallAgain(_ recalling: StaffSession.Recalling, attempt: Int, by staff: StaffSession) {
        let id = recalling.compartment
        guard let compartment = state.compartment(id), let occupancy = recallable(compartment) else {
            notify(.tooLate, id)
            toTask(.menu, of: staff)
            return
        }
        var next = recalling
        next.opening = nil
        next.restsUntil = nil
        next.attempts = attempt
        next.visit = nil
        if let cool = compartment.coolsUntil, cool > now {
            next.restsUntil = cool
            toTask(.recalling(next), of: staff)
            return
        }
        guard isAdmitted(.staff(staff.staff), .recall, id) else {
            notify(state.isWithoutPower ? .powerLost : .tooManyOpenings, id)
            toTask(.menu, of: staff)
            return
        }
        next.opening = intend(
            Request(
                compartment: id,
                purpose: .recall,
                authority: .staff(staff.staff),
                order: occupancy.order,
                displayNumber: occupancy.displayNumber,
                parcels: occupancy.parcels,
                awaitedElsewhere: 0,
                handover: nil,
                attempt: attempt
            )
        )
        toTask(.recalling(next), of: staff)
    }

    mutating func recallAttemptFailed(
        _ staff: StaffSession,
        _ recalling: StaffSession.Recalling,
        _ opening: Opening,
        _ outcome: OpeningOutcome
    ) {
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            if let until = coilRest(retryAfterMs, waits: recalling.waits) {
                var next = recalling
                next.opening = nil
                next.waits += 1
                next.restsUntil = until
                toTask(.recalling(next), of: staff)
                return
            }
        case .failed where opening.attempt < policy.openAttemptsMax:
            recallAgain(recalling, attempt: opening.attempt + 1, by: staff)
            return
        case .failed, .unknown, .notActuated, .actuatedUnconfirmed, .opened, .openedAndClosed:
            break
        }
        doorIsStuck(opening, outcome)
        toTask(.menu, of: staff)
    }

    mutating func recallDoorClosed(_ opening: Opening) {
        guard case .staff(let staff) = state.session, case .recalling(let recalling) = staff.task,
            recalling.opening == opening.id
        else {
            markUnknown(opening)
            return
        }
        var next = recalling
        next.opening = nil
        next.asks = true
        next.visit = visit(opening)
        toTask(.recalling(next), of: staff)
    }

    /// Staff say the compartment is empty now.
    mutating func recalled(_ recalling: StaffSession.Recalling, by staff: StaffSession) {
        let id = recalling.compartment
        if let occupancy = state.compartment(id)?.record.contents.occupancy {
            for parcel in occupancy.parcels {
                record(.parcelPlaced(occupancy.order, parcel, .recalled(at: time)))
            }
            record(.contents(id, .empty))
            // Staff have looked: an earlier opening's doubt is settled.
            if state.compartment(id)?.record.outcomeUnknown != nil { record(.outcomeUnknown(id, nil)) }
            let evidence =
                recalling.visit?.confirmed
                ?? evidence(.staffConfirmed, of: nil, in: id, attempts: recalling.attempts)
            report(.orderRecalled) {
                $0.order = occupancy.order
                $0.compartment = id
                $0.parcels = occupancy.parcels
                $0.staff = staff.staff
                $0.reason = occupancy.recall?.rawValue
                $0.method = .staff
                $0.opening = recalling.visit?.opening ?? recalling.opening
                $0.evidence = evidence
            }
        }
        toTask(.menu, of: staff)
    }
}
