/// What HQ says of an order.
public enum OrderStanding: Hashable, Sendable, Codable {
    /// To be loaded and collected here.
    case live
    /// Nothing may happen to it until HQ says more (also: a status this station does not know).
    case onHold
    /// Cancelled; what is inside waits to be recalled.
    case cancelled
    /// To be collected in another store.
    case elsewhere(storeName: String?)
    /// HQ knows it as collected.
    case completed
}

/// How the customer gets the order.
public enum DeliveryMode: String, Hashable, Sendable, Codable {
    /// From a locker.
    case locker
    /// Over the counter.
    case counter
    /// At a curbside bay.
    case curbside
}

/// Where a parcel is, as far as this station knows.
public enum ParcelPlace: Hashable, Sendable, Codable {
    /// Not loaded yet.
    case awaited
    /// In this compartment.
    case inside(CompartmentID)
    /// Collected by the customer.
    case collected(at: StationTime)
    /// Taken out again by staff.
    case recalled(at: StationTime)
    /// Should have been inside and was not.
    case missing(at: StationTime)

    /// The compartment it is in, if it is in one.
    public var compartment: CompartmentID? {
        if case .inside(let compartment) = self { compartment } else { nil }
    }
}

/// A parcel as this station knows it.
public struct ParcelRecord: Hashable, Sendable, Codable {
    /// The parcel's id.
    public var id: ParcelID
    /// Its size class.
    public var size: Size
    /// Where it is.
    public var place: ParcelPlace
    /// HQ has taken it out of the order while it was inside: it waits to be recalled.
    public var isWithdrawn: Bool

    /// A parcel, not loaded yet unless said otherwise.
    public init(id: ParcelID, size: Size, place: ParcelPlace = .awaited, isWithdrawn: Bool = false) {
        self.id = id
        self.size = size
        self.place = place
        self.isWithdrawn = isWithdrawn
    }
}

/// An order as this station knows it: HQ's facts and the station's own, side by side.
public struct OrderRecord: Hashable, Sendable, Codable {
    /// The order's id.
    public var id: OrderID
    /// HQ's version of the order; an older one is ignored.
    public var version: Int64
    /// The number the customer knows.
    public var displayNumber: String
    /// What HQ says of it.
    public var standing: OrderStanding
    /// How the customer gets it.
    public var deliveryMode: DeliveryMode
    /// Collectable from this time on; nil: at once.
    public var notBefore: StationTime?
    /// The end of the hold; nil: never.
    public var expiresAt: StationTime?
    /// The station has reported the end of the hold.
    public var isExpired: Bool
    /// Something is to be paid first.
    public var isPaymentDue: Bool
    /// Its parcels.
    public var parcels: [ParcelRecord]

    /// An order.
    public init(
        id: OrderID,
        version: Int64,
        displayNumber: String,
        standing: OrderStanding = .live,
        deliveryMode: DeliveryMode = .locker,
        notBefore: StationTime? = nil,
        expiresAt: StationTime? = nil,
        isExpired: Bool = false,
        isPaymentDue: Bool = false,
        parcels: [ParcelRecord]
    ) {
        self.id = id
        self.version = version
        self.displayNumber = displayNumber
        self.standing = standing
        self.deliveryMode = deliveryMode
        self.notBefore = notBefore
        self.expiresAt = expiresAt
        self.isExpired = isExpired
        self.isPaymentDue = isPaymentDue
        self.parcels = parcels
    }

    /// Whether any of its parcels is, or was, physically here: then only the core may change the row.
    public var isTouched: Bool {
        parcels.contains { $0.place != .awaited }
    }

    /// The parcel with this id.
    public func parcel(_ id: ParcelID) -> ParcelRecord? {
        parcels.first { $0.id == id }
    }
}

/// A member of staff as HQ's feed describes them: never a name (S12).
public struct StaffRecord: Hashable, Sendable, Codable {
    /// What a member of staff may do.
    public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        /// Loads, recalls, helps a customer.
        case associate
        /// The same, and clears alarms, takes doors out of service, opens all doors in turn.
        case manager
        /// Commissions and repairs; has nothing to do with parcels.
        case technician
    }

    /// The id.
    public var id: StaffID
    /// HQ's version of the credential.
    public var version: Int64
    /// What they may do.
    public var roles: [Role]
    /// HQ has withdrawn the badge.
    public var isRevoked: Bool

    /// A member of staff.
    public init(id: StaffID, version: Int64, roles: [Role], isRevoked: Bool) {
        self.id = id
        self.version = version
        self.roles = roles
        self.isRevoked = isRevoked
    }
}
