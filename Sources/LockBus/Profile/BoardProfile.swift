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
    /// The longest that a coil is on whatever fails, in milliseconds.
    public let maximumOnMs: Int
    /// A coil rests this many times as long as it was on.
    public let coolDown: Int
    /// Rest between two pulses on this board, in milliseconds.
    public let gapMs: Int
    /// Who switches the coil off.
    public let timing: Timing

    /// Who switches the coil off at the end of a pulse.
    public enum Timing: Hashable, Sendable {
        /// The board, by itself.
        case board
        /// The controller; if it dies, the board's watchdog after `watchdogMs`.
        case host(watchdogMs: Int)
    }

    /// How to talk to it. Boards that do not speak Modbus get a case of their own.
    enum Wire: Hashable, Sendable {
        case modbus(ModbusMap)
        case serial(SerialMap)
        case gpio(GPIOMap)
    }

    let wire: Wire

    /// How long the coil is on when a pulse of `durationMs` is asked for: the board rounds up to its unit.
    func timeOnMs(for durationMs: Int) -> Int {
        if let fixedPulseMs { return fixedPulseMs }
        if serialMap != nil { return (durationMs + 9) / 10 * 10 }
        guard case .modbus(let map) = wire, case .flash(_, let unitMs) = map.pulse else { return durationMs }
        return (durationMs + unitMs - 1) / unitMs * unitMs
    }
}

/// The register map of a Modbus lock board.
struct ModbusMap: Hashable, Sendable {
    /// The coils' range: FC01, FC05, FC0F.
    let coils: AddressRange
    /// The inputs' range: FC02.
    let inputs: AddressRange?
    let pulse: Pulse
    /// Registers that must hold a value, checked when the board is set up.
    let settings: [Setting]

    enum Pulse: Hashable, Sendable {
        /// FC05 at `base + n` with the time in units of `unitMs`.
        case flash(base: UInt16, unitMs: Int)
        /// FC05 on, then off.
        case onOff(Watchdog)
    }

    struct Watchdog: Hashable, Sendable {
        let register: UInt16
        let value: UInt16
    }

    struct Setting: Hashable, Sendable {
        let registers: AddressRange
        let value: UInt16
        let why: String
    }
}

/// Consecutive addresses.
struct AddressRange: Hashable, Sendable {
    let base: UInt16
    let count: Int

    /// The address of the `number`th, counted from 1.
    func address(of number: Int) -> UInt16 {
        base &+ UInt16(truncatingIfNeeded: number - 1)
    }

    func contains(_ address: UInt16) -> Bool {
        (Int(base)..<Int(base) + count).contains(Int(address))
    }
}
