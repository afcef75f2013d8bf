import StationCore
import Testing

@Suite struct ClockTests {
    private let day = World.dayStart
    private let start = Instant(nanoseconds: 1_000_000_000)
    private let stepMax = Policy().clockStepMaxMs

    private func trusted() -> StationClock {
        StationClock(floor: day, at: start).observing(day, from: .hq, at: start, stepMaxMs: stepMax)
    }

    private func later(_ milliseconds: Int) -> Instant { start.advanced(byMs: milliseconds) }

    @Test func runsOnTheMonotonicClockFromItsFloor() {
        let clock = StationClock(floor: day, at: start)
        #expect(!clock.isTrusted)
        #expect(clock.time(at: later(1500)) == day.advanced(byMs: 1500))
    }

    @Test func neverGoesBackward() {
        let clock = trusted()
        for source in [StationClock.Source.hq, .systemSynchronised, .systemUnsynchronised] {
            for behind in [Int64(1), 60_000, 86_400_000, .max] {
                let next = clock.observing(
                    day.advanced(byMs: -behind),
                    from: source,
                    at: later(10),
                    stepMaxMs: stepMax
                )
                #expect(next.time(at: later(10)) == day.advanced(byMs: 10))
            }
        }
    }

    @Test func isNotTrustedWhileItIsFarAheadOfATrustedSource() {
        let near = trusted().observing(day.advanced(byMs: -120_000), from: .hq, at: start, stepMaxMs: stepMax)
        #expect(near.isTrusted)
        let far = trusted().observing(day.advanced(byMs: -120_001), from: .hq, at: start, stepMaxMs: stepMax)
        #expect(!far.isTrusted)
        let caughtUp = far.observing(day.advanced(byMs: 10), from: .hq, at: later(5), stepMaxMs: stepMax)
        #expect(caughtUp.isTrusted)
        #expect(caughtUp.time(at: later(5)) == day.advanced(byMs: 10))
    }

    @Test func largeStepNeedsASecondSourceThatAgrees() {
        let far = day.advanced(byMs: stepMax + 1000)
        let once = trusted().observing(far, from: .hq, at: start, stepMaxMs: stepMax)
        #expect(once.time(at: start) == day)
        let same = once.observing(far, from: .hq, at: later(10), stepMaxMs: stepMax)
        #expect(same.time(at: start) == day)
        let second = once.observing(far, from: .systemSynchronised, at: later(10), stepMaxMs: stepMax)
        #expect(second.time(at: later(10)) == far)
        let other = once.observing(
            far.advanced(byMs: 10 * stepMax),
            from: .systemSynchronised,
            at: later(10),
            stepMaxMs: stepMax
        )
        #expect(other.time(at: later(10)) == day.advanced(byMs: 10), "they do not agree")
    }

    @Test func smallStepIsTakenAtOnce() {
        let next = trusted().observing(day.advanced(byMs: stepMax), from: .hq, at: start, stepMaxMs: stepMax)
        #expect(next.time(at: start) == day.advanced(byMs: stepMax))
    }

    @Test func unsynchronisedClockHelpsAStationThatKnowsNothingAndIsNeverTrusted() {
        let blank = StationClock(floor: StationTime(milliseconds: 0), at: start)
        let next = blank.observing(day, from: .systemUnsynchronised, at: start, stepMaxMs: stepMax)
        #expect(next.time(at: start) == day)
        #expect(!next.isTrusted)
        let ignored = trusted().observing(
            day.advanced(byMs: 5000),
            from: .systemUnsynchronised,
            at: start,
            stepMaxMs: stepMax
        )
        #expect(ignored == trusted())
    }

    @Test func wrongUnsynchronisedClockDoesNotPoisonStationTime() {
        let year2099 = StationTime(milliseconds: 4_073_000_000_000)
        let known = StationClock(floor: day, at: start)
        let next = known.observing(year2099, from: .systemUnsynchronised, at: start, stepMaxMs: stepMax)
        #expect(next.time(at: start) == day, "time never goes back: a wrong future could not be undone")
        let synced = next.observing(
            day.advanced(byMs: 3_600_000),
            from: .systemSynchronised,
            at: start,
            stepMaxMs: stepMax
        )
        #expect(synced.isTrusted)
    }

    @Test func absurdReadingsNeitherTrapNorTurnTimeBack() {
        let sources = [StationClock.Source.hq, .systemSynchronised, .systemUnsynchronised]
        for floor in [Int64.min, -1, 0, day.milliseconds, .max] {
            for reading in [Int64.min, -1, 0, day.milliseconds, .max] {
                for source in sources {
                    let clock = StationClock(floor: StationTime(milliseconds: floor), at: start)
                    let next = clock.observing(
                        StationTime(milliseconds: reading),
                        from: source,
                        at: later(1),
                        stepMaxMs: stepMax
                    )
                    #expect(next.time(at: later(1)) >= clock.time(at: later(1)))
                    let again = next.observing(day, from: .hq, at: later(2), stepMaxMs: stepMax)
                    #expect(again.time(at: later(2)) >= next.time(at: later(2)))
                    _ = again.instant(of: StationTime(milliseconds: reading), from: later(2))
                }
            }
        }
    }

    @Test func restartKeepsTimeAndTrustsItAgainOnlyAfterAReading() {
        var world = World()
        world.advance(60_000)
        world.send(.coilStuck("A-01"))
        let before = world.disk.latestTime
        var memory = world.state.memory
        memory.latestTime = before
        let state = StationState(plan: world.state.plan, policy: Policy(), memory: memory, at: start)
        #expect(state.clock.time(at: start) == before)
        #expect(!state.clock.isTrusted)
    }
}
