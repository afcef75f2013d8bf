import StationCore
import Testing

@Suite struct RefusalTests {
    @Test func unknownCodeSaysSoAndGoesByItself() {
        var world = World()
        world.typeWrong()
        #expect(world.refusal == .unknownCode(triesLeft: nil))
        world.advance(12_001)
        #expect(world.screen == .home)
    }

    @Test func everyStandingHasItsOwnAnswer() {
        var world = World()
        world.addOrder("wrongStore", .small) { $0.standing = .elsewhere(storeName: "North") }
        world.addOrder("cancelled", .small) { $0.standing = .cancelled }
        world.addOrder("held", .small) { $0.standing = .onHold }
        world.addOrder("completed", .small) { $0.standing = .completed }
        world.addOrder("counter", .small) { $0.deliveryMode = .counter }
        world.addOrder("waiting", .small)
        let expected: [(OrderID, Refusal)] = [
            ("wrongStore", .wrongStore(orderNumber: "#wrongStore", storeName: "North")),
            ("cancelled", .cancelled(orderNumber: "#cancelled")),
            ("held", .onHold(orderNumber: "#held")),
            ("completed", .alreadyCollected(orderNumber: "#completed", at: nil)),
            ("counter", .notInLockers(orderNumber: "#counter")),
            ("waiting", .notReadyYet(orderNumber: "#waiting")),
        ]
        for (order, refusal) in expected {
            world.scan(order)
            #expect(world.refusal == refusal)
        }
        #expect(world.pulses.isEmpty)
        #expect(world.disk.codeBudget.wrong.isEmpty, "a right code is no wrong code")
    }

    @Test func expiredTooEarlyAndUnpaidOrdersStayShut() {
        var world = World()
        let start = World.dayStart.advanced(byMs: 3_600_000)
        world.addOrder("early", .small) { $0.notBefore = start }
        world.addOrder("unpaid", .small) { $0.isPaymentDue = true }
        world.addOrder("late", .small) { $0.expiresAt = World.dayStart.advanced(byMs: 60_000) }
        world.load("early", "unpaid", "late")
        world.scan("early")
        #expect(world.refusal == .tooEarly(orderNumber: "#early", from: start))
        world.scan("unpaid")
        #expect(world.refusal == .paymentDue(orderNumber: "#unpaid"))
        world.advance(60_000)
        world.scan("late")
        #expect(world.refusal == .expired(orderNumber: "#late"))
        #expect(world.pulses.isEmpty)
        world.advance(3_600_000)
        world.scan("early")
        #expect(world.pulses.count == 1)
    }

    @Test func collectedOrderSaysWhen() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.visit()
        let at = world.pickups.first?.at
        world.advance(130_000)
        world.scan("O1")
        #expect(world.refusal == .alreadyCollected(orderNumber: "#O1", at: at))
    }

    @Test func doorOfADeadBoardOrOutOfServiceIsHandedOverByStaff() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.send(.boardChanged("a", isUp: false))
        world.scan("O1")
        #expect(world.refusal == .doorsUnavailable(orderNumber: "#O1"))
        world.send(.boardChanged("a", isUp: true))
        world.send(.coilStuck("A-01"))
        world.scan("O1")
        #expect(world.refusal == .doorsUnavailable(orderNumber: "#O1"))
        #expect(world.pulses.isEmpty)
    }

    @Test func allBoardsDeadIsSaidOnTheStartScreen() {
        var world = World()
        world.send(.boardChanged("a", isUp: false))
        #expect(world.screen == .home, "bank b still serves")
        world.send(.boardChanged("b", isUp: false))
        #expect(world.screen == .cannotServe(.noLockBoard))
    }

    @Test func suspectContentsNeedStaff() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        world.close("A-01")
        world.scan("O1")
        #expect(world.refusal == .needsStaff(orderNumber: "#O1"))
        #expect(world.pulses.isEmpty)
    }

    @Test func unreadableScanIsANoticeThatGoes() {
        var world = World()
        world.send(.scanUnreadable)
        #expect(world.notice == .scanUnreadable)
        world.advance(6001)
        #expect(world.notice == nil)
    }

}
