internal import FoundationEssentials
internal import NIOHTTP1
internal import StationAPI

/// Shopify's Admin API. Its refusals (`userErrors`) come with status 200.
///
/// Mutations: <https://shopify.dev/docs/api/admin-graphql/latest/mutations/fulfillmentOrderLineItemsPreparedForPickup>
/// and `fulfillmentCreate`. No field of a customer is ever asked for.
struct ShopifyShop: ShopPlatform {
    let http: ShopHTTP
    let endpoint: String
    let tokenFile: String

    private static let question = """
        query Order($id: ID!) { order(id: $id) { id name cancelledAt
        totalOutstandingSet { shopMoney { amount currencyCode } }
        fulfillmentOrders(first: 20) { nodes { id status deliveryMethod { methodType }
        assignedLocation { location { id } }
        lineItems(first: 250) { nodes { id sku remainingQuantity totalQuantity } } } } } }
        """
    private static let ready = """
        mutation Ready($input: FulfillmentOrderLineItemsPreparedForPickupInput!) {
        fulfillmentOrderLineItemsPreparedForPickup(input: $input) { userErrors { field message } } }
        """
    private static let pickedUp = """
        mutation PickedUp($fulfillment: FulfillmentInput!) { fulfillmentCreate(fulfillment: $fulfillment) {
        fulfillment { id status } userErrors { field message } } }
        """

    func state(of orderID: String) async throws(ShopTrouble) -> ShopOrderState {
        let order = try await order(orderID)
        guard case .object = order else { return .notForPickup }
        if let cancelled = order["cancelledAt"], cancelled != .null { return .over(isCancelled: true) }
        let pickups = Self.pickups(order)
        guard !pickups.isEmpty else { return .notForPickup }
        let open = pickups.filter { Self.isOpen($0) }
        guard let first = open.first else { return .over(isCancelled: false) }
        let money = order["totalOutstandingSet"]?["shopMoney"]
        return .pickup(
            ShopOrder(
                id: orderID,
                number: order["name"]?.text ?? orderID,
                location: first["assignedLocation"]?["location"]?["id"]?.text ?? "",
                lines: open.flatMap { Self.lines($0) },
                due: money?["amount"]?.text,
                currency: money?["currencyCode"]?.text
            )
        )
    }

    func markReady(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble) {
        let open = Self.pickups(try await order(orderID)).filter { Self.isOpen($0) }
        // What was prepared before is in progress: telling it again would mail the customer again.
        let waiting = isRepeat ? open.filter { $0["status"]?.text == "OPEN" } : open
        guard !waiting.isEmpty else { return }
        try await mutate(
            Self.ready,
            "fulfillmentOrderLineItemsPreparedForPickup",
            [
                "input": .object([
                    "lineItemsByFulfillmentOrder": .array(waiting.compactMap { Self.reference($0) })
                ])
            ]
        )
    }

    func markPickedUp(_ orderID: String, isRepeat: Bool) async throws(ShopTrouble) {
        let open = Self.pickups(try await order(orderID)).filter { Self.isOpen($0) }
        guard !open.isEmpty else { return }
        try await mutate(
            Self.pickedUp,
            "fulfillmentCreate",
            [
                "fulfillment": .object([
                    "lineItemsByFulfillmentOrder": .array(open.compactMap { Self.reference($0) }),
                    "notifyCustomer": .boolean(false),
                ])
            ]
        )
    }

    func remind(_ orderID: String) -> Bool { false }

    // MARK: Parts

    private func order(_ id: String) async throws(ShopTrouble) -> JSONValue {
        let answer = try await send(Self.question, ["id": .string("gid://shopify/Order/\(id)")])
        return answer["data"]?["order"] ?? .null
    }

    private func mutate(
        _ text: String,
        _ name: String,
        _ variables: [String: JSONValue]
    ) async throws(ShopTrouble) {
        let answer = try await send(text, variables)
        let errors = answer["data"]?[name]?["userErrors"]?.elements
        guard let errors else { throw .noReply }
        guard errors.isEmpty else {
            let fields = errors.compactMap {
                $0["field"]?.elements?.compactMap(\.text).joined(separator: ".")
            }
            throw .refused("\(name): \(fields.joined(separator: ", "))")
        }
    }

    private func send(_ query: String, _ variables: [String: JSONValue]) async throws(ShopTrouble)
        -> JSONValue
    {
        let body: JSONValue = .object(["query": .string(query), "variables": .object(variables)])
        let answer = try await http.exchange(
            .POST,
            endpoint,
            headers: [("X-Shopify-Access-Token", try ShopHTTP.secret(tokenFile))],
            body: (try? JSONEncoder().encode(body)).map { Array($0) }
        )
        guard let errors = answer["errors"]?.elements, let first = errors.first else { return answer }
        let code = first["extensions"]?["code"]?.text ?? "errors"
        if code == "THROTTLED" { throw .busy(after: .seconds(2)) }
        throw .refused(code)
    }

    private static func pickups(_ order: JSONValue) -> [JSONValue] {
        (order["fulfillmentOrders"]?["nodes"]?.elements ?? []).filter {
            $0["deliveryMethod"]?["methodType"]?.text == "PICK_UP"
        }
    }

    private static func isOpen(_ fulfillmentOrder: JSONValue) -> Bool {
        ["OPEN", "IN_PROGRESS"].contains(fulfillmentOrder["status"]?.text)
    }

    private static func reference(_ fulfillmentOrder: JSONValue) -> JSONValue? {
        fulfillmentOrder["id"]?.text.map { .object(["fulfillmentOrderId": .string($0)]) }
    }

    private static func lines(_ fulfillmentOrder: JSONValue) -> [ShopOrder.Line] {
        (fulfillmentOrder["lineItems"]?["nodes"]?.elements ?? []).compactMap { line in
            guard let id = line["id"]?.text?.split(separator: "/").last,
                let quantity = line["remainingQuantity"]?.wholeNumber, quantity > 0
            else { return nil }
            return ShopOrder.Line(id: String(id), sku: line["sku"]?.text ?? "unknown", quantity: quantity)
        }
    }
}
