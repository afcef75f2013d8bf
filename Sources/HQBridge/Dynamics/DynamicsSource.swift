internal import AsyncHTTPClient
internal import FoundationEssentials
public import Logging
internal import NIOCore
internal import NIOPosix
internal import StationAPI

/// One store's pickup orders from Dynamics 365 Commerce.
public struct DynamicsSource: OrderSource {
    /// `dynamics.` and the station.
    public let name: String
    private let configuration: DynamicsConfiguration
    private let station: BridgeStationID
    private let pollSeconds: Int
    private let logger: Logger

    /// A source for the station that the configuration names.
    ///
    /// - Parameter pollSeconds: seconds between two questions, from 1.
    /// - Throws: ``BridgeStoreError/unknownStation(_:)`` if the station's name is no id.
    public init(
        _ configuration: DynamicsConfiguration,
        pollSeconds: Int = 30,
        logger: Logger
    ) throws(BridgeStoreError) {
        guard let station = BridgeStationID(configuration.station) else {
            throw .unknownStation(configuration.station)
        }
        name = "dynamics.\(configuration.station.replacing(":", with: "-"))"
        self.configuration = configuration
        self.station = station
        self.pollSeconds = max(1, pollSeconds)
        self.logger = logger
    }

    /// Asks Commerce again and again until the task is cancelled.
    public func run(feeding store: BridgeStore) async throws {
        let client = Self.makeClient()
        let outcome: Result<Void, any Error>
        do {
            try await poll(store, client)
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try? await client.shutdown()
        try outcome.get()
    }

    private func poll(_ store: BridgeStore, _ client: HTTPClient) async throws {
        let server = RetailServer(configuration, client: client)
        let sync = DynamicsSync(
            source: name,
            station: station,
            configuration: configuration,
            listing: listing(server),
            store: store,
            logger: logger
        )
        while !Task.isCancelled {
            do {
                try await sync.once()
            } catch let trouble as RetailServerTrouble {
                // Nothing is taken away for want of an answer; the next question may be answered.
                logger.warning("orders are not read from Commerce: \(trouble)")
            }
            try await Task.sleep(for: .seconds(pollSeconds))
        }
    }

    private func listing(_ server: RetailServer) -> any OrderListing {
        switch configuration.variant {
        case .extensionActions: ExtensionListing(server: server)
        case .posWorker: WorkerListing(server: server, enumerations: EnumerationCache(server))
        }
    }

    /// A client that follows no redirect: a token must not go where nobody wrote it.
    static func makeClient() -> HTTPClient {
        var settings = HTTPClient.Configuration(redirectConfiguration: .disallow)
        settings.timeout.connect = .seconds(10)
        return HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
    }
}
