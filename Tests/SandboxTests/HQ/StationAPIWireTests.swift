import Foundation
import NIOHTTP1
import StationAPI
import Testing

@testable import Sandbox

@Suite struct StationAPIWireTests {
    @Test func onlyTheStationWithTheTokenIsAnswered() async throws {
        try await HQClient.with { client in
            #expect(try await client.ask(.GET, "/stations/S1/orders", token: nil).status == 401)
            #expect(try await client.ask(.GET, "/stations/S1/orders", token: "another").status == 401)
            let other = try await client.ask(.GET, "/stations/S2/orders")
            #expect(other.status == 404 && other.problem == .unknownStation)
            try await client.expectFeed(status: 200)
        }
    }

    @Test func aSnapshotComesInPagesAndThenOnlyWhatChanged() async throws {
        try await HQClient.with { client in
            await client.hq.generate(orders: 5)
            var cursor = ""
            var ids: [String] = []
            var pages = 0
            while true {
                let page = try await client.page("?limit=2\(cursor.isEmpty ? "" : "&cursor=\(cursor)")")
                ids += page.items.compactMap { if case .order(let order) = $0 { order.orderID } else { nil } }
                pages += 1
                cursor = page.nextCursor
                #expect(page.snapshot)
                if page.isEndOfSnapshot { break }
            }
            #expect(ids == (0..<5).map { "GEN-\($0)" } && pages == 3)
            let order = try await client.hq.placeOrder(sku: ["1042"])
            let change = try await client.page("?cursor=\(cursor)")
            #expect(!change.snapshot && change.items.count == 1)
            guard case .order(let document)? = change.items.first else { throw Missing() }
            #expect(document.orderID == order.orderId)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aHeldQuestionIsAnsweredWhenAnOrderComes() async throws {
        try await HQClient.with { client in
            let cursor = try await client.page().nextCursor
            async let page = client.page("?cursor=\(cursor)&wait=60")
            while await client.hq.held == 0 { try await Task.sleep(for: .milliseconds(5)) }
            let ordered = ContinuousClock.now
            try await client.hq.placeOrder(sku: ["1042"])
            let answer = try await page
            #expect(answer.items.count == 1)
            #expect(ContinuousClock.now - ordered < .seconds(15))
        }
    }

    @Test func aForgottenCursorIsAnswered410() async throws {
        try await HQClient.with { client in
            let cursor = try await client.page().nextCursor
            await client.hq.forgetCursors()
            let reply = try await client.feed("?cursor=\(cursor)")
            #expect(reply.status == 410 && reply.problem == .cursorExpired)
        }
    }

    @Test func anEventCountsOnceAndItsNameStandsForOneContent() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042", "2077"])
            let event = stationEvent(.orderLoaded, of: order, parcels: [order.parcels[0]], id: "E-1")
            #expect(try await client.deliver(event).status == 200)
            let again = try await client.deliver(event)
            #expect(again.status == 200 && String(decoding: again.body, as: UTF8.self).contains("duplicate"))
            let other = stationEvent(.orderLoaded, of: order, parcels: [order.parcels[1]], id: "E-1")
            let mismatch = try await client.deliver(other)
            #expect(mismatch.status == 422 && mismatch.problem == .idempotencyMismatch)
            let events = await client.hq.events()
            #expect(events.map(\.id) == ["E-1"] && events[0].deliveries == 2)
            #expect(await client.hq.order(order.orderId)?.parcels.map(\.place) == [.loaded, .awaited])
        }
    }

    @Test func twoStationsMayUseTheSameID() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042"])
        var event = stationEvent(.orderLoaded, of: order, id: "E-1")
        #expect(await hq.take(event) == .applied)
        event.source = "/stations/S2"
        #expect(await hq.take(event) == .applied)
        #expect(await hq.events().count == 2)
    }

    @Test func anEventOfAnUnknownOrderOrWithoutItsKeyIsRefusedWithTheProblemThatParks() async throws {
        try await HQClient.with { client in
            var order = try await client.hq.placeOrder(sku: ["1042"])
            order.orderId = "ORD-UNKNOWN"
            #expect(try await client.deliver(stationEvent(.orderLoaded, of: order)).problem == .unknownOrder)
            let reply = try await client.ask(.POST, "/stations/S1/events", body: Array("{}".utf8))
            #expect(reply.status == 400 && reply.problem == .payloadInvalid)
            #expect(await client.hq.events().isEmpty)
        }
    }

    @Test func theStateIsKeptAndTheLatestWins() async throws {
        try await HQClient.with { client in
            for serving in [true, false] {
                let report = StationReport(
                    station: "S1",
                    time: WireTime(milliseconds: 0),
                    serving: StationReport.Serving(customers: serving),
                    versions: StationReport.Versions(software: "1"),
                    configurationHash: "0",
                    clock: StationReport.Clock(trusted: true)
                )
                let reply = try await client.ask(
                    .PUT,
                    "/stations/S1/state",
                    headers: [("Content-Type", "application/json")],
                    body: Array(try JSONEncoder().encode(report))
                )
                #expect(reply.status == 204)
                #expect(await client.hq.lastReport() == report)
            }
        }
    }

    private struct Missing: Error {}
}
