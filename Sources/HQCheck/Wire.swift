internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL
internal import StationAPI
internal import Synchronization

/// An answer of HQ, or why there was none.
struct Answer: Sendable {
    /// 0: there was no answer, and `trouble` says why.
    var status: Int
    var contentType = ""
    var encoding = ""
    var body: [UInt8] = []
    var trouble = ""
    var took: Duration = .zero

    /// A 2xx that is no page for people: a proxy's sign-in page comes with 200 too.
    var isGood: Bool { (200...299).contains(status) && !isHTML }

    /// A client error that HQ may answer what it cannot take: not the ones that make a station try again.
    var isRefusal: Bool { (400...499).contains(status) && ![401, 403, 408, 409, 425, 429].contains(status) }

    var isRefusedToken: Bool { status == 401 || status == 403 }

    var isHTML: Bool { !body.isEmpty && contentType.hasPrefix("text/html") }

    var problem: Problem? {
        contentType.hasPrefix("application/problem+json")
            ? try? JSONDecoder().decode(Problem.self, from: Data(body)) : nil
    }

    /// In one line, for the table: never the body, which may hold what is nobody's business.
    var line: String {
        if status == 0 { return "no answer: \(trouble)" }
        let page = isHTML ? " with a page for people" : ""
        let kind = problem.map { " \($0.type)" } ?? ""
        let hint = (300...399).contains(status) ? " (a station follows no redirection)" : ""
        return "\(status)\(kind)\(page)\(hint)"
    }
}

/// HTTP to HQ, with a record of everything that came back.
final class Wire: Sendable {
    private let client: HTTPClient
    /// One that unpacks what comes compressed.
    private let unpacking: HTTPClient
    private let token: String?
    private let signingKey: WebhookSigningKey?
    private let timeout: Duration
    private let record = Mutex<[Answer]>([])

    init(_ target: HQTarget, timeout: Duration) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = target.caFile { tls.trustRoots = .file(file) }
        var settings = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        settings.decompression = .disabled
        settings.httpVersion = .http1Only
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
        settings.decompression = .enabled(limit: .ratio(1_000))
        unpacking = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
        token = target.token
        signingKey = target.signingKey
        self.timeout = timeout
    }

    func shutdown() async {
        try? await client.shutdown()
        try? await unpacking.shutdown()
    }

    /// Everything that came back so far.
    var answers: [Answer] { record.withLock { $0 } }

    /// Which token goes with a request.
    enum Sign: Sendable {
        case right
        case wrong
        case none
    }

    func send(
        _ method: HTTPMethod,
        _ url: String,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil,
        sign: Sign = .right,
        isSpoiled: Bool = false,
        longer: Duration = .zero
    ) async -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        switch sign {
        case .right: if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        case .wrong: request.headers.add(name: "Authorization", value: "Bearer hq-check-wrong-token")
        case .none: break
        }
        if let body, let signingKey, method != .POST || !url.contains("/orders") {
            let id = headers.first { $0.0 == "Idempotency-Key" }?.1.filter { $0 != "\"" }
            let signed = StandardWebhooks.sign(
                id: id ?? "hq-check-\(UUID().uuidString)",
                timestamp: WireTime.now().milliseconds / 1_000,
                body: isSpoiled ? body + [0x20] : body,
                keys: [signingKey]
            )
            for (name, value) in signed.fields { request.headers.add(name: name, value: value) }
        }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        let start = ContinuousClock.now
        var answer: Answer
        do {
            answer = try await exchange(request, within: timeout + longer)
        } catch {
            answer = Answer(status: 0, trouble: Self.words(error))
        }
        answer.took = max(.zero, ContinuousClock.now - start - longer)
        record.withLock { $0.append(answer) }
        return answer
    }

    private func exchange(_ request: HTTPClientRequest, within limit: Duration) async throws -> Answer {
        let nanoseconds = Int64(limit / .nanoseconds(1))
        let unpacks = request.headers.contains(name: "accept-encoding")
        let response = try await (unpacks ? unpacking : client).execute(
            request,
            timeout: .nanoseconds(nanoseconds)
        )
        let body = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            contentType: response.headers.first(name: "content-type")?.lowercased() ?? "",
            encoding: response.headers.first(name: "content-encoding")?.lowercased() ?? "",
            body: Array(body.readableBytesView)
        )
    }

    /// What went wrong; never the URL, whose query can be a credential.
    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as HTTPClientError: error.shortDescription
        case is NIOConnectionError: "no connection"
        default: "\(type(of: error))"
        }
    }
}
