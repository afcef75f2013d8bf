internal import AsyncHTTPClient
internal import FoundationEssentials
public import Logging
internal import StationAPI

/// A shop's pickup orders: looks at each order that the shop has spoken of, and writes it into its station's feed.
public struct ShopSource: OrderSource {
    /// `shop.` and the shop's name.
    public let name: String
    private let shop: ShopConfiguration
    private let lookSeconds: Int
    private let logger: Logger

    /// A source for a shop.
    ///
    /// - Parameter lookSeconds: seconds between two looks at what has come, from 1.
    public init(_ shop: ShopConfiguration, lookSeconds: Int = 2, logger: Logger) {
        name = "shop.\(shop.name)"
        self.shop = shop
        self.lookSeconds = max(1, lookSeconds)
        self.logger = logger
    }

    /// Looks again and again until the task is cancelled.
    public func run(feeding store: BridgeStore) async throws {
        let client = DynamicsSource.makeClient()
        let outcome: Result<Void, any Error>
        do {
            let look = ShopLook(orders: ShopOrders(shop, client: client), store: store, logger: logger)
            while !Task.isCancelled {
                try await look.once()
                try await Task.sleep(for: .seconds(lookSeconds))
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        try? await client.shutdown()
        try outcome.get()
    }
}

/// One look at the orders that the shop has spoken of. May be killed and repeated at any point.
struct ShopLook: Sendable {
    let orders: ShopOrders
    let store: BridgeStore
    let logger: Logger

    func once() async throws {
        let due = ShopDue(store: store, shop: orders.shop.name)
        for (orderID, mark) in try await due.all().sorted(by: { $0.key < $1.key }) {
            do {
                try await look(at: orderID)
                try await due.done(orderID, mark)
            } catch let trouble as ShopTrouble {
                // The note stays: looked at again next time.
                logger.warning(
                    "an order is not read from the shop: \(trouble)",
                    metadata: ["order": "\(orderID)"]
                )
            }
        }
    }

    private func look(at shopOrderID: String) async throws {
        let id = orders.orderID(shopOrderID)
        let held = try await store.orders(named: id).first { $0.document != nil }
        switch try await orders.platform.state(of: shopOrderID) {
        case .pickup(let order):
            guard let (document, name) = orders.document(order, previous: held?.document, now: store.now),
                let station = BridgeStationID(name)
            else {
                if let held { try await store.remove(id, at: held.station, reason: .rerouted) }
                return
            }
            var written = document
            written.codes = try await store.documents(of: KeptCodes(store).codes(of: id), at: station)
            if let held, held.station != station {
                try await store.move(written, from: held.station, to: station)
            } else {
                try await store.put(written, at: station)
            }
        case .over(let isCancelled):
            guard let held else { return }
            try await store.remove(id, at: held.station, reason: isCancelled ? .cancelled : .completed)
            if !isCancelled { try await KeptCodes(store).forget(id) }
        case .notForPickup:
            if let held { try await store.remove(id, at: held.station, reason: .cancelled) }
        }
    }
}
