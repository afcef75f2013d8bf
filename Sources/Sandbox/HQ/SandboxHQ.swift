internal import Foundation
public import Logging
public import StationAPI
internal import Synchronization

/// HQ and its shop, on loopback: the other end of the Station API. It keeps the clear codes, as HQ does; the feed
/// carries only their digests.
public actor SandboxHQ {
    /// What an HQ needs to know of its one station.
    public struct Configuration: Sendable {
        /// The station's id.
        public var station: String
        /// The station's key, with which HQ makes digests.
        public var stationKey: [UInt8]
        /// The bearer token that the station must show.
        public var token: String
        /// The port on loopback; 0: any.
        public var port: Int
        /// Keys by which events and state must be signed; none: they need not be. A box that is enrolled adds its own.
        public var eventKeys: [WebhookVerificationKey] = []
        /// The client that the token endpoint knows, and its secret; nil: there is none.
        public var client: (id: String, secret: String)?

        /// An HQ of one station.
        public init(station: String, stationKey: [UInt8], token: String, port: Int = 0) {
            self.station = station
            self.stationKey = stationKey
            self.token = token
            self.port = port
        }
    }

    /// A request that the shop cannot carry out.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// Why, and what to do.
        public var description: String
    }

    /// How the station has read the feed's snapshots.
    public struct FeedReading: Hashable, Sendable {
        /// Snapshots that were asked for.
        public var snapshots = 0
        /// When the newest of them was.
        public var begunAt: ContinuousClock.Instant?
        /// When the station first asked for what comes after its last page; that it does once that page is
        /// durable. Nil while it reads.
        public var endedAt: ContinuousClock.Instant?
    }

    /// The badge of the one member of staff.
    public static let staffBadge = "STAFF-1001"
    /// Their PIN.
    public static let staffPIN = "4711"

    nonisolated let configuration: Configuration
    let logger: Logger
    let codes: CodeMaker
    var inventory = Inventory()
    var book: [PlacedOrder] = []
    var documents: [String: OrderDocument] = [:]
    var feed = FeedLog()
    var inbox: [ReceivedEvent] = []
    /// Where in the inbox each event is.
    var received: [EventName: Int] = [:]
    /// Received and not applied yet.
    var unapplied: [CloudEvent] = []
    var report: StationReport?
    var fault = Fault.none
    var previousCursor: String?
    var reading = FeedReading()
    var identities: Identities
    /// Whoever waits for news is answered at once from now on.
    var isStopping = false
    private var server: Task<Void, any Error>?
    private var watchers: [CheckedContinuation<Void, Never>] = []

    /// An HQ that does not listen yet.
    public init(_ configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        codes = CodeMaker(key: configuration.stationKey)
        identities = Identities(token: configuration.token, eventKeys: configuration.eventKeys)
    }

    /// Listens on loopback; returns the port.
    ///
    /// - Throws: when the port is taken.
    public func start() async throws -> Int {
        isStopping = false
        feed.append(key: "staff", try codes.staff(badge: Self.staffBadge, pin: Self.staffPIN))
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let hq = self
        server = Task {
            do {
                try await HQServer(hq: hq).run(
                    port: configuration.port,
                    logger: logger
                ) { continuation.yield($0) }
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports { return port }
        throw Refusal(description: "HQ did not start to listen")
    }

    /// Stops listening.
    public func stop() async {
        isStopping = true
        wake()
        server?.cancel()
        _ = await server?.result
        server = nil
    }

    /// Sets what is wrong with HQ from now on.
    public func set(_ fault: Fault) {
        self.fault = fault
        if fault != .accepted202 { applyReceived() }
        wake()
    }

    /// The fault that is set.
    public func currentFault() -> Fault { fault }

    /// The station's last state report.
    public func lastReport() -> StationReport? { report }

    /// How the station has read the feed.
    public func feedReading() -> FeedReading { reading }

    func keep(_ report: StationReport) {
        self.report = report
    }

    // MARK: Waiting for something to change

    /// Something changed: everybody who waits looks again.
    func wake() {
        let waiting = watchers
        watchers = []
        for watcher in waiting { watcher.resume() }
    }

    /// How many questions of the station are held open.
    var held: Int { watchers.count }

    func change() async {
        await withCheckedContinuation { watchers.append($0) }
    }

    /// Waits for a change, at most so long.
    func change(withinMs limit: Int) async {
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(limit))
            self.wake()
        }
        await change()
        timer.cancel()
    }
}
