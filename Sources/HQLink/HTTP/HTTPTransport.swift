internal import AsyncHTTPClient
internal import FoundationEssentials
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL
internal import Synchronization

/// An HTTP client: redirects are never followed, every exchange ends in time, and what is read of a reply has a limit,
/// also after it was inflated.
final class HTTPTransport: Sendable {
    /// Enough for a receipt or a problem; the rest of such a reply is not read.
    static let smallBody = 1 << 16

    /// How many times its own length a reply may become when it is inflated; feed pages reach some ten times.
    static let inflatedRatio = 300

    struct Settings: Sendable {
        var connect: Duration
        var material: TLSMaterial
        var pins: [CertificatePin] = []
        var proxy: ProxySettings?
        /// The most bytes that a reply may become when it is inflated.
        var inflatedLimit: Int
    }

    /// A client and the proxy's credentials that it was made with; the last one is used.
    private struct Made {
        var authorization: HTTPClient.Authorization?
        var client: HTTPClient
    }

    private let settings: Settings
    private let made = Mutex<[Made]>([])

    init(_ settings: Settings) {
        self.settings = settings
    }

    func shutdown() async {
        let all = made.withLock { made in
            defer { made = [] }
            return made
        }
        for one in all { try? await one.client.shutdown() }
    }

    /// Sends a request and reads the reply.
    ///
    /// - Throws: why there is no complete reply.
    func send(_ request: HQRequest, authorization: String? = nil) async throws(HQTrouble) -> HQReply {
        let client = try client()
        var message = HTTPClientRequest(url: request.url)
        message.method = request.method
        for (name, value) in request.headers { message.headers.add(name: name, value: value) }
        if let authorization { message.headers.add(name: "Authorization", value: authorization) }
        if let body = request.body { message.body = .bytes(ByteBuffer(bytes: body)) }
        if request.url.lowercased().hasPrefix("https:") {
            message.tlsConfiguration = try settings.material.configuration()
        }
        let prepared = message
        do {
            return try await withThrowingTaskGroup(of: HQReply.self) { group in
                group.addTask { try await Self.exchange(request, prepared, client: client) }
                group.addTask {
                    try await Task.sleep(for: request.timeout)
                    throw HQTrouble.timedOut
                }
                defer { group.cancelAll() }
                guard let reply = try await group.next() else { throw HQTrouble.timedOut }
                return reply
            }
        } catch {
            throw await TroubleSorter(
                proxy: settings.proxy,
                limit: settings.connect,
                inflated: settings.inflatedLimit
            )
            .trouble(error, url: request.url)
        }
    }

    /// The client; another one once the proxy's credentials have changed.
    private func client() throws(HQTrouble) -> HTTPClient {
        let authorization = try settings.proxy?.authorization()
        return made.withLock { made in
            if let last = made.last, last.authorization == authorization { return last.client }
            let client = make(authorization)
            made.append(Made(authorization: authorization, client: client))
            return client
        }
    }

    private func make(_ authorization: HTTPClient.Authorization?) -> HTTPClient {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = TimeAmount(settings.connect)
        configuration.decompression = .enabled(limit: .size(settings.inflatedLimit))
        configuration.httpVersion = .http1Only
        // The link has its own back-off; the pool's would hide failures from it.
        configuration.connectionPool.retryConnectionEstablishment = false
        if let proxy = settings.proxy {
            configuration.proxy = .server(host: proxy.host, port: proxy.port, authorization: authorization)
        }
        if !settings.pins.isEmpty {
            let pins = settings.pins
            configuration.http1_1ConnectionDebugInitializer = { PinGuard.check($0, pins: pins) }
        }
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    }

    private static func exchange(
        _ request: HQRequest,
        _ message: HTTPClientRequest,
        client: HTTPClient
    ) async throws -> HQReply {
        let response = try await client.execute(message, timeout: TimeAmount(request.timeout))
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
        let isCompressed = response.headers.contains(name: "content-encoding")
        let length = min(
            response.headers.first(name: "content-length").flatMap(Int.init) ?? 0,
            Int(Int32.max)
        )
        let inflatedLimit = isCompressed && length > 0 ? length * inflatedRatio : Int.max
        if isWhole, length > limit { throw HQTrouble.pageTooLarge(limit: limit) }
        var body: [UInt8] = []
        body.reserveCapacity(isCompressed ? 0 : min(max(length, 0), limit))
        for try await part in response.body {
            let room = limit - body.count
            body.append(contentsOf: part.readableBytesView.prefix(room))
            guard part.readableBytes <= room else {
                if isWhole { throw HQTrouble.pageTooLarge(limit: limit) }
                break
            }
            guard body.count <= inflatedLimit else { throw HQTrouble.pageTooLarge(limit: inflatedLimit) }
        }
        return body
    }

    private static func mediaType(_ header: String?) -> String? {
        guard let header else { return nil }
        let type = header.prefix { $0 != ";" }.lowercased()
        return String(type.filter { $0 != " " && $0 != "\t" })
    }
}

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
