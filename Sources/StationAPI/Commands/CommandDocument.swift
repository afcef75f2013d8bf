/// What HQ can have done at a station.
public enum CommandKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// Opens a door for the customer who is at the kiosk, on the phone with support, and confirms there.
    /// Arguments: `compartment`. Needs `nonce`, the number that the kiosk shows.
    case openDoor
    /// Takes a door out of service. Arguments: `compartment`.
    case doorOutOfService
    /// Puts a door that HQ took out of service back. Arguments: `compartment`.
    case doorIntoService
    /// Ends the hold of an order. Arguments: `orderId`.
    case expireOrder
    /// Moves the end of an order's hold. Arguments: `orderId`, `until` (RFC 3339).
    case extendOrder
    /// Reads the configuration file again, by a restart once nobody is at the kiosk.
    case reloadConfiguration
    /// Sends counters and states of the station, without codes and persons.
    case sendDiagnostics

    /// After how many seconds a command of this kind is too old, where HQ does not say.
    public var defaultAgeSeconds: Int64 { self == .openDoor ? 60 : 86_400 }
    /// The most seconds that HQ can say.
    public var maximumAgeSeconds: Int64 { self == .openDoor ? 300 : 7 * 86_400 }
}

/// A command of HQ, as the feed carries it (`"change":"command"`). Whether it is signed, known and fresh is
/// checked when it is to be done, so that each refusal is reported with its reason.
public struct CommandDocument: Hashable, Sendable {
    /// The command's id; characters as for an order's id. A command is done once.
    public var commandID: String
    /// What is to be done: a ``CommandKind``, or a word that this version does not know.
    public var kind: String
    /// When HQ issued it.
    public var issuedAt: WireTime?
    /// After how many seconds it is too old; nil: ``CommandKind/defaultAgeSeconds``.
    public var maxAgeSeconds: Int64?
    /// The number that the kiosk shows for this session, for a command that opens a door.
    public var nonce: String?
    /// What the kind needs, by name; at most ``maximumArguments``.
    public var arguments: [String: PolicyValue]
    /// Which of HQ's keys signed it.
    public var keyID: String?
    /// The ed25519 signature over ``signingText(station:)``; empty if HQ sent none.
    public var signature: [UInt8]

    /// Arguments a command may have.
    public static let maximumArguments = 16

    /// A command.
    public init(
        commandID: String,
        kind: String,
        issuedAt: WireTime? = nil,
        maxAgeSeconds: Int64? = nil,
        nonce: String? = nil,
        arguments: [String: PolicyValue] = [:],
        keyID: String? = nil,
        signature: [UInt8] = []
    ) {
        self.commandID = commandID
        self.kind = kind
        self.issuedAt = issuedAt
        self.maxAgeSeconds = maxAgeSeconds
        self.nonce = nonce
        self.arguments = arguments
        self.keyID = keyID
        self.signature = signature
    }

    /// An argument that is text.
    public func text(_ name: String) -> String? {
        guard case .text(let text) = arguments[name] else { return nil }
        return text
    }
}

private enum CommandMember: String, WireMember {
    case commandID = "commandId"
    case kind, issuedAt, maxAgeSeconds, nonce, arguments
    case keyID = "keyId"
    case signature
    static let table = MemberTable<CommandMember>()
}

extension FeedInput {
    mutating func command() throws(FeedFault) -> CommandDocument {
        var walk = try ObjectWalk<CommandMember>(&self)
        var id: String?
        var kind: String?
        var command = CommandDocument(commandID: "", kind: "")
        while let member = try walk.next(&self) {
            switch member {
            case .commandID: id = try identifier()
            case .kind: kind = try identifier()
            case .issuedAt: command.issuedAt = try time()
            case .maxAgeSeconds: command.maxAgeSeconds = try integer(1...31_536_000)
            case .nonce: command.nonce = try identifier()
            case .arguments:
                command.arguments = try map(limit: CommandDocument.maximumArguments) {
                    (input) throws(FeedFault) in try input.policyValue()
                }
            case .keyID: command.keyID = try identifier()
            case .signature: command.signature = try bytes(0...1_024)
            }
        }
        guard let id else { throw .item(.missing("commandId")) }
        guard let kind else { throw .item(.missing("kind")) }
        command.commandID = id
        command.kind = kind
        return command
    }
}

extension CommandDocument: Encodable {
    private enum CodingKeys: String, CodingKey {
        case commandID = "commandId"
        case kind, issuedAt, maxAgeSeconds, nonce, arguments
        case keyID = "keyId"
        case signature
    }

    /// Encodes the signature as base64url.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(commandID, forKey: .commandID)
        try container.encode(kind, forKey: .kind)
        try container.encodeIfPresent(issuedAt, forKey: .issuedAt)
        try container.encodeIfPresent(maxAgeSeconds, forKey: .maxAgeSeconds)
        try container.encodeIfPresent(nonce, forKey: .nonce)
        try container.encode(arguments, forKey: .arguments)
        try container.encodeIfPresent(keyID, forKey: .keyID)
        try container.encode(Base64URL.encode(signature), forKey: .signature)
    }
}
