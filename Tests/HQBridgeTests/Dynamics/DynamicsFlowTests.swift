import Foundation
import Logging
import Sandbox
import StationAPI
import Testing

@testable import HQBridge

/// Commerce on one side, a station's feed and events on the other, with the bridge's store between them.
@Suite struct DynamicsFlowTests {
    private struct Flow {
        let rig: RetailRig
        let store: BridgeStore
        let place: BridgeStore.Place
        let station: BridgeStationID
        let sink: DynamicsSink

        func sync() async throws {
            let listing: any OrderListing =
                switch rig.configuration.variant {
                case .extensionActions: ExtensionListing(server: rig.server)
                case .posWorker:
                    WorkerListing(server: rig.server, enumerations: EnumerationCache(rig.server))
                }
            try await DynamicsSync(
                source: "dynamics.S1",
                station: station,
                configuration: rig.configuration,
                listing: listing,
                store: store,
                logger: RetailRig.quiet
            ).once()
        }

        func held(_ salesID: String) async throws -> BridgeStore.HeldOrder {
            try #require(await store.order(salesID, at: station))
        }

        /// What the station reports of an order, as it comes out of the inbox.
        func take(
            _ type: EventType,
            _ salesID: String,
            id: String = UUID().uuidString,
            parcels: [String] = [],
            lines: [(id: String, quantity: Int64)] = []
        ) async throws -> SinkOutcome {
            var data: [String: JSONValue] = ["parcelIds": .array(parcels.map { .string($0) })]
            if !lines.isEmpty {
                data["lines"] = .array(
                    lines.map { line in
                        .object([
                            "lineId": .string(line.id), "sku": .string("x"),
                            "quantity": .integer(line.quantity),
                        ])
                    }
                )
            }
            if type == .pickupCompleted { data["remaining"] = .integer(0) }
            let cloud = event(id, type, order: salesID, station: "S1", data: .object(data))
            return await sink.take(
                InboxEvent(arrival: 1, station: station, event: cloud, receivedAt: cloud.time)
            )
        }
    }

