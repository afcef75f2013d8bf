import StationCore
import Testing

@Suite struct ExpiryTests {
    private let end = World.dayStart.advanced(byMs: 100_000)

    private func loaded() -> World {
        var world = World()
        world.addOrder("O1", .small, .small) { $0.expiresAt = World.dayStart.advanced(byMs: 100_000) }
        world.load("O1")
        return world
    }

    @Test func holdEndsByItselfAndIsReportedOnceForAllParcels() {
        var world = loaded()
        world.advance(200_000)
        let expired = world.reports(.orderExpired)
        #expect(expired.count == 1)
        #expect(expired.first?.parcels == ["O1-1", "O1-2"])
        #expect(expired.first?.at == end.advanced(byMs: 1))
        #expect(world.contents("A-01")?.occupancy?.recall == .expired)
        #expect(world.contents("A-02")?.occupancy?.recall == .expired)
        #expect(world.order("O1")?.isExpired == true)
        world.advance(86_400_000)
        #expect(world.reports(.orderExpired).count == 1)
        world.restart()
        world.advance(86_400_000)
        #expect(world.reports(.orderExpired).count == 1)
        world.scan("O1")
        #expect(world.refusal == .expired(orderNumber: "#O1"))
    }

    @Test func nothingExpiresByAClockThatIsNotTrusted() {
        let world = loaded()
        var untrusted = World(isReady: false)
        untrusted.store(
            world.order("O1") ?? OrderRecord(id: "O1", version: 1, displayNumber: "", parcels: [])
        )
        untrusted.disk = world.disk
        untrusted.state = StationState(
            plan: World.wall,
            policy: Policy(),
            memory: StationState.Memory(
                compartments: world.disk.compartments,
                latestTime: end.advanced(byMs: 3_600_000)
            ),
            at: untrusted.now
        )
        untrusted.send(.started(lostMemory: false))
        untrusted.wake()
        untrusted.advance(86_400_000)
        #expect(untrusted.reports(.orderExpired).isEmpty)
        untrusted.scan("O1")
        #expect(untrusted.pulses.count == 1)
        untrusted.visit()
        #expect(untrusted.pickups.count == 1)
        untrusted.visit()
        untrusted.send(.clockRead(end.advanced(byMs: 86_400_000 * 9), .systemSynchronised))
        #expect(untrusted.pickups.count == 2)
        #expect(untrusted.reports(.orderExpired).isEmpty, "it was collected")
    }

    @Test func holdsEndOnceTheClockIsTrusted() {
        var world = loaded()
        let memory = StationState.Memory(compartments: world.disk.compartments, latestTime: end)
        world.state = StationState(plan: World.wall, policy: Policy(), memory: memory, at: world.now)
        world.send(.started(lostMemory: false))
        world.advance(60_000)
        #expect(world.reports(.orderExpired).isEmpty)
        world.wake()
        world.send(.clockRead(end.advanced(byMs: 86_400_000), .hq))
        // The station was down for that day: it does not count.
        #expect(world.reports(.orderExpired).isEmpty)
        world.advance(1_000)
        #expect(world.reports(.orderExpired).count == 1)
    }

    @Test func hqExtendsAHoldAlsoAfterItHasEnded() {
        var world = loaded()
        world.advance(200_000)
        world.change("O1") { $0.expiresAt = World.dayStart.advanced(byMs: 900_000) }
        #expect(world.order("O1")?.isExpired == false)
        #expect(world.contents("A-01")?.occupancy?.recall == nil)
        world.scan("O1")
        #expect(world.pulses.count == 1)
        world.visit()
        world.openDoor()
        world.advance(2_000_000)
        world.close("A-02")
        #expect(world.pickups.last?.type == .pickupCompleted)
        #expect(world.reports(.orderExpired).count == 1)
    }

    @Test func newVersionWithTheSameHoldDoesNotEndItAgain() {
        var world = loaded()
        world.advance(200_000)
        world.change("O1") { $0.displayNumber = "#1" }
        world.advance(200_000)
        #expect(world.order("O1")?.isExpired == true)
        #expect(world.reports(.orderExpired).count == 1)
        #expect(world.contents("A-01")?.occupancy?.recall == .expired)
    }

    @Test(arguments: [nil, World.dayStart.advanced(byMs: 9_000_000)])
    func hqTakesItsOwnWordThatAHoldHasEndedBack(_ end: StationTime?) {
        var world = World()
        world.addOrder("O1", .small) { $0.expiresAt = end }
        world.load("O1")
        world.change("O1") { $0.isExpired = true }
        #expect(world.contents("A-01")?.occupancy?.recall == .expired)
        world.change("O1") { $0.isExpired = false }
        #expect(world.contents("A-01")?.occupancy?.recall == nil)
        world.scan("O1")
        #expect(world.pulses.count == 1)
    }

    @Test func holdThatEndsWhileTheDoorIsOpenNeitherStopsThePickupNorSpins() {
        var world = World()
        world.addOrder("O1", .small) { $0.expiresAt = World.dayStart.advanced(byMs: 30_000) }
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        world.advance(40_000)
        world.close("A-01")
        #expect(world.pickups.count == 1)
        #expect(world.reports(.orderExpired).isEmpty)
    }

    @Test func holdThatEndsBetweenTwoTriesStopsTheSecondPulse() {
        var world = World()
        world.addOrder("O1", .small) { $0.expiresAt = World.dayStart.advanced(byMs: 30_000) }
        world.load("O1")
        world.advance(22_000)
        world.scan("O1")
        world.answer()
        world.advance(6001)
        #expect(world.pulses.isEmpty)
        #expect(world.refusal == .expired(orderNumber: "#O1"))
        #expect(world.reports(.orderExpired).count == 1)
    }

    @Test func holdThatEndsWhileTheParcelIsPutInIsRecalled() {
        var world = World()
        world.addOrder("O1", .small) { $0.expiresAt = World.dayStart.advanced(byMs: 5000) }
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(8000)
        world.close("A-01")
        world.advance(10)
        #expect(world.contents("A-01")?.occupancy?.recall == .expired)
        #expect(world.reports(.orderExpired).count == 1)
    }

    @Test(arguments: [Int64.min, 0, .max])
    func absurdHoldsDoNotSpinOrTrap(_ milliseconds: Int64) {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.change("O1") { $0.expiresAt = StationTime(milliseconds: milliseconds) }
        world.advance(86_400_000)
        #expect(world.reports(.orderExpired).count == (milliseconds == .max ? 0 : 1))
    }
}
