import Crypto
import Foundation
import StationAPI
import Testing

@testable import Sandbox

@Suite struct TimelineTests {
    @Test func anOrdersStoryIsToldInOrderAndTheCustomerOnlyOnceAllOfItIsLoaded() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042", "2077"])
        #expect(order.status == "placed" && order.message == nil)
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[0]]))
        #expect(await hq.order(order.orderId)?.message == nil)
        _ = await hq.take(stationEvent(.orderLoaded, of: order, parcels: [order.parcels[1]], sequence: 2))
        let ready = try #require(await hq.order(order.orderId))
        let message = try #require(ready.message)
        #expect(ready.status == "ready")
        #expect(message.contains(order.typedCode) && message.contains(order.scannedCode))
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 3))
        let done = try #require(await hq.order(order.orderId))
        #expect(done.status == "completed")
        #expect(
            done.timeline.map(\.what) == [
                "ordered, pickup at the store; goods reserved", "loaded", "loaded",
                "ready for pickup; the customer was told", "collected; goods taken from stock", "completed",
            ]
        )
    }

    @Test func theFeedCarriesDigestsOfTheCodesAndNeverTheCodes() async throws {
        try await HQClient.with { client in
            let order = try await client.hq.placeOrder(sku: ["1042"])
            let text = String(decoding: try await client.feed().body, as: UTF8.self)
            #expect(!text.contains(order.typedCode) && !text.contains(order.scannedCode))
            #expect(!text.contains(SandboxHQ.staffBadge) && !text.contains("Item"))
            let page = try await client.page()
            let document = try #require(
                page.items.compactMap { if case .order(let document) = $0 { document } else { nil } }.first
            )
            let key = SymmetricKey(data: HQClient.key)
            let digests = [order.typedCode, order.scannedCode].map { code in
                CodeDocument.Value.digest(
                    Array(HMAC<SHA256>.authenticationCode(for: Data(code.utf8), using: key))
                )
            }
            #expect(document.codes.map(\.value) == digests)
            #expect(order.typedCode.count >= 8 && order.typedCode.allSatisfy(\.isNumber))
            // 32 letters carry 5 bits each.
            #expect(order.scannedCode.count * 5 >= 80)
        }
    }

    @Test func splittingMakesTwoOrdersOfTheSameParcelsWithCodesOfTheirOwn() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042", "2077"])
        let part = try await hq.split(order.orderId)
        let rest = try #require(await hq.order(order.orderId))
        #expect(Set(rest.parcels + part.parcels) == Set(order.parcels))
        #expect(part.typedCode != order.typedCode && part.scannedCode != order.scannedCode)
        #expect(await hq.documents[order.orderId]?.version == 2)
        #expect(await hq.documents[part.orderId]?.parcels.map(\.parcelID) == part.parcels.map(\.parcelId))
        await #expect(throws: SandboxHQ.Refusal.self) { try await hq.split(part.orderId) }
    }

    @Test func everyChangeRaisesTheVersionAndACompletedOrderTakesNone() async throws {
        let hq = HQClient.quietHQ()
        let order = try await hq.placeOrder(sku: ["1042"])
        let hold = try #require(await hq.documents[order.orderId]?.pickup.expiresAt)
        try await hq.extend(order.orderId, bySeconds: 60)
        let document = try #require(await hq.documents[order.orderId])
        #expect(document.version == 2)
        #expect(document.pickup.expiresAt?.milliseconds == hold.milliseconds + 60_000)
        _ = await hq.take(stationEvent(.orderLoaded, of: order))
        _ = await hq.take(stationEvent(.pickupCompleted, of: order, sequence: 2))
        await #expect(throws: SandboxHQ.Refusal.self) { try await hq.cancel(order.orderId) }
        #expect(await hq.documents[order.orderId]?.version == 3)
    }
}
