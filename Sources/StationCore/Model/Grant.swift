/// What HQ calls a grant: a code that it has signed and that needs no feed.
public struct GrantID: Identifier {
    /// The id's text.
    public let rawValue: String
    /// Wraps the text of an id.
    public init(_ rawValue: String) { self.rawValue = rawValue }
}

/// A grant as the shell read it: who signed it is checked there, the rest here.
public enum GrantReading: Hashable, Sendable, Codable {
    /// It is none, or not to be trusted.
    case refused(GrantRefusal)
    /// HQ has signed it.
    case signed(ShownGrant)
}

/// Why a grant opens nothing, whatever is inside.
public enum GrantRefusal: String, Hashable, Sendable, Codable, CaseIterable {
    /// Damaged, or not signed by a key of HQ that is trusted now.
    case notValid
    /// HQ has taken it, or its key, back.
    case revoked
    /// The station does not know the time, and a grant is limited in time (S13).
    case clockUntrusted
}

/// What a signed grant says, and what the station has of its order.
public struct ShownGrant: Hashable, Sendable, Codable {
    /// The grant.
    public var id: GrantID
    /// Where it may be collected.
    public var stations: [StationID]
    /// Not before.
    public var notBefore: StationTime
    /// Not after.
    public var notAfter: StationTime
    /// The order as the grant has it: version 0, so that whatever the feed brings is newer.
    public var order: OrderRecord
    /// The order as the station has it.
    public var known: OrderRecord?
    /// Parcels of the grant that were loaded before anybody knew their order, each in a row of its own.
    public var unmatched: [OrderRecord]

    /// What a signed grant says.
    public init(
        id: GrantID,
        stations: [StationID],
        notBefore: StationTime,
        notAfter: StationTime,
        order: OrderRecord,
        known: OrderRecord? = nil,
        unmatched: [OrderRecord] = []
    ) {
        self.id = id
        self.stations = stations
        self.notBefore = notBefore
        self.notAfter = notAfter
        self.order = order
        self.known = known
        self.unmatched = unmatched
    }
}

/// A grant that has opened a door here: kept until its window is over, so that it opens nothing a second time that
/// it has handed over already.
public struct GrantUse: Hashable, Sendable, Codable {
    /// The grant.
    public var id: GrantID
    /// Its order.
    public var order: OrderID
    /// When it was used first.
    public var at: StationTime
    /// The end of its window: then it opens nothing anyway, and is forgotten.
    public var until: StationTime
    /// HQ has been told that it was shown again after all of it was handed over.
    public var isReuseReported: Bool

    /// A grant that opens a door now.
    public init(id: GrantID, order: OrderID, at: StationTime, until: StationTime) {
        self.id = id
        self.order = order
        self.at = at
        self.until = until
        isReuseReported = false
    }
}

/// The part of a grant that a customer's session goes by.
public struct GrantHold: Hashable, Sendable, Codable {
    /// The grant.
    public var id: GrantID
    /// What it is for: no door without one of these parcels opens by it.
    public var parcels: [ParcelID]
    /// Not after.
    public var notAfter: StationTime
}

extension OrderID {
    private static let unmatchedPrefix = "unmatched:"

    /// The row of a parcel that was loaded although no order here has its label.
    ///
    /// How such a parcel comes to its order: a label is, unless HQ says otherwise, the parcel's id. The parcel
    /// is loaded under a row of its own, so that its compartment holds one order (S2), no code opens it (S4:
    /// the row has none), and nothing of a person is kept (S12). The first that names the parcel's id, a grant
    /// or an order of the feed, takes it over with its place, as an order takes over a parcel that was split off
    /// another.
    public init(unmatched parcel: ParcelID) { self.init(Self.unmatchedPrefix + parcel.rawValue) }

    /// Whether this is the row of a parcel whose order is not known yet.
    public var isUnmatched: Bool { rawValue.hasPrefix(Self.unmatchedPrefix) }
}

/// How a parcel was loaded of which HQ cannot be told yet, for nobody knows its order.
public struct UntoldLoad: Hashable, Sendable, Codable {
    /// By whom.
    public var staff: StaffID
    /// The opening.
    public var opening: OpeningID?
    /// How it is known.
    public var evidence: Evidence
}
