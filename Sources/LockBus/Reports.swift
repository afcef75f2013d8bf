public import DeviceIO

/// An order to energise one lock once. It is sent at most once, whatever happens.
public struct PulseRequest: Sendable {
    /// The opening's id, for logs.
    public let id: String
    /// Which lock.
    public let door: DoorChannel
    /// For how long, in milliseconds: 1 to the profile's maximum. A board that times its own pulses rounds
    /// up to its unit.
    public let durationMs: Int
    /// The last moment at which the pulse may leave; after it the request is refused `.stale`.
    public let notAfter: BootTime

    /// Describes one pulse.
    public init(id: String, door: DoorChannel, durationMs: Int, notAfter: BootTime) {
        self.id = id
        self.door = door
        self.durationMs = durationMs
        self.notAfter = notAfter
    }
}

/// What became of a pulse. It says nothing about the door: that is a ``DoorReading``.
public enum PulseReport: Hashable, Sendable {
    /// The board took the command: its echo was compared whole, or the coil was read back on. `at` is when
    /// the frame left.
    case actuated(at: BootTime)
    /// The coil surely was not switched on.
    case notActuated(PulseRefusal)
    /// The command left and nothing proves that it was or was not carried out.
    case unknown(PulseDoubt)
}

/// Why a pulse surely was not given.
public enum PulseRefusal: Hashable, Sendable {
    /// The board, its port or its bus does not work.
    case boardDown(reason: String)
    /// The request was older than its `notAfter` before it could be sent.
    case stale
    /// The board refused with this code of its protocol (Modbus exception code).
    case exception(code: UInt8)
    /// The coil must cool down first.
    case coilBudget(retryAfterMs: Int)
    /// No such door on this bus, or a duration that its profile does not allow.
    case notConfigured(reason: String)
    /// The bus is shutting down, or was not started.
    case busShutDown
}

/// Why it is not known whether a pulse was given.
public enum PulseDoubt: Hashable, Sendable {
    /// The board gave no proper answer, and its coil afterwards read off or could not be read.
    case noProof(reason: String)
    /// The connection broke after the command left.
    case connectionLost(reason: String)
}

/// What a door sensor says.
public enum DoorReading: String, Hashable, Sendable {
    /// The sensor says open.
    case open
    /// The sensor said closed at least twice in a row.
    case closed
    /// No sensor, or its board does not answer.
    case unknown
}

/// What a bus tells unasked.
public enum LockBusEvent: Sendable {
    /// On every change, and once for each door after a start or a reconnect.
    case door(DoorChannel, DoorReading, at: BootTime)
    /// On every change of `state`.
    case board(BoardReport)
    /// A coil reads on, or cannot be read, although it was switched off: the lock may burn, and the door
    /// may not lock.
    case coilStuckOn(DoorChannel, at: BootTime)
    /// A point changed, or was read for the first time.
    case point(PointName, PointValue, at: BootTime)
}

/// The health of one board.
public struct BoardReport: Sendable {
    /// Whether the board can give pulses.
    public enum State: Hashable, Sendable {
        /// It can.
        case up
        /// It cannot; `reason` is for people.
        case down(reason: String, since: BootTime)
    }

    /// The bus.
    public let bus: BusName
    /// The board.
    public let board: BoardName
    /// Whether it can give pulses.
    public let state: State
    /// What happened on its wire since the start.
    public let counters: BoardCounters
    /// The last proper answer.
    public let lastGood: BootTime?
}
