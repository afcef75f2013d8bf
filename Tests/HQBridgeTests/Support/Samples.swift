import Foundation
import StationAPI
import Synchronization
import Testing

@testable import HQBridge

/// A clock that the test sets.
final class TestClock: Sendable {
    private let milliseconds: Mutex<Int64>

    init() { milliseconds = Mutex(1_780_000_000_000) }

    var now: WireTime { WireTime(milliseconds: milliseconds.withLock { $0 }) }

    func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
}

func stationID(_ text: String) throws -> BridgeStationID { try #require(BridgeStationID(text)) }

func order(_ id: String, version: Int64 = 1, status: OrderStatus = .awaitingLoad) -> OrderDocument {
    OrderDocument(
        orderID: id,
        version: version,
        displayNumber: String(id.suffix(32)),
        status: status,
        parcels: [ParcelDocument(parcelID: "\(id)-P1")]
    )
}

func event(
    _ id: String,
    _ type: EventType = .orderLoaded,
    order: String? = "SO-1",
    station: String = "s1",
    sequence: Int64 = 1,
    data: JSONValue? = nil
) -> CloudEvent {
    CloudEvent(
        id: id,
        station: station,
        type: type,
        orderID: order,
        time: WireTime(milliseconds: 1_780_000_000_000),
        sequence: sequence,
        data: data
    )
}

extension BridgeStore {
    /// Reads a feed to its end; the items' texts and the last cursor, nil if the cursor is not known.
    func readAll(
        _ station: BridgeStationID,
        after cursor: String? = nil,
        limit: Int = 3
    ) async throws -> (items: [String], cursor: String)? {
        var cursor = cursor
        var items: [String] = []
        while true {
            guard let page = try await page(of: station, after: cursor, limit: limit) else { return nil }
            items += page.items.map { String(decoding: $0, as: UTF8.self) }
            cursor = page.nextCursor
            if !page.hasMore { return (items, page.nextCursor) }
        }
    }
}

/// Which order and version an item of a feed names.
func orderAndVersion(_ item: String) -> (id: String, version: Int64)? {
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(item.utf8)) else { return nil }
    let order = value["order"] ?? value
    guard let id = order["orderId"]?.text, let version = order["version"]?.wholeNumber else { return nil }
    return (id, version)
}
