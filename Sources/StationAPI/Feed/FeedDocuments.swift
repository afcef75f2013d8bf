/// HQ takes an order away from the station.
public struct OrderRemoval: Hashable, Sendable {
    /// Why an order leaves the station's list.
    public enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// Cancelled: what is loaded of it is to be recalled.
        case cancelled
        /// Another store hands it over now.
        case rerouted
        /// HQ has seen it handed over.
        case completed
        /// Its hold is over by HQ's word.
        case expired
    }

    /// The order.
    public var orderID: String
    /// The order's version that this removal makes; older than the one held: ignored.
    public var version: Int64
    /// Why.
    public var reason: Reason
    /// The store that has it now, for the words on the screen.
    public var stationName: String?

    /// A removal.
    public init(orderID: String, version: Int64, reason: Reason, stationName: String? = nil) {
        self.orderID = orderID
        self.version = version
        self.reason = reason
        self.stationName = stationName
    }
}

/// One version of one member of staff: an id, roles and verifiers, no name.
public struct StaffDocument: Hashable, Sendable {
    /// HQ's id of the person; characters as for an order's id.
    public var staffID: String
    /// Counts HQ's changes, from 1; an older one is ignored.
    public var version: Int64
    /// HMAC-SHA256 (32 bytes) of the badge's text under the station's key; nil only if revoked.
    public var badge: [UInt8]?
    /// What the person may do; roles that this version does not know are left out.
    public var roles: [StaffRole]
    /// How the PIN is checked; nil only if revoked.
    public var pin: PINVerifier?
    /// Whether the person may no longer sign in.
    public var revoked: Bool
    /// Under which of the station's keys the badge was digested; nil: the key that it was enrolled with.
    public var keyID: String?

    /// One version of one member of staff.
    public init(
        staffID: String,
        version: Int64,
        badge: [UInt8]?,
        roles: [StaffRole],
        pin: PINVerifier?,
        revoked: Bool = false,
        keyID: String? = nil
    ) {
        self.staffID = staffID
        self.version = version
        self.badge = badge
        self.roles = roles
        self.pin = pin
        self.revoked = revoked
        self.keyID = keyID
    }
}

/// What a member of staff may do.
public enum StaffRole: String, Hashable, Sendable, Codable, CaseIterable {
    /// Load, hand over, recall.
    case associate
    /// Also clear alarms and take compartments out of service.
    case manager
    /// Commissioning and repair.
    case technician
}

/// A scrypt verifier of a PIN (RFC 7914).
public struct PINVerifier: Hashable, Sendable {
    /// Random bytes, 8 to 64.
    public var salt: [UInt8]
    /// CPU and memory cost, a power of two from 2 to `PINVerifier.maximumCost`.
    public var n: Int
    /// Block size, 1 to 32.
    public var r: Int
    /// Parallelisation, 1 to 16.
    public var p: Int
    /// The derived key, 16 to 64 bytes.
    public var verifier: [UInt8]

    /// Highest cost that a station accepts: with r = 8 it takes 128 MiB, more would let HQ's data stall the
    /// wall.
    public static let maximumCost = 1 << 17
    /// Most bytes of memory (128 · n · r) that one check may take.
    public static let maximumMemory = 128 << 20

    /// A verifier of a PIN.
    public init(salt: [UInt8], n: Int, r: Int, p: Int, verifier: [UInt8]) {
        self.salt = salt
        self.n = n
        self.r = r
        self.p = p
        self.verifier = verifier
    }
}

/// Policy values that HQ sets for the station; which names there are is the station's matter.
public struct PolicyDocument: Hashable, Sendable, Encodable {
    /// Counts HQ's changes, from 1; an older one is ignored.
    public var version: Int64
    /// Values by name, at most `PolicyDocument.maximumValues`.
    public var values: [String: PolicyValue]

    /// Policy values a document may have.
    public static let maximumValues = 256

    /// Policy values.
    public init(version: Int64, values: [String: PolicyValue]) {
        self.version = version
        self.values = values
    }
}

/// One policy value.
public enum PolicyValue: Hashable, Sendable {
    /// A whole number, in the unit that the policy's name says.
    case integer(Int64)
    /// Yes or no.
    case boolean(Bool)
    /// A word.
    case text(String)
}
