internal import Foundation
internal import NIOHTTP1

/// Gets tokens from a token endpoint and keeps the newest one: asked for early, one question at a time.
actor TokenKeeper: SignIn {
    private struct Kept {
        var value: String
        var askedAt: ContinuousClock.Instant
        var refreshAt: ContinuousClock.Instant
        var endsAt: ContinuousClock.Instant
    }

    /// A fetch that failed: until `next` its trouble is the answer, so that three operations and four deliveries do not
    /// hammer an endpoint that is down.
    private struct Failure {
        var trouble: HQTrouble
        var count: Int
        var next: ContinuousClock.Instant
    }

    private let settings: OAuthSettings
    private let transport: HTTPTransport
    private let timing: HQLinkTiming
    private var kept: Kept?
    private var failure: Failure?
    private var fetching: Task<Result<Kept, HQTrouble>, Never>?

    init(settings: OAuthSettings, transport: HTTPTransport, timing: HQLinkTiming) {
        self.settings = settings
        self.transport = transport
        self.timing = timing
    }

    func authorization() async throws(HQTrouble) -> String {
        let now = ContinuousClock.now
        guard let kept, now < kept.endsAt else { return try await fetch().value }
        guard now >= kept.refreshAt else { return kept.value }
        // Early: what fails now may succeed before the old one ends.
        do { return try await fetch().value } catch { return kept.value }
    }

    /// Asks for a new token, unless the one refused was asked for a moment ago: then HQ means the station, not the token.
    func authorization(insteadOf refused: String) async throws(HQTrouble) -> String? {
        if let kept, kept.value != refused { return kept.value }
        if let kept, ContinuousClock.now - kept.askedAt < timing.tokenGap { return nil }
        let value = try await fetch().value
        return value == refused ? nil : value
    }

    private func fetch() async throws(HQTrouble) -> Kept {
        if let failure, ContinuousClock.now < failure.next { throw failure.trouble }
        let task: Task<Result<Kept, HQTrouble>, Never>
        if let fetching {
            task = fetching
        } else {
            // A task of its own: the request that happens to ask may be cancelled, the others wait on.
            task = Task { [settings, transport, timing] in
                await Self.ask(settings, transport, timing)
            }
            fetching = task
        }
        let result = await task.value
        if fetching == task {
            fetching = nil
            take(result)
        }
        return try result.get()
    }

    private func take(_ result: Result<Kept, HQTrouble>) {
        switch result {
        case .success(let kept):
            self.kept = kept
            failure = nil
        case .failure(let trouble):
            let count = (failure?.count ?? 0) + 1
            let wait = timing.poll.wait(failures: count, random: .random(in: 0..<1))
            failure = Failure(trouble: trouble, count: count, next: .now + wait)
        }
    }

    private static func ask(
        _ settings: OAuthSettings,
        _ transport: HTTPTransport,
        _ timing: HQLinkTiming
    ) async -> Result<Kept, HQTrouble> {
        let askedAt = ContinuousClock.now
        do throws(HQTrouble) {
            let request = HQRequest(
                method: .POST,
                url: settings.tokenURL.url,
                headers: [
                    ("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"),
                ],
                body: try TokenQuestion(settings: settings).form(),
                timeout: timing.request,
                bodyLimit: HTTPTransport.smallBody
            )
            let reply: HQReply
            do throws(HQTrouble) {
                reply = try await transport.send(request)
            } catch {
                // The words are those for HQ: what failed here is who gives the tokens.
                let words = "\(error)".replacing("HQ", with: "the token endpoint")
                throw .signInUnavailable(words, needsPerson: error.needsPerson)
            }
            let token = try TokenAnswer(reply)
            let lifetime = Duration.seconds(token.lifetimeSeconds)
            // Before the end, and not all stations at the same moment.
            return .success(
                Kept(
                    value: "\(settings.scheme) \(token.text)",
                    askedAt: askedAt,
                    refreshAt: askedAt + lifetime * Double.random(in: 0.7..<0.85),
                    endsAt: askedAt + lifetime * 0.95
                )
            )
        } catch {
            return .failure(error)
        }
    }
}

/// What the token endpoint is asked, as a form.
private struct TokenQuestion {
    let settings: OAuthSettings

    func form() throws(HQTrouble) -> [UInt8] {
        var fields = [("grant_type", "client_credentials"), ("client_id", settings.clientID)]
        switch settings.proof {
        case .secretFile(let path):
            fields.append(("client_secret", try TokenFile(path: path).token()))
        case .certificate(let file, let keyFile, let algorithm):
            let assertion = ClientAssertion(
                audience: settings.tokenURL.url,
                clientID: settings.clientID,
                algorithm: algorithm
            )
            fields.append(("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"))
            fields.append(("client_assertion", try assertion.signed(certificateFile: file, keyFile: keyFile)))
        }
        switch settings.target {
        case .scope(let scope): fields.append(("scope", scope))
        case .resource(let resource): fields.append(("resource", resource))
        case .unnamed: break
        }
        return Array(fields.map { "\($0.0)=\(HQEndpoint.encode($0.1))" }.joined(separator: "&").utf8)
    }
}

/// What it answered. Nothing of a refusal is passed on but its codes: texts of others may hold anything.
private struct TokenAnswer {
    var text: String
    var lifetimeSeconds: Int64

    private struct Document: Decodable {
        var accessToken: String?
        var expiresIn: Seconds?
        var error: String?
        var errorDescription: String?

        enum CodingKeys: String, CodingKey {
            case accessToken = "access_token"
            case expiresIn = "expires_in"
            case error
            case errorDescription = "error_description"
        }
    }

    /// Version 1 of Entra's endpoint writes the number as text.
    private struct Seconds: Decodable {
        var value: Int64?

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            value =
                (try? container.decode(Int64.self))
                ?? (try? container.decode(String.self)).flatMap(Int64.init)
        }
    }

    init(_ reply: HQReply) throws(HQTrouble) {
        let document = reply.isJSON ? try? JSONDecoder().decode(Document.self, from: Data(reply.body)) : nil
        switch reply.status {
        case 200: break
        case 408, 425, 429, 500...599:
            throw .signInUnavailable(
                "the token endpoint is busy or in trouble (\(reply.status)); it is tried again.",
                needsPerson: false
            )
        case 300..<400:
            throw .signInRefused("the token endpoint redirects (\(reply.status)); correct its URL")
        default:
            guard let document, let error = document.error else {
                throw .signInRefused("the token endpoint answered \(reply.status); check its URL")
            }
            throw .signInRefused(Self.words(error, document.errorDescription ?? ""))
        }
        guard let document, let token = document.accessToken, !token.isEmpty, token.utf8.count <= 16_384,
            token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .signInRefused("what the token endpoint answered is no token; check its URL") }
        text = token
        // Without a number RFC 6749 leaves it open; five minutes are short enough to notice a change.
        lifetimeSeconds = min(max(document.expiresIn?.value ?? 300, 1), 86_400)
    }

    private static func words(_ error: String, _ description: String) -> String {
        let code = String(error.filter { $0.isASCII && ($0.isLetter || $0 == "_") }.prefix(40))
        let entra = description.firstMatch(of: /AADSTS[0-9]{1,8}/).map { ", \($0.output)" } ?? ""
        let advice =
            switch code {
            case "invalid_client":
                "check clientId and secret or certificate, whether they have ended, and the station's clock"
            case "invalid_scope", "invalid_resource", "invalid_target": "check scope or resource"
            case "unauthorized_client": "let HQ's administrator allow this client"
            default: "check the settings under oauth"
            }
        return "\(code)\(entra): \(advice)"
    }
}
