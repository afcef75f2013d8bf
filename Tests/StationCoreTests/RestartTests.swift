import StationCore
import Testing

@Suite struct RestartTests {
    private func collecting(_ sizes: Size = .small) -> World {
        var world = World()
        world.addOrder("O1", sizes)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        return world
    }

    // MARK: Collect

    @Test(arguments: [true, false])
    func pulseMayHaveBeenSentAndEnoughTimeHasPassed(_ sameBoot: Bool) {
        var world = collecting()
        world.restart(sameBoot: sameBoot, afterMs: 5000)
        #expect(world.pulses.isEmpty, "never pulsed again blindly")
        #expect(world.state.openings.count == 1)
        world.advance(6001)
        #expect(world.outcomes.last == .unknown)
        #expect(world.record("A-01")?.outcomeUnknown == .collect)
        #expect(world.contents("A-01")?.order == "O1")
        #expect(world.pickups.isEmpty)
        world.checkBooks()
    }

    @Test func restartTooShortForAVisitLeavesTheParcelInside() {
        var world = collecting()
        world.restart(afterMs: 500)
        world.advance(6001)
        #expect(world.record("A-01")?.outcomeUnknown == nil)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func doorsReadLongAfterAShortRestartProveNothing() {
        var world = collecting()
        world.restart(afterMs: 500, wakes: false)
        world.advance(60_000)
        world.wake()
        world.advance(6001)
        #expect(world.record("A-01")?.outcomeUnknown == .collect, "a minute passed in which nobody looked")
    }

