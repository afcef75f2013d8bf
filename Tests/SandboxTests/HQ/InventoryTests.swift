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
