/// One bank: a wire, and the boards that answer on it.
public struct SandboxBank: Hashable, Sendable, Codable {
    /// The wire of a bank.
    public enum Transport: Hashable, Sendable, Codable {
        /// Modbus TCP on 127.0.0.1; port 0 takes any that is free.
        case tcp(port: UInt16)
        /// Modbus RTU on a pty; the station opens `link`, a symbolic link.
        case rtu(link: String)
    }

    /// Unique in the cabinet.
    public var name: SandboxBankName
    /// The wire.
    public var transport: Transport
    /// The boards, each with a unit id of its own on this wire.
    public var boards: [SandboxBoard]

    /// Describes a bank.
    public init(name: SandboxBankName, transport: Transport, boards: [SandboxBoard]) {
        self.name = name
        self.transport = transport
        self.boards = boards
    }
}

/// A board model that the sandbox plays; the register maps are in hardware/boards.
public enum SandboxBoardModel: String, Hashable, Sendable, Codable, CaseIterable {
    /// Waveshare Modbus RTU Relay (D): 8 coils, 8 inputs, pulses timed by the board (FC05 at 0x0200 + n, in
    /// units
    /// of 100 ms).
    case waveshareRelayD8
    /// A board of 16 coils and 16 inputs that drops its outputs when no request comes within the time in
    /// holding
    /// register 0x0000 (steps of 100 ms, 0 = never).
    case coilBoard16

    /// Coils, and as many inputs.
    public var channels: Int {
        switch self {
        case .waveshareRelayD8: 8
        case .coilBoard16: 16
        }
    }
}

/// One board and what is wired to it.
public struct SandboxBoard: Hashable, Sendable, Codable {
    /// Unique in the cabinet.
    public var name: SandboxBoardName
    /// Unit id, 1…247.
    public var unit: UInt8
    /// The model.
    public var model: SandboxBoardModel
    /// The doors whose locks hang on this board.
    public var doors: [SandboxDoor]

    /// Describes a board.
    public init(name: SandboxBoardName, unit: UInt8, model: SandboxBoardModel, doors: [SandboxDoor]) {
        self.name = name
        self.unit = unit
        self.model = model
        self.doors = doors
    }
}

/// One door: its lock's channel and its sensor.
public struct SandboxDoor: Hashable, Sendable, Codable {
    /// Where a door sensor is wired to.
    public struct Sensor: Hashable, Sendable, Codable {
        /// The board; nil = the lock's own.
        public var board: SandboxBoardName?
        /// The input, 1-based, as printed on the board.
        public var input: Int
        /// Whether the input is on while the door is open (else while it is closed).
        public var isOnWhenOpen: Bool

        /// Describes a sensor.
        public init(board: SandboxBoardName? = nil, input: Int, isOnWhenOpen: Bool = false) {
            self.board = board
            self.input = input
            self.isOnWhenOpen = isOnWhenOpen
        }
    }

    /// What a door does when its latch lets go.
    public enum Spring: String, Hashable, Sendable, Codable, CaseIterable {
        /// It springs open.
        case pops
        /// It stays shut, unlocked, until someone pulls it.
        case waitsForPull
    }

    /// Unique in the cabinet.
    public var name: SandboxDoorName
    /// The lock's coil, 1-based, as printed on the board.
    public var channel: Int
    /// The door sensor; nil = none.
    public var sensor: Sensor?
    /// What the door does when pulsed.
    public var spring: Spring

    /// Describes a door.
    public init(name: SandboxDoorName, channel: Int, sensor: Sensor?, spring: Spring = .pops) {
        self.name = name
        self.channel = channel
        self.sensor = sensor
        self.spring = spring
    }
}

extension SandboxBoard {
    /// A board with one door per name on channels 1, 2, … and its sensor on the input of the same number.
    public static func filled(
        name: SandboxBoardName,
        unit: UInt8,
        model: SandboxBoardModel,
        doors: [SandboxDoorName],
        isOnWhenOpen: Bool = false,
        spring: SandboxDoor.Spring = .pops
    ) -> SandboxBoard {
        SandboxBoard(
            name: name,
            unit: unit,
            model: model,
            doors: doors.enumerated().map { index, door in
                SandboxDoor(
                    name: door,
                    channel: index + 1,
                    sensor: SandboxDoor.Sensor(input: index + 1, isOnWhenOpen: isOnWhenOpen),
                    spring: spring
                )
            }
        )
    }
}
