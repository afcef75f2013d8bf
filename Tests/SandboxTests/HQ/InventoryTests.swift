import Foundation
import NIOHTTP1
import StationAPI
import Testing

@testable import Sandbox

@Suite struct InventoryTests {
    private func stock(_ hq: SandboxHQ, _ sku: String) async throws -> SandboxHQ.Product {
        try #require(await hq.products().first { $0.sku == sku })
    }

    @Test func anOrderReservesAndItsCollectionTakesTheGoodsFromStock() async throws {
        let hq = HQClient.quietHQ()
        let before = try await stock(hq, "1042")
        let order = try await hq.placeOrder(sku: ["1042", "1042"])
        let placed = try await stock(hq, "1042")
        #expect(placed.onHand == before.onHand && placed.reserved == 2)
        #expect(placed.available == before.available - 2)
        _ = await hq.take(stationEvent(.orderLoaded, of: order))
        #expect(try await stock(hq, "1042") == placed)
        _ = await hq.take(stationEvent(.pickupPartial, of: order, parcels: [order.parcels[0]], sequence: 2))
        let half = try await stock(hq, "1042")
        #expect(half.onHand == before.onHand - 1 && half.reserved == 1)
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 3))
        let after = try await stock(hq, "1042")
        #expect(after.onHand == before.onHand - 2 && after.reserved == 0)
    }

    @Test func anOrderOfSomethingSoldOutReservesNothing() async throws {
        let hq = HQClient.quietHQ()
        let before = await hq.products()
        await #expect(throws: SandboxHQ.Refusal.self) {
            try await hq.placeOrder(sku: ["1042", "4501", "4501", "4501"])
        }
        #expect(await hq.products() == before)
        #expect(await hq.orders().isEmpty)
    }

    @Test func aCancelledOrderIsReleasedWhenItIsTakenOutAndNotBefore() async throws {
        let hq = HQClient.quietHQ()
        let before = await hq.products()
        let order = try await hq.placeOrder(sku: ["2077", "2077"])
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[0]]))
        try await hq.cancel(order.orderId)
        #expect(try await stock(hq, "2077").reserved == 1)
        _ = await hq.take(stationEvent(.orderRecalled, of: order, parcels: [order.parcels[0]], sequence: 2))
        #expect(await hq.products() == before)
    }

    @Test func aPickupThatBeatALateCancelCountsOnceAndLeavesOtherReservationsAlone() async throws {
        let hq = HQClient.quietHQ()
        let other = try await hq.placeOrder(sku: ["2077"])
        let before = try await stock(hq, "2077")
        let order = try await hq.placeOrder(sku: ["2077"])
        try await hq.cancel(order.orderId)
        #expect(try await stock(hq, "2077") == before)
        // The station was offline: both happened before the cancellation reached it.
        _ = await hq.take(stationEvent(.orderLoaded, of: order))
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 2))
        let after = try await stock(hq, "2077")
        #expect(after.onHand == before.onHand - 1)
        #expect(after.reserved == before.reserved)
        #expect(await hq.order(other.orderId)?.parcels.allSatisfy { $0.place == .awaited } == true)
        #expect(await hq.order(order.orderId)?.status == "completed")
    }

    @Test func aCorrectionPutsTheGoodsBackAndTheOrderIntoTheFeedAgain() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["3310"])
        _ = await hq.take(stationEvent(.orderLoaded, of: order))
        let loaded = await hq.products()
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 2))
        #expect(await hq.products() != loaded)
        _ = await hq.take(stationEvent(.pickupCorrected, of: order, sequence: 3))
        #expect(await hq.products() == loaded)
        #expect(await hq.order(order.orderId)?.status == "ready")
        let document = try #require(await hq.documents[order.orderId])
        #expect(document.version == 3 && document.status == .ready)
    }

    @Test(arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func stockAddsUpInWhateverOrderReportsCome(seed: UInt64) async throws {
        let hq = HQClient.quietHQ()
        let before = await hq.products()
        var orders: [SandboxHQ.PlacedOrder] = []
        var random = seed &* 0x9E37_79B9_7F4A_7C15
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((random >> 33) % UInt64(bound))
        }
        let types: [EventType] = [
            .orderLoaded, .pickupPartial, .pickupCompleted, .pickupCorrected, .orderRecalled,
        ]
        for step in 1...200 {
            if orders.isEmpty || next(5) == 0 {
                let skus = (0...next(3)).map { _ in ["1042", "2077", "3310"][next(3)] }
                if let order = try? await hq.placeOrder(sku: skus) { orders.append(order) }
            } else if next(8) == 0 {
                try? await hq.cancel(orders[next(orders.count)].orderId)
            } else {
                let order = orders[next(orders.count)]
                let parcels = order.parcels.filter { _ in next(2) == 0 }
                let type = types[next(types.count)]
                _ = await hq.take(stationEvent(type, of: order, parcels: parcels, sequence: Int64(step)))
            }
        }
        let parcels = await hq.orders().flatMap(\.parcels)
        #expect(!parcels.isEmpty)
        for (old, new) in zip(before, await hq.products()) {
            let own = parcels.filter { $0.sku == new.sku }
            #expect(new.onHand == old.onHand - own.count { $0.place == .collected }, "seed \(seed)")
            #expect(new.reserved == own.count { $0.place == .awaited || $0.place == .loaded }, "seed \(seed)")
        }
    }
}

