import NIOHTTP1
import StationAPI
import Testing

@testable import Sandbox

@Suite struct HQFaultTests {
    @Test func anHQThatIsDownClosesTheConnectionAndComesBack() async throws {
        try await HQClient.with { client in
            await client.hq.set(.down)
            await #expect(throws: (any Error).self) { try await client.feed() }
            await client.hq.set(.none)
            try await client.expectFeed(status: 200)
        }
    }

    @Test func aDroppedReplyHasBeenActedOnAndItsRepetitionIsADuplicate() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            let event = stationEvent(.orderLoaded, of: order)
            await client.hq.set(.droppedReply)
            await #expect(throws: (any Error).self) { try await client.deliver(event) }
            #expect(await client.hq.order(order.orderId)?.status == "ready")
            await client.hq.set(.none)
            #expect(try await client.deliver(event).status == 200)
            #expect(await client.hq.events().map(\.deliveries) == [2])
        }
    }

    @Test func anAcceptedEventIsAppliedLaterAndOnlyOnce() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            await client.hq.set(.accepted202)
            #expect(try await client.deliver(stationEvent(.orderLoaded, of: order)).status == 202)
            let done = stationEvent(.pickupCompleted, of: order, sequence: 2)
            #expect(try await client.deliver(done).status == 202)
            #expect(try await client.deliver(done).status == 202)
            #expect(await client.hq.order(order.orderId)?.status == "placed")
            await client.hq.set(.none)
            #expect(await client.hq.order(order.orderId)?.status == "completed")
            #expect(await client.hq.products().first?.onHand == 24)
        }
    }

    @Test func everyFaultOfAReplyShowsOnTheWire() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            let cursor = try await client.page().nextCursor
            await client.hq.set(.conflict409)
            let conflict = try await client.deliver(stationEvent(.orderLoaded, of: order))
            #expect(conflict.status == 409 && conflict.problem == .eventInProgress)
            #expect(await client.hq.events().isEmpty)
            await client.hq.set(.gone410)
            try await client.expectFeed("?cursor=\(cursor)", status: 410)
            try await client.expectFeed(status: 200)
            await client.hq.set(.rateLimited429)
            let limited = try await client.feed()
            #expect(limited.status == 429 && limited.headers.first(name: "retry-after") == "1")
            await client.hq.set(.error500)
            try await client.expectFeed(status: 500)
            await client.hq.set(.htmlPage)
            let html = try await client.feed()
            #expect(html.status == 200 && html.headers.first(name: "content-type") == "text/html")
            await client.hq.set(.truncatedJSON)
            await #expect(throws: FeedPageError.self) { try await client.page() }
            await client.hq.set(.oversizePage)
            #expect(try await client.feed().body.count > 50 << 20)
        }
    }

    @Test func rubbishStandsBetweenGoodItemsAndSpoilsNone() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            await client.hq.set(.rubbishItems)
            let page = try await client.page()
            let bad = page.items.compactMap { item -> String?? in
                guard case .malformed(_, _, _, let id) = item else { return nil }
                return id
            }
            #expect(bad == ["BAD-1", "BAD-2", "BAD-3", nil, nil])
            let good = page.items.compactMap {
                if case .order(let document) = $0 { document.orderID } else { nil }
            }
            #expect(good == [order.orderId])
        }
    }

    @Test func aPageThatIsSentAgainBringsTheSameItemsAndTheRightCursor() async throws {
        try await HQClient.with { client in
            let first = try await client.page().nextCursor
            try await client.hq.placeOrder(sku: ["1042"])
            let page = try await client.page("?cursor=\(first)")
            await client.hq.set(.duplicatePage)
            let again = try await client.page("?cursor=\(page.nextCursor)")
            #expect(again.items == page.items && again.nextCursor == page.nextCursor)
            #expect(try await client.page("?cursor=\(again.nextCursor)").items.isEmpty)
        }
    }
}
