internal import AsyncHTTPClient
internal import FoundationEssentials
public import Logging
internal import StationAPI
internal import Synchronization

/// Posts what stations report to Dynamics 365 Commerce.
public final class DynamicsSink: EventSink {
    /// `dynamics`.
    public let name = "dynamics"

    /// The longest that one event is worked on: well within the time after which another process takes it.
    static let patience = Duration.seconds(150)

    /// How long an order is this process's; longer than its patience.
    private static let orderLeaseSeconds = 180

    private let stores: [String: DynamicsConfiguration]
    private let store: BridgeStore
    private let client: HTTPClient
    private let logger: Logger
    /// Orders that this process works on.
    private let busy = Mutex<Set<String>>([])

    /// A sink for stations of these stores of Commerce; events of other stations are none of its business.
    public init(_ configurations: [DynamicsConfiguration], store: BridgeStore, logger: Logger) {
        stores = Dictionary(configurations.map { ($0.station, $0) }, uniquingKeysWith: { first, _ in first })
        self.store = store
        self.logger = logger
        client = DynamicsSource.makeClient()
    }

    /// Ends its connections; nothing is taken after it.
    public func shutdown() async {
        try? await client.shutdown()
    }

    /// Loading and pickups, and what takes them back.
    public func wants(_ type: String) -> Bool {
        switch EventType(rawValue: type) {
        case .orderLoaded, .pickupCompleted, .pickupPartial, .pickupCorrected, .orderRecalled, .orderReturned:
            true
        default: false
        }
    }

    /// Posts one event; the same one again finds what was done.
    public func take(_ event: InboxEvent) async -> SinkOutcome {
        guard let configuration = stores[event.station.rawValue], let order = event.event.subject else {
            return .done
        }
        let outcome: DynamicsOutcome
        do {
            outcome = try await alone(with: order) { [self] in
                try await within(Self.patience) { [self] in try await carryOut(event, order, configuration) }
            }
        } catch {
            outcome = .again(after: nil, why: "the store or Commerce did not answer in time")
        }
        return Self.sinkOutcome(outcome, attempt: event.attempt)
    }

    /// One piece of work on an order at a time, in this process and in all others, however short the inbox's own lease is:
    /// what a posting keeps is written by one hand.
    private func alone(
        with order: String,
        _ body: @Sendable () async throws -> DynamicsOutcome
    ) async throws -> DynamicsOutcome {
        let occupied = DynamicsOutcome.again(after: .seconds(10), why: "the order is being worked on")
        guard busy.withLock({ $0.insert(order).inserted }) else { return occupied }
        defer { busy.withLock { _ = $0.remove(order) } }
        let lease = "dynamics/\(order)"
        guard try await store.lease(lease, seconds: Self.orderLeaseSeconds) else { return occupied }
        let outcome: Result<DynamicsOutcome, any Error>
        do {
            outcome = .success(try await body())
        } catch {
            outcome = .failure(error)
        }
        try? await store.release(lease)
        return try outcome.get()
    }

    private func carryOut(
        _ event: InboxEvent,
        _ salesID: String,
        _ configuration: DynamicsConfiguration
    ) async throws -> DynamicsOutcome {
        guard let held = try await store.order(salesID, at: event.station) else {
            // Another source's order, or none: not Commerce's.
            return .done
        }
        if let document = held.document, document.externalRefs["salesId"] != salesID { return .done }
        let memory = DynamicsMemory(store: store, salesID: salesID)
        switch EventType(rawValue: event.event.type) {
        case .orderLoaded: return try await loaded(event, held, memory, configuration)
        case .pickupCompleted, .pickupPartial:
            return try await handedOver(event, salesID, memory, configuration)
        case .pickupCorrected:
            guard try await memory.hasPosted() else { return .done }
            return .exception("a pickup that is invoiced was none: return it in Commerce")
        case .orderRecalled, .orderReturned: return try await takenOut(event, held, memory)
        default: return .done
        }
    }

    // MARK: Loading

    private func loaded(
        _ event: InboxEvent,
        _ held: BridgeStore.HeldOrder,
        _ memory: DynamicsMemory,
        _ configuration: DynamicsConfiguration
    ) async throws -> DynamicsOutcome {
        var loading = try await memory.loading()
        loading.parcels.formUnion(Self.parcels(event))
        try await memory.keep(loading)
        guard var document = held.document,
            document.parcels.allSatisfy({ loading.parcels.contains($0.parcelID) })
        else { return .done }
        if configuration.packsOnLoad {
            let packer = LinePacker(server: RetailServer(configuration, client: client))
            let outcome = await packer.pack(document.orderID)
            guard case .done = outcome else { return outcome }
        }
        document.status = .ready
        try await store.put(document, at: event.station)
        return .done
    }

    private func takenOut(
        _ event: InboxEvent,
        _ held: BridgeStore.HeldOrder,
        _ memory: DynamicsMemory
    ) async throws -> DynamicsOutcome {
        var loading = try await memory.loading()
        loading.parcels.subtract(Self.parcels(event))
        try await memory.keep(loading)
        // Cancelled or moved: Commerce knows. Otherwise it still says packed, and there is no call that un-packs.
        guard var document = held.document else { return .done }
        document.status = .hold
        try await store.put(document, at: event.station)
        return .exception("taken out of the wall, but packed in Commerce: un-pack, cancel or load it again")
    }

    private static func parcels(_ event: InboxEvent) -> [String] {
        event.event.data?["parcelIds"]?.elements?.compactMap(\.text) ?? []
    }

    // MARK: Pickup

    private func handedOver(
        _ event: InboxEvent,
        _ salesID: String,
        _ memory: DynamicsMemory,
        _ configuration: DynamicsConfiguration
    ) async throws -> DynamicsOutcome {
        let lines: [PickupTarget]?
        switch HandoverLines(event.event) {
        case .everything: lines = nil
        case .lines(let targets): lines = targets
        case .unknown:
            return .exception(
                "a part was handed over, and the event does not say which lines: invoice it by hand"
            )
        }
        let server = RetailServer(configuration, client: client)
        switch configuration.variant {
        case .extensionActions:
            return await ExtensionPoster(server: server).post(event.key, salesID: salesID, handedOver: lines)
        case .posWorker:
            let store = self.store
            let poster = PickupPoster(server: server, memory: memory, logger: logger) { store.now / 1_000 }
            return try await poster.post(event.key, salesID: salesID, handedOver: lines)
        }
    }

    /// What the bridge is told. Without a wish of Commerce the waits double from 5 s to 15 min, with full jitter.
    static func sinkOutcome(_ outcome: DynamicsOutcome, attempt: Int) -> SinkOutcome {
        switch outcome {
        case .done, .duplicate: return .done
        case .exception(let why): return .exception(reason: why)
        case .again(let after, let why):
            let longest = min(900.0, 5.0 * Double(1 << min(max(attempt - 1, 0), 10)))
            let own = Duration.milliseconds(Int64(Double.random(in: 0.2..<1) * longest * 1_000))
            return .again(after: max(after ?? .zero, own), reason: why)
        }
    }

    private func within<Value: Sendable>(
        _ limit: Duration,
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}
