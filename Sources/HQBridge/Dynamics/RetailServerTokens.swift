internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1

/// Where the headers that sign the bridge in come from.
protocol RetailServerTokens: Sendable {
    /// The headers of the moment; `renewed`: Retail Server has just refused the ones before.
    func headers(renewed: Bool) async throws(RetailServerTrouble) -> [(String, String)]
}

/// Tokens of a worker and a device, read from files each time: whoever renews them replaces the files.
struct WorkerTokens: RetailServerTokens {
    let signIn: DynamicsConfiguration.WorkerSignIn

    func headers(renewed: Bool) throws(RetailServerTrouble) -> [(String, String)] {
        var headers = [("Authorization", "\(signIn.scheme) \(try Self.read(signIn.workerTokenFile))")]
        if let file = signIn.deviceTokenFile {
            headers.append((signIn.deviceHeader, try Self.read(file)))
        }
        return headers
    }

    /// A secret from a file, without the line end.
    static func read(_ path: String) throws(RetailServerTrouble) -> String {
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw .unauthorized("cannot read \(path)")
        }
        let text = String(decoding: data, as: UTF8.self).filter { !$0.isNewline && $0 != " " }
        guard !text.isEmpty else { throw .unauthorized("\(path) is empty") }
        return text
    }
}

/// Client credentials: one token for all calls, fetched anew before it ends.
actor ApplicationTokens: RetailServerTokens {
    private let signIn: DynamicsConfiguration.ApplicationSignIn
    private let client: HTTPClient
    private var token: (text: String, until: ContinuousClock.Instant)?
    private var fetching: Task<String, any Error>?

    init(_ signIn: DynamicsConfiguration.ApplicationSignIn, client: HTTPClient) {
        self.signIn = signIn
        self.client = client
    }

    func headers(renewed: Bool) async throws(RetailServerTrouble) -> [(String, String)] {
        if !renewed, let token, token.until > .now {
            return [("Authorization", "\(signIn.scheme) \(token.text)")]
        }
        do {
            let text = try await fetch()
            return [("Authorization", "\(signIn.scheme) \(text)")]
        } catch let trouble as RetailServerTrouble {
            throw trouble
        } catch {
            throw .unauthorized("no token")
        }
    }

    /// One request, however many calls wait for it.
    private func fetch() async throws -> String {
        if let fetching { return try await fetching.value }
        let task = Task { [signIn, client] in try await Self.request(signIn, client) }
        fetching = Task { try await task.value.text }
        defer { fetching = nil }
        let (text, seconds) = try await task.value
        // Early by a tenth, so that no call starts with a token that ends on the way.
        token = (text, .now + .seconds(seconds - seconds / 10))
        return text
    }

    private struct Answer: Decodable {
        var token: String
        var lifetime: Lifetime

        private enum CodingKeys: String, CodingKey {
            case token = "access_token"
            case lifetime = "expires_in"
        }

        /// The v1 endpoint writes the number as text.
        struct Lifetime: Decodable {
            var seconds: Int64
            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let number = try? container.decode(Int64.self) {
                    seconds = number
                } else {
                    seconds = Int64(try container.decode(String.self)) ?? 0
                }
            }
        }
    }

    private static func request(
        _ signIn: DynamicsConfiguration.ApplicationSignIn,
        _ client: HTTPClient
    ) async throws(RetailServerTrouble) -> (text: String, seconds: Int64) {
        let isV2 = signIn.tokenURL.contains("/v2.0/")
        let form = [
            ("grant_type", "client_credentials"), ("client_id", signIn.clientID),
            ("client_secret", try WorkerTokens.read(signIn.secretFile)),
            isV2 ? ("scope", "\(signIn.resource)/.default") : ("resource", signIn.resource),
        ]
        var request = HTTPClientRequest(url: signIn.tokenURL)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        let body = form.map { "\($0.0)=\(encode($0.1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await RetailServerConnection.exchange(
            request,
            client: client,
            within: .seconds(30),
            limit: 1 << 16
        )
        switch answer.status {
        case 200: break
        case 429, 500...599: throw .busy(status: answer.status, after: answer.retryAfter)
        default: throw .unauthorized("the token endpoint says \(answer.status)")
        }
        guard let token = try? JSONDecoder().decode(Answer.self, from: Data(answer.body)) else {
            throw .unauthorized("the token endpoint's answer holds no token")
        }
        return (token.token, token.lifetime.seconds)
    }

    private static func encode(_ text: String) -> String {
        String(RetailServerConnection.quoted(text.replacing("'", with: "%27")).dropFirst().dropLast())
    }
}
