internal import Foundation
public import StationAPI

/// Who may speak as the station: tokens, the boxes that were enrolled, the keys that sign.
struct Identities {
    /// What a token is worth.
    enum Standing {
        case good
        /// Another box took this one's place.
        case replaced
        case unknown
    }

    /// A code that was used: the same box may ask again, because an answer can be lost.
    struct Used {
        var eventKey: String
        var reply: EnrolmentReply
    }

    /// How long an issued token lives, in seconds.
    static let tokenLifetime: Int64 = 3_600

    var eventKeys: [WebhookVerificationKey]
    var codes: Set<EnrolmentCode> = []
    var used: [EnrolmentCode: Used] = [:]
    private var good: Set<String>
    private var replaced: Set<String> = []
    /// Tokens that boxes were given, the newest last.
    private var boxTokens: Set<String> = []

    init(token: String, eventKeys: [WebhookVerificationKey]) {
        good = [token]
        self.eventKeys = eventKeys
    }

    func standing(of token: String) -> Standing {
        if good.contains(token) { return .good }
        return replaced.contains(token) ? .replaced : .unknown
    }

    /// A token of the token endpoint's.
    mutating func issue() -> String {
        let token = "sandbox-" + UUID().uuidString
        good.insert(token)
        return token
    }

    /// A token for the box that is the station from now on; what any box before it had is revoked.
    mutating func install(eventKey: WebhookVerificationKey) -> String {
        replaced.formUnion(boxTokens)
        good.subtract(boxTokens)
        boxTokens = []
        eventKeys = [eventKey]
        return renew()
    }

    /// One more token for the box that is the station.
    mutating func renew() -> String {
        let token = issue()
        boxTokens.insert(token)
        return token
    }

    /// Takes back every token, as an administrator does.
    mutating func revokeAll() { good = [] }
}

extension SandboxHQ {
    /// A one-time code for the next box.
    public func issueEnrolmentCode() -> EnrolmentCode {
        let code = EnrolmentCode.make()
        identities.codes.insert(code)
        return code
    }

    /// Takes back every token that was given.
    public func revokeTokens() { identities.revokeAll() }

    /// What the value of `Authorization` is worth.
    func standing(of authorization: String) -> Identities.Standing {
        guard authorization.hasPrefix("Bearer ") else { return .unknown }
        return identities.standing(of: String(authorization.dropFirst(7)))
    }

    /// Why a request's signature is not accepted; nil if it is, or none is asked for.
    func refusal(of headers: StandardWebhooks.Headers, body: Data) -> StandardWebhooks.Refusal? {
        guard !identities.eventKeys.isEmpty else { return nil }
        do throws(StandardWebhooks.Refusal) {
            try StandardWebhooks.verify(
                headers,
                body: body,
                keys: identities.eventKeys,
                now: Int64(Date().timeIntervalSince1970)
            )
            return nil
        } catch {
            return error
        }
    }

    /// Makes a box the station.
    func enrol(_ request: EnrolmentRequest) -> Result<EnrolmentReply, Refusal> {
        guard let code = EnrolmentCode(typed: request.code) else {
            return .failure(Refusal(description: "no code"))
        }
        if let used = identities.used[code] {
            return used.eventKey == request.eventKey
                ? .success(used.reply) : .failure(Refusal(description: "the code was used before"))
        }
        guard identities.codes.remove(code) != nil else {
            return .failure(Refusal(description: "the code is wrong or too old"))
        }
        guard let eventKey = try? WebhookVerificationKey(text: request.eventKey) else {
            return .failure(Refusal(description: "the event key is none"))
        }
        let reply = EnrolmentReply(
            stationID: configuration.station,
            token: identities.install(eventKey: eventKey),
            tokenExpiresAt: Self.tokenEnd(),
            stationKey: .init(keyID: "sandbox-1", key: Base64URL.encode(configuration.stationKey))
        )
        identities.used[code] = Identities.Used(eventKey: request.eventKey, reply: reply)
        return .success(reply)
    }

    /// New credentials for the box that is the station.
    func renew(_ request: CredentialRenewal) -> RenewedCredentials {
        guard request.token else { return RenewedCredentials() }
        return RenewedCredentials(token: identities.renew(), tokenExpiresAt: Self.tokenEnd())
    }

    /// A token for who shows the client's secret; nil for anybody else.
    func token(client: String, secret: String) -> String? {
        guard let known = configuration.client, known.id == client, known.secret == secret else { return nil }
        return identities.issue()
    }

    private static func tokenEnd() -> WireTime {
        WireTime(milliseconds: (Int64(Date().timeIntervalSince1970) + Identities.tokenLifetime) * 1_000)
    }
}