    @Test func doorThatOpensAfterTheRestartIsStillThisCustomersDoor() {
        var world = collecting()
        world.answer()
        world.restart(afterMs: 500)
        world.advance(2000)
        world.open("A-01")
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.map(\.parcels) == [["O1-1"]])
        #expect(world.reports(.doorForcedOpen).isEmpty)
        world.checkBooks()
    }

    @Test(arguments: [true, false])
    func doorFoundOpenAfterTheRestartBelongsToItsOpening(_ sameBoot: Bool) {
        var world = collecting()
        world.openDoor()
        world.restart(sameBoot: sameBoot, open: ["A-01"])
        #expect(world.reports(.doorForcedOpen).isEmpty)
        #expect(world.pickups.isEmpty)
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func customerWhoScansAgainAtTheirOpenDoorAfterARestartIsServedOn() {
        var world = World()
        world.addOrder("O1", .small, .medium)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        world.restart(open: ["A-01"])
        world.scan("O1")
        guard case .takeParcel(let step) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.compartment == "A-01")
        #expect(step.count == 2)
        #expect(world.pulses.isEmpty, "it is open already")
        world.advance(3000)
        world.close("A-01")
        #expect(world.pulses.map(\.compartment) == ["A-05"])
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        #expect(world.reports(.pickupStarted).count == 1)
        #expect(Set(world.pickups.map(\.handover)).count == 1)
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func staffWhoComeBackToTheirOpenDoorAfterARestartAreToldOfItAndLoadOn() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.restart(open: ["A-01"])
        world.signIn()
        world.press(.menu)
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(menu.attention.map(\.compartment) == ["A-01"])
        #expect(menu.attention.map(\.reason) == [.leftOpen])
        world.scanLabel("O1-1")
        guard case .loadPutIn(let step) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.compartment == "A-01")
        #expect(world.pulses.isEmpty, "it is open already")
        world.advance(3000)
        world.close("A-01")
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(world.reports(.orderLoaded).count == 1)
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func doorSeenOpenBeforeAndClosedAfterTheRestartIsAPickup() {
        var world = collecting()
        world.openDoor()
        world.restart(afterMs: 20_000)
        #expect(world.pickups.map(\.evidence?.kind) == [.doorOpenedAndClosed])
        world.checkBooks()
    }

    @Test func flickerAcrossARestartIsNoPickup() {
        var world = collecting()
        world.openDoor()
        world.restart(afterMs: 400)
        #expect(world.pickups.isEmpty)
        #expect(world.record("A-01")?.outcomeUnknown == .collect)
    }

    @Test func staffConfirmAPickupThatAPowerCutHid() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.finishLoad()
        world.press(.finish)
        world.scan("O1")
        let handover = world.reports(.pickupStarted).first?.handover
        world.restart(sameBoot: false)
        world.advance(7000)
        world.restart()
        world.signIn()
        world.press(.clear("A-01", reason: .empty))
        let report = world.pickups.first
        #expect(report?.evidence?.kind == .staffConfirmed)
        #expect(report?.type == .pickupPartial, "its second parcel still waits to be loaded")
        #expect(report?.remaining == 1)
        #expect(report?.handover == handover)
        #expect(world.isFree("A-01"))
        world.checkBooks()
    }

    @Test func contentsInDoubtThatAreIntactAreCollectedLater() {
        var world = collecting()
        world.restart(sameBoot: false)
        world.advance(7000)
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        world.press(.finish)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func customerOfADoubtfulDoorMayOpenItAgain() {
        var world = collecting()
        world.restart(sameBoot: false)
        world.advance(7000)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        #expect(world.record("A-01")?.outcomeUnknown == nil)
    }

    @Test func doorWithoutSensorIsInDoubtAtOnce() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        world.restart()
        #expect(world.state.openings.isEmpty)
        #expect(world.record("B-01")?.outcomeUnknown == .collect)
        #expect(world.faults() == ["outcomeUnknown.collect"])
    }

    // MARK: Load

    @Test(arguments: [true, false], [0, 1, 2, 3, 4, 5])
    func restartAtEveryStepOfALoadFreesOrDoubtsTheCompartment(_ sameBoot: Bool, _ step: Int) {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        switch step {
        case 0: break
        case 1: world.answer()
        case 2: world.answer(.notActuated(.coilBudget(retryAfterMs: 5000)))
        case 3: world.openDoor()
        case 4:
            world.openDoor()
            world.advance(500)
            world.close("A-01")
        default:
            world.openDoor()
            world.advance(3000)
            world.close("A-01")
        }
        world.restart(sameBoot: sameBoot, afterMs: 3000)
        world.advance(10_000)
        #expect(world.state.openings.isEmpty)
        if step == 5 {
            #expect(world.place("O1-1") == .inside("A-01"))
        } else {
            #expect(world.record("A-01")?.outcomeUnknown == .load, "step \(step)")
            world.signIn()
            world.press(.clear("A-01", reason: .empty))
            #expect(world.isFree("A-01"))
            #expect(world.place("O1-1") == .awaited)
        }
        world.checkBooks()
    }

    @Test func loadPulsedJustBeforeAQuickRestartIsUndone() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.restart(afterMs: 300)
        world.advance(6001)
        #expect(world.isFree("A-01"))
        #expect(world.place("O1-1") == .awaited)
    }

    @Test func doorClosedAfterTheRestartOfALoadIsForStaff() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.restart(open: ["A-01"])
        world.advance(2000)
        world.close("A-01")
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.place("O1-1") == .inside("A-01"))
        world.checkBooks()
    }

    // MARK: Recall

    @Test(arguments: [true, false], [0, 1, 2, 3])
    func restartAtEveryStepOfARecallKeepsTheOrderInTheBooks(_ sameBoot: Bool, _ step: Int) {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.advance(5000)
        world.signIn()
        world.press(.recall("A-01"))
        if step == 1 { world.answer() }
        if step >= 2 { world.openDoor() }
        if step == 3 {
            world.advance(2000)
            world.close("A-01")
        }
        world.restart(sameBoot: sameBoot, afterMs: 3000)
        world.advance(10_000)
        #expect(world.contents("A-01")?.occupancy?.recall == .cancelled)
        #expect(world.state.openings.isEmpty)
        world.signIn()
        world.press(.recall("A-01"))
        world.openDoor()
        world.advance(2000)
        world.close("A-01")
        world.press(.emptied)
        #expect(world.isFree("A-01"))
        #expect(world.reports(.orderRecalled).count == 1)
        world.checkBooks()
    }

    // MARK: Coils

    @Test func aCoilThatMayHaveBeenOnLatelyCountsAsHotAfterARestartOfTheProgram() {
        var world = World()
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.load("O2", "O1")
        world.advance(10_000)
        world.scan("O1")
        world.restart(afterMs: 100)
        world.advance(6_100)
        world.scan("O2")
        #expect(world.pulses.map(\.compartment) == ["A-01"], "long cold")
        world.press(.finish)
        world.restart(afterMs: 100)
        world.scan("O2")
        #expect(world.pulses.isEmpty, "it may be under way to its lock")
    }

    @Test func aHotCoilIsPulsedOnceItHasRested() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.finishLoad()
        world.press(.finish)
        world.restart(afterMs: 100)
        world.scan("O1")
        #expect(world.pulses.isEmpty)
        world.advance(1_499)
        #expect(world.pulses.isEmpty)
        world.advance(1)
        #expect(world.pulses.count == 1, "a pulse and its rest have passed since the start")
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test func coilsAreColdAfterARestartOfTheMachine() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.restart(sameBoot: false, afterMs: 30_000)
        world.scan("O1")
        #expect(world.pulses.count == 1)
    }

    // MARK: Without memory

    @Test func afterALossOfTheDatabaseAPersonLooksIntoEveryLocker() {
        var world = World(isReady: false)
        world.send(.started(lostMemory: true))
        world.wake()
        #expect(world.reports(.stationStarted).map(\.reason) == ["databaseSetAside"])
        for door in world.state.compartments where door.plan.kind == .locker {
            #expect(!world.isFree(door.plan.id))
        }
        world.signIn()
        world.press(.clear("A-01", reason: .empty))
        #expect(world.isFree("A-01"))
        world.checkNobodyHangs()
    }

    @Test func orderWhoseRowWasLostIsFoundInTheWall() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.load("O1")
        world.orders = []
        world.restart()
        world.change("O1") {
            $0.parcels = [ParcelRecord(id: "O1-1", size: .small), ParcelRecord(id: "O1-2", size: .small)]
        }
        #expect(world.place("O1-1") == .inside("A-01"))
        world.advance(2000)
        world.scan("O1")
        world.visit()
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        world.checkBooks()
    }

    @Test func everyStartIsReported() {
        var world = World()
        world.restart()
        #expect(world.reports(.stationStarted).count == 2)
    }

    @Test func openingOfACompartmentThatIsNoLongerPlannedEnds() {
        var world = collecting()
        let memory = StationState.Memory(compartments: world.disk.compartments, openings: world.disk.openings)
        world.state = StationState(plan: World.blindWall, policy: Policy(), memory: memory, at: world.now)
        world.disk.openings = memory.openings
        world.send(.started(lostMemory: false))
        #expect(world.state.openings.isEmpty)
    }
}
