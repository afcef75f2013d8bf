// The walk along the wall at the kiosk: the same steps as `pickupctl walk`, for a technician with a badge.

extension StationState {
    /// Doors that nobody has walked as they are wired now, in order of their labels.
    var unwalked: [CompartmentID] {
        compartments.filter { $0.plan.kind == .locker && !$0.isWalked }.map(\.plan.id)
    }

    /// What the kiosk shows of a walk.
    func walkStep(_ service: ServiceSession) -> WalkStep {
        let door = service.walk?.door
        let other = service.moved.first { $0 != door }
        return WalkStep(
            compartment: door,
            stage: stage(service, door: door, other: other),
            left: unwalked.count,
            other: service.compartment == door ? other : nil
        )
    }

    private func stage(
        _ service: ServiceSession,
        door: CompartmentID?,
        other: CompartmentID?
    ) -> WalkStep.Stage {
        guard let door else { return .done }
        guard service.compartment == door else { return .ready }
        if other != nil { return .crossed }
        if let opening = service.opening.flatMap({ opening($0) }) {
            if opening.isAwaitingWord {
                return compartment(door)?.plan.hasDoorSensor == true ? .stayedShut : .confirm
            }
            return opening.isDoorOpen ? .open : .opening
        }
        return service.outcome == .openedAndClosed ? .confirm : .stayedShut
    }
}

extension Draft {
    mutating func startWalk(_ staff: StaffSession) {
        guard state.openings.isEmpty, let first = state.unwalked.first else {
            notify(.tooLate)
            return
        }
        var session = newSession(staff.staff, isOnce: false)
        session.walk = KioskWalk(door: first, skipped: [])
        session.staff = staff
        record(.session(.service(session)))
    }

    mutating func press(_ button: KioskButton, _ service: ServiceSession) {
        if let tool = service.tool { return press(button, in: tool, service) }
        if button == .finish, service.opening == nil {
            endService()
            return
        }
        if button == .menu, service.opening == nil, let staff = service.staff {
            toTask(.menu, of: staff)
            return
        }
        guard let walk = service.walk, let door = walk.door else {
            notify(.closeDoorFirst, service.compartment)
            return
        }
        // Without a sensor the person's word ends an opening: "no" as well.
        if button == .walkOpen || button == .walkSkip, let id = service.opening,
            let opening = state.opening(id), opening.isAwaitingWord
        {
            record(.openingEnded(id, .actuatedUnconfirmed))
            serviceOpeningEnded(service, .actuatedUnconfirmed)
            return press(button, door: door)
        }
        press(button, door: door)
    }

    private mutating func press(_ button: KioskButton, door: CompartmentID) {
        guard case .service(let service) = state.session else { return }
        switch button {
        case .walkOpen:
            let refusal = state.serviceRefusal(of: door, by: service.technician, isOnce: false, at: now)
            if refusal != nil {
                notify(state.openings.isEmpty ? .tooLate : .closeDoorFirst, door)
            } else {
                openForService(door, by: service.technician, isOnce: false)
            }
        case .walkSkip where service.opening == nil:
            var next = service
            next.walk?.skipped.append(door)
            go(next)
        default:
            notify(service.opening == nil ? .tooLate : .closeDoorFirst, door)
        }
    }

    /// A door was walked: the next one.
    mutating func goOnWalking() {
        guard case .service(let service) = state.session, service.walk != nil else { return }
        go(service)
    }

    private mutating func go(_ service: ServiceSession) {
        var next = service
        next.compartment = nil
        next.outcome = nil
        next.moved = []
        next.idleAt = now.advanced(byMs: policy.serviceIdleMs)
        let skipped = service.walk?.skipped ?? []
        next.walk?.door = state.unwalked.first { !skipped.contains($0) }
        record(.session(.service(next)))
    }
}
