import StationAPI
import Testing

/// Feed pages as text, so that a test can break exactly one byte of them.
enum FeedSamples {
    static let digest = String(repeating: "A", count: 43)

    /// A page around items that are JSON text.
    static func page(_ items: [String], _ members: String = "") -> String {
        "{\"items\":[\(items.joined(separator: ","))],\"nextCursor\":\"c1\"\(members)}"
    }

    /// An upsert of an order; `members` replaces or adds members by name, nil takes one away.
    static func upsert(_ members: [String: String?] = [:]) -> String {
        var order: [String: String?] = [
            "orderId": "\"O-1\"", "version": "3", "displayNumber": "\"1001\"", "status": "\"awaitingLoad\"",
            "parcels": "[{\"parcelId\":\"P-1\",\"label\":\"L1\",\"size\":\"M\"}]",
            "codes": "[{\"form\":\"typed\",\"digits\":8,\"digest\":\"\(digest)\"}]",
        ]
        for (name, value) in members { order[name] = .some(value) }
        let text = order.sorted { $0.key < $1.key }.compactMap { name, value in
            value.map { "\"\(name)\":\($0)" }
        }
        return "{\"change\":\"upsert\",\"order\":{\(text.joined(separator: ","))}}"
    }

    static func read(_ json: String) throws -> FeedPage {
        try FeedPage(json: Array(json.utf8))
    }

    /// The one item of a page.
    static func item(_ json: String) throws -> FeedItem {
        let page = try read(page([json]))
        return try #require(page.items.first)
    }

    /// The parts of an item that must be malformed.
    static func fault(_ json: String) throws -> Fault {
        let item = try item(json)
        guard case .malformed(let reason, let pointer, let excerpt, let orderID) = item else {
            Issue.record("read as \(item)")
            throw NotMalformed()
        }
        return Fault(reason: reason, pointer: pointer, excerpt: excerpt, orderID: orderID)
    }

    struct Fault {
        var reason: MalformedReason
        var pointer: String
        var excerpt: String
        var orderID: String?
    }

    struct NotMalformed: Error {}
}
