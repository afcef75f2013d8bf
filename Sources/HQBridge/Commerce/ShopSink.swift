internal import AsyncHTTPClient
internal import FoundationEssentials
public import Logging
internal import StationAPI

/// Tells a shop what became of its orders at the stations, and lets exactly one system tell the customer.
public final class ShopSink: EventSink {
    /// What was told of an order, kept before and after each call.
    struct Told: Hashable, Codable, Sendable {
        var parcels: Set<String> = []
        /// When all of it was loaded, in milliseconds since 1970-01-01T00:00:00Z; nil: it is not.
        var loadedAt: Int64?
        /// A try to say it is ready was begun; whether it is known to have ended well.
        var readyBegun = false
        var readyDone = false
        var pickedUpBegun = false
        var pickedUpDone = false
        /// The number of the last reminder that was sent; 0: none was.
        var reminders = 0
    }

    /// `shop.` and the shop's name.
    public let name: String
    let orders: ShopOrders
    let store: BridgeStore
    let http: ShopHTTP
    private let client: HTTPClient
    private let logger: Logger

    /// A sink for a shop's orders; events of other orders are none of its business.
    public init(_ shop: ShopConfiguration, store: BridgeStore, logger: Logger) {
        name = "shop.\(shop.name)"
        client = DynamicsSource.makeClient()
        http = ShopHTTP(client: client)
        orders = ShopOrders(shop, client: client)
        self.store = store
        self.logger = logger
    }

    /// Ends its connections; nothing is taken after it.
    public func shutdown() async {
        try? await client.shutdown()
    }

    /// Loading, taking out, and the end of a pickup.
    public func wants(_ type: String) -> Bool {
        switch EventType(rawValue: type) {
        case .orderLoaded, .orderRecalled, .orderReturned, .pickupCompleted: true
        default: false
        }
    }

    /// Tells the shop, or the customer through the configured voice.
    public func take(_ event: InboxEvent) async -> SinkOutcome {
        guard let id = event.event.subject, id.hasPrefix("\(orders.shop.name).") else { return .done }
        let shopOrderID = String(id.dropFirst(orders.shop.name.count + 1))
        do {
            var told = try await self.told(id)
            switch EventType(rawValue: event.event.type) {
            case .orderLoaded: try await loaded(event, id, shopOrderID, &told)
            case .orderRecalled, .orderReturned:
                told.parcels.subtract(Self.parcels(event))
                told.loadedAt = nil
                try await keep(told, id)
            case .pickupCompleted: try await pickedUp(id, shopOrderID, &told, at: event.station)
            default: break
            }
            return .done
        } catch let trouble as ShopTrouble {
            return Self.outcome(of: trouble, attempt: event.attempt)
        } catch {
            return Self.outcome(of: .noReply, attempt: event.attempt)
        }
    }

    // MARK: Ready

    private func loaded(
        _ event: InboxEvent,
        _ id: String,
        _ shopOrderID: String,
        _ told: inout Told
    ) async throws {
        told.parcels.formUnion(Self.parcels(event))
        try await keep(told, id)
        guard let held = try await store.order(id, at: event.station), var document = held.document,
            document.parcels.allSatisfy({ told.parcels.contains($0.parcelID) })
        else { return }
        if told.loadedAt == nil { told.loadedAt = event.event.time.milliseconds }
        if !told.readyDone {
            let isRepeat = told.readyBegun
            told.readyBegun = true
            try await keep(told, id)
            try await announce(document, shopOrderID, isRepeat: isRepeat)
            told.readyDone = true
        }
        try await keep(told, id)
        document.status = .ready
        try await store.put(document, at: event.station)
    }

    /// One system tells the customer; the others keep quiet. Shopify and Magento mail when they are told "ready", so they
    /// are told only if it is theirs to tell.
    private func announce(_ document: OrderDocument, _ shopOrderID: String, isRepeat: Bool) async throws {
        switch orders.shop.voice {
        case .shop: try await orders.platform.markReady(shopOrderID, isRepeat: isRepeat)
        case .dynamics: break
        case .messages(let url, let keyFile):
            let codes = try await KeptCodes(store).codes(of: document.orderID)
            let messages = CustomerMessages(http: http, url: url, keyFile: keyFile)
            try await messages.send(.ready, document, codes: codes, now: store.now / 1_000)
        }
    }

    // MARK: Picked up

    private func pickedUp(
        _ id: String,
        _ shopOrderID: String,
        _ told: inout Told,
        at station: BridgeStationID
    ) async throws {
        if !told.pickedUpDone {
            let isRepeat = told.pickedUpBegun
            told.pickedUpBegun = true
            told.loadedAt = nil
            try await keep(told, id)
            try await orders.platform.markPickedUp(shopOrderID, isRepeat: isRepeat)
            told.pickedUpDone = true
            try await keep(told, id)
        }
        try await store.remove(id, at: station, reason: .completed)
        try await KeptCodes(store).forget(id)
    }

    // MARK: Parts

    private var owner: String { "shop.\(orders.shop.name).told" }

    func told(_ id: String) async throws -> Told {
        guard let bytes = try await store.memory(id, of: owner) else { return Told() }
        return try JSONDecoder().decode(Told.self, from: Data(bytes))
    }

    func allTold() async throws -> [String: Told] {
        try await store.memories(of: owner).compactMapValues {
            try? JSONDecoder().decode(Told.self, from: Data($0))
        }
    }

    func keep(_ told: Told, _ id: String) async throws {
        try await store.remember(Array(try JSONEncoder().encode(told)), id, for: owner)
    }

    private static func parcels(_ event: InboxEvent) -> [String] {
        event.event.data?["parcelIds"]?.elements?.compactMap(\.text) ?? []
    }

    static func outcome(of trouble: ShopTrouble, attempt: Int) -> SinkOutcome {
        switch trouble {
        case .refused(let what): return .exception(reason: "the shop refuses it: \(what)")
        case .busy(let after):
            return DynamicsSink.sinkOutcome(.again(after: after, why: "the shop is busy"), attempt: attempt)
        case .unauthorized:
            return .again(
                after: .seconds(300),
                reason: "the shop accepts no token of the bridge; check its file"
            )
        case .unreachable, .noReply:
            return DynamicsSink.sinkOutcome(
                .again(after: nil, why: "the shop does not answer"),
                attempt: attempt
            )
        }
    }
}
