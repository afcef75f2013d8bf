public import Logging
internal import ServiceLifecycle
internal import UnixSignals

/// The whole bridge: its store, the Station API, the sources and the sinks.
public struct BridgeProgram: Sendable {
    private let configuration: BridgeConfiguration
    private let logger: Logger
    private let sources: @Sendable (BridgeStore) -> [any OrderSource]
    private let sinks: @Sendable (BridgeStore) -> [any EventSink]

    /// A program for a configuration that has been read and checked.
    ///
    /// - Parameters:
    ///   - sources: makes the order sources for the opened store.
    ///   - sinks: makes the event sinks beside the standalone one.
    public init(
        configuration: BridgeConfiguration,
        logger: Logger,
        sources: @escaping @Sendable (BridgeStore) -> [any OrderSource] = { _ in [] },
        sinks: @escaping @Sendable (BridgeStore) -> [any EventSink] = { _ in [] }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.sources = sources
        self.sinks = sinks
    }

    /// Runs until SIGTERM or SIGINT; then answers what is held open, lets what a sink has begun end, and closes.
    ///
    /// - Parameter onListening: called with the port once the API is served.
    /// - Throws: when the bridge cannot start or must not go on.
    public func run(onListening: @escaping @Sendable (Int) -> Void = { _ in }) async throws {
        let store = try await BridgeStore.open(configuration.place, retention: configuration.retention)
        do {
            let integrated = configuration.integrations.sinks(store: store, logger: logger)
            let integratedSources = try configuration.integrations.sources(logger: logger)
            var sinks: [any EventSink] = sinks(store) + configuration.forwards + integrated.sinks
            if configuration.isStandalone { sinks.append(StandaloneSink(store: store)) }
            try await store.register(sinks: sinks.map(\.name))
            let server = BridgeServer(
                store: store,
                configuration: configuration.server,
                keys: configuration.keys,
                logger: logger,
                onListening: onListening
            )
            let workers = BridgeWorkers(
                store: store,
                sources: sources(store) + integratedSources,
                sinks: sinks,
                keys: configuration.keys,
                width: configuration.sinkWidth,
                leaseSeconds: configuration.leaseSeconds,
                logger: logger
            )
            let group = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: integrated.services + [workers, server],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await group.run()
        } catch {
            await store.close()
            throw error
        }
        await store.close()
    }
}

/// Everything that works without being asked.
struct BridgeWorkers: Service {
    let store: BridgeStore
    let sources: [any OrderSource]
    let sinks: [any EventSink]
    let keys: HQKeys
    let width: Int
    let leaseSeconds: Int
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for source in sources {
                    group.addTask { await SourceRunner(source: source, store: store, logger: logger).run() }
                }
                for sink in sinks {
                    group.addTask {
                        await SinkRunner(
                            sink: sink,
                            store: store,
                            width: width,
                            leaseSeconds: leaseSeconds,
                            logger: logger
                        ).run()
                    }
                }
                group.addTask { await housekeeping() }
            }
        }
    }

    /// Once an hour one process clears away what is old; each tells the stations the keys that it was started with.
    private func housekeeping() async {
        do {
            for station in try await store.stations() where station.status == .enrolled {
                for document in keys.documents { try await store.publish(key: document, at: station.id) }
            }
        } catch {
            logger.warning("the stations could not be told the keys: \(error)")
        }
        while !Task.isCancelled {
            do {
                if try await store.lease("clearAway", seconds: 3600) { try await store.clearAway() }
            } catch {
                logger.warning("nothing could be cleared away: \(error)")
            }
            try? await Task.sleep(for: .seconds(3600))
        }
    }
}
