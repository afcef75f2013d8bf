internal import Crypto
internal import FoundationEssentials

/// The keys of HQ that a station trusts, and what HQ has taken back.
///
/// It grows by ``add(_:)`` and ``revoke(_:)`` only, and both may come in any order and more than once.
public struct KeyRing: Hashable, Sendable, Codable {
    /// Keys by id.
    public private(set) var keys: [String: Key] = [:]
    /// Ids of keys that HQ has taken back.
    public private(set) var revokedKeys: Set<String> = []
    /// Ids of grants that HQ has taken back.
    public private(set) var revokedGrants: Set<String> = []

    /// A key that is known.
    public struct Key: Hashable, Sendable, Codable {
        /// What it may sign.
        public var use: HQKeyUse
        /// The ed25519 public key, 32 bytes.
        public var publicKey: [UInt8]
        /// Nothing signed by it counts before.
        public var notBefore: WireTime?
        /// Nothing signed by it counts after.
        public var notAfter: WireTime?
    }

    /// Why a key is not taken.
    public enum Refusal: String, Error, Hashable, Sendable {
        /// This id has another key already: HQ must use a new id.
        case keyChanged
        /// HQ has revoked this id: HQ must use a new one.
        case keyRevoked
        /// There are ``maximumKeys`` already: HQ must revoke old ones.
        case tooManyKeys
    }

    /// Keys that a station holds at most.
    public static let maximumKeys = 32
    /// Revoked grants that are remembered; a grant that is older than all of them is long over.
    public static let maximumRevokedGrants = 20_000

    /// A ring without keys: nothing signed is trusted.
    public init() {}

    /// Takes a key in; one that is known already with the same bytes may change its window.
    public mutating func add(_ document: HQKeyDocument) throws(Refusal) {
        guard !revokedKeys.contains(document.keyID) else { throw .keyRevoked }
        if let known = keys[document.keyID] {
            guard known.publicKey == document.publicKey, known.use == document.use else { throw .keyChanged }
        } else if keys.count >= Self.maximumKeys {
            throw .tooManyKeys
        }
        keys[document.keyID] = Key(
            use: document.use,
            publicKey: document.publicKey,
            notBefore: document.notBefore,
            notAfter: document.notAfter
        )
    }

    /// Takes a key or a grant back; false if the list of revoked grants is full and nothing was taken.
    @discardableResult
    public mutating func revoke(_ revocation: Revocation) -> Bool {
        switch revocation {
        case .key(let id):
            keys[id] = nil
            revokedKeys.insert(id)
        case .grant(let id):
            guard revokedGrants.count < Self.maximumRevokedGrants || revokedGrants.contains(id) else {
                return false
            }
            revokedGrants.insert(id)
        }
        return true
    }

    /// Why nothing by this key counts now, or its public key.
    ///
    /// - Parameter time: now; nil where the time is not known: then the key's window is not judged, and whoever
    ///   asks must not give a right that is limited in time (S13).
    func key(_ id: String, for use: HQKeyUse, at time: WireTime?) -> Result<[UInt8], KeyFault> {
        if revokedKeys.contains(id) { return .failure(.revoked) }
        guard let key = keys[id], key.use == use else { return .failure(.unknown) }
        if let time, let start = key.notBefore, time < start { return .failure(.outOfTime) }
        if let time, let end = key.notAfter, time > end { return .failure(.outOfTime) }
        return .success(key.publicKey)
    }

    /// Why a key's signature does not count.
    enum KeyFault: Error {
        case unknown, revoked, outOfTime
    }

    /// Whether this is the signature of these bytes by the key.
    static func isValid(_ signature: [UInt8], of content: [UInt8], by publicKey: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(signature, for: content)
    }
}

/// A secret key of HQ that signs grants or commands. Never part of a station.
public struct HQSigningKey: Sendable {
    /// The key's id.
    public let keyID: String
    /// What it signs.
    public let use: HQKeyUse
    private let key: Curve25519.Signing.PrivateKey

    /// A key of 32 secret bytes (the seed of RFC 8032); nil if they are not 32, or the id is none of a key.
    public init?(keyID: String, use: HQKeyUse, seed: some Collection<UInt8>) {
        guard WireID.isValid(keyID), keyID.utf8.count <= HQKeyDocument.maximumIDLength,
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(seed))
        else { return nil }
        self.keyID = keyID
        self.use = use
        self.key = key
    }

    /// A new random key; nil if the id is none of a key.
    public static func random(keyID: String, use: HQKeyUse) -> HQSigningKey? {
        HQSigningKey(keyID: keyID, use: use, seed: Curve25519.Signing.PrivateKey().rawRepresentation)
    }

    /// The 32 secret bytes, for HQ's own safe.
    public var seed: [UInt8] { Array(key.rawRepresentation) }

    /// What stations are told of it.
    public var document: HQKeyDocument {
        HQKeyDocument(keyID: keyID, use: use, publicKey: Array(key.publicKey.rawRepresentation))
    }

    /// The signature of these bytes, 64 bytes; nil only if the library has no randomness.
    func signature(of content: [UInt8]) -> [UInt8]? {
        (try? key.signature(for: content)).map { Array($0) }
    }
}
