/// Where a Modbus bus is: a serial line or a network endpoint.
public enum ModbusTransport: Hashable, Sendable {
    /// RTU frames on a tty; `path` should be a stable name such as `/dev/serial/by-id/…`. Stop bits are 1
    /// or 2.
    case rtu(path: String, baud: Int, parity: ModbusParity, stopBits: Int)
    /// MBAP frames over TCP; `host` is a name or an address of either family.
    case tcp(host: String, port: Int)

    /// The speeds that libmodbus 3.1.6 knows. It silently turns any other into 9600 (measured),
    /// so the link refuses them before the library sees them.
    public static let supportedBauds: Set<Int> = [
        1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400, 460_800, 921_600,
    ]

    var isSerial: Bool {
        if case .rtu = self { true } else { false }
    }
}

/// The parity bit of a serial line.
public enum ModbusParity: String, CaseIterable, Sendable {
    /// No parity bit.
    case none
    /// Even parity.
    case even
    /// Odd parity.
    case odd

    var letter: CChar {
        switch self {
        case .none: CChar(UInt8(ascii: "N"))
        case .even: CChar(UInt8(ascii: "E"))
        case .odd: CChar(UInt8(ascii: "O"))
        }
    }
}

/// The time limits of one bus, in milliseconds.
public struct ModbusTiming: Hashable, Sendable {
    /// Until the first byte of a reply. Must be above the slowest board's reply time: a reply that comes
    /// later belongs to no request any more.
    public var responseMs: Int
    /// What a reply may take beyond its own length on the wire, once its first byte is here.
    public var byteMs: Int
    /// Silence before a request on a serial line; raised to 3.5 characters if it is less.
    public var gapMs: Int
    /// Until a TCP connection stands.
    public var connectMs: Int

    /// Limits for one bus; values below 1 ms count as 1 ms, a gap below 0 as 0.
    public init(responseMs: Int, byteMs: Int, gapMs: Int = 0, connectMs: Int = 1000) {
        self.responseMs = max(1, responseMs)
        self.byteMs = max(1, byteMs)
        self.gapMs = max(0, gapMs)
        self.connectMs = max(1, connectMs)
    }

    /// The longest that one transaction with brief patience blocks, the opening of a TCP connection included.
    public func worstCaseMs(on transport: ModbusTransport) -> Int {
        let extra: Int =
            switch transport {
            case .rtu(_, let baud, _, _): Int(SerialPace(baud: baud).characterNanoseconds * 64 / 1_000_000)
            case .tcp: connectMs
            }
        return responseMs + byteMs + gapMs + extra + 60
    }
}

/// Character times of a serial line (Modbus over Serial Line V1.02, 2.5.1.1).
public struct SerialPace: Sendable {
    /// Silence that ends a frame: 3.5 characters of 11 bits, or 1.75 ms fixed above 19200 baud.
    public let frameGapNanoseconds: UInt64
    /// One character of 11 bits.
    public let characterNanoseconds: UInt64
    let bitNanoseconds: UInt64

    /// The times at a speed in bits per second.
    public init(baud: Int) {
        bitNanoseconds = 1_000_000_000 / UInt64(max(1, baud))
        characterNanoseconds = 11 * 1_000_000_000 / UInt64(max(1, baud))
        frameGapNanoseconds = baud > 19200 ? 1_750_000 : characterNanoseconds * 7 / 2
    }
}
