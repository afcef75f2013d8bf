import Foundation
import Sandbox
import StationAPI
import Testing

@testable import HQBridge

@Suite struct OrderListingTests {
    private func listing(_ rig: RetailRig) -> WorkerListing {
        WorkerListing(server: rig.server, enumerations: EnumerationCache(rig.server))
    }

    private func document(
        _ order: CommerceOrder,
        _ rig: RetailRig,
        previous: OrderDocument? = nil
    ) throws -> OrderDocument {
        try OrderProjection(configuration: rig.configuration)
            .document(order, previous: previous, isLoaded: false, now: 1_000_000)
    }

    @Test func packedPickupOrdersOfTheStoreAndItsModesAreListedWithTheirSlips() async throws {
        try await RetailRig.with { rig in
            let packed = await rig.packedOrder(2)
            await rig.double.place([.init(item: "pending")])
            let shipped = await rig.double.place([.init(item: "x")], deliveryMode: "SHIP")
            await rig.double.pack(shipped)
            let elsewhere = await rig.double.place([.init(item: "x")], store: "SEATTLE")
            await rig.double.pack(elsewhere)
            let changes = try await listing(rig).changes(known: [], since: nil)
            #expect(changes.present.map(\.salesID) == [packed])
            let order = try document(try #require(changes.present.first), rig)
            #expect(order.orderID == packed && order.status == .awaitingLoad)
            #expect(order.parcels.map(\.label) == ["PS-\(packed)-1"])
            #expect(order.lines == [OrderLine(lineID: "1", sku: "1042", quantity: 2)])
            let reference = try #require(await rig.double.channelReference(of: packed))
            #expect(order.displayNumber == reference)
            #expect(order.pickup.expiresAt == WireTime(milliseconds: 1_000_000 + 72 * 3_600_000))
        }
    }

    @Test func theListIsReadPageByPageAndAListThatIsCutOffProvesNothing() async throws {
        var open = SandboxRetailServer.OpenPoints()
        open.largestPage = 3
        try await RetailRig.with(openPoints: open, configure: { $0.pageSize = 3 }) { rig in
            var placed: Set<String> = []
            for _ in 0..<8 { placed.insert(await rig.packedOrder()) }
            let changes = try await listing(rig).changes(known: placed, since: nil)
            #expect(Set(changes.present.map(\.salesID)) == placed && changes.removed.isEmpty)
            await rig.double.plan(.truncated, on: "SalesOrders/GetFulfillmentLines", after: 1)
            await #expect(throws: RetailServerTrouble.noReply("no whole answer")) {
                try await listing(rig).changes(known: placed, since: nil)
            }
        }
    }

