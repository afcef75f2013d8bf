internal import AsyncHTTPClient
internal import FoundationEssentials
internal import Logging
internal import StationAPI

/// A shop's orders and the station's orders that they are.
struct ShopOrders: Sendable {
    /// Where the shop's own id of an order stands among an order's other names.
    static let shopRef = "shop"
    static let orderRef = "shopOrderId"

    let shop: ShopConfiguration
    let platform: any ShopPlatform

    init(_ shop: ShopConfiguration, client: HTTPClient) {
        self.shop = shop
        let http = ShopHTTP(client: client)
        platform =
            switch shop.platform {
            case .shopify(let endpoint, let tokenFile, _):
                ShopifyShop(http: http, endpoint: endpoint, tokenFile: tokenFile)
            case .magento(let base, let tokenFile, _):
                MagentoShop(
                    http: http,
                    base: base.hasSuffix("/") ? String(base.dropLast()) : base,
                    tokenFile: tokenFile
                )
            }
    }

    /// The station's id of an order of the shop.
    func orderID(_ shopOrderID: String) -> String { "\(shop.name).\(shopOrderID)" }

    /// The station's order; nil if its location has no station.
    func document(_ order: ShopOrder, previous: OrderDocument?, now: Int64) -> (
        OrderDocument, station: String
    )? {
        guard let station = shop.locations[order.location] else { return nil }
        let id = orderID(order.id)
        let number = String(order.number.filter { $0.isASCII && !$0.isNewline }.prefix(32))
        var document = OrderDocument(
            orderID: id,
            version: 1,
            displayNumber: number.isEmpty ? String(id.suffix(32)) : number,
            status: previous?.status ?? .awaitingLoad,
            parcels: [ParcelDocument(parcelID: "\(id):1", label: number.isEmpty ? id : number)],
            pickup: previous?.pickup ?? window(now),
            codes: previous?.codes ?? [],
            station: station,
            lines: order.lines.prefix(OrderDocument.maximumLines).map {
                OrderLine(
                    lineID: $0.id,
                    sku: String($0.sku.filter(\.isASCII).prefix(64)),
                    quantity: $0.quantity
                )
            },
            externalRefs: [Self.shopRef: shop.name, Self.orderRef: order.id]
        )
        if let due = order.due, AmountDue(amount: due, currency: "").isOwed {
            document.amountDue = AmountDue(amount: due, currency: order.currency ?? "EUR")
        }
        return (document, station)
    }

    private func window(_ now: Int64) -> PickupWindow {
        guard shop.holdHours > 0 else { return PickupWindow() }
        return PickupWindow(expiresAt: WireTime(milliseconds: now + Int64(shop.holdHours) * 3_600_000))
    }
}
