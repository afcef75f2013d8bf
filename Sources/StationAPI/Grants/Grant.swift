/// A pickup code that needs no feed: HQ says, signed, which parcels of which order its bearer may collect, at which
/// stations and when.
///
/// As text it is `PG1.` and two parts of base64url: the payload (``payload``) and the ed25519 signature over
/// everything before the last full stop. The whole is at most ``maximumLength`` characters, so that it fits a QR code of
/// version 10 with error correction L in byte mode (271 bytes, ISO/IEC 18004 table 7).
///
/// There is exactly one text for a grant: another spelling of the same grant is refused, so that a grant has one digest.
public struct Grant: Hashable, Sendable {
    /// What the bearer may do.
    public enum Purpose: UInt8, Hashable, Sendable, CaseIterable {
        /// Collect the parcels.
        case collect = 1
    }

    /// The grant's id, given once by HQ; each parcel of a grant is handed over once by it.
    public var grantID: String
    /// Which of HQ's keys signs it.
    public var keyID: String
    /// What the bearer may do.
    public var purpose: Purpose
    /// The order.
    public var orderID: String
    /// The number that the customer knows; nil: the order's id.
    public var displayNumber: String?
    /// The order's parcels: their ids, which are also the texts of their labels.
    public var parcelIDs: [String]
    /// Where it may be collected: the ids of 1 to 4 stations.
    public var stations: [String]
    /// Not before; whole seconds.
    public var notBefore: WireTime
    /// Not after; whole seconds, later than `notBefore`, by ``maximumWindowSeconds`` at most.
    public var notAfter: WireTime

    /// Most characters of the text.
    public static let maximumLength = 271
    /// Longest id of a grant.
    public static let maximumGrantIDLength = 24
    /// Most parcels of a grant.
    public static let maximumParcels = 12
    /// Most stations of a grant.
    public static let maximumStations = 4
    /// Longest window: 92 days.
    public static let maximumWindowSeconds: Int64 = 92 * 86_400
    /// What every grant begins with.
    public static let prefix = "PG1."

    /// A grant; whether it keeps the limits is seen when it is signed.
    public init(
        grantID: String,
        keyID: String,
        purpose: Purpose = .collect,
        orderID: String,
        displayNumber: String? = nil,
        parcelIDs: [String],
        stations: [String],
        notBefore: WireTime,
        notAfter: WireTime
    ) {
        self.grantID = grantID
        self.keyID = keyID
        self.purpose = purpose
        self.orderID = orderID
        self.displayNumber = displayNumber
        self.parcelIDs = parcelIDs
        self.stations = stations
        self.notBefore = notBefore
        self.notAfter = notAfter
    }

    /// Whether a scanned text claims to be a grant, of this or a later form.
    public static func isClaimed(by text: some StringProtocol) -> Bool {
        let bytes = Array(text.utf8.prefix(4))
        return bytes.count == 4 && bytes.starts(with: "PG".utf8) && bytes[3] == UInt8(ascii: ".")
    }
}

/// Why a grant opens nothing.
public enum GrantFault: String, Error, Hashable, Sendable, Codable, CaseIterable {
    /// The text claims to be a grant of a form that this version does not know.
    case unknownForm
    /// Longer than any grant.
    case tooLong
    /// Not made as grants are: cut off, a wrong character, a limit not kept.
    case malformed
    /// The same grant in another spelling.
    case notCanonical
    /// No such key.
    case unknownKey
    /// HQ has taken the key back.
    case revokedKey
    /// The key's window is not now.
    case keyOutOfTime
    /// Not signed by that key, or changed afterwards.
    case badSignature
    /// HQ has taken the grant back.
    case revoked
    /// For another station.
    case wrongStation
    /// Its window has not begun.
    case tooEarly
    /// Its window is over.
    case expired
    /// The station does not know the time: nothing that is limited in time opens a door (S13).
    case clockUntrusted
}

extension Grant {
    /// The text that the customer shows, signed.
    ///
    /// - Throws: ``GrantFault``: `malformed` where the grant does not keep the limits, `unknownKey` where the key is
    ///   another or not for grants, `tooLong`: fewer parcels, shorter ids.
    public func signed(by key: HQSigningKey) throws(GrantFault) -> String {
        guard key.use == .grant, key.keyID == keyID else { throw .unknownKey }
        let head = Self.prefix + Base64URL.encode(try payload())
        guard let signature = key.signature(of: Array(head.utf8)) else { throw .badSignature }
        let text = head + "." + Base64URL.encode(signature)
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        return text
    }

    /// Reads a grant and checks who signed it. Station and window are judged apart (``fault(at:station:)``), because the
    /// station's time is the rules' matter.
    ///
    /// - Parameter time: now, for the window of the key; nil where the time is not known.
    /// - Throws: ``GrantFault``.
    public init(text: String, keys: KeyRing, at time: WireTime?) throws(GrantFault) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard text.hasPrefix(Self.prefix) else { throw .unknownForm }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(bytes: Array(parts[1])[...]),
            let signature = Base64URL.decode(bytes: Array(parts[2])[...]), signature.count == 64
        else { throw .malformed }
        let grant = try Grant(payload: payload)
        let head = Self.prefix + Base64URL.encode(payload)
        guard try grant.payload() == payload, text == head + "." + Base64URL.encode(signature) else {
            throw .notCanonical
        }
        switch keys.key(grant.keyID, for: .grant, at: time) {
        case .failure(.unknown): throw .unknownKey
        case .failure(.revoked): throw .revokedKey
        case .failure(.outOfTime): throw .keyOutOfTime
        case .success(let key):
            guard KeyRing.isValid(signature, of: Array(head.utf8), by: key) else { throw .badSignature }
        }
        guard !keys.revokedGrants.contains(grant.grantID) else { throw .revoked }
        self = grant
    }

    /// Why it opens nothing at this station at this time; nil if it may.
    ///
    /// - Parameter time: now; nil where it is not known.
    public func fault(at time: WireTime?, station: String) -> GrantFault? {
        guard stations.contains(station) else { return .wrongStation }
        guard let time else { return .clockUntrusted }
        if time < notBefore { return .tooEarly }
        return time > notAfter ? .expired : nil
    }
}
