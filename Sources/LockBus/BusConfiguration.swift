internal import DeviceIO

/// Where a bus is.
public enum BusTransport: Hashable, Sendable {
    /// A serial line; `path` is a stable device name. `stopBits` is 1 or 2.
    case rtu(path: String, baud: Int, parity: BusParity, stopBits: Int)
    /// Modbus TCP; `host` is a name or an address.
    case tcp(host: String, port: Int)
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
    /// The boards, at least one.
    public var boards: [BoardConfiguration]

    /// Describes a bus.
    public init(
        name: BusName,
        transport: BusTransport,
        responseTimeoutMs: Int = 300,
        byteTimeoutMs: Int = 50,
        requestGapMs: Int = 0,
        boards: [BoardConfiguration]
    ) {
        self.name = name
        self.transport = transport
        self.responseTimeoutMs = responseTimeoutMs
        self.byteTimeoutMs = byteTimeoutMs
        self.requestGapMs = requestGapMs
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
    /// The supply of its coils that other boards hang on as well; `nil`: one of its own.
    public var supply: Supply?

    /// Describes a board. It gives one pulse at a time, whatever its supply could bear.
    public init(
        name: BoardName,
        profile: BoardProfile,
        unit: UInt8,
        doors: [DoorWiring],
        supply: Supply? = nil
    ) {
        self.name = name
        self.profile = profile
        self.unit = unit
        self.doors = doors
        self.supply = supply
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

    /// Describes a door.
    public init(channel: Int, sensor: SensorWiring?, pulseMs: Int) {
        self.channel = channel
        self.sensor = sensor
        self.pulseMs = pulseMs
    }
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
    var modbusTransport: ModbusTransport {
        switch transport {
        case .rtu(let path, let baud, let parity, let stopBits):
            let bit: ModbusParity =
                switch parity {
                case .none: .none
                case .even: .even
                case .odd: .odd
                }
            return .rtu(path: path, baud: baud, parity: bit, stopBits: stopBits)
        case .tcp(let host, let port):
            return .tcp(host: host, port: port)
        }
    }

    var modbusTiming: ModbusTiming {
        ModbusTiming(
            responseMs: responseTimeoutMs,
            byteMs: byteTimeoutMs,
            gapMs: requestGapMs,
            connectMs: min(max(responseTimeoutMs * 2, 500), 3000)
        )
    }
}
