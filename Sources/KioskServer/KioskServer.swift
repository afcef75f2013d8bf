import Hummingbird
public import Logging
import NIOCore
public import ServiceLifecycle
public import StationCore

/// The kiosk's web server: one page, its event stream and its input, for the screen of this machine only.
///
/// - `GET /` the page, `/assets/…`, `/strings/<language>.json`, `/wall.json` (the plan),
///   `/station.json` (name, phone)
/// - `GET /events` server-sent events: the whole view as JSON at once and on every change, and a comment as
///   heartbeat every second while the station answers
/// - `POST /input` `{"code": "…"}`, `{"pin": "…"}` or `{"button": …}`, at most 1 KiB; 204 once it is decided
///
/// Codes and PINs are neither kept nor logged. A reader that does not read is dropped after 5 s; there are at
/// most 8.
public final class KioskServer: Service {
    /// Languages the page speaks.
    public static var languages: [String] { PageAssets.languages }

    private let address: String
    private let configuredPort: Int
    private let responder: KioskResponder
    private let binding: PortBinding
    private let logger: Logger
    let hub: EventHub

    /// A kiosk server that does not listen yet.
    ///
    /// Throws ``KioskConfigurationError`` if the configuration cannot be used, before any port is opened.
    public convenience init(
        configuration: KioskConfiguration,
        station: any KioskStation,
        logger: Logger
    ) throws {
        try self.init(configuration: configuration, station: station, timing: KioskTiming(), logger: logger)
    }

    init(
        configuration: KioskConfiguration,
        station: any KioskStation,
        timing: KioskTiming,
        logger: Logger
    ) throws {
        address = try configuration.checkedAddress(languages: Self.languages)
        configuredPort = configuration.port
        self.logger = logger
        binding = PortBinding()
        hub = EventHub(station: station, timing: timing, logger: logger)
        responder = KioskResponder(
            assets: try PageAssets(configuration: configuration),
            headers: SecurityHeaders(
                frameOrigins: configuration.preview ? configuration.allowedFrameOrigins : []
            ),
            station: station,
            hub: hub,
            binding: binding,
            inputs: InputCount(),
            logger: logger
        )
    }

    /// The port the server listens on, waiting until it does; throws ``KioskServerError/notListening`` if it
    /// ended.
    public var port: Int {
        get async throws { try await binding.wait() }
    }

    /// Shows `view` on every screen. From any thread; never blocks, and only the newest of several views is
    /// sent.
    public func push(_ view: KioskView) {
        hub.push(view)
    }

    /// Serves until graceful shutdown or cancellation. Throws if the port cannot be bound.
    public func run() async throws {
        // Hummingbird's own log lines below this level can quote what came over the wire.
        var httpLogger = logger
        httpLogger.logLevel = max(logger.logLevel, .notice)
        let application = Application(
            responder: responder,
            server: .http1(configuration: .init(idleTimeout: .seconds(30))),
            configuration: ApplicationConfiguration(
                address: .hostname(address, port: configuredPort),
                availableConnectionsDelegate: .maximum(64, logger: httpLogger)
            ),
            onServerRunning: { [binding, logger] channel in
                guard let port = channel.localAddress?.port else { return }
                binding.bound(to: port)
                logger.info("kiosk is listening", metadata: ["port": "\(port)"])
            },
            logger: httpLogger
        )
        defer { binding.ended() }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { [hub] in await hub.broadcast() }
                group.addTask { [hub] in await hub.watch() }
                defer {
                    hub.shutdown()
                    group.cancelAll()
                }
                try await application.run()
            }
        } onCancelOrGracefulShutdown: { [hub] in
            hub.shutdown()
        }
    }
}
