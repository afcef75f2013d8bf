import StationCore
import Testing

@Suite struct HoldClockTests {
    private static let day: Int64 = 86_400_000
    private static let hour: Int64 = 3_600_000

    /// Order O1, with three days of hold, is in A-01.
    private func loaded(_ sizes: Size = .small, policy: Policy = Policy()) -> World {
        var world = World(policy: policy)
        world.addOrder("O1", sizes) { $0.expiresAt = World.dayStart.advanced(byMs: 3 * Self.day) }
        world.load("O1")
        return world
    }

    private func isExpired(_ world: World) -> Bool { world.contents("A-01")?.occupancy?.recall == .expired }

    @Test func theHoldStandsStillWhileItsBoardIsDown() {
        var world = loaded()
        world.advance(Int(Self.day))
        world.send(.boardChanged("a", isUp: false))
        world.advance(14 * Int(Self.day))
        #expect(!isExpired(world))
        world.send(.boardChanged("a", isUp: true))
        let end = World.dayStart.advanced(byMs: 17 * Self.day)
        #expect(world.reports(.orderHoldExtended).map(\.deadline) == [end])
        #expect(world.order("O1").flatMap { world.state.deadline(of: $0) } == end)
        world.advance(Int(2 * Self.day - Self.hour))
        #expect(!isExpired(world))
        world.advance(2 * Int(Self.hour))
        #expect(isExpired(world))
        #expect(world.reports(.orderExpired).count == 1)
    }

    @Test func theHoldStandsStillWhileTheStationIsDown() {
        var world = loaded()
        world.restart(sameBoot: false, afterMs: 21 * Int(Self.day))
        #expect(!isExpired(world))
        #expect(world.reports(.orderHoldExtended).count == 1)
        world.scan("O1")
        #expect(world.pulses.count == 1)
    }

    @Test func anOutageThatBeganBeforeARestartCountsWhole() {
        var world = loaded()
        world.send(.boardChanged("a", isUp: false))
        world.advance(Int(Self.day))
        // The disk knows the moment at which the board fell silent.
        world.restart(sameBoot: false, afterMs: 2 * Int(Self.day))
        let end = world.reports(.orderHoldExtended).last?.deadline
        #expect(end.map { $0.ms(since: World.dayStart) / Self.hour } == 120)
    }

    @Test func aDoorOutOfServiceAndLostMainsCountAsWell() {
        var world = loaded()
        world.command("C1", .takeOutOfService("A-01"))
        world.advance(10 * Int(Self.day))
        world.command("C2", .putIntoService("A-01"))
        #expect(!isExpired(world))
        let mains = { (isLost: Bool) in
            PointReading(
                id: PointID(rawValue: "mains"),
                kind: .mainsLost,
                isActive: isLost,
                stopsOpenings: true
            )
        }
        world.send(.pointChanged(mains(true)))
        world.advance(10 * Int(Self.day))
        #expect(!isExpired(world))
        world.send(.pointChanged(mains(false)))
        #expect(world.reports(.orderHoldExtended).count == 2)
        world.advance(4 * Int(Self.day))
        #expect(isExpired(world))
    }

    @Test func aShortDropMovesNoDeadline() {
        var world = loaded()
        for _ in 1...5 {
            world.send(.boardChanged("a", isUp: false))
            world.advance(30_000)
            world.send(.boardChanged("a", isUp: true))
            world.advance(30_000)
        }
        #expect(world.reports(.orderHoldExtended).isEmpty)
        world.advance(3 * Int(Self.day))
        #expect(isExpired(world))
    }

    @Test func anOrderInTwoDoorsStandsStillWithEither() {
        var world = World()
        world.addOrder("O1", .small, .medium) { $0.expiresAt = World.dayStart.advanced(byMs: Self.day) }
        world.load("O1")
        world.command("C1", .takeOutOfService("A-05"))
        world.advance(9 * Int(Self.day))
        #expect(world.reports(.orderExpired).isEmpty)
        world.scan("O1")
        #expect(world.pulses.map(\.compartment) == ["A-01"])
    }

