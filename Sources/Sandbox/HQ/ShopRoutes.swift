internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI

/// The shop's page and the API behind it.
extension HQServer {
    private struct Basket: Codable {
        var skus: [String]
    }

    private struct FaultChoice: Codable {
        var fault: SandboxHQ.Fault
    }

    private struct OrderAction: Codable {
        var action: String
        var storeName: String?
    }

    private struct Said: Codable {
        var error: String
    }

    /// Everything the page shows.
    private struct Overview: Codable {
        var products: [SandboxHQ.Product]
        var orders: [SandboxHQ.PlacedOrder]
        var events: [SandboxHQ.ReceivedEvent]
        var fault: SandboxHQ.Fault
        var faults: [SandboxHQ.Fault]
        var isStationServing: Bool?
        var reportedAt: String?
    }

    func shopRoutes(_ router: Router<HQContext>) {
        router.get("/") { _, _ in Self.bytes(Data(PackageResources.shop_html), "text/html; charset=utf-8") }
        router.get("/shop.css") { _, _ in Self.bytes(Data(PackageResources.shop_css), "text/css") }
        router.get("/shop.js") { _, _ in Self.bytes(Data(PackageResources.shop_js), "text/javascript") }
        let shop = router.group("shop/api")
        shop.get("overview") { [hq] _, _ in
            let report = await hq.lastReport()
            return try Self.json(
                Overview(
                    products: await hq.products(),
                    orders: await hq.orders().reversed(),
                    events: await hq.events().suffix(30).reversed(),
                    fault: await hq.currentFault(),
                    faults: SandboxHQ.Fault.allCases,
                    isStationServing: report?.serving.customers,
                    reportedAt: report?.time.text
                )
            )
        }
        shop.post("orders") { [hq] request, _ in
            let basket = try await Self.body(request, Basket.self)
            do {
                return try Self.json(try await hq.placeOrder(sku: basket.skus))
            } catch let refusal as SandboxHQ.Refusal {
                return try Self.said(refusal)
            }
        }
        shop.post("orders/:order") { [hq] request, context in
            let action = try await Self.body(request, OrderAction.self)
            guard let id = context.parameters.get("order") else { throw HTTPError(.notFound) }
            do {
                try await Self.perform(action, on: id, at: hq)
                return Response(status: .noContent)
            } catch let refusal as SandboxHQ.Refusal {
                return try Self.said(refusal)
            }
        }
        shop.post("fault") { [hq] request, _ in
            await hq.set(try await Self.body(request, FaultChoice.self).fault)
            return Response(status: .noContent)
        }
    }

    private static func perform(_ action: OrderAction, on id: String, at hq: SandboxHQ) async throws {
        switch action.action {
        case "cancel": try await hq.cancel(id)
        case "extend": try await hq.extend(id, bySeconds: 86_400)
        case "reroute": try await hq.reroute(id, to: action.storeName ?? "Harbour store")
        case "split": try await hq.split(id)
        default:
            guard let situation = SandboxHQ.Situation(rawValue: action.action) else {
                throw HTTPError(.badRequest)
            }
            try await hq.bring(id, into: situation)
        }
    }

    private static func said(_ refusal: SandboxHQ.Refusal) throws -> Response {
        bytes(
            try JSONEncoder().encode(Said(error: refusal.description)),
            "application/json",
            status: .conflict
        )
    }
}
