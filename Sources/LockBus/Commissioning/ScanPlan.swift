internal import DeviceIO

/// The speed and format of a serial line.
public struct LineSettings: Hashable, Sendable, CustomStringConvertible {
    /// Bits per second.
    public var baud: Int
    /// The parity bit.
    public var parity: BusParity
    /// 1 or 2.
    public var stopBits: Int

    /// Settings of a line.
    public init(baud: Int, parity: BusParity = .none, stopBits: Int = 1) {
        self.baud = baud
        self.parity = parity
        self.stopBits = stopBits
    }

    /// As people write it: `9600 8N1`.
    public var description: String {
        let letter =
            switch parity {
            case .none: "N"
            case .even: "E"
            case .odd: "O"
            }
        return "\(baud) 8\(letter)\(stopBits)"
    }

    /// What boards are delivered with or set to, likely ones first: the defaults of the boards in
    /// `hardware/boards`, then the standard's own (Modbus over Serial Line V1.02, 2.5.1: 19200, even).
    public static let usual: [LineSettings] = [
        LineSettings(baud: 9600), LineSettings(baud: 19200), LineSettings(baud: 115_200),
        LineSettings(baud: 38400), LineSettings(baud: 19200, parity: .even),
        LineSettings(baud: 9600, parity: .even), LineSettings(baud: 4800), LineSettings(baud: 57600),
        LineSettings(baud: 9600, parity: .odd), LineSettings(baud: 19200, parity: .odd),
        LineSettings(baud: 115_200, parity: .even), LineSettings(baud: 2400),
    ]
}

/// Where to look for boards, and how thoroughly.
public struct ScanPlan: Sendable {
    /// Where.
    public enum Target: Hashable, Sendable, CustomStringConvertible {
        /// A serial line; a stable name of its tty.
        case serial(path: String)
        /// Modbus TCP, a name or an address.
        case network(host: String, port: Int)

        /// The path, or `host:port`.
        public var description: String {
            switch self {
            case .serial(let path): path
            case .network(let host, let port): "\(host):\(port)"
            }
        }
    }

    /// Where.
    public var target: Target
    /// Line settings to try, in this order; of no meaning on a network.
    public var settings: [LineSettings]
    /// Addresses to ask, in this order.
    public var units: [UInt8]
    /// How long an answer may take: 20 to 2000 ms.
    public var answerMs: Int
    /// Asks a second kind of question where the first is not answered.
    public var isThorough: Bool

    /// A plan; what is left out is what is usual.
    public init(
        target: Target,
        settings: [LineSettings] = LineSettings.usual,
        units: [UInt8] = ScanPlan.allUnits,
        answerMs: Int = 80,
        isThorough: Bool = false
    ) {
        self.target = target
        if case .network = target {
            self.settings = [LineSettings(baud: 9600)]
        } else {
            self.settings = settings
        }
        self.units = units
        self.answerMs = min(max(answerMs, 20), 2000)
        self.isThorough = isThorough
    }

    /// Every address of a Modbus line. The low ones, which boards are numbered with, are the likely ones.
    public static let allUnits: [UInt8] = Array(1...247)

    /// How many addresses are asked in all.
    public var count: Int { settings.count * units.count }

    func transport(_ settings: LineSettings) -> ModbusTransport {
        switch target {
        case .network(let host, let port): return .tcp(host: host, port: port)
        case .serial(let path):
            let parity: ModbusParity =
                switch settings.parity {
                case .none: .none
                case .even: .even
                case .odd: .odd
                }
            return .rtu(path: path, baud: settings.baud, parity: parity, stopBits: settings.stopBits)
        }
    }
}

/// How far a scan is.
public struct ScanProgress: Hashable, Sendable {
    /// Addresses asked so far.
    public var done: Int
    /// Addresses to ask in all.
    public var total: Int
    /// The line's settings now; nil on a network.
    public var settings: LineSettings?
    /// The address asked now.
    public var unit: UInt8
    /// Since the start, in milliseconds.
    public var elapsedMs: Int
    /// Boards found so far.
    public var found: Int

    /// Addresses asked per second.
    public var perSecond: Double { elapsedMs > 0 ? Double(done) * 1000 / Double(elapsedMs) : 0 }

    /// What is left at this pace, in seconds.
    public var remainingSeconds: Int {
        perSecond > 0 ? Int((Double(total - done) / perSecond).rounded(.up)) : 0
    }
}

/// What answers on one address.
public struct ScanFinding: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// One board. `profiles`: the board profiles that fit what it answers, all as well as each other;
        /// empty: none does.
        case board(profiles: [String])
        /// Answers are garbled, or there is more than one: two boards have this address.
        case collision
        /// The device answers on every address: it is one board, and does not look at the address.
        case everyAddress(profiles: [String])
    }

    /// The address.
    public var unit: UInt8
    /// The line's settings; nil on a network.
    public var settings: LineSettings?
    /// What answers there.
    public var kind: Kind
    /// How it is known, for people.
    public var evidence: String

    /// Whether it is in the way of using the bus.
    public var isTrouble: Bool { kind == .collision }
}

/// What a scan has shown.
public struct ScanResult: Hashable, Sendable {
    /// What answered, in the order of settings and addresses.
    public var findings: [ScanFinding]
    /// What else is worth knowing, for people.
    public var notes: [String]
    /// Addresses that were asked.
    public var asked: Int
    /// It was stopped before its end.
    public var isCutShort: Bool
}

/// Why a scan could not be made.
public struct ScanFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, and what to do.
    public let description: String
}
