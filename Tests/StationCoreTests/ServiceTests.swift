import StationCore
import Testing

/// A technician at the wall, as the rules see it.
@Suite struct ServiceTests {
    private let technician: StaffID = "uid:0"

    private func begun(_ world: inout World) {
        world.send(.serviceBegan(technician))
    }

    private func service(_ world: World) -> ServiceSession? {
        if case .service(let service) = world.state.session { service } else { nil }
    }

    private func refusal(_ world: World, _ door: CompartmentID, isOnce: Bool = false) -> ServiceRefusal? {
        world.state.serviceRefusal(of: door, by: technician, isOnce: isOnce, at: world.now)
    }

    @Test func anUnwalkedDoorServesNobodyAndIsOpenedForATechnicianOnly() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        let door = world.order("O1")?.parcels.first?.place.compartment ?? ""
        world.send(.doorMapRead(unwalked: [door, "A-02"]))
        #expect(!world.isFree("A-02"))
        #expect(world.isFree("A-03"))
        let before = world.pulses.count
        world.scan("O1")
        #expect(world.pulses.count == before, "a customer's code opened a door that was not walked")
        #expect(world.screen == .refused(.doorsUnavailable(orderNumber: "#O1")))
        world.advance(60_000)
        begun(&world)
        world.send(.serviceOpening("A-02", technician, isOnce: false))
        #expect(world.pulses.last?.compartment == "A-02")
        #expect(world.state.openings.first?.purpose == .service)
        #expect(world.state.openings.first?.authority == .technician(technician))
    }

    @Test func aRecallDoesNotPulseAnUnwalkedDoorEither() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        let door = world.order("O1")?.parcels.first?.place.compartment ?? ""
        world.change("O1") { $0.standing = .cancelled }
        world.send(.doorMapRead(unwalked: [door]))
        world.signIn()
        world.press(.menu)
        let before = world.pulses.count
        world.press(.recall(door))
        #expect(world.pulses.count == before)
    }

    @Test func theSessionSeesEverySensorThatMovesAndAnotherDoorsIsAnAlarm() {
        var world = World()
        begun(&world)
        world.send(.serviceOpening("A-01", technician, isOnce: false))
        world.answer()
        world.open("A-03")
        #expect(service(world)?.moved == ["A-03"])
        #expect(world.record("A-03")?.alarm?.kind == .forcedOpen)
        world.close("A-03")
        world.advance(30_000)
        #expect(service(world)?.outcome == .failed(.doorStayedShut))
        #expect(world.record("A-01")?.outOfService == nil, "a walk takes no door out of service")
        // Once A-03 is walked, its alarm was the wiring's.
        world.send(.serviceOpening("A-03", technician, isOnce: false))
        world.answer()
        world.open("A-03")
        world.close("A-03")
        #expect(service(world)?.moved == ["A-03"])
        #expect(service(world)?.outcome == .openedAndClosed)
        world.send(.compartmentWalked("A-03", technician))
        #expect(world.record("A-03")?.alarm == nil)
        #expect(world.faults().contains("cleared.walked"))
        world.checkBooks()
    }

    @Test func whileATechnicianWorksACodeIsAskedToWaitAndNothingOpens() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        begun(&world)
        let before = world.pulses.count
        world.scan("O1")
        #expect(world.pulses.count == before)
        #expect(world.state.notice?.notice.kind == .sessionInUse)
        world.send(.serviceEnded)
        world.scan("O1")
        #expect(world.pulses.count == before + 1)
    }

    @Test func oneDoorAfterTheOtherAndOnlyInTheOwnSession() {
        var world = World()
        #expect(refusal(world, "A-01") == .noSession)
        begun(&world)
        #expect(
            world.state.serviceRefusal(of: "A-01", by: "uid:7", isOnce: false, at: world.now) == .noSession
        )
        #expect(refusal(world, "A-01", isOnce: true) == .kioskInUse)
        #expect(refusal(world, "C-01") == .unknownCompartment)
        world.send(.serviceOpening("A-01", technician, isOnce: false))
        #expect(refusal(world, "A-02") == .openingUnderWay("A-01"))
        let before = world.pulses.count
        world.send(.serviceOpening("A-02", technician, isOnce: false))
        #expect(world.pulses.count == before, "two doors at once")
    }

    @Test func aCustomersSessionIsNotTakenAway() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        begun(&world)
        #expect(service(world) == nil)
        #expect(refusal(world, "A-05", isOnce: true) == .kioskInUse)
    }

    @Test func anOccupiedDoorIsOpenedOnAWalkOnlyAndWhatIsInsideIsInDoubt() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        let door = world.order("O1")?.parcels.first?.place.compartment ?? ""
        #expect(refusal(world, door, isOnce: true) == .occupied)
        begun(&world)
        world.advance(10_000)
        world.send(.serviceOpening(door, technician, isOnce: false))
        world.answer()
        world.open(door)
        world.advance(3_000)
        world.close(door)
        #expect(world.record(door)?.outcomeUnknown == .service)
        #expect(world.record(door)?.contents.order == "O1", "a technician's visit is no pickup")
        #expect(world.pickups.isEmpty)
        world.checkBooks()
    }

    @Test func theSessionEndsByItselfAndAfterOneDoorSoon() {
        var world = World()
        begun(&world)
        world.advance(world.state.policy.serviceIdleMs + 1)
        #expect(world.state.session == nil)
        world.send(.serviceOpening("A-01", technician, isOnce: true))
        world.answer()
        world.open("A-01")
        world.close("A-01")
        #expect(service(world)?.outcome == .openedAndClosed)
        world.advance(world.state.policy.doneMs + 1)
        #expect(world.state.session == nil)
        #expect(world.record("A-01")?.outcomeUnknown == nil)
    }

    @Test func aRestartInTheMiddleOfAWalkPulsesNothingAgainAndLeavesNothingInDoubt() {
        var world = World()
        begun(&world)
        world.send(.serviceOpening("A-01", technician, isOnce: false))
        world.answer()
        world.restart()
        #expect(world.pulses.isEmpty)
        world.advance(60_000)
        #expect(world.state.openings.isEmpty)
        #expect(world.record("A-01")?.outcomeUnknown == nil)
        #expect(world.isFree("A-01"))
    }

    @Test func atTheKioskATechnicianWalksDoorAfterDoorAndOthersMayNot() {
        var world = World()
        world.send(.doorMapRead(unwalked: ["A-02", "B-01", "B-02"]))
        world.signIn()
        world.press(.menu)
        world.press(.startWalk)
        #expect(world.state.notice?.notice.kind == .notAllowed, "an associate walks the wall")
        world.press(.finish)
        let badge = StaffRecord(id: "T1", version: 1, roles: [.technician], isRevoked: false)
        world.showBadge(badge)
        world.send(.pinTyped(badge.id, isRight: true))
        world.press(.startWalk)
        #expect(world.screen == .walk(WalkStep(compartment: "A-02", stage: .ready, left: 3, other: nil)))
        world.press(.walkOpen)
        #expect(world.state.openings.first?.authority == .technician("T1"))
        world.answer()
        world.open("A-02")
        world.close("A-02")
        #expect(world.screen == .walk(WalkStep(compartment: "A-02", stage: .confirm, left: 3, other: nil)))
        world.send(.compartmentWalked("A-02", "T1"))
        #expect(world.isFree("A-02"))
        // A door without a sensor: the person's word, also the one that says no.
        #expect(world.screen == .walk(WalkStep(compartment: "B-01", stage: .ready, left: 2, other: nil)))
        world.press(.walkOpen)
        world.answer()
        #expect(world.screen == .walk(WalkStep(compartment: "B-01", stage: .confirm, left: 2, other: nil)))
        world.press(.walkSkip)
        #expect(!world.isFree("B-01"))
        world.press(.walkSkip)
        #expect(world.screen == .walk(WalkStep(compartment: nil, stage: .done, left: 2, other: nil)))
        world.press(.finish)
        #expect(world.state.session == nil)
        world.checkBooks()
    }

    @Test func aTechnicianBeyondTheBudgetIsRefusedAndHQIsToldOnce() {
        var policy = Policy()
        policy.governor.technician.perMinute = 0
        var world = World(policy: policy)
        world.send(.serviceBegan(technician))
        for _ in 0..<2 {
            #expect(
                world.state.serviceRefusal(of: "A-01", by: technician, isOnce: false, at: world.now)
                    == .tooManyOpenings
            )
            world.send(.serviceOpening("A-01", technician, isOnce: false))
        }
        #expect(world.pulses.isEmpty)
        #expect(world.reports(.governorTripped).map(\.reason) == ["technician.station.minute"])
    }
}
