import StationCore
import Testing

/// All doors, one after the other, for a person at the wall.
@Suite struct OpenAllTests {
    private func step(_ world: World) -> OpenAllStep? {
        if case .openAll(let step) = world.screen { step } else { nil }
    }

    private func begin(_ world: inout World, _ role: StaffRecord.Role = .manager) {
        world.signIn(RoleTests.badge(role))
        world.press(.startOpenAll)
    }

    /// The door that was pulsed opens, a person looks, and it is closed (or they say so).
    private func seeOne(_ world: inout World) {
        world.visit()
        if step(world)?.stage == .word { world.press(.next) }
    }

    @Test func everyDoorOpensOnceAfterTheOneBeforeIsClosedAndContentsAreInDoubt() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        begin(&world)
        #expect(step(world)?.stage == .toConfirm)
        #expect(step(world)?.left == 8)
        #expect(step(world)?.occupied == 1)
        #expect(world.pulses.isEmpty, "before it was confirmed")
        world.press(.go)
        var order: [CompartmentID] = []
        for _ in 0..<8 {
            #expect(world.pulses.count == 1)
            #expect(world.state.openings.count == 1)
            #expect(world.state.openings.first?.purpose == .service)
            #expect(world.state.openings.first?.authority == .staff("R1"))
            order.append(world.pulses[0].compartment)
            world.advance(1_500)
            #expect(world.pulses.count == 1, "a second door while the first one is open")
            seeOne(&world)
            world.advance(1_000)
        }
        #expect(order == ["A-01", "A-02", "A-03", "A-05", "A-06", "A-07", "B-01", "B-02"])
        #expect(step(world)?.stage == .done)
        #expect(step(world)?.opened == 8)
        #expect(world.record("A-01")?.outcomeUnknown == .service)
        #expect(world.record("A-02")?.outcomeUnknown == nil, "nothing was inside")
        #expect(world.contents("A-01")?.order == "O1", "what is inside is not forgotten")
        world.press(.menu)
        world.press(.finish)
        // Staff look, and say what they saw.
        world.signIn(RoleTests.badge(.associate))
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.record("A-01")?.outcomeUnknown == nil)
        world.press(.finish)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func aDoorThatStaysShutIsNamedAndTheNextOneOpens() {
        var world = World()
        begin(&world, .technician)
        world.press(.go)
        #expect(world.state.openings.first?.authority == .technician("R1"))
        world.doorStaysShut()
        world.advance(1_000)
        #expect(step(world)?.failed == ["A-01"])
        #expect(world.pulses.last?.compartment == "A-02")
    }

    @Test func doorsThatCannotBeOpenedAreLeftOut() {
        var world = World()
        world.send(.boardChanged("b", isUp: false))
        world.send(.doorMapRead(unwalked: ["A-03"]))
        world.send(.coilStuck("A-05"))
        begin(&world)
        #expect(step(world)?.leftOut == ["A-03", "A-05", "B-01", "B-02"])
        #expect(step(world)?.left == 4)
    }

    @Test func thePersonStopsItAndItGoesOn() {
        var world = World()
        begin(&world)
        world.press(.go)
        world.press(.stop)
        seeOne(&world)
        world.advance(50_000)
        #expect(world.pulses.isEmpty, "it went on after it was stopped")
        #expect(step(world)?.stage == .paused)
        #expect(step(world)?.pause == .person)
        world.press(.go)
        #expect(world.pulses.last?.compartment == "A-02")
    }

    @Test func aCustomersCodeAndLostMainsStopIt() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        begin(&world)
        world.press(.go)
        world.scan("O1")
        #expect(world.notice == .sessionInUse)
        seeOne(&world)
        world.advance(50_000)
        #expect(step(world)?.pause == .customer)
        #expect(world.pulses.isEmpty)
        world.press(.go)
        world.send(
            .pointChanged(
                PointReading(
                    id: PointID(rawValue: "mains"),
                    kind: .mainsLost,
                    isActive: true,
                    stopsOpenings: true
                )
            )
        )
        seeOne(&world)
        world.advance(50_000)
        #expect(step(world)?.pause == .powerLost)
        #expect(world.pulses.isEmpty)
    }

    @Test func eachDoorIsCountedAndTheBudgetIsWaitedForAndNeverOverdrawn() {
        var policy = Policy()
        policy.governor.staff.perMinute = 3
        policy.governor.staff.perHour = 4
        var world = World(policy: policy)
        begin(&world)
        world.press(.go)
        for _ in 0..<3 {
            seeOne(&world)
            world.advance(1_000)
        }
        #expect(world.pulses.isEmpty, "a fourth door within the budget of three")
        #expect(step(world)?.stage == .resting)
        #expect((step(world)?.seconds ?? 0) > 1)
        world.advance(20_000)
        #expect(world.pulses.last?.compartment == "A-05")
        #expect(world.reports(.governorTripped).isEmpty)
        // An hour's budget is not waited for.
        seeOne(&world)
        world.advance(30_000)
        #expect(step(world)?.pause == .tooManyOpenings)
    }

    @Test func whoWalksAwayFromAnOpenDoorLeavesTheKioskToOthers() {
        var world = World()
        begin(&world)
        world.press(.go)
        world.openDoor()
        world.advance(world.state.policy.doorLeftOpenMs + 60_000)
        #expect(world.state.session == nil)
        #expect(world.pulses.isEmpty)
        world.close("A-01")
        world.advance(60_000)
        #expect(world.pulses.isEmpty, "it went on by itself")
    }

    @Test func aRestartDoesNotGoOn() {
        var world = World()
        begin(&world)
        world.press(.go)
        world.openDoor()
        world.restart()
        world.advance(120_000)
        #expect(world.pulses.isEmpty)
        #expect(world.state.session == nil)
    }
}