    @Test func whatIsGoneFromTheListIsLookedUpBeforeItIsTakenAway() async throws {
        try await RetailRig.with { rig in
            let cancelled = await rig.packedOrder()
            let collected = await rig.packedOrder()
            let moved = await rig.packedOrder()
            let unpacked = await rig.double.place([.init(item: "1042")])
            await rig.double.cancel(cancelled)
            await rig.double.invoiceAtPOS(collected)
            await rig.double.reroute(moved, to: "SEATTLE")
            let known: Set<String> = [cancelled, collected, moved, unpacked, "vanished"]
            let changes = try await listing(rig).changes(known: known, since: nil)
            #expect(
                changes.removed == [
                    cancelled: .cancelled, collected: .completed, moved: .rerouted, "vanished": .cancelled,
                ]
            )
        }
    }

    @Test func aBalanceBecomesAnAmountDueAndAPartlyPackedOrderGrowsByItsSlips() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.double.place([.init(item: "A", quantity: 2)], balance: 12.5)
            await rig.double.pack(salesID, line: 0, quantity: 1)
            let first = try await listing(rig).changes(known: [], since: nil)
            let before = try document(try #require(first.present.first), rig)
            #expect(before.amountDue == AmountDue(amount: "12.5", currency: "EUR"))
            #expect(before.parcels.count == 1)
            await rig.double.pack(salesID, line: 0, quantity: 1)
            let second = try await listing(rig).changes(known: [salesID], since: nil)
            let after = try document(try #require(second.present.first), rig, previous: before)
            #expect(after.parcels.map(\.parcelID) == ["PS-\(salesID)-1", "PS-\(salesID)-2"])
            #expect(after.pickup == before.pickup)
        }
    }

    @Test func nothingOfTheCustomerLeavesTheAnswer() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            let changes = try await listing(rig).changes(known: [], since: nil)
            let order = try document(try #require(changes.present.first), rig)
            let text = String(decoding: try JSONEncoder().encode(order), as: UTF8.self) + "\(changes)"
            for word in ["Ida", "Beispiel", "example.org", "Weg", "C-2001"] { #expect(!text.contains(word)) }
            #expect(text.contains(salesID))
        }
    }

    @Test func theEnumerationsNumbersAreLookedUpByNameInEachTenant() async throws {
        // Two servers never agree on the numbers; the same client code lists the same orders on both.
        for _ in 0..<3 {
            try await RetailRig.with { rig in
                let salesID = await rig.packedOrder()
                let changes = try await listing(rig).changes(known: [], since: nil)
                #expect(changes.present.map(\.salesID) == [salesID])
            }
        }
    }

    @Test func scopesByWarehouseWhereTheTenantDoes() async throws {
        var open = SandboxRetailServer.OpenPoints()
        open.isScopedByWarehouse = true
        let warehouse = SandboxRetailServer.Configuration().warehouse
        try await RetailRig.with(openPoints: open, configure: { $0.scope = .warehouse(warehouse) }) { rig in
            let salesID = await rig.packedOrder()
            let elsewhere = await rig.double.place([.init(item: "x")], store: "SEATTLE")
            await rig.double.pack(elsewhere)
            let changes = try await listing(rig).changes(known: [], since: nil)
            #expect(changes.present.map(\.salesID) == [salesID])
        }
    }

    @Test(arguments: [false, true])
    func theExtensionListsChangesOnlyWithAnApplicationsToken(isV2: Bool) async throws {
        try await RetailRig.with(.application(v2: isV2)) { rig in
            let first = await rig.packedOrder()
            let all = try await ExtensionListing(server: rig.server).changes(known: [], since: nil)
            #expect(all.present.map(\.salesID) == [first])
            let none = try await ExtensionListing(server: rig.server).changes(known: [], since: all.nextToken)
            #expect(none.present.isEmpty && none.removed.isEmpty)
            await rig.double.cancel(first)
            let second = await rig.packedOrder()
            let news = try await ExtensionListing(server: rig.server).changes(
                known: [first],
                since: all.nextToken
            )
            #expect(news.present.map(\.salesID) == [second] && news.removed == [first: .cancelled])
        }
    }

    @Test func anApplicationMayNotCallWhatThePOSCallsAndAWorkerMay() async throws {
        try await RetailRig.with(.application(v2: true)) { rig in
            let criteria = ["StoreId": JSONValue.string("HOUSTON")]
            let trouble = await #expect(throws: RetailServerTrouble.self) {
                try await rig.server.fulfillmentLines(criteria)
            }
            guard case .forbidden = trouble else { Issue.record("\(String(describing: trouble))"); return }
        }
    }

    @Test func anExpiredTokenIsRenewedOnceAndARefusedOneIsSaidToBe() async throws {
        try await RetailRig.with(.application(v2: false)) { rig in
            let salesID = await rig.packedOrder()
            _ = try await ExtensionListing(server: rig.server).changes(known: [], since: nil)
            await rig.double.expireTokens()
            let again = try await ExtensionListing(server: rig.server).changes(known: [], since: nil)
            #expect(again.present.map(\.salesID) == [salesID])
            await rig.double.set { $0.applicationSchemes = ["Bearer"] }
            do {
                _ = try await ExtensionListing(server: rig.server).changes(known: [], since: nil)
                Issue.record("the wrong scheme was accepted")
            } catch {
                #expect("\(error)".contains("no token"))
            }
        }
    }

    @Test func aCustomerAtTheCurbBecomesATaskOfTheStoreUntilItIsDone() async throws {
        for variant in [RetailRig.Variant.worker, .application(v2: true)] {
            try await RetailRig.with(variant) { rig in
                let salesID = await rig.double.place([.init(item: "A")], deliveryMode: "CURB")
                await rig.double.pack(salesID)
                try await rig.checkIn(salesID, bay: "3")
                let source: any OrderListing =
                    if case .worker = variant { listing(rig) } else { ExtensionListing(server: rig.server) }
                let changes = try await source.changes(known: [], since: nil)
                #expect(
                    changes.checkIns == [
                        CommerceChanges.CheckIn(taskID: "TASK-1", salesID: salesID, bay: "3")
                    ]
                )
                await rig.double.finishTask("TASK-1")
                #expect(try await source.changes(known: [], since: nil).checkIns.isEmpty)
            }
        }
    }
}

@Suite struct ExtensionPostingTests {
    @Test(
        arguments: [
            SandboxRetailServer.Fault.closedBefore, .replyLost, .late, .headquartersDown, .truncated,
            .gateway(status: 504),
        ]
    )
    func theExtensionPostsAnEventOnceWhateverTheNetworkDoes(fault: SandboxRetailServer.Fault) async throws {
        try await RetailRig.with(.application(v2: true)) { rig in
            let salesID = await rig.packedOrder(2)
            let poster = ExtensionPoster(server: rig.server)
            await rig.double.plan(fault, on: "CompleteStationPickup")
            let first = await poster.post("E1", salesID: salesID, handedOver: nil)
            #expect(!first.isEnd)
            let second = await poster.post("E1", salesID: salesID, handedOver: nil)
            #expect(second == .done || second == .duplicate)
            _ = await rig.double.letLateCallsThrough()
            #expect(await rig.invoiced(salesID) == [2])
            #expect(await rig.double.invoiceCount() == 1)
        }
    }

    @Test func whatIsDueGoesToPeopleAndWhatATillPostedIsADuplicate() async throws {
        try await RetailRig.with(.application(v2: true)) { rig in
            let poster = ExtensionPoster(server: rig.server)
            let owed = await rig.packedOrder(balance: 5)
            guard case .exception(let why) = await poster.post("E1", salesID: owed, handedOver: nil) else {
                Issue.record("handed over unpaid")
                return
            }
            #expect(why.contains("5 EUR"))
            let sold = await rig.packedOrder()
            await rig.double.invoiceAtPOS(sold)
            #expect(await poster.post("E2", salesID: sold, handedOver: nil) == .duplicate)
        }
    }

    @Test func anExtensionThatMayNotPostKeepsTheHandoverWaiting() async throws {
        var open = SandboxRetailServer.OpenPoints()
        open.isExtensionPickupAllowed = false
        try await RetailRig.with(.application(v2: true), openPoints: open) { rig in
            let salesID = await rig.packedOrder()
            let outcome = await ExtensionPoster(server: rig.server).post(
                "E1",
                salesID: salesID,
                handedOver: nil
            )
            #expect(outcome.wait == .seconds(300))
        }
    }
}
