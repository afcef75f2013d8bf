/// The name of a bus in the station's configuration.
public struct BusName: RawRepresentable, Hashable, Comparable, Sendable {
    /// The name as configured.
    public let rawValue: String

    /// Wraps a configured name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Orders by name.
    public static func < (left: BusName, right: BusName) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// The name of a lock board, unique on its bus.
public struct BoardName: RawRepresentable, Hashable, Comparable, Sendable {
    /// The name as configured.
    public let rawValue: String

    /// Wraps a configured name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Orders by name.
    public static func < (left: BoardName, right: BoardName) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One lock output of one board: what a door hangs on.
public struct DoorChannel: Hashable, Sendable, CustomStringConvertible {
    /// The bus.
    public let bus: BusName
    /// The board on that bus.
    public let board: BoardName
    /// The output, counted from 1 as printed on the board.
    public let channel: Int

    /// Names a lock output.
    public init(bus: BusName, board: BoardName, channel: Int) {
        self.bus = bus
        self.board = board
        self.channel = channel
    }

    /// `bus/board/channel`, for logs.
    public var description: String {
        "\(bus.rawValue)/\(board.rawValue)/\(channel)"
    }
}
