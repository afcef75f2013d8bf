/// The name of a point: an input or a measurement of the wall that is no door.
public struct PointID: RawRepresentable, Hashable, Comparable, Sendable, Codable {
    /// The name as configured.
    public let rawValue: String

    /// Wraps a configured name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// Orders by name.
    public static func < (left: PointID, right: PointID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What a point is for.
public enum PointKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Active while the mains are lost.
    case mainsLost
    /// Active while a cover is open, or somebody tampers.
    case tamper
    /// Active while something is inside a compartment.
    case occupancy
    /// Active while the temperature is outside its limits.
    case temperature
}

/// What a point says now.
public struct PointReading: Hashable, Sendable, Codable {
    /// Which point.
    public var id: PointID
    /// What it is for.
    public var kind: PointKind
    /// Whether it is active; nil: nobody knows, its board does not answer.
    public var isActive: Bool?
    /// What was measured, in tenths of its unit.
    public var tenths: Int?
    /// While it is active no opening begins: the locks have no power then.
    public var stopsOpenings: Bool

    /// A reading.
    public init(
        id: PointID,
        kind: PointKind,
        isActive: Bool?,
        tenths: Int? = nil,
        stopsOpenings: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.isActive = isActive
        self.tenths = tenths
        self.stopsOpenings = stopsOpenings
    }
}
