internal import FoundationEssentials
internal import NIOHTTP1
internal import StationAPI

/// Adobe Commerce or Magento with in-store pickup (multi-source inventory), over REST.
///
/// "Ready" makes the shipment and deducts stock if there is none yet, mails the customer, and mails again when it is
/// called again; a refusal comes with status 200. There is no call for "picked up": it is written into the order's
/// history. Source: `InventoryInStorePickupSalesApi/etc/webapi.xml` of magento/inventory.
struct MagentoShop: ShopPlatform {
    let http: ShopHTTP
    let base: String
    let tokenFile: String

    func state(of orderID: String) async throws(ShopTrouble) -> ShopOrderState {
        guard let order = try await order(orderID) else { return .notForPickup }
        switch order["state"]?.text {
        case "canceled", "closed": return .over(isCancelled: true)
        default: break
        }
        guard let location = order["extension_attributes"]?["pickup_location_code"]?.text else {
            return .notForPickup
        }
        let lines = (order["items"]?.elements ?? []).compactMap { item -> ShopOrder.Line? in
            // A bundle's or a configurable product's parent stands for its children.
            guard item["parent_item_id"] == nil || item["parent_item_id"] == .null,
                let id = item["item_id"]?.wholeNumber, let sku = item["sku"]?.text
            else { return nil }
            let ordered = Self.count(item["qty_ordered"]) - Self.count(item["qty_canceled"])
            return ordered > 0 ? ShopOrder.Line(id: "\(id)", sku: sku, quantity: ordered) : nil
        }
        return .pickup(
            ShopOrder(
                id: orderID,
                number: order["increment_id"]?.text ?? orderID,
                location: location,
                lines: lines,
                due: Self.money(order["total_due"]),
                currency: order["order_currency_code"]?.text
            )
        )
    }

    func markReady(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble) {
        if isRepeat, try await wasNotified(orderID) { return }
        try await notify(orderID)
    }

    func markPickedUp(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble) {
        let text = "Picked up at the pickup station."
        if isRepeat, let order = try await order(orderID) {
            let comments = order["status_histories"]?.elements ?? []
            if comments.contains(where: { $0["comment"]?.text == text }) { return }
        }
        _ = try await send(
            .POST,
            "orders/\(orderID)/comments",
            .object([
                "statusHistory": .object([
                    "comment": .string(text), "is_customer_notified": .integer(0),
                    "is_visible_on_front": .integer(0), "parent_id": .integer(Int64(orderID) ?? 0),
                ])
            ])
        )
    }

    func remind(_ orderID: String) async throws(ShopTrouble) -> Bool {
        try await notify(orderID)
        return true
    }

    // MARK: Parts

    private func notify(_ orderID: String) async throws(ShopTrouble) {
        guard let id = Int64(orderID) else { throw .refused("not an id of Magento") }
        let answer = try await send(
            .POST,
            "order/notify-orders-are-ready-for-pickup",
            .object(["orderIds": .array([.integer(id)])])
        )
        let refused = (answer["errors"]?.elements ?? []).contains { $0["id"]?.wholeNumber == id }
        if refused { throw .refused("not ready for pickup by Magento's rules") }
    }

    private func wasNotified(_ orderID: String) async throws(ShopTrouble) -> Bool {
        try await order(orderID)?["extension_attributes"]?["notification_sent"]?.wholeNumber == 1
    }

    private func order(_ id: String) async throws(ShopTrouble) -> JSONValue? {
        guard Int64(id) != nil else { throw .refused("not an id of Magento") }
        do {
            return try await send(.GET, "orders/\(id)", nil)
        } catch .refused("status 404") {
            return nil
        }
    }

    private func send(
        _ method: HTTPMethod,
        _ path: String,
        _ body: JSONValue?
    ) async throws(ShopTrouble) -> JSONValue {
        try await http.exchange(
            method,
            "\(base)/\(path)",
            headers: [("Authorization", "Bearer \(try ShopHTTP.secret(tokenFile))")],
            body: body.flatMap { try? JSONEncoder().encode($0) }.map { Array($0) }
        )
    }

    private static func count(_ value: JSONValue?) -> Int64 {
        switch value {
        case .integer(let number): number
        case .number(let number): Int64(number.rounded(.up))
        default: 0
        }
    }

    private static func money(_ value: JSONValue?) -> String? {
        switch value {
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        default: nil
        }
    }
}
