/// What a person with a badge can do at the kiosk.
public enum StaffAction: String, Hashable, Sendable, Codable, CaseIterable {
    /// Load parcels.
    case load
    /// Take orders out again.
    case recall
    /// Help a customer at their door: say what is behind it, or that it opens again.
    case helpAtDoor
    /// Clear the alarm of a door that opened without right, with a reason.
    case clearAlarm
    /// Say that a lock, a coil or a sensor is repaired.
    case repair
    /// Take a door out of service, and put it back.
    case takeOutOfService
    /// Look at every door.
    case seeDoors
    /// Open all doors, one after the other.
    case openAll
    /// Walk the doors.
    case walk
    /// Look for lock boards on a bus.
    case scanBuses
    /// Give a lock board another address.
    case setAddress
}

extension StaffRecord.Role {
    /// What this role may do, and nothing else.
    public var actions: Set<StaffAction> {
        switch self {
        case .associate: [.load, .recall, .helpAtDoor]
        case .manager:
            [.load, .recall, .helpAtDoor, .clearAlarm, .repair, .takeOutOfService, .seeDoors, .openAll]
        case .technician: [.repair, .seeDoors, .openAll, .walk, .scanBuses, .setAddress]
        }
    }
}

extension Sequence where Element == StaffRecord.Role {
    /// Whether one of these roles may do this.
    public func may(_ action: StaffAction) -> Bool {
        contains { $0.actions.contains(action) }
    }
}

extension CompartmentRecord {
    /// What a person must be allowed to do to clear this door with this reason; one of them is enough.
    func actions(toClearWith reason: ClearReason) -> [StaffAction] {
        if reason == .doorIsClosed { return [.helpAtDoor, .repair] }
        if outOfService == .byStaff || outOfService == .byHQ { return [.takeOutOfService] }
        if alarm != nil { return reason == .repaired ? [.repair] : [.clearAlarm] }
        if outOfService == .coilStuckOn || outOfService == .ruleViolated { return [.repair] }
        return reason == .repaired ? [.helpAtDoor, .repair] : [.helpAtDoor]
    }
}
