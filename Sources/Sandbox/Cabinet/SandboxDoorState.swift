/// The bolt of a lock.
public enum SandboxLatch: String, Hashable, Sendable, Codable {
    /// It holds the door when the door is closed.
    case locked
    /// It lets the door go; closing the door locks it.
    case unlocked
}

/// Where a door leaf is.
public enum SandboxDoorPosition: String, Hashable, Sendable, Codable {
    /// Open.
    case open
    /// Closed.
    case closed
}

/// What a door sensor tells.
public enum SandboxSensorMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// The truth.
    case honest
    /// Its cable is cut so that it always reads open.
    case cutOpen
    /// Its cable is cut so that it always reads closed.
    case cutClosed
}

/// One time a coil was switched on by one command.
public struct SandboxPulse: Hashable, Sendable, Codable {
    /// What switched the coil on.
    public enum Cause: String, Hashable, Sendable, Codable {
        /// A flash command: the board times it.
        case flash
        /// A coil write: whoever wrote it must write it off.
        case coil
    }

    /// What ended it.
    public enum End: String, Hashable, Sendable, Codable {
        /// The board's own timer.
        case timer
        /// A coil write.
        case coil
        /// The board's watchdog: nobody asked for too long.
        case watchdog
        /// The board lost power.
        case power
        /// Another command to switch on, while it was on: the coil stays on in a new pulse.
        case again
    }

    /// Counts from 1 in the order of their start, over the whole cabinet.
    public var number: Int
    /// The door on that channel; nil = none is wired there.
    public var door: SandboxDoorName?
    /// The board.
    public var board: SandboxBoardName
    /// The coil, 1-based.
    public var channel: Int
    /// What switched it on.
    public var cause: Cause
    /// When the first byte of the command was read by the slave: nanoseconds of CLOCK_BOOTTIME.
    public var firstByteAt: UInt64
    /// When the command was complete, and the coil went on: nanoseconds of CLOCK_BOOTTIME.
    public var startedAt: UInt64
    /// When the coil went off: nanoseconds of CLOCK_BOOTTIME; nil = it is on.
    public var endedAt: UInt64?
    /// What ended it; nil = it is on.
    public var end: End?

    /// How long it was on, in milliseconds; nil = it is on.
    public var durationMs: Double? {
        endedAt.map { Double($0 - startedAt) / 1_000_000 }
    }
}
