internal import Foundation
internal import StationAPI

/// Magento with in-store pickup: an order, "ready for pickup" with its partial failures, and the order's history.
extension SandboxShop {
    func magentoOrder(_ id: Int64) throws -> JSONValue {
        guard let order = orders[id] else { throw ShopFailure.notFound }
        var extensions: [String: JSONValue] = ["notification_sent": .integer(order.isReady ? 1 : 0)]
        if let location = order.location { extensions["pickup_location_code"] = .string(location) }
        let comments: [JSONValue] =
            order.isPickedUp ? [.object(["comment": .string("Picked up at the pickup station.")])] : []
        return .object([
            "entity_id": .integer(id), "increment_id": .string("0000\(id)"),
            "state": .string(order.isCancelled ? "canceled" : "processing"),
            "customer_email": .string(Self.customer.mail), "customer_firstname": .string("Ida"),
            "order_currency_code": .string("EUR"), "total_due": .number(Double(order.due) ?? 0),
            "items": .array(
                order.lines.enumerated().map { index, line in
                    .object([
                        "item_id": .integer(id * 10 + Int64(index)), "sku": .string(line.sku),
                        "name": .string("Item \(line.sku)"), "qty_ordered": .integer(line.quantity),
                        "qty_canceled": .integer(0), "parent_item_id": .null,
                    ])
                }
            ),
            "extension_attributes": .object(extensions), "status_histories": .array(comments),
        ])
    }

    func notifyReady(_ request: JSONValue) throws -> JSONValue {
        guard let ids = request["orderIds"]?.elements?.compactMap(\.wholeNumber) else {
            throw ShopFailure.badRequest
        }
        let fault = nextFault()
        try stop(fault)
        var errors: [JSONValue] = []
        for id in ids {
            guard fault != .refused, var order = orders[id], order.location != nil, !order.isCancelled else {
                errors.append(
                    .object(["id": .integer(id), "message": .string("The order is not ready for pickup")])
                )
                continue
            }
            // A repeated call mails again.
            order.isReady = true
            order.mails += 1
            orders[id] = order
        }
        if fault == .replyLost { throw ShopFailure.closed }
        return .object(["errors": .array(errors)])
    }

    func comment(_ id: Int64, _ request: JSONValue) throws -> JSONValue {
        guard orders[id] != nil else { throw ShopFailure.notFound }
        guard let history = request["statusHistory"], history["comment"]?.text != nil else {
            throw ShopFailure.badRequest
        }
        let fault = nextFault()
        try stop(fault)
        orders[id]?.isPickedUp = true
        if history["is_customer_notified"] != .integer(0) { orders[id]?.mails += 1 }
        if fault == .replyLost { throw ShopFailure.closed }
        return .boolean(true)
    }

    private func stop(_ fault: Fault?) throws {
        switch fault {
        case .closedBefore: throw ShopFailure.closed
        case .throttled: throw ShopFailure.throttled
        case .unauthorized: throw ShopFailure.unauthorized
        default: break
        }
    }
}
