/// The name of a point in the station's configuration, unique in the station.
public struct PointName: RawRepresentable, Hashable, Comparable, Sendable {
    /// The name as configured.
    public let rawValue: String

    /// Wraps a configured name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Orders by name.
    public static func < (left: PointName, right: PointName) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Something on a bank that is no door: an input, an output or a register of one of its boards.
public struct PointConfiguration: Hashable, Sendable {
    /// What it is for.
    public enum Kind: String, CaseIterable, Sendable {
        /// An input that is active while the mains are lost.
        case mainsLost
        /// An input that is active while a cover is open, or somebody tampers.
        case tamper
        /// An input that is active while something is inside.
        case occupancy
        /// A register with a temperature.
        case temperature
        /// An output that lights something.
        case lamp
        /// An output that sounds.
        case beeper
    }

    /// Where it is on its board.
    public enum Place: Hashable, Sendable {
        /// An input, from 1.
        case input(Int)
        /// An output, from 1, that drives no lock.
        case output(Int)
        /// A holding register of a Modbus board (FC03), signed.
        case register(UInt16)
    }

    /// Its name.
    public var name: PointName
    /// What it is for.
    public var kind: Kind
    /// Its board.
    public var board: BoardName
    /// Where on that board.
    public var place: Place
    /// The level at which an input is active.
    public var activeIs: SensorWiring.Level
    /// What a register's number is multiplied by.
    public var scale: Double

    /// Describes a point.
    public init(
        name: PointName,
        kind: Kind,
        board: BoardName,
        place: Place,
        activeIs: SensorWiring.Level = .on,
        scale: Double = 1
    ) {
        self.name = name
        self.kind = kind
        self.board = board
        self.place = place
        self.activeIs = activeIs
        self.scale = scale
    }
}

/// What a point says.
public enum PointValue: Hashable, Sendable {
    /// An input, twice in a row.
    case active
    /// An input, twice in a row.
    case inactive
    /// A register, in its unit.
    case measured(Double)
    /// Its board does not answer.
    case unknown
}
