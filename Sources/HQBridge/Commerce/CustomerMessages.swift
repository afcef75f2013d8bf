internal import Foundation
internal import NIOHTTP1
internal import StationAPI

/// Calls the customer's message service: signed as Standard Webhooks, with an id that is the same at every try, so that
/// the service sends each message once. It names order and codes, never a person.
struct CustomerMessages: Sendable {
    enum Kind: String, Sendable {
        case ready
        case reminder
    }

    let http: ShopHTTP
    let url: String
    let keyFile: String

    /// Sends a message; `number` tells reminders of one order apart.
    func send(
        _ kind: Kind,
        number: Int = 1,
        _ order: OrderDocument,
        codes: PickupCodes,
        now: Int64
    ) async throws(ShopTrouble) {
        let id = "\(kind.rawValue)-\(order.orderID.replacing(".", with: "_"))-\(number)"
        var message: [String: JSONValue] = [
            "kind": .string(kind.rawValue), "orderId": .string(order.orderID),
            "displayNumber": .string(order.displayNumber), "typedCode": .string(codes.typed),
            "scannedCode": .string(codes.scanned),
        ]
        if let station = order.station { message["station"] = .string(station) }
        if let end = order.pickup.expiresAt { message["expiresAt"] = .string(end.text) }
        for name in [ShopOrders.shopRef, ShopOrders.orderRef, "salesId"] {
            if let value = order.externalRefs[name] { message[name] = .string(value) }
        }
        guard let body = try? JSONEncoder().encode(JSONValue.object(message)),
            let key = try? WebhookSigningKey(text: try ShopHTTP.secret(keyFile))
        else { throw .unauthorized }
        let headers = StandardWebhooks.sign(id: id, timestamp: now, body: body, keys: [key])
        _ = try await http.exchange(.POST, url, headers: headers.fields, body: Array(body))
    }
}
