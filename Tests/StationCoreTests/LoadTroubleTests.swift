import StationCore
import Testing

@Suite struct LoadTroubleTests {
    @Test func stuckDoorMovesTheParcelOnWithoutScanningAgain() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        for _ in 0..<3 { world.doorStaysShut() }
        #expect(world.record("A-01")?.outOfService == .doorStuck)
        #expect(world.contents("A-01") == .empty)
        #expect(world.faults() == ["doorStayedShut"])
        #expect(world.pulses.map(\.compartment) == ["A-02"])
        world.finishLoad()
        #expect(world.place("O1-1") == .inside("A-02"))
        world.checkBooks()
    }

    @Test func boardThatRefusesIsNotAskedForEver() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        var rounds = 0
        while !world.pulses.isEmpty, rounds < 50 {
            world.answer(.notActuated(.boardRefused(code: 4)))
            rounds += 1
        }
        #expect(rounds <= 8, "each compartment at most once")
        #expect(world.screen == .wallFull(orderNumber: "#O1", size: .small))
        #expect(world.state.compartments.allSatisfy { $0.record.contents == .empty })
        world.checkNobodyHangs()
    }

    @Test func labelOrBadgeWhileTheCoilRestsLeavesNoCompartmentBehind() {
        var world = World()
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer(.notActuated(.coilBudget(retryAfterMs: 9000)))
        world.scanLabel("O2-1")
        #expect(world.notice == .closeDoorFirst)
        world.showBadge()
        #expect(world.state.session != nil)
        world.advance(9001)
        world.finishLoad()
        #expect(world.place("O1-1") == .inside("A-01"))
        world.checkBooks()
    }

    @Test func coilBudgetIsWaitedForButNotForEver() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        var rounds = 0
        while case .some = world.pulses.first, rounds < 100 {
            world.answer(.notActuated(.coilBudget(retryAfterMs: 0)))
            world.advance(1)
            rounds += 1
        }
        #expect(rounds < 60)
        world.checkNobodyHangs()
    }

    @Test func absurdCoilBudgetDoesNotHoldTheKiosk() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer(.notActuated(.coilBudget(retryAfterMs: .max)))
        world.checkNobodyHangs()
    }

    @Test func doorForcedWhileItsCoilRestsIsNotLoaded() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer(.notActuated(.coilBudget(retryAfterMs: 5000)))
        world.open("A-01")
        #expect(world.record("A-01")?.alarm?.kind == .forcedOpen)
        world.advance(5001)
        #expect(world.pulses.map(\.compartment) == ["A-02"])
        #expect(world.contents("A-01") == .empty)
    }

    @Test func unansweredPulseLeavesTheCompartmentInDoubtAndTheParcelGoesElsewhere() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.advance(15_001)
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        #expect(world.pulses.last?.compartment == "A-02")
        #expect(world.contents("A-01") == .empty, "the parcel is in the hands of who stands there")
        world.pulses.removeFirst()
        world.finishLoad()
        #expect(world.place("O1-1") == .inside("A-02"))
        #expect(!world.isFree("A-01"))
        world.checkBooks()
    }

    @Test func boardThatDiesAfterThePulseLeavesTheParcelInDoubt() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer()
        world.send(.boardChanged("a", isUp: false))
        world.send(.doorRead("A-01", .unknown))
        world.advance(6001)
        #expect(world.outcomes.last == .unknown)
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        #expect(world.contents("A-01")?.parcels == ["O1-1"])
        #expect(world.pulses.isEmpty)
        world.checkNobodyHangs()
    }

    @Test func doorLeftOpenFreesTheKioskAndTheParcelIsForStaff() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(200_000)
        #expect(world.reports(.doorLeftOpen).count == 1)
        #expect(world.screen == .home)
        world.close("A-01")
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        #expect(world.state.openings.isEmpty)
        world.checkNobodyHangs()
    }

    @Test func parcelInDoubtIsNotOfferedASecondCompartmentAsLoaded() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(200_000)
        world.close("A-01")
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.notice == .parcelAlreadyLoaded)
        world.press(.clear("A-01", reason: .empty))
        #expect(world.contents("A-01") == .empty)
        world.scanLabel("O1-1")
        world.finishLoad()
        world.checkBooks()
        #expect(world.place("O1-1")?.compartment != nil)
    }
}
