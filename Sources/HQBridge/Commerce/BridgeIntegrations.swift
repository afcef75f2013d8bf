public import Logging
public import ServiceLifecycle

/// Everything that the bridge is connected to on HQ's side, made from configuration: stores of Dynamics 365 Commerce and
/// shops.
public struct BridgeIntegrations: Sendable {
    /// Where shops' webhooks are taken.
    public struct Webhooks: Hashable, Sendable {
        /// The address to listen on.
        public var host: String
        /// The port.
        public var port: Int

        /// An address; TLS is ended by the proxy in front.
        public init(host: String = "127.0.0.1", port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// Stores of Commerce, one for each station.
    public var dynamics: [DynamicsConfiguration] = []
    /// Seconds between two questions to Commerce.
    public var dynamicsPollSeconds = 30
    /// Shops.
    public var shops: [ShopConfiguration] = []
    /// Where webhooks are taken; nil: none are.
    public var webhooks: Webhooks?

    /// Connected to nothing.
    public init() {}

    /// Whether there is nothing to do.
    public var isEmpty: Bool { dynamics.isEmpty && shops.isEmpty }

    /// Where orders come from.
    ///
    /// - Throws: ``BridgeStoreError/unknownStation(_:)`` if a station's name is no id.
    public func sources(logger: Logger) throws(BridgeStoreError) -> [any OrderSource] {
        var sources: [any OrderSource] = shops.map { ShopSource($0, logger: logger) }
        for store in dynamics {
            sources.append(try DynamicsSource(store, pollSeconds: dynamicsPollSeconds, logger: logger))
        }
        return sources
    }

    /// Where events go, and what runs beside: webhooks, reminders. The services end the sinks' connections, so they must
    /// be the last to stop.
    public func sinks(
        store: BridgeStore,
        logger: Logger
    ) -> (sinks: [any EventSink], services: [any Service]) {
        var sinks: [any EventSink] = []
        var services: [any Service] = []
        if !dynamics.isEmpty {
            let sink = DynamicsSink(dynamics, store: store, logger: logger)
            sinks.append(sink)
            services.append(UntilShutdown { await sink.shutdown() })
        }
        for shop in shops {
            let sink = ShopSink(shop, store: store, logger: logger)
            sinks.append(sink)
            services.append(
                ReminderService(reminders: CustomerReminders(sink, logger: logger), logger: logger)
            )
            services.append(UntilShutdown { await sink.shutdown() })
        }
        if let webhooks, !shops.isEmpty {
            services.append(
                ShopWebhookServer(
                    shops: shops,
                    store: store,
                    host: webhooks.host,
                    port: webhooks.port,
                    logger: logger
                )
            )
        }
        return (sinks, services)
    }
}

/// Does something when the program ends.
struct UntilShutdown: Service {
    let end: @Sendable () async -> Void

    func run() async throws {
        try? await gracefulShutdown()
        await end()
    }
}

/// Reminders that outlive a moment without the database.
struct ReminderService: Service {
    let reminders: CustomerReminders
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await reminders.run()
                } catch {
                    if !Task.isCancelled { logger.warning("reminders begin again in a minute: \(error)") }
                    try? await Task.sleep(for: .seconds(60))
                }
            }
        }
    }
}
