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

    /// The longest request: unit, FC0F head and 32 bytes of coils.
    static let maximumLength = 1 + 6 + 32

    var function: UInt8 {
        switch self {
        case .readCoils: 0x01
        case .readInputs: 0x02
        case .readRegisters: 0x03
        case .switchCoil, .flashCoil: 0x05
        case .writeRegister: 0x06
        case .clearCoils: 0x0F
        }
    }

    /// Bytes of data in the reply to a read; `nil` for a write, whose reply repeats its first five bytes.
    var replyDataLength: Int? {
        switch self {
        case .readCoils(_, let count), .readInputs(_, let count): (Int(count) + 7) / 8
        case .readRegisters(_, let count): Int(count) * 2
        case .switchCoil, .flashCoil, .clearCoils, .writeRegister: nil
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
        guard case .clearCoils = self else { return 6 }
        let count = (Int(value) + 7) / 8
        bytes[6] = UInt8(count)
        (bytes + 7).update(repeating: 0, count: count)
        return 7 + count
    }

    private var head: (UInt16, UInt16) {
        switch self {
        case .readCoils(let address, let count), .readInputs(let address, let count): (address, count)
        case .readRegisters(let address, let count): (address, min(count, 125))
        case .switchCoil(let address, let on): (address, on ? 0xFF00 : 0)
        case .flashCoil(let address, let ticks): (address, ticks.rawValue)
        case .clearCoils(let address, let count): (address, min(count, 256))
        case .writeRegister(let address, let value): (address, value)
        }
    }
}
