import StationCore
import Testing

@Suite struct AlarmTests {
    @Test func openEdgeWithoutAnOpeningIsALatchedAlarm() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        #expect(world.record("A-01")?.alarm?.kind == .forcedOpen)
        let report = world.reports(.doorForcedOpen).first
        #expect(report?.order == "O1")
        #expect(report?.parcels == ["O1-1"])
        world.close("A-01")
        #expect(world.record("A-01")?.alarm != nil)
        world.open("A-01")
        #expect(world.reports(.doorForcedOpen).count == 1)
        world.checkBooks()
    }

    @Test func emptyCompartmentWithAnAlarmIsNotOffered() {
        var world = World()
        world.open("A-01")
        world.close("A-01")
        #expect(!world.isFree("A-01"))
        #expect(world.state.bestFit(for: .small, at: world.now)?.plan.id == "A-02")
    }

    @Test func doorFoundOpenAtStartIsAnAlarmThatSurvivesRestarts() {
        var world = World(isReady: false)
        world.send(.started(lostMemory: false))
        world.wake(open: ["A-03"])
        #expect(world.record("A-03")?.alarm?.kind == .foundOpen)
        world.restart(sameBoot: false)
        #expect(world.record("A-03")?.alarm?.kind == .foundOpen)
        #expect(world.reports(.doorForcedOpen).map(\.reason) == ["foundOpen"])
    }

    @Test func doorThatOpensWhileItsBoardIsAwayIsAnAlarm() {
        var world = World()
        world.send(.boardChanged("a", isUp: false))
        world.send(.doorRead("A-01", .unknown))
        world.send(.boardChanged("a", isUp: true))
        world.open("A-01")
        #expect(world.record("A-01")?.alarm?.kind == .forcedOpen)
    }

    @Test func staffClearAnAlarmWithAReasonOnceTheDoorIsClosed() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        world.signIn()
        world.press(.menu)
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.notice == .closeDoorFirst)
        #expect(world.record("A-01")?.alarm != nil)
        world.close("A-01")
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.record("A-01")?.alarm == nil)
        #expect(world.faults() == ["cleared.contentsIntact"])
        world.press(.finish)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test func missingContentsAreReportedAndTheCompartmentIsFree() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        world.close("A-01")
        world.signIn()
        world.press(.clear("A-01", reason: .contentsMissing))
        #expect(world.isFree("A-01"))
        guard case .missing = world.place("O1-1") else {
            Issue.record("not missing")
            return
        }
        #expect(world.faults() == ["contentsMissing", "cleared.contentsMissing"])
        #expect(world.pickups.isEmpty)
        world.checkBooks()
    }

    @Test func repairSaysNothingOfTheContents() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        world.close("A-01")
        world.signIn()
        world.press(.clear("A-01", reason: .repaired))
        #expect(world.record("A-01")?.alarm != nil, "somebody must say what is inside")
        world.open("A-02")
        world.close("A-02")
        world.press(.clear("A-02", reason: .repaired))
        #expect(world.record("A-02")?.alarm == nil, "nothing was inside")
    }

    @Test func nothingIsClearedWhereNothingIsWrong() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.signIn()
        for reason in ClearReason.allCases {
            world.press(.clear("A-01", reason: reason))
            #expect(world.notice == .tooLate)
        }
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(world.faults().isEmpty)
    }

    @Test func repairedDoorIsBackInService() {
        var world = World()
        world.send(.coilStuck("A-01"))
        world.send(.coilStuck("A-01"))
        #expect(world.faults() == ["coilStuckOn"])
        #expect(!world.isFree("A-01"))
        world.signIn()
        world.press(.clear("A-01", reason: .repaired))
        #expect(world.isFree("A-01"))
    }

    @Test func eventsOfThingsThatAreNotThereChangeNothing() {
        var world = World()
        let before = world.state
        world.send(.coilStuck("Z-99"))
        world.send(.doorRead("Z-99", .open))
        world.send(.pulseAnswered("nothing", .actuated))
        #expect(world.state.compartments == before.compartments)
        #expect(world.reports(.compartmentFault).isEmpty)
    }

    @Test func sensorThatIsNotBelievedNeitherAlarmsNorCompletesAPickup() {
        var world = World(isReady: false)
        world.addOrder("O1", .small)
        world.start()
        world.load("O1")
        world.disk.compartments = world.disk.compartments.map { record in
            var suspect = record
            if record.id == "A-01" { suspect.isSensorSuspect = true }
            return suspect
        }
        world.restart()
        world.advance(2000)
        world.open("A-01")
        #expect(world.record("A-01")?.alarm == nil)
        world.close("A-01")
        world.scan("O1")
        world.answer()
        world.open("A-01")
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.isEmpty)
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed])
    }
}
