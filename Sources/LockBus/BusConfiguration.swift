internal import DeviceIO

/// Where a bus is.
public enum BusTransport: Hashable, Sendable {
    /// A serial line; `path` is a stable device name. `stopBits` is 1 or 2.
    case rtu(path: String, baud: Int, parity: BusParity, stopBits: Int)
    /// Modbus TCP; `host` is a name or an address.
    case tcp(host: String, port: Int)
    /// A serial line with boards that speak a protocol of their own, not Modbus; otherwise as `rtu`.
    case serial(path: String, baud: Int, parity: BusParity, stopBits: Int)
    /// Such a line behind a serial server in raw mode.
    case serialTCP(host: String, port: Int)
    /// Lines of the GPIO chip with this label; the coil guard that owns the outputs listens at `guardSocket`.
    case gpio(chip: String, guardSocket: String)

    /// Where the coil guard listens unless the configuration says otherwise.
    public static let coilGuardSocket = "/run/pickup-coilguard/guard.sock"
}

/// The parity bit of a serial bus.
public enum BusParity: String, CaseIterable, Sendable {
    /// No parity bit.
    case none
    /// Even parity.
    case even
    /// Odd parity.
    case odd
}

/// How often the doors of a bus are read.
public enum BusPolling: String, CaseIterable, Sendable {
    /// Every door at least every 500 ms at rest, a board with an open door or a pulse behind it at least every
    /// 100 ms.
    case adaptive
    /// One board after the other as fast as the line bears, always.
    case continuous
}

/// One bus with its boards, as the station's configuration has it.
public struct BusConfiguration: Sendable {
    /// The bus's name.
    public var name: BusName
    /// Where it is.
    public var transport: BusTransport
    /// Until a board's first byte: 20 to 2000 ms, above the slowest board's reply time.
    public var responseTimeoutMs: Int
    /// What an answer may take beyond its own length: 5 to 500 ms.
    public var byteTimeoutMs: Int
    /// Silence before each request on a serial bus: 0 to 500 ms; raised to 3.5 characters.
    public var requestGapMs: Int
    /// How often the doors are read.
    public var polling: BusPolling
    /// The boards, at least one.
    public var boards: [BoardConfiguration]
    /// What else is on the boards.
    public var points: [PointConfiguration]

    /// Describes a bus.
    public init(
        name: BusName,
        transport: BusTransport,
        responseTimeoutMs: Int = 300,
        byteTimeoutMs: Int = 50,
        requestGapMs: Int = 0,
        polling: BusPolling = .adaptive,
        boards: [BoardConfiguration],
        points: [PointConfiguration] = []
    ) {
        self.points = points
        self.name = name
        self.transport = transport
        self.responseTimeoutMs = responseTimeoutMs
        self.byteTimeoutMs = byteTimeoutMs
        self.requestGapMs = requestGapMs
        self.polling = polling
        self.boards = boards
    }
}

/// One lock board on a bus.
public struct BoardConfiguration: Sendable {
    /// The board's name, unique on the bus.
    public var name: BoardName
    /// Its model.
    public var profile: BoardProfile
    /// Its address, unique on the bus: 1 to 247 (255 on TCP).
    public var unit: UInt8
    /// The doors on its outputs.
    public var doors: [DoorWiring]
    /// Its lines, when it is on a GPIO chip.
    public var lines: GPIOWiring

    /// Describes a board.
    public init(
        name: BoardName,
        profile: BoardProfile,
        unit: UInt8,
        doors: [DoorWiring],
        lines: GPIOWiring = GPIOWiring()
    ) {
        self.name = name
        self.profile = profile
        self.unit = unit
        self.doors = doors
        self.lines = lines
    }
}

/// One door: its lock output and its sensor.
public struct DoorWiring: Sendable {
    /// The lock output, from 1.
    public var channel: Int
    /// The door sensor; `nil` when there is none.
    public var sensor: SensorWiring?
    /// How long this door's lock is energised, in milliseconds.
    public var pulseMs: Int
    /// What the lock is.
    public var lock: LockKind

    /// Describes a door.
    public init(channel: Int, sensor: SensorWiring?, pulseMs: Int, lock: LockKind = .solenoid) {
        self.channel = channel
        self.sensor = sensor
        self.pulseMs = pulseMs
        self.lock = lock
    }
}

/// What a lock bears when nobody switches it off.
public enum LockKind: String, CaseIterable, Sendable {
    /// A coil that burns within seconds: it needs a board that ends the pulse whatever happens.
    case solenoid
    /// A motor latch or a strike rated for continuous duty: it stays unlocked, and bears it.
    case motor
}

/// The input on which a door's sensor hangs. It may be on another board of the same bus.
public struct SensorWiring: Hashable, Sendable {
    /// An input's level.
    public enum Level: String, CaseIterable, Sendable {
        /// Reads 1.
        case on
        /// Reads 0.
        case off
    }

    /// The board with the input.
    public var board: BoardName
    /// The input, from 1.
    public var input: Int
    /// The level that means that the door is open.
    public var openIs: Level

    /// Describes a sensor.
    public init(board: BoardName, input: Int, openIs: Level) {
        self.board = board
        self.input = input
        self.openIs = openIs
    }
}

extension BusConfiguration {
    /// Where the Modbus boards are; `nil` where there are none.
    var modbusTransport: ModbusTransport? {
        switch transport {
        case .rtu(let path, let baud, let parity, let stopBits):
            .rtu(path: path, baud: baud, parity: parity.bit, stopBits: stopBits)
        case .tcp(let host, let port): .tcp(host: host, port: port)
        case .serial, .serialTCP, .gpio: nil
        }
    }

    /// Where the boards are that do not speak Modbus; `nil` where there are none.
    var serialPlace: SerialPlace? {
        switch transport {
        case .serial(let path, let baud, let parity, let stopBits):
            .port(path: path, baud: baud, parity: parity.bit, stopBits: stopBits)
        case .serialTCP(let host, let port): .server(host: host, port: port)
        case .rtu, .tcp, .gpio: nil
        }
    }

    /// Until a connection over the network stands.
    var connectMs: Int {
        min(max(responseTimeoutMs * 2, 500), 3000)
    }

    /// The line's own limits; a board that needs longer between requests is waited for alone.
    var modbusTiming: ModbusTiming {
        ModbusTiming(
            responseMs: responseTimeoutMs,
            byteMs: byteTimeoutMs,
            gapMs: requestGapMs,
            connectMs: connectMs
        )
    }
}

extension BusParity {
    var bit: SerialParity {
        switch self {
        case .none: .none
        case .even: .even
        case .odd: .odd
        }
    }
}
