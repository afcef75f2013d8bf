extension StationState {
    /// When ``Event/timeCame`` must be decided next; nil if nothing waits.
    public func nextDeadline(at instant: Instant) -> Instant? {
        var next: Instant?
        func consider(_ deadline: Instant?) {
            guard let deadline else { return }
            next = next.map { min($0, deadline) } ?? deadline
        }
        for opening in openings { consider(opening.deadline) }
        consider(session?.deadline)
        consider(notice?.until)
        if let request = support?.request, let since = support?.since {
            consider(since.advanced(byMs: Int(clamping: request.command.maxAgeMs) + 1))
        }
        for compartment in compartments {
            consider(compartment.released?.until)
            // A hold does not end while the door is being opened: then it ends after it.
            guard clock.isTrusted, let occupancy = compartment.record.contents.occupancy,
                occupancy.recall == nil,
                let end = end(of: occupancy), opening(at: compartment.plan.id) == nil
            else { continue }
            consider(clock.instant(of: end.advanced(byMs: 1), from: instant))
        }
        return next
    }
}

extension Session {
    /// When the session goes on, or ends, by itself.
    var deadline: Instant? {
        switch self {
        case .refusing(_, let until), .identifying(_, let until): until
        case .collecting(let collecting):
            switch collecting.step {
            case .opening: nil
            case .resting(_, let until), .stuck(let until), .done(let until): until
            }
        case .staff(let staff):
            switch staff.task {
            case .loading(let loading) where loading.restsUntil != nil: loading.restsUntil
            case .recalling(let recalling) where recalling.restsUntil != nil: recalling.restsUntil
            default: staff.opening == nil ? staff.idleAt : nil
            }
        case .service(let service): service.opening == nil ? service.idleAt : nil
        }
    }
}

extension Draft {
    /// Handles every deadline that has come.
    mutating func passTime() {
        for opening in state.openings {
            if let deadline = opening.deadline, deadline <= now { openingTimedOut(opening) }
        }
        if let deadline = state.session?.deadline, deadline <= now { sessionTimedOut() }
        if let notice = state.notice, notice.until <= now { record(.notice(nil, until: now)) }
        for compartment in state.compartments {
            if let released = compartment.released, released.until <= now {
                record(.released(compartment.plan.id, nil))
            }
        }
        expireHolds()
        if let ticket = state.support, let request = ticket.request,
            now.ms(since: ticket.since) > request.command.maxAgeMs
        {
            endSupport("late")
        }
    }

    private mutating func sessionTimedOut() {
        switch state.session {
        case .refusing, .identifying, .service:
            endSession()
        case .collecting(let collecting):
            switch collecting.step {
            case .resting(let attempt, _): tryDoor(collecting, attempt: attempt)
            case .stuck:
                finish(collecting)
                endSession()
            case .done: endSession()
            case .opening: break
            }
        case .staff(let staff):
            staffTimedOut(staff)
        case nil:
            break
        }
    }

    private mutating func staffTimedOut(_ staff: StaffSession) {
        switch staff.task {
        case .loading(let loading) where loading.restsUntil != nil:
            loadAgain(loading, attempt: loading.attempts, by: staff)
        case .recalling(let recalling) where recalling.restsUntil != nil:
            recallAgain(recalling, attempt: recalling.attempts, by: staff)
        case .loading(let loading):
            // Staff walked away without saying whether the parcel is inside.
            doubt(loading.compartment, .load, nil)
            endSession()
        case .recalling(let recalling):
            doubt(recalling.compartment, .recall, nil)
            endSession()
        case .menu, .scanning, .wallFull:
            endSession()
        }
    }

    /// Holds end only by trusted station time (S13), and not while their door is being opened.
    mutating func expireHolds() {
        guard state.clock.isTrusted else { return }
        for compartment in state.compartments {
            guard var occupancy = compartment.record.contents.occupancy, occupancy.recall == nil,
                let end = state.end(of: occupancy), end < time, state.opening(at: compartment.plan.id) == nil
            else { continue }
            let isFirst = !state.compartments.contains {
                $0.record.contents.occupancy?.order == occupancy.order
                    && $0.record.contents.occupancy?.recall == .expired
            }
            occupancy.recall = .expired
            record(.contents(compartment.plan.id, .occupied(occupancy)))
            guard isFirst else { continue }
            record(.orderExpired(occupancy.order, true))
            let parcels = state.compartments.flatMap { other in
                other.holdsForCustomer(of: occupancy.order) ? other.record.contents.parcels : []
            }
            report(.orderExpired) {
                $0.order = occupancy.order
                $0.parcels = parcels
            }
        }
    }
}
