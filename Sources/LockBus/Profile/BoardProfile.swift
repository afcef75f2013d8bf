/// A lock board's model: which commands it takes and what its coils bear. Read from `hardware/boards/*.yaml`.
public struct BoardProfile: Hashable, Sendable {
    /// The profile's name; also its file's name without `.yaml`.
    public let name: String
    /// The model, for people.
    public let title: String
    /// Lock outputs, numbered from 1.
    public let channels: Int
    /// Inputs, numbered from 1; 0 when the board has none.
    public let inputs: Int
    /// The longest pulse that may be asked for, in milliseconds.
    public let maximumPulseMs: Int
    /// The longest that a coil is on whatever fails, in milliseconds; with ``Timing/unguarded`` only while the
    /// controller lives.
    public let maximumOnMs: Int
    /// A coil rests this many times as long as it was on.
    public let coolDown: Int
    /// Rest between two pulses on this board, in milliseconds.
    public let gapMs: Int
    /// Who switches the coil off.
    public let timing: Timing
    /// How the board is reached as delivered; `nil` where the profile does not say.
    public internal(set) var line: Line?
    /// How the board gets its address and speed.
    public internal(set) var commissioning = Commissioning()
    /// What the board needs from the bus.
    public internal(set) var needs = Needs()

    /// Who switches the coil off at the end of a pulse.
    public enum Timing: Hashable, Sendable {
        /// The board, by itself.
        case board
        /// The controller; if it dies, the board's watchdog after `watchdogMs`.
        case host(watchdogMs: Int)
        /// The controller; if it dies, nobody. Only for locks that bear it (``LockKind/motor``).
        case unguarded
    }

    /// A board's connection as delivered.
    public enum Line: Hashable, Sendable {
        /// A serial line. `unit` is the board's address.
        case serial(baud: Int, parity: BusParity, unit: UInt8)
        /// Modbus TCP.
        case network(port: Int, unit: UInt8)

        /// The board's address as delivered.
        public var unit: UInt8 {
            switch self {
            case .serial(_, _, let unit), .network(_, let unit): unit
            }
        }
    }

    /// Where a board keeps its address and its speed. Modbus holding registers, written with FC06.
    public struct Commissioning: Hashable, Sendable {
        /// The register with the board's address; `nil` when it cannot be set that way.
        public var addressRegister: UInt16?
        /// Which addresses that register takes.
        public var addresses: ClosedRange<UInt8> = 1...247
        /// How to set the address by hand, for people; `nil` when the profile does not say.
        public var addressSwitches: String?
        /// The register with the board's speed; `nil` when it cannot be set that way.
        public var baudRegister: UInt16?
        /// The value of that register for each speed without parity; empty where sources disagree.
        public var baudCodes: [Int: UInt16] = [:]

        /// A board that cannot be set up over its line.
        public init() {}
    }

    /// A board's peculiarities that concern the whole bus.
    public struct Needs: Hashable, Sendable {
        /// Silence before a request to this board, in milliseconds; 0 when 3.5 characters will do.
        public var requestGapMs = 0
        /// The longest that the board takes to answer, in milliseconds; 0 when that is not known.
        public var replyMs = 0

        /// Nothing out of the ordinary.
        public init() {}
    }

    /// How to talk to it. Boards that do not speak Modbus get a case of their own.
    enum Wire: Hashable, Sendable {
        case modbus(ModbusMap)
        case serial(SerialMap)
        case gpio(GPIOMap)
    }

    let wire: Wire

    /// How long the coil is on when a pulse of `durationMs` is asked for: the board rounds up to its unit.
    public func timeOnMs(for durationMs: Int) -> Int {
        if let fixedPulseMs { return fixedPulseMs }
        if serialMap != nil { return (durationMs + 9) / 10 * 10 }
        guard case .modbus(let map) = wire, let unitMs = map.pulse.unitMs else { return durationMs }
        return (durationMs + unitMs - 1) / unitMs * unitMs
    }

    /// Whether an output without a lock may be on for long, for a lamp or a beeper.
    var outputsMayStayOn: Bool {
        if case .modbus(let map) = wire, case .coils = map.outputs { true } else { usesGPIO }
    }

    /// The controller switches the coil off, with or without a watchdog behind it.
    var isHostTimed: Bool { timing != .board }
}
