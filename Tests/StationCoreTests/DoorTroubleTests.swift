import StationCore
import Testing

@Suite struct DoorTroubleTests {
    private func collecting(_ sizes: Size = .small) -> World {
        var world = World()
        world.addOrder("O1", sizes)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        return world
    }

    @Test func doorThatDoesNotOpenIsPulsedThreeTimesThenStaffAreCalled() {
        var world = collecting()
        world.doorStaysShut()
        #expect(world.screen == .opening(step, attempt: 2))
        world.doorStaysShut()
        #expect(world.screen == .opening(asked, attempt: 3))
        world.answer()
        world.advance(19_000)
        #expect(world.screen == .opening(asked, attempt: 3), "the last try leaves time to push and pull")
        world.advance(1001)
        #expect(world.screen == .doorStuck(asked, canRetry: true))
        #expect(
            world.outcomes.suffix(3) == [
                .failed(.doorStayedShut), .failed(.doorStayedShut), .failed(.doorStayedShut),
            ]
        )
        #expect(world.faults() == ["doorStayedShut"])
        #expect(world.record("A-01")?.outOfService == .doorStuck)
        #expect(world.place("O1-1") == .inside("A-01"), "the order stays waiting")
        #expect(world.pickups.isEmpty)
        world.advance(120_001)
        #expect(world.screen != .doorStuck(step, canRetry: true))
        #expect(world.reports(.pickupFailed).count == 1)
        world.checkNobodyHangs()
        world.checkBooks()
    }

    /// The same once the customer may say that the door is open.
    private var asked: DoorStep {
        DoorStep(compartment: "A-01", number: 1, count: 1, orderNumber: "#O1", mayBeOpen: true)
    }

    private var step: DoorStep { DoorStep(compartment: "A-01", number: 1, count: 1, orderNumber: "#O1") }

    @Test func customerMayTryTwiceMore() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.retry)
        world.visit()
        #expect(world.pickups.map(\.evidence?.attempts) == [4])
        #expect(world.reports(.pickupFailed).isEmpty)
        #expect(world.record("A-01")?.outOfService == nil, "it works again")
        world.checkBooks()

        var unlucky = collecting()
        for _ in 0..<3 { unlucky.doorStaysShut() }
        for _ in 0..<2 {
            unlucky.press(.retry)
            unlucky.doorStaysShut()
        }
        #expect(unlucky.screen == .doorStuck(asked, canRetry: false))
        unlucky.press(.retry)
        #expect(unlucky.pulses.isEmpty)
        unlucky.press(.finish)
        #expect(unlucky.reports(.pickupFailed).count == 1)
    }

    @Test func retryIsNotForACoilThatStaysOn() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.send(.coilStuck("A-01"))
        world.press(.retry)
        world.advance(5000)
        #expect(world.pulses.isEmpty)
        world.checkNobodyHangs()
    }

    @Test func nextPulseWaitsUntilTheCoilIsCool() {
        let plan = StationPlan(station: "T1", compartments: [World.door("A-01", .small, coolDownMs: 9000)])
        var world = World(plan: plan)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        world.advance(6001)
        #expect(world.pulses.isEmpty, "pulsed 6 s ago, rests 9.5 s")
        var resting = step
        resting.opensInSeconds = 4
        #expect(world.screen == .opening(resting, attempt: 2), "the customer is told how long")
        world.advance(3500)
        #expect(world.pulses.count == 1)
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test func doorThatGivesWayWhileTheCoilRestsIsThisCustomersDoor() {
        let plan = StationPlan(station: "T1", compartments: [World.door("A-01", .small, coolDownMs: 9000)])
        var world = World(plan: plan)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        world.advance(6001)
        world.open("A-01")
        #expect(world.record("A-01")?.alarm == nil)
        world.advance(4000)
        #expect(world.pulses.isEmpty, "open doors are not pulsed")
        world.close("A-01")
        #expect(world.pickups.map(\.parcels) == [["O1-1"]])
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func doorThatGivesWayAfterTheLastTryIsThisCustomersDoor() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.advance(3000)
        world.open("A-01")
        #expect(world.screen == .takeParcel(step))
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.count == 1)
        #expect(world.reports(.doorForcedOpen).isEmpty)
        #expect(world.reports(.pickupFailed).isEmpty)
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func coilBudgetAnswerIsWaitedFor() {
        var world = collecting()
        world.answer(.notActuated(.coilBudget(retryAfterMs: 4000)))
        #expect(world.outcomes.last == .notActuated(.coilBudget(retryAfterMs: 4000)))
        world.advance(3999)
        #expect(world.pulses.isEmpty)
        world.advance(2)
        #expect(world.pulses.count == 1)
        #expect(world.screen == .opening(step, attempt: 1), "nothing was pulsed, so nothing counts")
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test(arguments: [0, 50, Int.max, Int.min])
    func coilBudgetWithoutEndCallsStaff(_ retryAfterMs: Int) {
        var world = collecting()
        var rounds = 0
        while !world.pulses.isEmpty, rounds < 100 {
            world.answer(.notActuated(.coilBudget(retryAfterMs: retryAfterMs)))
            world.advance(100)
            rounds += 1
        }
        #expect(rounds < 20)
        #expect(world.screen == .doorStuck(step, canRetry: true))
        #expect(world.record("A-01")?.outOfService == nil)
        world.checkNobodyHangs()
    }

    @Test(arguments: [NotActuatedCause.boardDown, .stale, .boardRefused(code: 4), .notAvailable])
    func pulseThatWasNotSentCallsStaffAndKeepsTheDoorInService(_ cause: NotActuatedCause) {
        var world = collecting()
        world.answer(.notActuated(cause))
        #expect(world.screen == .doorStuck(step, canRetry: true))
        #expect(world.record("A-01")?.outOfService == nil)
        #expect(world.faults().count == 1)
        world.press(.retry)
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test func unprovenPulseIsJudgedByTheDoor() {
        var world = collecting()
        world.answer(.unknown)
        world.advance(6001)
        #expect(world.outcomes.last == .failed(.pulseUnproven))
        world.answer(.unknown)
        world.open("A-01")
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.map(\.evidence?.attempts) == [2])
    }

    @Test func boardThatDiesAfterThePulseLeavesTheOutcomeUnknown() {
        var world = collecting()
        world.answer()
        world.send(.boardChanged("a", isUp: false))
        world.send(.doorRead("A-01", .unknown))
        world.advance(6001)
        #expect(world.outcomes.last == .unknown, "nobody was looking: that is not a door that stayed shut")
        #expect(world.record("A-01")?.outcomeUnknown == .collect)
        #expect(world.record("A-01")?.outOfService == nil)
        #expect(world.pulses.isEmpty)
        world.checkNobodyHangs()
        world.checkBooks()
    }

    @Test func silentBusLeavesTheOutcomeUnknownAndALateAnswerChangesNothing() {
        var world = collecting()
        world.advance(15_001)
        #expect(world.outcomes.last == .unknown)
        #expect(world.record("A-01")?.outcomeUnknown == .collect)
        let before = world.state.session
        world.answer()
        #expect(world.state.session == before)
        world.checkNobodyHangs()
    }

    @Test func doorEdgeMayOvertakeTheAnswerOfTheBus() {
        for late in [PulseAnswer.actuated, .unknown, .notActuated(.boardDown)] {
            var world = collecting()
            world.open("A-01")
            #expect(world.screen == .takeParcel(step))
            world.answer(late)
            #expect(world.screen == .takeParcel(step))
            world.advance(3000)
            world.close("A-01")
            #expect(world.pickups.count == 1)
            world.checkBooks()
        }
    }

    @Test func stuckDoorDoesNotKeepTheOtherDoorsShut() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        for _ in 0..<3 { world.doorStaysShut() }
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial])
        #expect(world.reports(.pickupFailed).map(\.compartment) == ["A-01"])
        guard case .done(let done) = world.screen else {
            Issue.record("not done")
            return
        }
        #expect(done.stuck == ["A-01"])
        world.checkBooks()
    }

    @Test(arguments: [Event.coilStuck("A-02"), .doorRead("A-02", .open), .boardChanged("a", isUp: false)])
    func secondDoorThatGoesBadMeanwhileIsNotPulsed(_ event: Event) {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.openDoor()
        world.send(event)
        world.advance(3000)
        world.close("A-01")
        #expect(world.pulses.isEmpty)
        guard case .doorStuck(_, canRetry: false) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        world.advance(120_001)
        #expect(world.reports(.pickupFailed).map(\.compartment) == ["A-02"])
        world.checkNobodyHangs()
        world.checkBooks()
    }
}
