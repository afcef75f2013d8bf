/// What one of HQ's keys may sign.
public enum HQKeyUse: String, Hashable, Sendable, Codable, CaseIterable {
    /// Grants: codes that open without the feed.
    case grant
    /// Commands.
    case command
}

/// One of HQ's public keys, as the feed carries it (`"change":"key"`).
///
/// A key id names one key for ever: an item that gives a known id another key is refused, and a revoked id never
/// comes back. HQ rotates by sending a new id, signing with it, and revoking the old one later.
public struct HQKeyDocument: Hashable, Sendable {
    /// The key's id; characters as for an order's id, at most ``maximumIDLength`` of them so that a grant is
    /// small.
    public var keyID: String
    /// What it may sign.
    public var use: HQKeyUse
    /// The ed25519 public key (RFC 8032), 32 bytes.
    public var publicKey: [UInt8]
    /// Nothing signed by it counts before.
    public var notBefore: WireTime?
    /// Nothing signed by it counts after.
    public var notAfter: WireTime?

    /// Longest id of a key.
    public static let maximumIDLength = 16
    /// Bytes of an ed25519 public key.
    public static let publicKeyLength = 32

    /// A public key.
    public init(
        keyID: String,
        use: HQKeyUse,
        publicKey: [UInt8],
        notBefore: WireTime? = nil,
        notAfter: WireTime? = nil
    ) {
        self.keyID = keyID
        self.use = use
        self.publicKey = publicKey
        self.notBefore = notBefore
        self.notAfter = notAfter
    }
}

/// HQ takes a key or a grant back (`"change":"revoke"`), for ever.
public enum Revocation: Hashable, Sendable {
    /// Nothing signed by this key counts any more.
    case key(String)
    /// This grant opens nothing any more.
    case grant(String)
}

/// A new secret key of the station (`"change":"stationKey"`): pickup codes and badges are digested under it, and
/// name its id.
///
/// Digests under an older key stay good while anything names it. The item is secret: it is accepted over TLS only,
/// like a clear code, and never logged.
public struct StationKeyDocument: Hashable, Sendable {
    /// The key's id; characters as for an order's id.
    public var keyID: String
    /// The key of HMAC-SHA256, 32 bytes.
    public var key: [UInt8]
    /// From when on HQ digests under it; nil: at once. The station takes both from the moment it knows both.
    public var from: WireTime?

    /// Bytes of the key.
    public static let keyLength = 32

    /// A new key.
    public init(keyID: String, key: [UInt8], from: WireTime? = nil) {
        self.keyID = keyID
        self.key = key
        self.from = from
    }
}

extension HQKeyDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case keyID = "keyId"
        case use, alg, publicKey, notBefore, notAfter
    }

    /// Encodes with `alg` ed25519 and base64url bytes.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(keyID, forKey: .keyID)
        try container.encode(use, forKey: .use)
        try container.encode("ed25519", forKey: .alg)
        try container.encode(Base64URL.encode(publicKey), forKey: .publicKey)
        try container.encodeIfPresent(notBefore, forKey: .notBefore)
        try container.encodeIfPresent(notAfter, forKey: .notAfter)
    }
}

extension StationKeyDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case keyID = "keyId"
        case key, from
    }

    /// Encodes the key as base64url.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(keyID, forKey: .keyID)
        try container.encode(Base64URL.encode(key), forKey: .key)
        try container.encodeIfPresent(from, forKey: .from)
    }
}
