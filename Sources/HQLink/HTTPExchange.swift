internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// What is sent to HQ.
struct HQRequest: Sendable {
    var method: HTTPMethod
    var url: String
    var headers: [(String, String)] = []
    var body: [UInt8]?
    /// Until the reply must be complete.
    var timeout: Duration
    /// Bytes of a reply that are read.
    var bodyLimit: Int
    /// Whether a good reply must be read whole: one that is larger is an error then, and cut otherwise.
    var needsWholeBody = false
}

/// What came back.
struct HQReply: Sendable {
    var status: Int
    var contentType: String?
    /// The header's wait, if there is one.
    var retryAfter: Duration?
    var body: [UInt8]

    /// Whether the body is a page for people.
    var isHTML: Bool {
        // Some servers call every reply HTML, also one that has no content.
        guard !body.isEmpty else { return false }
        if let contentType { return contentType == "text/html" || contentType == "application/xhtml+xml" }
        return body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } == UInt8(ascii: "<")
    }

    /// Whether the body says that it is JSON; a reply that says nothing is believed.
    var isJSON: Bool {
        guard let contentType else { return !isHTML }
        return contentType == "application/json" || contentType.hasSuffix("+json")
    }
}

/// One HTTP client for the whole link: redirects are never followed, every exchange ends in time.
final class HTTPExchange: Sendable {
    /// Enough for a receipt or a problem; the rest of such a reply is not read.
    static let smallBody = 1 << 16

    private let client: HTTPClient
    private let token: TokenFile?

    init(configuration: HQLinkConfiguration) {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let file = configuration.caFile { tls.trustRoots = .file(file) }
        var settings = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        settings.timeout.connect = .init(configuration.timing.connect)
        settings.decompression = .disabled
        settings.httpVersion = .http1Only
        // The link has its own back-off; the pool's would hide failures from it.
        settings.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
        token = configuration.bearerTokenFile.map(TokenFile.init)
    }

    func shutdown() async {
        try? await client.shutdown()
    }

    /// Sends a request with the token of the moment.
    ///
    /// If HQ does not accept the token and the file holds another one by now, the request is sent once more.
    func send(_ request: HQRequest) async throws(HQTrouble) -> HQReply {
        let first = try token?.token()
        let reply = try await send(request, token: first)
        guard reply.status == 401 || reply.status == 403, let token else { return reply }
        let second = try token.token()
        return second == first ? reply : try await send(request, token: second)
    }

    private func send(_ request: HQRequest, token: String?) async throws(HQTrouble) -> HQReply {
        let client = self.client
        do {
            return try await withThrowingTaskGroup(of: HQReply.self) { group in
                group.addTask { try await Self.exchange(request, token: token, client: client) }
                group.addTask {
                    try await Task.sleep(for: request.timeout)
                    throw HQTrouble.timedOut
                }
                defer { group.cancelAll() }
                guard let reply = try await group.next() else { throw HQTrouble.timedOut }
                return reply
            }
        } catch {
            throw Self.trouble(error)
        }
    }

    private static func exchange(
        _ request: HQRequest,
        token: String?,
        client: HTTPClient
    ) async throws -> HQReply {
        var message = HTTPClientRequest(url: request.url)
        message.method = request.method
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let token { message.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body = request.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await client.execute(message, timeout: .init(request.timeout))
        let status = Int(response.status.code)
        let body = try await read(response, of: request)
        return HQReply(
            status: status,
            contentType: mediaType(response.headers.first(name: "content-type")),
            retryAfter: RetryAfter.parse(
                response.headers.first(name: "retry-after"),
                serverDate: response.headers.first(name: "date")
            ),
            body: body
        )
    }

    private static func read(_ response: HTTPClientResponse, of request: HQRequest) async throws -> [UInt8] {
        let isWhole = request.needsWholeBody && response.status == .ok
        let limit = isWhole ? request.bodyLimit : min(request.bodyLimit, smallBody)
        let length = response.headers.first(name: "content-length").flatMap(Int.init) ?? 0
        if isWhole, length > limit { throw HQTrouble.pageTooLarge(limit: limit) }
        var body: [UInt8] = []
        body.reserveCapacity(min(max(length, 0), limit))
        for try await part in response.body {
            let room = limit - body.count
            body.append(contentsOf: part.readableBytesView.prefix(room))
            guard part.readableBytes <= room else {
                if isWhole { throw HQTrouble.pageTooLarge(limit: limit) }
                break
            }
        }
        return body
    }

    private static func mediaType(_ header: String?) -> String? {
        guard let header else { return nil }
        let type = header.prefix { $0 != ";" }.lowercased()
        return String(type.filter { $0 != " " && $0 != "\t" })
    }

    /// Sorts what the client throws. Texts come from error codes only, never from the request.
    private static func trouble(_ error: any Error) -> HQTrouble {
        switch error {
        case let trouble as HQTrouble: return trouble
        case let error as HTTPClientError:
            switch error {
            case .connectTimeout: return .unreachable("no connection in time")
            case .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout: return .timedOut
            case .remoteConnectionClosed, .bodyLengthMismatch: return .cutOff
            case .cancelled: return .timedOut
            default: return .unreachable("\(error.shortDescription)")
            }
        case is HTTPParserError: return .cutOff
        // A server that restarts drops connections at any moment, also while TLS begins: that mends itself.
        case NIOSSLError.uncleanShutdown: return .cutOff
        case NIOSSLError.handshakeFailed(.sslError(let stack)) where stack.contains(.eofDuringHandshake):
            return .cutOff
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return .tls("certificate or handshake")
        case let error as NIOConnectionError:
            guard error.connectionErrors.isEmpty else {
                return .unreachable("connection refused or no route")
            }
            return .unreachable("name not found")
        case let error as IOError: return .unreachable("error \(error.errnoCode)")
        case is CancellationError: return .timedOut
        default: return .unreachable("\(type(of: error))")
        }
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
