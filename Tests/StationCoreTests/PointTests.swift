import StationCore
import Testing

@Suite struct PointTests {
    private static func mains(lost isLost: Bool?, locksOnUPS: Bool = false) -> Event {
        .pointChanged(
            PointReading(
                id: PointID(rawValue: "mains"),
                kind: .mainsLost,
                isActive: isLost,
                stopsOpenings: !locksOnUPS
            )
        )
    }

    private static func alarms(_ world: World) -> [String] {
        world.reports.filter { $0.type == .pointAlarm }.compactMap(\.reason)
    }

    @Test func aTechnicianIsToldThatTheMainsAreLost() {
        var world = World()
        world.send(.serviceBegan("T1"))
        world.send(Self.mains(lost: true))
        #expect(
            world.state.serviceRefusal(of: "A-01", by: "T1", isOnce: false, at: world.now) == .powerLost
        )
        world.send(Self.mains(lost: false))
        #expect(world.state.serviceRefusal(of: "A-01", by: "T1", isOnce: false, at: world.now) == nil)
    }

    @Test func withoutPowerNoDoorIsOpenedAndEverybodyIsTold() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        let pulses = world.pulses.count
        world.send(Self.mains(lost: true))
        #expect(world.screen == .cannotServe(.powerLost))
        world.scan("O1")
        #expect(world.refusal == .powerLost(orderNumber: "#O1"))
        #expect(world.pulses.count == pulses)
        #expect(world.reports.last?.type == .pointAlarm)
        world.advance(12_001)
        #expect(world.screen == .cannotServe(.powerLost))
        // The parcel has not moved and nothing is held against the customer.
        world.send(Self.mains(lost: false))
        #expect(world.screen == .home)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        #expect(Self.alarms(world) == ["mainsLost.raised.mains", "mainsLost.cleared.mains"])
    }

    @Test func anOpeningThatWasOrderedIsFinishedAndTheNextDoorIsNot() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.load("O1")
        world.scan("O1")
        #expect(world.pulses.count == 1)
        world.send(Self.mains(lost: true))
        // The door that was pulsed for them is theirs: they take what is inside.
        world.visit()
        #expect(world.pulses.isEmpty, "no second door without power")
        #expect(world.refusal == .powerLost(orderNumber: "#O1"))
        #expect(world.pickups.count == 1)
        world.advance(60_000)
        world.send(Self.mains(lost: false))
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 2)
    }

    @Test func locksOnTheUPSGoOnWorking() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.send(Self.mains(lost: true, locksOnUPS: true))
        #expect(world.screen == .home)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
        #expect(Self.alarms(world) == ["mainsLost.raised.mains"])
    }

    @Test func aBoardThatFallsSilentDoesNotBringTheMainsBack() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.send(Self.mains(lost: true))
        world.send(Self.mains(lost: nil))
        world.scan("O1")
        #expect(world.refusal == .powerLost(orderNumber: "#O1"))
        world.send(Self.mains(lost: false))
        #expect(Self.alarms(world) == ["mainsLost.raised.mains", "mainsLost.cleared.mains"])
        // One that was silent from the start says nothing at all.
        var other = World()
        other.send(Self.mains(lost: nil))
        #expect(other.screen == .home)
        #expect(Self.alarms(other) == [])
    }

    @Test func staffLoadNothingWithoutPower() {
        var world = World()
        world.addOrder("O1", .small)
        world.send(Self.mains(lost: true))
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.pulses.isEmpty)
        #expect(world.state.notice?.notice.kind == .powerLost)
        #expect(world.state.compartments.allSatisfy { $0.record.contents == .empty })
    }

    @Test func anAlarmIsReportedOnceAndOccupancyIsNone() {
        var world = World()
        func point(_ kind: PointKind, _ isActive: Bool?, tenths: Int? = nil) -> Event {
            .pointChanged(
                PointReading(id: PointID(rawValue: "p"), kind: kind, isActive: isActive, tenths: tenths)
            )
        }
        world.send(point(.temperature, false, tenths: 210))
        world.send(point(.temperature, true, tenths: 480))
        world.send(point(.temperature, true, tenths: 491))
        world.send(point(.temperature, false, tenths: 300))
        #expect(Self.alarms(world) == ["temperature.raised.p", "temperature.cleared.p"])
        #expect(world.state.points.first?.tenths == 300)
        world.send(point(.occupancy, true))
        world.send(point(.occupancy, false))
        #expect(Self.alarms(world).count == 2)
    }
}
