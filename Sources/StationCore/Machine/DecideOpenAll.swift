// All doors, one after the other, for a manager or a technician who stands at the wall. HQ and the station's
// terminal have no way to it: whoever steals a key of theirs opens a few doors, not a wall (S8).

extension StationState {
    /// Whether this door can be opened when its turn comes.
    fileprivate func isOpenable(_ compartment: CompartmentState) -> Bool {
        compartment.plan.kind == .locker && compartment.isBoardUp && compartment.isWalked
            && compartment.record.outOfService != .coilStuckOn
            && !(compartment.hasTrustedSensor && compartment.door == .open)
            && opening(at: compartment.plan.id) == nil
    }
}

extension Draft {
    mutating func startOpenAll(_ staff: StaffSession) {
        let doors = state.compartments.filter { $0.plan.kind == .locker }
        let all = OpenAll(
            authority: staff.roles.contains(.technician) ? .technician(staff.staff) : .staff(staff.staff),
            left: doors.filter { state.isOpenable($0) }.map(\.plan.id),
            leftOut: doors.filter { !state.isOpenable($0) }.map(\.plan.id),
            pause: .toConfirm
        )
        startTool(.openAll(all), .openAll, by: staff)
    }

    mutating func press(_ button: KioskButton, _ all: OpenAll, _ service: ServiceSession) {
        var next = all
        switch button {
        case .go where all.pause != nil && !all.left.isEmpty && service.opening == nil:
            next.pause = nil
            keep(.openAll(next), service)
            goOnOpeningAll()
        case .stop where all.pause == nil:
            next.pause = .person
            next.restsUntil = nil
            keep(.openAll(next), service)
        case .next:
            // Without a sensor the person says that the door is closed again.
            guard let opening = service.opening.flatMap({ state.opening($0) }), opening.isAwaitingWord else {
                return notify(.closeDoorFirst, service.compartment)
            }
            markUnknown(opening)
            record(.openingEnded(opening.id, opening.outcomeByWord))
            serviceOpeningEnded(service, opening.outcomeByWord)
        default:
            notify(service.opening == nil ? .tooLate : .closeDoorFirst, service.compartment)
        }
    }

    /// Someone else's code was shown: the next door does not open before the person says so.
    mutating func pauseOpeningAll(_ pause: OpenAll.Pause) {
        guard case .service(let service) = state.session, case .openAll(var all) = service.tool,
            all.pause == nil
        else { return }
        all.pause = pause
        all.restsUntil = nil
        keep(.openAll(all), service)
    }

    /// The next door, or the time until it.
    mutating func goOnOpeningAll() {
        guard case .service(let service) = state.session, case .openAll(var all) = service.tool,
            all.pause == nil, service.opening == nil
        else { return }
        all.restsUntil = nil
        while let id = all.left.first, !(state.compartment(id).map(state.isOpenable) ?? false) {
            all.leftOut.append(all.left.removeFirst())
        }
        guard let id = all.left.first, let door = state.compartment(id) else {
            return keep(.openAll(all), service)
        }
        let verdict = state.governorVerdict(for: all.authority, .service, of: id, at: now)
        if state.isWithoutPower {
            all.pause = .powerLost
        } else if let opening = state.openings.first {
            notify(.closeDoorFirst, opening.compartment)
            all.pause = .person
        } else if case .refused(_, let waitMs) = verdict {
            // Within the budget: it is waited for, and never overdrawn.
            if waitMs > OpenAll.waitMaxMs {
                all.pause = .tooManyOpenings
            } else {
                all.restsUntil = now.advanced(byMs: max(OpenAll.breathMs, waitMs))
            }
        } else if let cool = door.coolsUntil, cool > now {
            all.restsUntil = cool
        }
        keep(.openAll(all), service)
        guard all.pause == nil, all.restsUntil == nil else { return }
        openForService(id, by: service.technician, isOnce: false, authority: all.authority)
    }

    /// A door's opening is over: its place in the books, and the next one after a breath.
    mutating func openingOfAllEnded(_ outcome: OpeningOutcome) {
        guard case .service(let service) = state.session, case .openAll(var all) = service.tool,
            let id = all.left.first, id == service.compartment
        else { return }
        var restMs = OpenAll.breathMs
        if case .notActuated(.coilBudget(let retryAfterMs)) = outcome,
            coilRest(retryAfterMs, waits: all.waits) != nil
        {
            all.waits += 1
            restMs = max(restMs, retryAfterMs)
        } else {
            all.waits = 0
            all.left.removeFirst()
            switch outcome {
            case .opened, .openedAndClosed, .actuatedUnconfirmed: all.opened.append(id)
            case .notActuated, .failed, .unknown: all.failed.append(id)
            }
        }
        if all.pause == nil, !all.left.isEmpty { all.restsUntil = now.advanced(byMs: restMs) }
        keep(.openAll(all), service)
    }
}
