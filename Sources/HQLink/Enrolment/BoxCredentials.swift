internal import Foundation
public import StationAPI

/// The folder with a box's credentials, each in a file as the unit's `LoadCredential=` names it.
public struct BoxCredentials: Sendable {
    /// The names of the files.
    public enum Name {
        /// The bearer token.
        public static let token = "hq-token"
        /// The key that signs events and state.
        public static let eventKey = "hq-event-key"
        /// The client certificate and its chain.
        public static let certificate = "hq-client-cert"
        /// The key of the client certificate.
        public static let certificateKey = "hq-client-key"
        /// The key of pickup codes.
        public static let stationKey = "station-hmac-key"
        /// Who the box is: an ``EnrolledIdentity``. Where it is, the box is enrolled.
        public static let identity = "hq-identity"
    }

    /// Why nothing was stored.
    public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// The box has an identity already.
        case alreadyEnrolled(station: String)
        /// A file cannot be written.
        case unwritable(path: String, reason: String)
        /// HQ's answer lacks something or holds something that cannot be used.
        case badIdentity(String)

        /// What is wrong and the next step.
        public var description: String {
            switch self {
            case .alreadyEnrolled(let station):
                "this box is station \(station) already; with --replace it becomes another one, and its old identity is "
                    + "put aside"
            case .unwritable(let path, let reason): "\(path) cannot be written (\(reason)); run this as root"
            case .badIdentity(let why): "HQ's answer cannot be used: \(why); tell HQ's administrator"
            }
        }
    }

    /// The folder.
    public let folder: String

    /// Credentials in a folder.
    public init(folder: String) {
        self.folder = folder
    }

    /// Who the box is; nil: it is not enrolled.
    public var identity: EnrolledIdentity? {
        SecretFile.read(path(Name.identity)).flatMap(EnrolledIdentity.init(json:))
    }

    /// A file's path.
    public func path(_ name: String) -> String { folder + "/" + name }

    /// The keys that this box is being enrolled with. They are on disk before they are used: an enrolment whose answer
    /// was lost is repeated with the same keys, and so HQ knows it again.
    func pendingKeys(withCertificate: Bool) throws(Failure) -> (event: WebhookSigningKey, client: ClientKey?)
    {
        try makeFolder()
        let event: WebhookSigningKey
        let eventPath = path(Name.eventKey + ".pending")
        if let text = SecretFile.read(eventPath), let kept = try? WebhookSigningKey(text: text) {
            event = kept
        } else {
            event = .makePair()
            try write(event.text + "\n", eventPath)
        }
        guard withCertificate else { return (event, nil) }
        let clientPath = path(Name.certificateKey + ".pending")
        if let kept = SecretFile.read(clientPath).flatMap(ClientKey.init(pem:)) { return (event, kept) }
        let client = ClientKey()
        try write(client.pem, clientPath)
        return (event, client)
    }

    /// Stores what HQ gave. The identity comes last: a box is enrolled when it has everything.
    ///
    /// - Returns: whether the key of pickup codes is another one than before: then the doors have to be walked again.
    func store(_ reply: EnrolmentReply, client: ClientKey?, now: WireTime) throws(Failure) -> Bool {
        guard let key = Base64URL.decode(reply.stationKey.key), key.count == 32 else {
            throw .badIdentity("its stationKey has no 32 bytes in base64url")
        }
        let keyText = Data(key).base64EncodedString() + "\n"
        let before = SecretFile.read(path(Name.stationKey))
        let isNewKey = before != nil && before != keyText
        if isNewKey { try move(Name.stationKey, Name.stationKey + ".old") }
        try write(keyText, path(Name.stationKey))
        try write(reply.token.map { $0 + "\n" } ?? "\n", path(Name.token))
        if let certificate = reply.certificate, client != nil {
            try write(certificate, path(Name.certificate))
            try move(Name.certificateKey + ".pending", Name.certificateKey)
        } else {
            // What an earlier identity left must not sign this one in.
            try move(Name.certificate, Name.certificate + ".old")
            try move(Name.certificateKey, Name.certificateKey + ".old")
        }
        try move(Name.eventKey + ".pending", Name.eventKey)
        let identity = EnrolledIdentity(
            station: reply.stationID,
            stationKeyID: reply.stationKey.keyID,
            enrolledAt: now,
            tokenExpiresAt: reply.token == nil ? nil : reply.tokenExpiresAt,
            keys: reply.keys
        )
        try write(identity.json, path(Name.identity))
        return isNewKey
    }

    private func makeFolder() throws(Failure) {
        do { try SecretFile.makeFolder(folder) } catch {
            throw .unwritable(path: error.path, reason: error.reason)
        }
    }

    private func write(_ text: String, _ path: String) throws(Failure) {
        do { try SecretFile.write(text, to: path) } catch {
            throw .unwritable(path: error.path, reason: error.reason)
        }
    }

    private func move(_ name: String, _ other: String) throws(Failure) {
        do { try SecretFile.move(path(name), to: path(other)) } catch {
            throw .unwritable(path: error.path, reason: error.reason)
        }
    }
}

/// Who an enrolled box is, and what is not worth a file of its own.
public struct EnrolledIdentity: Hashable, Sendable, Codable {
    /// The station.
    public var station: String
    /// The id of the key of pickup codes.
    public var stationKeyID: String
    /// When the box was enrolled.
    public var enrolledAt: WireTime
    /// When the token ends; nil: it does not, or there is none.
    public var tokenExpiresAt: WireTime?
    /// HQ's public keys at that time, each as the feed's items of change `key` carry it.
    public var keys: [JSONValue]

    private enum CodingKeys: String, CodingKey {
        case station = "stationId"
        case stationKeyID = "stationKeyId"
        case enrolledAt, tokenExpiresAt, keys
    }

    init(
        station: String,
        stationKeyID: String,
        enrolledAt: WireTime,
        tokenExpiresAt: WireTime?,
        keys: [JSONValue]
    ) {
        self.station = station
        self.stationKeyID = stationKeyID
        self.enrolledAt = enrolledAt
        self.tokenExpiresAt = tokenExpiresAt
        self.keys = keys
    }

    /// Reads the text of the file; nil if it is none.
    public init?(json: String) {
        guard let identity = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = identity
    }

    /// The text of the file.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) + "\n" } ?? ""
    }
}
