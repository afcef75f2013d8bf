import StationCore
import Testing

@Suite struct CollectTests {
    @Test func scannedCodeOpensTheDoorAndThePickupIsReportedOnceItIsClosed() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        #expect(world.screen == .opening(step("A-01"), attempt: 1))
        #expect(world.reports(.pickupStarted).map(\.method) == [.scanned])
        world.openDoor()
        #expect(world.screen == .takeParcel(step("A-01")))
        #expect(world.pickups.isEmpty)
        world.advance(5000)
        world.close("A-01")
        let report = world.pickups.first
        #expect(world.pickups.count == 1)
        #expect(report?.type == .pickupCompleted)
        #expect(report?.parcels == ["O1-1"])
        #expect(report?.remaining == 0)
        #expect(report?.evidence?.kind == .doorOpenedAndClosed)
        #expect(report?.evidence?.attempts == 1)
        #expect(report?.handover == world.reports(.pickupStarted).first?.handover)
        #expect(world.contents("A-01") == .empty)
        #expect(
            world.screen == .done(DoneStep(orderNumber: "#O1", remaining: 0, stuck: [], reopen: "A-01"))
        )
        world.advance(12_001)
        #expect(world.screen == .home)
        world.checkBooks()
    }

    private func step(_ id: CompartmentID, number: Int = 1, count: Int = 1) -> DoorStep {
        DoorStep(compartment: id, number: number, count: count, orderNumber: "#O1")
    }

    @Test func typedCodeWorksTheSame() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.type("O1")
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupCompleted])
        #expect(world.reports(.pickupStarted).map(\.method) == [.typed])
    }

    @Test func threeDoorsOpenOneAfterTheOther() {
        var world = World()
        world.addOrder("O1", .small, .small, .medium)
        world.load("O1")
        world.scan("O1")
        for door in ["A-01", "A-02", "A-05"] as [CompartmentID] {
            #expect(world.pulses.map(\.compartment) == [door])
            #expect(world.state.openings.count == 1)
            world.visit()
        }
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupPartial, .pickupCompleted])
        #expect(world.pickups.map(\.remaining) == [2, 1, 0])
        #expect(Set(world.pickups.map(\.handover)).count == 1)
        world.checkBooks()
    }

    @Test func partOfAnOrderIsCollectedWhenOnlyPartIsLoaded() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.finishLoad()
        world.press(.finish)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial])
        #expect(world.pickups.map(\.remaining) == [1])
        world.advance(130_000)
        world.scan("O1")
        #expect(world.refusal == .notReadyYet(orderNumber: "#O1"))
        world.load("O1")
        world.scan("O1")
        world.visit()
        #expect(world.pickups.last?.type == .pickupCompleted)
        world.checkBooks()
    }

    @Test func policyCanKeepAnOrderTogether() {
        var policy = Policy()
        policy.collectPartial = false
        var world = World(policy: policy)
        world.addOrder("O1", .small, .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.finishLoad()
        world.press(.finish)
        world.scan("O1")
        #expect(world.refusal == .notReadyYet(orderNumber: "#O1"))
    }

    @Test func secondScanOfTheSameCodeChangesNothing() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.scan("O1")
        #expect(world.notice == .alreadyServing)
        #expect(world.pulses.count == 1)
        world.openDoor()
        world.scan("O1")
        #expect(world.notice == .alreadyServing)
        #expect(world.pulses.isEmpty)
    }

    @Test func secondCustomerWaitsUntilTheDoorIsClosed() {
        var world = World()
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.load("O1", "O2")
        world.scan("O1")
        world.openDoor()
        world.scan("O2")
        #expect(world.notice == .sessionInUse)
        world.typeWrong()
        #expect(world.notice == .sessionInUse, "a wrong code looks the same")
        world.advance(3000)
        world.close("A-01")
        world.scan("O2")
        #expect(world.pulses.map(\.compartment) == ["A-02"])
        world.visit()
        #expect(world.pickups.map(\.order) == ["O1", "O2"])
    }

    @Test func doorWithoutSensorIsConfirmedByTheCustomer() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        guard case .confirmTaken = world.screen else {
            Issue.record("not asked")
            return
        }
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed])
        world.press(.taken)
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func customerWhoSaysTheDoorDidNotOpenGetsAnotherTryThenStaff() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        for _ in 0..<3 {
            world.answer()
            world.press(.doorDidNotOpen)
            world.advance(2000)
        }
        guard case .doorStuck = world.screen else {
            Issue.record("not stuck: \(world.screen)")
            return
        }
        #expect(world.record("B-01")?.outOfService == .doorStuck)
        #expect(world.contents("B-01")?.order == "O1")
        #expect(world.pickups.isEmpty)
    }

    @Test func customerWhoSaysNothingLeavesTheCompartmentInDoubt() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        world.advance(61_000)
        #expect(world.pickups.isEmpty)
        #expect(world.record("B-01")?.outcomeUnknown == .collect)
        world.checkNobodyHangs()
        world.signIn()
        world.press(.clear("B-01", reason: .empty))
        #expect(world.pickups.map(\.evidence?.kind) == [.staffConfirmed])
        world.checkBooks()
    }

    @Test func flickerOfTheSensorIsNoVisit() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        world.advance(150)
        world.close("A-01")
        #expect(world.pickups.isEmpty, "S14: one reading never frees a compartment")
        guard case .confirmTaken = world.screen else {
            Issue.record("not asked: \(world.screen)")
            return
        }
        var silent = world
        silent.advance(61_000)
        #expect(silent.record("A-01")?.outcomeUnknown == .collect)
        silent.checkNobodyHangs()
        world.press(.doorDidNotOpen)
        world.advance(2000)
        #expect(world.pulses.map(\.compartment) == ["A-01"])
        world.visit()
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func buttonsThatDoNotFitTheScreenChangeNothing() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        let before = world
        for button: KioskButton in [
            .taken, .doorDidNotOpen, .retry, .reopen, .finish, .parcelInside, .emptied, .menu,
        ] {
            world.press(button)
            #expect(world.notice == .tooLate)
        }
        #expect(world.state.openings == before.state.openings)
        #expect(world.state.session == before.state.session)
    }
}
