/// The address of one slave: 1 to 247, or 255, which some relay boards use ex works.
///
/// 0 would address every board on the bus, so it cannot be expressed.
public struct ModbusUnit: Hashable, Sendable {
    /// The number on the wire.
    public let rawValue: UInt8

    /// The unit with this number; `nil` for 0 (broadcast) and for the reserved 248 to 254.
    public init?(_ number: UInt8) {
        guard (1...247).contains(number) || number == 255 else { return nil }
        rawValue = number
    }
}

/// How long a board keeps a coil on by itself, in the board's own units.
///
/// The value travels where FC05 has FF00 or 0000, so the type must not be able to hold a command: 0x5500
/// (toggle) and 0xFF00 (on) are far outside its range.
public struct FlashTicks: Hashable, Sendable {
    /// 1 to 600: a minute at 100 ms, more than any lock coil bears; the boards take up to 0x7FFF.
    public static let limit: UInt16 = 600

    /// The value on the wire, 1 to ``limit``.
    public let rawValue: UInt16

    /// The ticks that last at least `milliseconds`, clamped to 1...``limit``.
    public init(milliseconds: Int, unitMs: Int) {
        let unit = max(1, unitMs)
        let ticks = max(1, milliseconds) / unit + (max(1, milliseconds) % unit == 0 ? 0 : 1)
        rawValue = UInt16(min(max(1, ticks), Int(Self.limit)))
    }
}

/// How a board whose relays are holding registers is told to switch one off. These boards have codes beside
/// them that toggle, latch or switch every relay on; only the ones that switch off are in this set.
public enum OffCode: UInt16, CaseIterable, Sendable {
    /// Opens the contact (eletechsup "close", 0x0200).
    case open = 0x0200
    /// Ends a time that is running, and opens the contact (eletechsup "delay" of 0 s, 0x0600).
    case cancel = 0x0600
    /// Opens every contact, on the register for all (eletechsup, 0x0800).
    case openAll = 0x0800
}

/// A request to one slave. Toggling, switching many coils on and broadcasting have no case on purpose.
public enum ModbusRequest: Hashable, Sendable {
    /// FC01.
    case readCoils(address: UInt16, count: UInt16)
    /// FC02.
    case readInputs(address: UInt16, count: UInt16)
    /// FC03.
    case readRegisters(address: UInt16, count: UInt16)
    /// FC05 with FF00 or 0000.
    case switchCoil(address: UInt16, on: Bool)
    /// FC05 with a time: the board switches the coil off by itself (Waveshare "flash on").
    case flashCoil(address: UInt16, ticks: FlashTicks)
    /// FC0F with zeros only, 1 to 256 coils.
    case clearCoils(address: UInt16, count: UInt16)
    /// FC06.
    case writeRegister(address: UInt16, value: UInt16)
    /// FC06 with 0x06 and the seconds: the board switches the relay off by itself (eletechsup "delay"). At
    /// most 255 s.
    case delayRegister(address: UInt16, seconds: FlashTicks)
    /// FC06 with a code that switches off.
    case clearRegister(address: UInt16, code: OffCode)
    /// FC10 with the same code that switches off in 1 to 64 registers.
    case clearRegisters(address: UInt16, count: UInt16, code: OffCode)
    /// FC10 with two words, 4 ("on, and off after the time") and the time (LC Technology). The code beside
    /// it, 2, switches on at the end of the time; it has no case.
    case flashBlock(address: UInt16, ticks: FlashTicks)

    /// The longest request: unit, FC10 head and 64 registers.
    static let maximumLength = 1 + 6 + 128

    var function: UInt8 {
        switch self {
        case .readCoils: 0x01
        case .readInputs: 0x02
        case .readRegisters: 0x03
        case .switchCoil, .flashCoil: 0x05
        case .writeRegister, .delayRegister, .clearRegister: 0x06
        case .clearCoils: 0x0F
        case .clearRegisters, .flashBlock: 0x10
        }
    }

    /// Bytes of data in the reply to a read; `nil` for a write, whose reply repeats its first five bytes.
    var replyDataLength: Int? {
        switch self {
        case .readCoils(_, let count), .readInputs(_, let count): (Int(count) + 7) / 8
        case .readRegisters(_, let count): Int(count) * 2
        case .switchCoil, .flashCoil, .clearCoils, .writeRegister, .delayRegister, .clearRegister,
            .clearRegisters, .flashBlock:
            nil
        }
    }

    /// The reply's length from function code to last data byte.
    var replyLength: Int {
        replyDataLength.map { 2 + $0 } ?? 5
    }

    /// Writes unit and PDU, as `modbus_send_raw_request` takes them, and returns their length.
    func encode(unit: ModbusUnit, into bytes: UnsafeMutablePointer<UInt8>) -> Int {
        let (address, value) = head
        bytes[0] = unit.rawValue
        bytes[1] = function
        bytes[2] = UInt8(truncatingIfNeeded: address >> 8)
        bytes[3] = UInt8(truncatingIfNeeded: address)
        bytes[4] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[5] = UInt8(truncatingIfNeeded: value)
        switch self {
        case .clearCoils:
            let count = (Int(value) + 7) / 8
            bytes[6] = UInt8(count)
            (bytes + 7).update(repeating: 0, count: count)
            return 7 + count
        case .clearRegisters(_, _, let code):
            return append(Array(repeating: code.rawValue, count: Int(value)), to: bytes)
        case .flashBlock(_, let ticks):
            return append([Self.flashOn, ticks.rawValue], to: bytes)
        default:
            return 6
        }
    }

    /// LC Technology's command "on, and off after the time".
    private static let flashOn: UInt16 = 4

    /// The words of an FC10 after its head; returns the length so far.
    private func append(_ words: [UInt16], to bytes: UnsafeMutablePointer<UInt8>) -> Int {
        bytes[6] = UInt8(words.count * 2)
        for (index, word) in words.enumerated() {
            bytes[7 + index * 2] = UInt8(truncatingIfNeeded: word >> 8)
            bytes[8 + index * 2] = UInt8(truncatingIfNeeded: word)
        }
        return 7 + words.count * 2
    }

    private var head: (UInt16, UInt16) {
        switch self {
        case .readCoils(let address, let count), .readInputs(let address, let count): (address, count)
        case .readRegisters(let address, let count): (address, min(count, 125))
        case .switchCoil(let address, let on): (address, on ? 0xFF00 : 0)
        case .flashCoil(let address, let ticks): (address, ticks.rawValue)
        case .clearCoils(let address, let count): (address, min(count, 256))
        case .writeRegister(let address, let value): (address, value)
        case .delayRegister(let address, let seconds): (address, 0x0600 | min(seconds.rawValue, 0xFF))
        case .clearRegister(let address, let code): (address, code.rawValue)
        case .clearRegisters(let address, let count, _): (address, min(max(count, 1), 64))
        case .flashBlock(let address, _): (address, 2)
        }
    }
}
