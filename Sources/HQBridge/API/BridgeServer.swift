internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
public import ServiceLifecycle
internal import StationAPI

/// The Station API for many stations, over HTTP; TLS is ended by the proxy in front.
public struct BridgeServer: Service {
    let store: BridgeStore
    let configuration: BridgeServerConfiguration
    let directory: StationDirectory
    let enrolment: EnrolmentDesk
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A server that does not listen yet.
    ///
    /// - Parameters:
    ///   - keys: HQ's public keys, which a newly enrolled box is told.
    ///   - onListening: called with the port once it listens.
    public init(
        store: BridgeStore,
        configuration: BridgeServerConfiguration,
        keys: HQKeys = HQKeys(),
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.store = store
        self.configuration = configuration
        self.logger = logger
        self.onListening = onListening
        directory = StationDirectory(store: store)
        enrolment = EnrolmentDesk(store: store, keys: keys)
    }

    /// Serves until graceful shutdown: questions that are held open are answered, and what is under way ends.
    public func run() async throws {
        let router = Router(context: BridgeContext.self)
        router.add(middleware: ProblemMiddleware())
        routes(router.group(RouterPath(configuration.basePath)))
        let onListening = onListening
        let application = Application(
            router: router,
            server: .http1(configuration: HTTP1Channel.Configuration(idleTimeout: .seconds(130))),
            configuration: .init(
                address: .hostname(configuration.host, port: configuration.port),
                serverName: nil
            ),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        let news = store.news
        let stopping = stopping
        try await withGracefulShutdownHandler {
            try await application.run()
        } onGracefulShutdown: {
            stopping.stop()
            news.tell(nil)
        }
    }

    let stopping = StopFlag()

    private func routes(_ base: RouterGroup<BridgeContext>) {
        let station = base.group("stations/:station")
        add(station, "orders", [.get: feedByQuery, .post: feedByBody])
        add(station, "events", [.post: takeEvent])
        add(station, "state", [.put: takeState])
        add(station, "credentials", [.post: renewCredentials])
        add(base, "enrolments", [.post: enrol])
        add(base, "health", [.get: health])
    }

    private typealias Handler = @Sendable (Request, BridgeContext) async throws -> Response

    /// A path with its methods; any other method is answered 405 with those that there are (RFC 9110, 15.5.6).
    private func add(
        _ group: RouterGroup<BridgeContext>,
        _ path: RouterPath,
        _ handlers: [HTTPRequest.Method: Handler]
    ) {
        let allowed = handlers.keys.map(\.rawValue).sorted().joined(separator: ", ")
        let all: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
        for method in all {
            if let handler = handlers[method] {
                group.on(path, method: method) { request, context in try await handler(request, context) }
            } else {
                group.on(path, method: method) { _, _ in
                    var response = Answer.problem(
                        Problem(type: "about:blank", status: 405, title: "use \(allowed)")
                    )
                    response.headers[.allow] = allowed
                    return response
                }
            }
        }
    }

    // MARK: Who asks

    func signedIn(_ request: Request, _ context: BridgeContext) async throws -> BridgeStore.Station {
        var caller = StationDirectory.Caller()
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "bearer" { caller.token = String(parts[1]) }
        }
        if let name = configuration.certificateHeader.flatMap({ HTTPField.Name($0) }),
            let value = request.headers[name],
            context.remoteAddress.map({ configuration.proxies.contains($0) }) == true
        {
            let digits = value.lowercased().filter { $0.isHexDigit }
            if digits.count == 64 { caller.certificateFingerprint = digits }
        }
        return try await directory.station(context.stationName, for: caller)
    }

    /// Checks the signature of a request of a station that has an event key.
    func checkSignature(_ request: Request, _ body: RequestBody, of station: BridgeStore.Station) throws {
        guard let text = station.eventKey else { return }
        func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
        do {
            // The time is not looked at: a station may deliver without knowing it, and days late. What comes twice is
            // known by its id.
            try StandardWebhooks.verify(
                StandardWebhooks.Headers(
                    id: header(StandardWebhooks.idHeader),
                    timestamp: header(StandardWebhooks.timestampHeader),
                    signature: header(StandardWebhooks.signatureHeader)
                ),
                body: body.bytes,
                keys: [try WebhookVerificationKey(text: text)],
                now: WireTime.now.milliseconds / 1000,
                tolerance: nil
            )
        } catch let refusal as StandardWebhooks.Refusal {
            throw Problem(
                .signatureInvalid,
                status: 401,
                title: "not signed by a key of this station",
                detail: "\(refusal)"
            )
        }
    }

    @Sendable private func health(_ request: Request, _ context: BridgeContext) async throws -> Response {
        _ = try await store.station(BridgeStationID(stored: "health"))
        return Answer.bytes(Array("{\"status\":\"ok\"}".utf8), "application/json")
    }
}
