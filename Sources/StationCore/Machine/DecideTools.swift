// What a person with a badge does in a tool's session: touches, the end, the way back to the menu.

extension Draft {
    /// A touch while a tool is in hand.
    mutating func press(_ button: KioskButton, in tool: ServiceTool, _ service: ServiceSession) {
        let isAtWork = if case .bus(let bus) = tool { bus.isRunning } else { service.opening != nil }
        switch button {
        case .finish where !isAtWork: endService()
        case .menu where !isAtWork: backToMenu(service)
        case .finish, .menu: notify(.closeDoorFirst, service.compartment)
        default:
            switch tool {
            case .doors: pressAtDoors(button, service)
            case .bus(let bus): press(button, bus, service)
            case .openAll(let all): press(button, all, service)
            }
        }
    }

    private mutating func backToMenu(_ service: ServiceSession) {
        guard let staff = service.staff else { return endService() }
        toTask(.menu, of: staff)
    }

    private mutating func pressAtDoors(_ button: KioskButton, _ service: ServiceSession) {
        guard case .takeOutOfService(let id) = button, let staff = service.staff else {
            return notify(.tooLate)
        }
        guard staff.roles.may(.takeOutOfService) else { return notify(.notAllowed) }
        guard let compartment = state.compartment(id), compartment.canBeTakenOut,
            state.opening(at: id) == nil
        else { return notify(.tooLate, id) }
        record(.service(id, .byStaff))
        report(.compartmentFault) {
            $0.compartment = id
            $0.order = compartment.record.contents.order
            $0.staff = staff.staff
            $0.reason = "outOfService.byStaff"
        }
        keep(.doors, service)
    }

    /// A tool's own deadline, or that nobody has touched anything.
    mutating func serviceTimedOut(_ service: ServiceSession) {
        if case .openAll(let all) = service.tool, all.restsUntil != nil {
            goOnOpeningAll()
        } else {
            endSession()
        }
    }
}

extension ServiceSession {
    /// When it goes on, or ends, by itself.
    var deadline: Instant? {
        if opening != nil { return nil }
        switch tool {
        case .bus(let tool) where tool.isRunning: return tool.endsBy
        case .openAll(let all): return all.restsUntil ?? idleAt
        case .bus, .doors, nil: return idleAt
        }
    }
}

extension CompartmentState {
    /// A door in service that a manager may take out of it.
    var canBeTakenOut: Bool { plan.kind == .locker && record.outOfService == nil }
}