    @Test func hqsNewWordWins() {
        var world = loaded()
        world.send(.boardChanged("a", isUp: false))
        world.advance(10 * Int(Self.day))
        world.send(.boardChanged("a", isUp: true))
        let end = world.time.advanced(byMs: 1_000_000)
        world.change("O1") { $0.expiresAt = end }
        #expect(world.order("O1").flatMap { world.state.deadline(of: $0) } == end)
        world.advance(1_100_000)
        #expect(isExpired(world))
    }

    @Test func theTimeUntilTheClockIsKnownCountsOnlyOnceItIs() {
        var world = loaded()
        world.state = StationState(
            plan: World.wall,
            policy: Policy(),
            memory: StationState.Memory(compartments: world.disk.compartments, latestTime: world.time),
            at: world.now
        )
        world.send(.started(lostMemory: false))
        world.wake()
        world.advance(3_600_000)
        #expect(world.reports(.orderHoldExtended).isEmpty)
        world.send(.clockRead(World.dayStart.advanced(byMs: 30 * Self.day), .hq))
        #expect(!isExpired(world))
        let told = world.reports(.orderHoldExtended).first?.deadline
        #expect(told.map { $0.ms(since: World.dayStart) / Self.day } == 32)
    }

    // MARK: Opening hours

    /// Berlin, Saturday 24 October 2026 to Tuesday: open 8 to 20, closed on Sunday, when summer time ends: Saturday's
    /// 20:00 is 18:00 UTC, Monday's is 19:00 UTC.
    private static let saturday: Int64 = 1_792_800_000_000
    private static let calendar = OpeningCalendar(spans: [
        span(6, 18, day: 0), span(7, 19, day: 2), span(7, 19, day: 3),
    ])

    private static func span(_ opens: Int64, _ closes: Int64, day: Int64) -> OpeningCalendar.Span {
        let midnight = saturday + day * Self.day
        return OpeningCalendar.Span(
            opens: StationTime(milliseconds: midnight + opens * hour),
            closes: StationTime(milliseconds: midnight + closes * hour)
        )
    }

    @Test(
        arguments: [
            // hours after Saturday's midnight in UTC: HQ's deadline, and the closing time that it becomes
            (10, 18), (18, 18), (19, 67), (30, 67), (50, 67), (70, 91), (100, 100), (5, 5),
        ] as [(Int64, Int64)]
    )
    func aHoldEndsWhenTheStoreClosesAlsoOverTheEndOfSummerTime(_ end: Int64, _ closing: Int64) {
        let moment = StationTime(milliseconds: Self.saturday + end * Self.hour)
        let expected = StationTime(milliseconds: Self.saturday + closing * Self.hour)
        #expect(Self.calendar.closing(after: moment) == expected)
    }

    @Test func anOutageOverTheEndOfSummerTimeEndsAtTheNextClosing() {
        var policy = Policy()
        policy.holdEndsAtClosing = true
        var world = World(policy: policy)
        world.send(.clockRead(StationTime(milliseconds: Self.saturday + 7 * Self.hour), .systemSynchronised))
        world.send(.clockRead(StationTime(milliseconds: Self.saturday + 7 * Self.hour), .hq))
        world.send(.calendarRead(Self.calendar))
        world.addOrder("O1", .small) {
            $0.expiresAt = StationTime(milliseconds: Self.saturday + 12 * Self.hour)
        }
        world.load("O1")
        world.send(.boardChanged("a", isUp: false))
        // The board is back on Sunday evening: 36 hours later.
        world.advance(36 * Int(Self.hour))
        world.send(.boardChanged("a", isUp: true))
        let told = world.reports(.orderHoldExtended).first?.deadline
        #expect(told == StationTime(milliseconds: Self.saturday + (48 + 19) * Self.hour))
        world.advance(23 * Int(Self.hour))
        #expect(!isExpired(world))
        world.advance(2 * Int(Self.hour))
        #expect(isExpired(world))
    }
}
