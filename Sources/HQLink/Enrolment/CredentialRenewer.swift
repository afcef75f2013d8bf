internal import Foundation
internal import Logging
internal import NIOHTTP1
internal import StationAPI
internal import X509

/// Gets new credentials before the old ones end: when a third of their time is left, over the link itself.
struct CredentialRenewer: Sendable {
    let configuration: HQLinkConfiguration
    let exchange: HTTPExchange
    let logger: Logger
    let settings: RenewalSettings
    let endpoint: HQEndpoint

    /// What is to be renewed.
    struct Due: Equatable {
        var token = false
        var certificate = false

        var isSomething: Bool { token || certificate }
    }

    private var files: RenewedFiles { RenewedFiles(folder: settings.folder) }

    /// Nil where nothing can be renewed: the box was not enrolled, or HQ has no base URL.
    init?(configuration: HQLinkConfiguration, exchange: HTTPExchange, logger: Logger) {
        guard let settings = configuration.renewal, let endpoint = configuration.credentials else {
            return nil
        }
        self.configuration = configuration
        self.exchange = exchange
        self.logger = logger
        self.settings = settings
        self.endpoint = endpoint
    }

    /// Runs until the task is cancelled.
    func run() async {
        var failures = 0
        let timing = configuration.timing
        try? await Task.sleep(for: timing.spread * Double.random(in: 0..<1))
        while !Task.isCancelled {
            let due = due(at: Date())
            if due.isSomething {
                do {
                    try await renew(due)
                    failures = 0
                    logger.notice("HQ renewed the station's credentials")
                } catch {
                    failures += 1
                    let reason = (error as? HQTrouble).map { "\($0)" } ?? "\(error)"
                    logger.warning(
                        "the station's credentials are not renewed yet",
                        metadata: ["reason": "\(reason)"]
                    )
                }
            }
            let wait =
                failures == 0
                ? timing.renewalCheck * Double.random(in: 0.8..<1.2)
                : timing.renewal.wait(failures: failures, random: .random(in: 0.5..<1))
            try? await Task.sleep(for: wait)
        }
    }

    // MARK: What is due

    func due(at now: Date) -> Due {
        var due = Due()
        if let life = tokenLife() { due.token = Self.isDue(life, now) }
        if let life = certificateLife() { due.certificate = Self.isDue(life, now) }
        return due
    }

    /// Whether only a third of the time is left.
    static func isDue(_ life: ClosedRange<Date>, _ now: Date) -> Bool {
        let length = life.upperBound.timeIntervalSince(life.lowerBound)
        return now.timeIntervalSince(life.lowerBound) >= length * 2 / 3
    }

    private func tokenLife() -> ClosedRange<Date>? {
        guard let path = configuration.bearerTokenFile, configuration.oauth == nil,
            let content = FileManager.default.contents(atPath: path)
        else { return nil }
        if let renewed = files.token(after: content) { return Self.life(renewed.since, renewed.until) }
        guard let identity = SecretFile.read(settings.identityFile).flatMap(EnrolledIdentity.init(json:))
        else {
            return nil
        }
        return Self.life(identity.enrolledAt, identity.tokenExpiresAt)
    }

    private func certificateLife() -> ClosedRange<Date>? {
        guard let enrolled = configuration.tls.clientCertificate,
            let text = SecretFile.read(files.client(after: enrolled).file),
            let leaf = CertificateText.leaf(of: text), leaf.notValidBefore <= leaf.notValidAfter
        else { return nil }
        return leaf.notValidBefore...leaf.notValidAfter
    }

    private static func life(_ since: WireTime, _ until: WireTime?) -> ClosedRange<Date>? {
        guard let until, since < until else { return nil }
        return date(since)...date(until)
    }

    private static func date(_ time: WireTime) -> Date {
        Date(timeIntervalSince1970: Double(time.milliseconds) / 1_000)
    }

    // MARK: Asking

    private func renew(_ due: Due) async throws {
        let client = due.certificate ? ClientKey() : nil
        let question = CredentialRenewal(
            csr: try client?.request(name: configuration.station),
            token: due.token
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let reply = try await exchange.send(
            HQRequest(
                method: .POST,
                url: endpoint.url,
                headers: [
                    ("Content-Type", "application/json"),
                    ("Accept", "application/json, application/problem+json"),
                ],
                body: Array(try encoder.encode(question)),
                timeout: configuration.timing.request,
                bodyLimit: HTTPTransport.smallBody,
                messageID: "credentials-\(UUID().uuidString.lowercased())",
                isSignedByURL: endpoint.isSignedByURL
            )
        )
        switch reply.status {
        case 200, 201: break
        case 401, 403: throw HQTrouble.unauthorized(status: reply.status)
        default: throw HQTrouble.unexpectedStatus(reply.status)
        }
        guard reply.isJSON,
            let new = try? JSONDecoder().decode(RenewedCredentials.self, from: Data(reply.body))
        else {
            throw HQTrouble.wrongContentType(String((reply.contentType ?? "").prefix(64)))
        }
        try await uncancelledThrowing { try store(new, client, due) }
    }

    private func store(_ new: RenewedCredentials, _ client: ClientKey?, _ due: Due) throws {
        if let client, let enrolled = configuration.tls.clientCertificate {
            guard let certificate = new.certificate, client.validity(of: certificate) != nil else {
                throw HQTrouble.token("HQ sent no certificate for the key that was sent.")
            }
            try files.store(key: client.pem, certificate: certificate, after: enrolled)
        }
        if due.token, let path = configuration.bearerTokenFile,
            let content = FileManager.default.contents(atPath: path)
        {
            guard let token = new.token else { throw HQTrouble.token("HQ sent no token.") }
            let now = WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
            try files.store(
                RenewedFiles.Token(token: token, since: now, until: new.tokenExpiresAt),
                after: content
            )
        }
    }
}
