import Foundation
import Sandbox
import StationAPI
import Testing

@testable import HQBridge

@Suite(.timeLimit(.minutes(2))) struct ShopTests {
    @Test(arguments: SandboxShop.Software.allCases)
    func aWebhookMakesAnOrderAndAnotherTakesItAway(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software) { rig in
            await rig.shop.place(7001, [("1042", 2), ("2077", 1)], at: "L1", due: "5.0")
            try await rig.expectWebhook(200, 7001)
            try await rig.look()
            let document = try #require(try await rig.held(7001)?.document)
            #expect(
                document.lines.map(\.quantity) == [2, 1] && document.lines.map(\.sku) == ["1042", "2077"]
            )
            #expect(document.amountDue?.isOwed == true && document.codes.count == 2)
            #expect(document.externalRefs["shopOrderId"] == "7001")
            await rig.shop.cancel(7001)
            try await rig.expectWebhook(200, 7001, topic: "orders/cancelled")
            try await rig.look()
            #expect(try await rig.held(7001)?.removal?.reason == .cancelled)
        }
    }

    @Test(arguments: SandboxShop.Software.allCases)
    func aWebhookThatIsNotTheShopsIsRefusedAndChangesNothing(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            try await rig.expectWebhook(401, 7001, secret: "another")
            // Signed for other bytes: a changed body is no longer the shop's.
            try await rig.expectWebhook(401, 7001, body: Data(#"{"id":7001,"entity_id":7001}"#.utf8))
            try await rig.look()
            let held = try await rig.held(7001)
            #expect(held == nil)
            #expect(await rig.shop.receivedBodies().isEmpty)
        }
    }

    @Test func anOldMagentoWebhookIsRefusedAndARepeatedShopifyOneIsHarmless() async throws {
        try await ShopRig.with(.magento) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            let old = Int64(Date().timeIntervalSince1970) - 3_600
            try await rig.expectWebhook(401, 7001, at: old)
        }
        try await ShopRig.with(.shopify) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            for _ in 0..<3 { try await rig.expectWebhook(200, 7001) }
            try await rig.look()
            let version = try await rig.held(7001)?.version
            await rig.shop.cancel(7001)
            try await rig.expectWebhook(200, 7001, topic: "orders/cancelled")
            try await rig.look()
            // "Created", replayed after the cancellation: the shop is asked, and it says cancelled.
            try await rig.expectWebhook(200, 7001)
            try await rig.look()
            #expect(version == 1)
            #expect(try await rig.held(7001)?.removal?.reason == .cancelled)
            try await rig.expectWebhook(200, 7001, topic: "app/uninstalled")
        }
    }

    @Test func ordersForOtherPlacesAreNotTheStationsAndOneThatMovesIsMoved() async throws {
        try await ShopRig.with(.magento) { rig in
            await rig.shop.place(1, [("a", 1)], at: nil)
            await rig.shop.place(2, [("a", 1)], at: "elsewhere")
            await rig.shop.place(3, [("a", 1)], at: "L1")
            for id in [Int64(1), 2, 3] { try await rig.expectWebhook(200, id) }
            try await rig.look()
            let shipped = try await rig.held(1)
            #expect(shipped == nil)
            let elsewhere = try await rig.held(2)
            #expect(elsewhere == nil)
            #expect(try await rig.held(3)?.document != nil)
            await rig.shop.place(3, [("a", 1)], at: "L2")
            try await rig.expectWebhook(200, 3)
            try await rig.look()
            #expect(try await rig.held(3)?.removal?.reason == .rerouted)
            #expect(try await rig.held(3, at: "s2")?.document != nil)
        }
    }

    @Test(arguments: SandboxShop.Software.allCases)
    func nothingOfTheCustomerIsStored(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software, voice: .messages) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            #expect(String(decoding: await rig.shop.webhookBody(7001), as: UTF8.self).contains("Ida"))
            try await rig.expectWebhook(200, 7001)
            try await rig.look()
            try await rig.expect(.orderLoaded, 7001)
            var seen = try #require(try await rig.store.readAll(try stationID("s1"))).items.joined()
            seen += "\(await rig.messages.sent)"
            for owner in ["shop.web.due", "shop.web.told", "codes"] {
                for (name, bytes) in try await rig.store.memories(of: owner) {
                    seen += name + String(decoding: bytes, as: UTF8.self)
                }
            }
            #expect(seen.contains("7001"))
            for word in ["Ida", "Beispiel", "example.org", "5550100", "Weg 1"] {
                #expect(!seen.contains(word))
            }
            if case .shopify = software {
                // What is not asked for is not sent.
                let asked = await rig.shop.receivedBodies().joined()
                for word in ["email", "phone", "customer", "Address"] { #expect(!asked.contains(word)) }
            }
        }
    }

    @Test(arguments: SandboxShop.Software.allCases)
    func readyAndPickedUpAreToldToTheShopAndItMailsOnce(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            _ = try await rig.webhook(7001)
            try await rig.look()
            for _ in 0..<2 { try await rig.expect(.orderLoaded, 7001) }
            let ready = try #require(await rig.shop.order(7001))
            #expect(ready.isReady && ready.mails == 1 && !ready.isPickedUp)
            #expect(try await rig.held(7001)?.document?.status == .ready)
            for _ in 0..<2 { try await rig.expect(.pickupCompleted, 7001) }
            let over = try #require(await rig.shop.order(7001))
            #expect(over.isPickedUp && over.mails == 1)
            #expect(try await rig.held(7001)?.removal?.reason == .completed)
            #expect(try await KeptCodes(rig.store).kept("web.7001") == nil)
        }
    }

    @Test(arguments: SandboxShop.Software.allCases)
    func aLostReplyIsTriedAgainWithoutASecondMail(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            _ = try await rig.webhook(7001)
            try await rig.look()
            await rig.shop.plan([.replyLost, .closedBefore, .throttled])
            guard case .again = try await rig.take(.orderLoaded, 7001) else {
                Issue.record("a lost reply was taken for an answer")
                return
            }
            try await rig.expect(.orderLoaded, 7001, attempt: 2)
            #expect(await rig.shop.order(7001)?.mails == 1)
            // The next two calls fail in their turn, and the pickup still arrives once.
            for attempt in 1...2 {
                guard case .again = try await rig.take(.pickupCompleted, 7001, attempt: attempt) else {
                    Issue.record("a call that failed was taken for done")
                    return
                }
            }
            try await rig.expect(.pickupCompleted, 7001, attempt: 3)
            #expect(await rig.shop.order(7001)?.isPickedUp == true)
            #expect(await rig.shop.order(7001)?.mails == 1)
        }
    }

    @Test(arguments: SandboxShop.Software.allCases)
    func aRefusalThatComesWithStatus200GoesToPeople(software: SandboxShop.Software) async throws {
        try await ShopRig.with(software) { rig in
            await rig.shop.place(7001, [("1042", 1)], at: "L1")
            _ = try await rig.webhook(7001)
            try await rig.look()
            await rig.shop.plan([.refused])
            guard case .exception(let reason) = try await rig.take(.orderLoaded, 7001) else {
                Issue.record("a refusal was taken for success")
                return
            }
            #expect(!reason.contains("Ida"))
            #expect(await rig.shop.order(7001)?.mails == 0)
            await rig.shop.plan([.unauthorized])
            guard case .again(let after, _) = try await rig.take(.orderLoaded, 7001, attempt: 2) else {
                Issue.record("a refused token was taken for an answer")
                return
            }
            #expect(after == .seconds(300))
            try await rig.expect(.orderLoaded, 7001, attempt: 3)
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct CustomerVoiceTests {
    private func loadedOrder(_ rig: ShopRig) async throws {
        await rig.shop.place(7001, [("1042", 1)], at: "L1")
        _ = try await rig.webhook(7001)
        try await rig.look()
        try await rig.expect(.orderLoaded, 7001)
    }

    @Test(arguments: [ShopRig.Voice.shop, .dynamics, .messages], SandboxShop.Software.allCases)
    func exactlyOneSystemTellsTheCustomer(voice: ShopRig.Voice, software: SandboxShop.Software) async throws {
        try await ShopRig.with(software, voice: voice) { rig in
            try await loadedOrder(rig)
            let mails = await rig.shop.order(7001)?.mails ?? -1
            let messages = await rig.messages.sent.count
            let expectedMails: Int = if case .shop = voice { 1 } else { 0 }
            let expectedMessages: Int = if case .messages = voice { 1 } else { 0 }
            #expect(mails == expectedMails)
            #expect(messages == expectedMessages)
            try await rig.expect(.pickupCompleted, 7001)
            #expect(await rig.shop.order(7001)?.isPickedUp == true)
            #expect(await rig.shop.order(7001)?.mails == mails)
        }
    }

    @Test func theMessageHasTheCodesAndComesOnceHoweverOftenItIsTried() async throws {
        try await ShopRig.with(.shopify, voice: .messages) { rig in
            try await loadedOrder(rig)
            let codes = try #require(try await KeptCodes(rig.store).kept("web.7001"))
            let message = try #require(await rig.messages.sent.first?.message)
            #expect(message["typedCode"]?.text == codes.typed)
            #expect(message["scannedCode"]?.text == codes.scanned)
            #expect(message["shopOrderId"]?.text == "7001")
            // What the station is sent, and the bridge keeps for it, are digests.
            let held = try #require(
                try await rig.store.orders(named: "web.7001").first { $0.document != nil }
            )
            let sent = try #require(held.document?.codes)
            #expect(sent == (try await rig.store.documents(of: codes, at: held.station)))
            #expect(!"\(sent)".contains(codes.typed) && !"\(sent)".contains(codes.scanned))
            // A bridge that was killed before it kept "done" says it again; the id is the same.
            var told = try await rig.sink.told("web.7001")
            told.readyDone = false
            try await rig.sink.keep(told, "web.7001")
            try await rig.expect(.orderLoaded, 7001, attempt: 2)
            #expect(await rig.messages.sent.count == 1)
        }
    }

    @Test func remindersGoOutOnlyWhileTheOrderCanBeCollected() async throws {
        try await ShopRig.with(.shopify, voice: .messages) { rig in
            try await loadedOrder(rig)
            let reminders = CustomerReminders(rig.sink, logger: RetailRig.quiet)
            #expect(try await reminders.once() == 0)
            rig.clock.advance(seconds: 25 * 3_600)
            // No state, a stuck door, a station that serves nobody, a state of yesterday: nobody is sent in vain.
            #expect(try await reminders.once() == 0)
            try await rig.report(7001, collectable: false)
            #expect(try await reminders.once() == 0)
            try await rig.report(7001, collectable: true, serving: false)
            #expect(try await reminders.once() == 0)
            try await rig.report(7001, collectable: true)
            rig.clock.advance(seconds: 3_600)
            #expect(try await reminders.once() == 0)
            try await rig.report(7001, collectable: true)
            #expect(try await reminders.once() == 1)
            #expect(try await reminders.once() == 0)
            rig.clock.advance(seconds: 24 * 3_600)
            try await rig.report(7001, collectable: true)
            #expect(try await reminders.once() == 1)
            let kinds = await rig.messages.sent.compactMap { $0.message["kind"]?.text }
            #expect(kinds == ["ready", "reminder", "reminder"])
            try await rig.expect(.pickupCompleted, 7001)
            rig.clock.advance(seconds: 24 * 3_600)
            try await rig.report(7001, collectable: true)
            #expect(try await reminders.once() == 0)
        }
    }

    @Test func magentoRemindsByItsOwnMail() async throws {
        try await ShopRig.with(.magento) { rig in
            try await loadedOrder(rig)
            rig.clock.advance(seconds: 25 * 3_600)
            try await rig.report(7001, collectable: true)
            let reminders = CustomerReminders(rig.sink, logger: RetailRig.quiet)
            #expect(try await reminders.once() == 1)
            #expect(await rig.shop.order(7001)?.mails == 2)
        }
    }

    @Test(arguments: [
        (0, 0, nil), (23, 0, nil), (24, 0, 1), (30, 1, nil), (49, 1, 2), (49, 0, 2), (99, 2, nil),
    ])
    func aReminderIsDueOncePerStep(hours: Int64, sent: Int, due: Int?) {
        var told = ShopSink.Told()
        told.loadedAt = 0
        told.readyDone = true
        told.reminders = sent
        #expect(CustomerReminders.due(told, hours: [24, 48], now: hours * 3_600_000) == due)
    }
}
