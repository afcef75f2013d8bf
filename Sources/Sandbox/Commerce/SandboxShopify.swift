internal import Foundation
internal import StationAPI

/// Shopify: an order with its fulfilment orders, and the two mutations of a pickup. What it refuses comes with 200.
extension SandboxShop {
    func graphQL(_ request: JSONValue) throws -> JSONValue {
        guard let query = request["query"]?.text, let variables = request["variables"] else {
            throw ShopFailure.badRequest
        }
        if query.contains("fulfillmentOrderLineItemsPreparedForPickup(input: $input)") {
            return try mutation("fulfillmentOrderLineItemsPreparedForPickup", variables["input"]) { order in
                // Shopify itself mails the customer, each time.
                order.isReady = true
                order.mails += 1
                return !order.isPickedUp
            }
        }
        if query.contains("fulfillmentCreate(fulfillment: $fulfillment)") {
            let fulfillment = variables["fulfillment"]
            return try mutation("fulfillmentCreate", fulfillment) { order in
                guard !order.isPickedUp else { return false }
                order.isPickedUp = true
                if fulfillment?["notifyCustomer"] != .boolean(false) { order.mails += 1 }
                return true
            }
        }
        guard query.contains("order(id: $id)") else { throw ShopFailure.badRequest }
        let id = variables["id"]?.text?.split(separator: "/").last.flatMap { Int64($0) } ?? 0
        return .object(["data": .object(["order": orders[id].map { document($0) } ?? .null])])
    }

    private func mutation(
        _ name: String,
        _ input: JSONValue?,
        _ change: (inout Order) -> Bool
    ) throws -> JSONValue {
        let fault = nextFault()
        switch fault {
        case .closedBefore: throw ShopFailure.closed
        case .throttled: throw ShopFailure.throttled
        case .unauthorized: throw ShopFailure.unauthorized
        default: break
        }
        var errors: [JSONValue] = []
        let wanted = input?["lineItemsByFulfillmentOrder"]?.elements ?? []
        if wanted.isEmpty { errors.append(Self.userError("lineItemsByFulfillmentOrder")) }
        for line in wanted {
            let id = line["fulfillmentOrderId"]?.text?.split(separator: "/").last.flatMap { Int64($0) } ?? 0
            guard fault != .refused, var order = orders[id], change(&order) else {
                errors.append(Self.userError("fulfillmentOrderId"))
                continue
            }
            orders[id] = order
        }
        if fault == .replyLost { throw ShopFailure.closed }
        return .object(["data": .object([name: .object(["userErrors": .array(errors)])])])
    }

    private static func userError(_ field: String) -> JSONValue {
        .object(["field": .array([.string(field)]), "message": .string("is not open")])
    }

    /// One fulfilment order per order, of the same number.
    private func document(_ order: Order) -> JSONValue {
        let status = order.isPickedUp ? "CLOSED" : order.isReady ? "IN_PROGRESS" : "OPEN"
        let lines = order.lines.enumerated().map { index, line in
            JSONValue.object([
                "id": .string("gid://shopify/FulfillmentOrderLineItem/\(order.id)0\(index + 1)"),
                "sku": .string(line.sku),
                "remainingQuantity": .integer(order.isPickedUp ? 0 : line.quantity),
                "totalQuantity": .integer(line.quantity),
            ])
        }
        let fulfillmentOrder: JSONValue = .object([
            "id": .string("gid://shopify/FulfillmentOrder/\(order.id)"), "status": .string(status),
            "deliveryMethod": .object([
                "methodType": .string(order.location == nil ? "SHIPPING" : "PICK_UP")
            ]),
            "assignedLocation": .object([
                "location": .object(["id": order.location.map { .string($0) } ?? .null])
            ]),
            "lineItems": .object(["nodes": .array(lines)]),
        ])
        return .object([
            "id": .string("gid://shopify/Order/\(order.id)"), "name": .string("#\(order.id)"),
            "cancelledAt": order.isCancelled ? .string("2026-01-01T00:00:00Z") : .null,
            "totalOutstandingSet": .object([
                "shopMoney": .object(["amount": .string(order.due), "currencyCode": .string("EUR")])
            ]),
            "fulfillmentOrders": .object(["nodes": .array([fulfillmentOrder])]),
        ])
    }
}