    private func with(
        _ variant: RetailRig.Variant = .worker,
        configure: (inout DynamicsConfiguration) -> Void = { _ in },
        _ body: @Sendable (Flow) async throws -> Void
    ) async throws {
        try await RetailRig.with(variant, configure: configure) { rig in
            let place = try await Engine.sqlite.place()
            let store = try await BridgeStore.open(place)
            let station = try stationID("S1")
            try await store.add(station)
            let sink = DynamicsSink([rig.configuration], store: store, logger: RetailRig.quiet)
            let outcome: Result<Void, any Error>
            do {
                try await body(Flow(rig: rig, store: store, place: place, station: station, sink: sink))
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await sink.shutdown()
            await store.close()
            try outcome.get()
        }
    }

    @Test(arguments: [true, false])
    func anOrderGoesFromCommerceToTheStationAndItsPickupBack(isWorker: Bool) async throws {
        try await with(isWorker ? .worker : .application(v2: true)) { flow in
            let salesID = await flow.rig.packedOrder(2)
            try await flow.sync()
            let first = try #require(try await flow.held(salesID).document)
            #expect(first.status == .awaitingLoad && first.version == 1)
            #expect(first.codes.map(\.form) == [.typed, .scanned])
            try await flow.sync()
            #expect(try await flow.held(salesID).version == 1)
            let parcels = first.parcels.map(\.parcelID)
            #expect(try await flow.take(.orderLoaded, salesID, parcels: parcels) == .done)
            try await flow.sync()
            let ready = try #require(try await flow.held(salesID).document)
            #expect(ready.status == .ready && ready.version == 2 && ready.codes == first.codes)
            #expect(try await flow.take(.pickupCompleted, salesID, parcels: parcels) == .done)
            #expect(await flow.rig.invoiced(salesID) == [2])
            try await flow.sync()
            #expect(try await flow.held(salesID).removal?.reason == .completed)
            #expect(try await KeptCodes(flow.store).kept(salesID) == nil)
            #expect(try await flow.store.memories(of: DynamicsMemory.owner(salesID)).isEmpty)
        }
    }

    @Test func aCancelledARoutedAndAnOwedOrderReachTheStation() async throws {
        try await with { flow in
            let cancelled = await flow.rig.packedOrder()
            let moved = await flow.rig.packedOrder()
            let owed = await flow.rig.packedOrder(balance: 7)
            try await flow.sync()
            await flow.rig.double.cancel(cancelled)
            await flow.rig.double.reroute(moved, to: "SEATTLE")
            try await flow.sync()
            #expect(try await flow.held(cancelled).removal?.reason == .cancelled)
            #expect(try await flow.held(moved).removal?.reason == .rerouted)
            #expect(try await flow.held(owed).document?.amountDue?.isOwed == true)
            guard case .exception = try await flow.take(.pickupCompleted, owed) else {
                Issue.record("an owed order was invoiced")
                return
            }
        }
    }

    @Test func anOutageOfCommerceTakesNothingAwayFromTheStation() async throws {
        try await with { flow in
            let salesID = await flow.rig.packedOrder()
            try await flow.sync()
            for fault in [
                SandboxRetailServer.Fault.headquartersDown, .closedBefore, .truncated, .gateway(status: 502),
            ] {
                await flow.rig.double.plan(fault, on: nil, times: 1)
                try? await flow.sync()
                #expect(try await flow.held(salesID).document != nil)
            }
            await flow.rig.double.clearFaults()
            try await flow.sync()
            #expect(try await flow.held(salesID).version == 1)
        }
    }

    @Test func aPartialPickupIsPostedByItsLinesAndOneWithoutGoesToPeople() async throws {
        try await with { flow in
            let salesID = await flow.rig.double.place([.init(item: "A", quantity: 3), .init(item: "B")])
            await flow.rig.double.pack(salesID)
            try await flow.sync()
            let part = [(id: "1", quantity: Int64(2))]
            #expect(try await flow.take(.pickupPartial, salesID, id: "e1", lines: part) == .done)
            #expect(try await flow.take(.pickupPartial, salesID, id: "e1", lines: part) == .done)
            #expect(await flow.rig.invoiced(salesID) == [2, 0])
            guard case .exception = try await flow.take(.pickupPartial, salesID, id: "e2") else {
                Issue.record("lines were made up")
                return
            }
            #expect(try await flow.take(.pickupCompleted, salesID, id: "e3") == .done)
            #expect(await flow.rig.invoiced(salesID) == [3, 1])
            guard case .exception = try await flow.take(.pickupCorrected, salesID, id: "e4") else {
                Issue.record("a posted pickup was taken back without anybody")
                return
            }
        }
    }

    @Test func whereStaffPackWhenTheyLoadTheSlipIsPostedOnceWhateverTheNetworkDoes() async throws {
        try await with(configure: { $0.packsOnLoad = true }) { flow in
            let salesID = await flow.rig.double.place([.init(item: "A", quantity: 2)])
            try await flow.rig.step("AcceptFulfillmentLines", salesID)
            try await flow.rig.step("MarkAsPicked", salesID)
            try await flow.sync()
            let parcels = try #require(try await flow.held(salesID).document).parcels.map(\.parcelID)
            #expect(parcels == ["\(salesID):1"])
            await flow.rig.double.plan(.replyLost, on: "SalesOrders/MarkFulfillmentLinesAsPacked")
            let lost = try await flow.take(.orderLoaded, salesID, id: "e1", parcels: parcels)
            guard case .again = lost else { Issue.record("\(lost)"); return }
            #expect(try await flow.take(.orderLoaded, salesID, id: "e1", parcels: parcels) == .done)
            #expect(await flow.rig.double.lines(of: salesID).map(\.packed) == [2])
            try await flow.sync()
            let document = try #require(try await flow.held(salesID).document)
            #expect(document.status == .ready && document.parcels.map(\.parcelID) == parcels)
        }
    }

    @Test func aCustomerAtTheCurbIsToldToTheStationOnce() async throws {
        try await with { flow in
            let salesID = await flow.rig.double.place([.init(item: "A")], deliveryMode: "CURB")
            await flow.rig.double.pack(salesID)
            try await flow.rig.checkIn(salesID, bay: "3")
            try await flow.sync()
            try await flow.sync()
            let items = try #require(try await flow.store.readAll(flow.station)).items
            let tasks = items.filter { $0.contains("\"task\"") }
            #expect(tasks.count == 1)
            #expect(
                tasks.first?.contains("curbsideArrival") == true && tasks.first?.contains(salesID) == true
            )
        }
    }

