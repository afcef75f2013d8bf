extension Draft {
    mutating func recall(_ id: CompartmentID, attempt: Int, by staff: StaffSession) {
        guard let compartment = state.compartment(id), let occupancy = compartment.record.contents.occupancy,
            occupancy.recall != nil, state.opening(at: id) == nil
        else {
            notify(.tooLate, id)
            return
        }
        guard compartment.plan.kind == .locker, compartment.isBoardUp else {
            notify(.tooLate, id)
            return
        }
        var recalling = StaffSession.Recalling(
            opening: nil,
            compartment: id,
            orderNumber: occupancy.displayNumber,
            attempts: attempt,
            restsUntil: nil,
            asks: false
        )
        if let cool = compartment.coolsUntil, cool > now {
            recalling.restsUntil = cool
            toTask(.recalling(recalling), of: staff)
            return
        }
        if case .refused = state.governor.verdict(for: .staff(staff.staff), purpose: .recall, at: now) {
            notify(.tooLate, id)
            return
        }
        recalling.opening = intend(
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
        toTask(.recalling(recalling), of: staff)
    }

    mutating func recallAttemptFailed(
        _ staff: StaffSession,
        _ recalling: StaffSession.Recalling,
        _ opening: Opening,
        _ outcome: OpeningOutcome
    ) {
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            var next = recalling
            next.opening = nil
            next.restsUntil = now.advanced(byMs: retryAfterMs)
            toTask(.recalling(next), of: staff)
        case .failed where opening.attempt < policy.openAttemptsMax:
            recall(recalling.compartment, attempt: opening.attempt + 1, by: staff)
        default:
            doorIsStuck(opening, outcome)
            toTask(.menu, of: staff)
        }
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
            report(.orderRecalled) {
                $0.order = occupancy.order
                $0.compartment = id
                $0.parcels = occupancy.parcels
                $0.staff = staff.staff
                $0.reason = occupancy.recall?.rawValue
                $0.evidence = Evidence(kind: .staffConfirmed, openedAt: nil, closedAt: nil, attempts: 1)
            }
        }
        toTask(.menu, of: staff)
    }
}