@Suite struct OrderStageTests {
    private typealias Stage = SandboxHQ.PlacedOrder.Stage

    private func reached(_ hq: SandboxHQ, _ id: String) async -> [Stage] {
        await hq.order(id)?.reached.map(\.stage) ?? []
    }

    @Test func anOrderComesToItsSevenStagesInTurnAndTheStockMovesWithIt() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042", "2077"])
        #expect(await reached(hq, order.orderId) == [.placed, .reserved])
        try await hq.prepare(order.orderId)
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[0]]))
        #expect(await reached(hq, order.orderId) == [.placed, .reserved, .prepared])
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[1]], sequence: 2))
        #expect(await reached(hq, order.orderId) == [.placed, .reserved, .prepared, .loaded, .announced])
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 3))
        #expect(await reached(hq, order.orderId) == Stage.allCases)
        let moves = await hq.stockMovements().map { "\($0.sku) \($0.what)" }
        #expect(moves == ["1042 reserved", "2077 reserved", "1042 sold", "2077 sold"])
        _ = await hq.take(stationEvent(.pickupCorrected, of: order, sequence: 4))
        #expect(await reached(hq, order.orderId) == [.placed, .reserved, .prepared, .loaded, .announced])
        #expect(await hq.stockMovements().suffix(2).map(\.what) == ["returned", "returned"])
    }

    @Test func anExpiredOrderIsReleasedAtOnceIfItWasNeverLoadedAndOtherwiseWhenItIsTakenOut() async throws {
        let hq = HQClient.quietHQ()
        let before = await hq.products()
        let awaited = try await hq.placeOrder(sku: ["2077"])
        let loaded = try await hq.placeOrder(sku: ["2077"])
        _ = await hq.take(stationEvent(.orderLoaded, of: loaded))
        try await hq.expire(awaited.orderId)
        _ = await hq.take(stationEvent(.orderExpired, of: loaded, sequence: 2))
        #expect(await hq.products().first { $0.sku == "2077" }?.reserved == 1)
        _ = await hq.take(stationEvent(.orderRecalled, of: loaded, sequence: 3))
        #expect(await hq.products() == before)
        await #expect(throws: SandboxHQ.Refusal.self) { try await hq.prepare(awaited.orderId) }
        #expect(await hq.stockMovements().map(\.what) == ["reserved", "reserved", "released", "released"])
    }

    @Test func anOrderThatExpiresHalfLoadedReleasesTheHalfThatIsNotInTheWall() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042", "1042"])
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[0]]))
        _ = await hq.take(stationEvent(.orderExpired, of: order, sequence: 2))
        #expect(await hq.products().first { $0.sku == "1042" }?.reserved == 1)
    }

    @Test func theShopsPageShowsStagesAndMovements() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            let body: [UInt8] = Array(#"{"action":"prepare"}"#.utf8)
            let json = [("Content-Type", "application/json")]
            let path = "/shop/api/orders/\(order.orderId)"
            #expect(try await client.ask(.POST, path, headers: json, body: body).status == 204)
            let view = try await client.ask(.GET, "/shop/api/overview")
            let overview = try JSONDecoder().decode(JSONValue.self, from: Data(view.body))
            #expect(overview["stages"]?.elements?.count == 7)
            let stages = overview["orders"]?.elements?.first?["reached"]?.elements?.map { $0["stage"]?.text }
            #expect(stages == ["placed", "reserved", "prepared"])
            #expect(overview["movements"]?.elements?.first?["what"] == .string("reserved"))
        }
    }
}