    @Test func noPersonIsInTheStoreOrInWhatTheStationReads() async throws {
        try await with { flow in
            _ = await flow.rig.packedOrder()
            try await flow.sync()
            let page = try #require(try await flow.store.readAll(flow.station)).items.joined()
            for word in ["Ida", "Beispiel", "example.org", "Weg 1", "C-2001"] {
                #expect(!page.contains(word))
            }
            #expect(page.contains("1042"))
        }
    }

    /// Two holders of the same event, in one process and in two: one posts, the other waits.
    @Test(arguments: [true, false], 0..<4)
    func whoeverComesSecondWaits(isSameProcess: Bool, run: Int) async throws {
        try await with { flow in
            let salesID = await flow.rig.packedOrder(5)
            try await flow.sync()
            let part = [(id: "1", quantity: Int64(2))]
            // Killed with a recalled cart: both find the same record.
            await flow.rig.double.plan(.closedBefore, after: 2, times: nil)
            _ = try await flow.take(.pickupPartial, salesID, id: "e1", lines: part)
            await flow.rig.double.clearFaults()
            // A process is who opens the store.
            let store = try await BridgeStore.open(flow.place)
            let other = DynamicsSink([flow.rig.configuration], store: store, logger: RetailRig.quiet)
            let second = Flow(
                rig: flow.rig,
                store: isSameProcess ? flow.store : store,
                place: flow.place,
                station: flow.station,
                sink: isSameProcess ? flow.sink : other
            )
            async let one = flow.take(.pickupPartial, salesID, id: "e1", lines: part)
            async let two = second.take(.pickupPartial, salesID, id: "e1", lines: part)
            _ = try await [one, two]
            let last = try await flow.take(.pickupPartial, salesID, id: "e1", lines: part)
            await other.shutdown()
            await store.close()
            #expect(last == .done)
            #expect(await flow.rig.invoiced(salesID) == [2])
        }
    }

    /// The whole bridge is killed around any call while it posts: what the inbox hands over again is invoiced once.
    @Test(arguments: 0..<6)
    func theInboxMayHandOverAPickupAgainAndAgain(calls: Int) async throws {
        try await with { flow in
            let salesID = await flow.rig.packedOrder(3)
            try await flow.sync()
            let part = [(id: "1", quantity: Int64(2))]
            await flow.rig.double.plan(.replyLost, after: calls)
            await flow.rig.double.plan(.closedBefore, after: calls + 1, times: nil)
            _ = try await flow.take(.pickupPartial, salesID, id: "e1", lines: part)
            await flow.rig.double.clearFaults()
            var outcome = SinkOutcome.done
            for _ in 0..<3 {
                outcome = try await flow.take(.pickupPartial, salesID, id: "e1", lines: part)
                if outcome == .done { break }
            }
            #expect(outcome == .done)
            #expect(await flow.rig.invoiced(salesID) == [2])
            #expect(await flow.rig.double.openCarts().isEmpty)
        }
    }
}
