internal import Foundation
internal import StationAPI

/// HQ without another system behind it: an order that was loaded is ready, one that was handed over is completed, and the
/// feed says so to its station. For trying out, and for shops whose orders come by webhook only.
public struct StandaloneSink: EventSink {
    /// `standalone`
    public let name = "standalone"
    private let store: BridgeStore

    /// A sink that writes into the store's feeds.
    public init(store: BridgeStore) {
        self.store = store
    }

    /// What changes an order.
    public func wants(_ type: String) -> Bool {
        switch EventType(rawValue: type) {
        case .orderLoaded, .pickupCompleted, .pickupCorrected, .orderRecalled: true
        default: false
        }
    }

    /// Writes the order's new status; a repeat writes the same, which is no change.
    public func take(_ event: InboxEvent) async -> SinkOutcome {
        guard let orderID = event.event.subject else { return .done }
        do {
            guard let held = try await store.order(orderID, at: event.station) else { return .done }
            switch EventType(rawValue: event.event.type) {
            case .orderLoaded: try await set(.ready, held)
            case .pickupCompleted: try await store.remove(orderID, at: event.station, reason: .completed)
            case .pickupCorrected: try await restore(orderID, event)
            case .orderRecalled where held.document?.status == .ready: try await set(.awaitingLoad, held)
            default: break
            }
            return .done
        } catch {
            return .again(after: .seconds(5), reason: "\(error)")
        }
    }

    private func set(_ status: OrderStatus, _ held: BridgeStore.HeldOrder) async throws {
        guard var document = held.document else { return }
        document.status = status
        if held.document?.status == .cancelled || held.document?.status == .hold { return }
        // What is removed at the end is kept, should the completion be taken back.
        try await store.remember(
            try FeedWriter.json(FeedItem.order(document)),
            held.orderID,
            for: memory(held.station)
        )
        try await store.put(document, at: held.station)
    }

    /// A completion was false: the order is the station's again.
    private func restore(_ orderID: String, _ event: InboxEvent) async throws {
        guard let body = try await store.memory(orderID, of: memory(event.station)),
            case .order(var document)? = try BridgeStore.item(body)
        else { return }
        document.status = .ready
        try await store.put(document, at: event.station)
    }

    private func memory(_ station: BridgeStationID) -> String { "\(name)/\(station)" }
}
