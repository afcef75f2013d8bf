import StationCore
import Testing

@Suite struct RecallTests {
    private func cancelled() -> World {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.advance(5000)
        world.signIn()
        world.press(.menu)
        return world
    }

    private let step = RecallStep(compartment: "A-01", orderNumber: "#O1")

    @Test func staffTakeACancelledOrderOut() {
        var world = cancelled()
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("no menu")
            return
        }
        #expect(menu.toRecall == [step])
        world.press(.recall("A-01"))
        #expect(world.screen == .recallOpening(step, attempt: 1))
        world.openDoor()
        #expect(world.screen == .recallTakeOut(step))
        world.advance(3000)
        world.close("A-01")
        #expect(world.screen == .recallConfirm(step))
        #expect(world.contents("A-01")?.order == "O1")
        world.press(.emptied)
        #expect(world.isFree("A-01"))
        let report = world.reports(.orderRecalled).first
        #expect(report?.reason == "cancelled")
        #expect(report?.staff == "S1")
        guard case .recalled = world.place("O1-1") else {
            Issue.record("not recalled")
            return
        }
        world.checkBooks()
    }

    @Test func somethingStillInsideStaysInTheBooks() {
        var world = cancelled()
        world.press(.recall("A-01"))
        world.openDoor()
        world.advance(3000)
        world.close("A-01")
        world.press(.notEmptied)
        #expect(world.contents("A-01")?.order == "O1")
        #expect(world.reports(.orderRecalled).isEmpty)
        world.press(.recall("A-01"))
        #expect(world.pulses.count == 1)
    }

    @Test func liveOrEmptyCompartmentIsNotRecalled() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.signIn()
        for id in ["A-01", "A-02", "C-01", "Z-99"] as [CompartmentID] {
            world.press(.recall(id))
            #expect(world.notice == .tooLate)
        }
        #expect(world.pulses.isEmpty)
    }

    @Test func doorThatStaysShutGoesBackToTheMenuAndTheOrderStaysListed() {
        var world = cancelled()
        world.press(.recall("A-01"))
        for _ in 0..<3 { world.doorStaysShut() }
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("no menu")
            return
        }
        #expect(menu.toRecall == [step])
        #expect(menu.attention.map(\.reason) == [.doorStuck])
        world.press(.recall("A-01"))
        #expect(world.pulses.count == 1, "staff may try a door that is out of service")
    }

    @Test func doorThatIsOpenAlreadyIsNotPulsed() {
        var world = cancelled()
        world.open("A-01")
        world.press(.recall("A-01"))
        #expect(world.pulses.isEmpty)
        #expect(world.notice == .closeDoorFirst)
    }

    @Test(arguments: [true, false])
    func boardThatDiesBetweenTwoTriesEndsTheRecall(_ rests: Bool) {
        var world = cancelled()
        world.press(.recall("A-01"))
        if rests {
            world.answer(.notActuated(.coilBudget(retryAfterMs: 3000)))
        } else {
            world.answer()
        }
        world.send(.boardChanged("a", isUp: false))
        world.advance(7000)
        guard case .staffMenu = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        world.checkNobodyHangs()
    }

    @Test func orderThatComesBackBetweenTwoTriesStaysInside() {
        var world = cancelled()
        world.press(.recall("A-01"))
        world.answer()
        world.change("O1") { $0.standing = .live }
        world.advance(6001)
        #expect(world.pulses.isEmpty)
        #expect(world.contents("A-01")?.order == "O1")
        world.checkNobodyHangs()
    }

    @Test func staffWhoWalkAwayLeaveTheCompartmentInDoubtUntilItIsRecalledAgain() {
        var world = cancelled()
        world.press(.recall("A-01"))
        world.openDoor()
        world.advance(3000)
        world.close("A-01")
        world.advance(61_000)
        #expect(world.screen == .home)
        #expect(world.record("A-01")?.outcomeUnknown == .recall)
        #expect(world.faults() == ["outcomeUnknown.recall"])
        world.signIn()
        world.press(.recall("A-01"))
        world.openDoor()
        world.advance(3000)
        world.close("A-01")
        world.press(.emptied)
        #expect(world.record("A-01")?.outcomeUnknown == nil)
        #expect(world.isFree("A-01"))
        world.checkBooks()
    }

    @Test func coilBudgetWithoutEndEndsTheRecall() {
        var world = cancelled()
        world.press(.recall("A-01"))
        var rounds = 0
        while !world.pulses.isEmpty, rounds < 50 {
            world.answer(.notActuated(.coilBudget(retryAfterMs: 10)))
            world.advance(100)
            rounds += 1
        }
        #expect(rounds < 20)
        world.checkNobodyHangs()
    }

    @Test func doorWithoutSensorIsConfirmedByStaff() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.load("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.advance(5000)
        world.signIn()
        world.press(.recall("B-01"))
        world.answer()
        world.press(.emptied)
        #expect(world.reports(.orderRecalled).count == 1)
        world.checkBooks()
    }
}
