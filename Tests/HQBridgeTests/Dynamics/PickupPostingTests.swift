import Foundation
import Sandbox
import StationAPI
import Testing

@testable import HQBridge

@Suite struct PickupPostingTests {
    @Test func aPickupIsRecalledSetToPickupCheckedOutAndInvoiced() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder(2)
            let outcome = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            #expect(outcome == .done)
            #expect(await rig.invoiced(salesID) == [2])
            #expect(await rig.double.invoiceCount() == 1)
            let calls = await rig.double.receivedCalls().map(\.operation)
            #expect(
                calls == [
                    "SalesOrders/GetSalesOrderDetailsBySalesId", "Carts/RecallOrder", "Carts",
                    "Carts/Checkout",
                    "SalesOrders/GetSalesOrderDetailsBySalesId",
                ]
            )
            let patch = try #require(await rig.double.receivedCalls().first { $0.operation == "Carts" })
            let body = try JSONDecoder().decode(JSONValue.self, from: Data(patch.body.utf8))
            #expect(body["CustomerOrderModeValue"] == .integer(3))
        }
    }

    @Test func quantitiesGoThroughUpdateCartLinesWhereTheTenantWantsThat() async throws {
        var open = SandboxRetailServer.OpenPoints()
        open.isQuantityByPatch = false
        try await RetailRig.with(openPoints: open, configure: { $0.setsQuantitiesByPatch = false }) { rig in
            let salesID = await rig.packedOrder()
            try await rig.expectPost("E1", salesID, nil, .done)
            #expect(await rig.invoiced(salesID) == [1])
        }
    }

    @Test func aPartialPickupInvoicesItsLinesOnlyAndTheRestFollows() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.double.place([.init(item: "A", quantity: 3), .init(item: "B")])
            await rig.double.pack(salesID)
            let part = [PickupTarget(number: 1, quantity: 2)]
            try await rig.expectPost("E1", salesID, part, .done)
            #expect(await rig.invoiced(salesID) == [2, 0])
            try await rig.expectPost("E1", salesID, part, .duplicate)
            #expect(await rig.invoiced(salesID) == [2, 0])
            try await rig.expectPost("E2", salesID, nil, .done)
            #expect(await rig.invoiced(salesID) == [3, 1])
        }
    }

    @Test func whatATillHasInvoicedIsADuplicate() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            await rig.double.invoiceAtPOS(salesID)
            try await rig.expectPost("E1", salesID, nil, .duplicate)
            #expect(await rig.double.invoiceCount() == 1)
            #expect(await rig.double.openCarts().isEmpty)
        }
    }

    @Test func aTillThatIsQuickerThanTheCheckoutMakesItADuplicateAndLeavesNoCart() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            // The till takes the goods between the recall and the update.
            await rig.double.plan(.closedBefore, on: "Carts")
            let first = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            guard case .again = first else { Issue.record("\(first)"); return }
            await rig.double.invoiceAtPOS(salesID)
            try await rig.expectPost("E1", salesID, nil, .duplicate)
            #expect(await rig.double.invoiceCount() == 1)
            #expect(await rig.double.openCarts().isEmpty)
        }
    }

    @Test func anAmountDueGoesToPeopleAndIsPostedOnceItIsPaid() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder(balance: 12.5)
            let outcome = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            guard case .exception(let why) = outcome else { Issue.record("\(outcome)"); return }
            #expect(why.contains("12.5"))
            #expect(await rig.invoiced(salesID) == [0])
            #expect(await rig.double.openCarts().isEmpty)
            await rig.double.settle(salesID)
            try await rig.expectPost("E1", salesID, nil, .done)
        }
    }

    @Test func aCartThatATillChangesIsVoidedAndAnotherTransactionBegins() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            await rig.double.plan(.cartTouched, on: "Carts/Checkout")
            try await rig.expectPost("E1", salesID, nil, .done)
            #expect(await rig.double.invoiceCount() == 1)
            #expect(await rig.double.openCarts().isEmpty)
            let recalls = await rig.double.receivedCalls().filter { $0.operation == "Carts/RecallOrder" }
            #expect(recalls.count == 2)
            #expect(Set(recalls.map(\.body)).count == 2)
        }
    }

    @Test func anOrderThatIsCancelledOrUnknownGoesToPeople() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            await rig.double.cancel(salesID)
            for id in [salesID, "no-such-order"] {
                let outcome = try await rig.poster().post("E-\(id)", salesID: id, handedOver: nil)
                guard case .exception = outcome else { Issue.record("\(outcome)"); return }
            }
            #expect(await rig.double.invoiceCount() == 0)
        }
    }

    @Test func aTenantThatNeedsAShiftGoesToPeopleWithTheNameOfTheRule() async throws {
        var open = SandboxRetailServer.OpenPoints()
        open.isShiftNeeded = true
        try await RetailRig.with(openPoints: open) { rig in
            let salesID = await rig.packedOrder()
            let outcome = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            #expect(outcome == .exception("Commerce refuses the pickup: ShiftNotFound"))
            #expect(await rig.double.openCarts().isEmpty)
        }
    }

    @Test(
        arguments: [
            SandboxRetailServer.Fault.headquartersDown, .transactionServiceTimeOut, .closedBefore,
            .replyLost, .throttled(status: 429, retryAfter: 7), .throttled(status: 503, retryAfter: 7),
            .gateway(status: 502), .truncated,
        ],
        ["Carts/RecallOrder", "Carts", "Carts/Checkout", "SalesOrders/GetSalesOrderDetailsBySalesId"]
    )
    func everyFaultIsTriedAgainAndPostedOnce(fault: SandboxRetailServer.Fault, operation: String) async throws
    {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder(2)
            await rig.double.plan(fault, on: operation)
            let first = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            let isStruck = await rig.double.receivedCalls().contains { $0.operation == operation }
            #expect(isStruck)
            if case .throttled = fault { #expect(first.wait == .seconds(7)) }
            let second = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            #expect(second == .done || second == .duplicate)
            #expect(await rig.invoiced(salesID) == [2])
            #expect(await rig.double.invoiceCount() == 1)
            #expect(await rig.double.openCarts().isEmpty)
        }
    }

    /// A bridge that is killed before or after any of its calls: whatever reaches Commerce late or not at all, the
    /// handover is invoiced once.
    @Test(arguments: [SandboxRetailServer.Fault.closedBefore, .replyLost, .late], 0..<6)
    func aKillAroundAnyCallInvoicesOnce(fault: SandboxRetailServer.Fault, calls: Int) async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.double.place([.init(item: "A", quantity: 5)])
            await rig.double.pack(salesID)
            let part = [PickupTarget(number: 1, quantity: 2)]
            await rig.double.plan(fault, after: calls)
            await rig.double.plan(.closedBefore, after: calls + 1, times: nil)
            let first = try await rig.poster().post("E1", salesID: salesID, handedOver: part)
            await rig.double.clearFaults()
            var outcome = first
            for _ in 0..<3 {
                outcome = try await rig.poster().post("E1", salesID: salesID, handedOver: part)
                if outcome.isEnd { break }
            }
            #expect(outcome == .done || outcome == .duplicate, "\(first) then \(outcome)")
            // What hung in the network all the while arrives now.
            _ = await rig.double.letLateCallsThrough()
            #expect(await rig.invoiced(salesID) == [2])
            #expect(await rig.double.invoiceCount() == 1)
        }
    }

    @Test func aCheckoutWhoseInvoiceDoesNotComeIsNeverRepeated() async throws {
        try await RetailRig.with { rig in
            let salesID = await rig.packedOrder()
            var posting = PickupPosting(
                eventID: "E1",
                salesID: salesID,
                lines: [PickupPosting.Line(number: 1, target: 1)]
            )
            posting.transaction = "gone"
            posting.stage = .checkoutSent
            posting.checkoutAt = rig.clock.value
            try await rig.memory.keep(posting)
            let early = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            #expect(early.wait == .seconds(60))
            rig.clock.set(rig.clock.value + rig.configuration.invoiceWithinSeconds)
            let late = try await rig.poster().post("E1", salesID: salesID, handedOver: nil)
            guard case .exception(let why) = late else { Issue.record("\(late)"); return }
            #expect(why.contains("gone"))
            #expect(await !rig.double.receivedCalls().contains { $0.operation == "Carts/RecallOrder" })
        }
    }
}

extension DynamicsOutcome {
    var wait: Duration? {
        if case .again(let after, _) = self { after } else { nil }
    }

    var isEnd: Bool {
        if case .again = self { false } else { true }
    }
}
