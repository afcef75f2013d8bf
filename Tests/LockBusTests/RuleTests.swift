import DeviceIO
import Testing

@testable import LockBus

struct RuleTests {
    @Test func openIsReportedAtOnceAndClosedOnlyAfterTwoReadings() {
        var filter = DoorFilter()
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: false) == .closed)
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: true) == .open)
        #expect(filter.observe(isOpen: true) == nil)
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: true) == nil)
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: false) == .closed)
    }

    @Test func aReadingFromBeforeAnErrorOrAPulseDoesNotCount() {
        var filter = DoorFilter()
        _ = filter.observe(isOpen: true)
        #expect(filter.observe(isOpen: false) == nil)
        filter.doubt()
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: false) == .closed)
    }

    @Test func aLostSensorIsUnknownUntilItIsReadAgain() {
        var filter = DoorFilter()
        #expect(filter.lose() == .unknown)
        #expect(filter.lose() == nil)
        #expect(filter.observe(isOpen: false) == nil)
        #expect(filter.observe(isOpen: false) == .closed)
        #expect(filter.lose() == .unknown)
        #expect(filter.observe(isOpen: true) == .open)
    }

    @Test func theBackOffDoublesToItsLimitAndNeverEnds() {
        var backoff = Backoff(firstMs: 1000, limitMs: 30_000)
        let now = BootTime(nanoseconds: 0)
        let waits = (0..<9).map { _ in backoff.failed(at: now).milliseconds(since: now) }
        #expect(waits == [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000, 30_000])
        backoff.succeeded()
        #expect(backoff.failed(at: now).milliseconds(since: now) == 1000)
    }

    @Test func aTimeThatABoardRoundsUpIsCountedInFull() throws {
        #expect(try Profiles.flash.timeOnMs(for: 301) == 400)
        #expect(try Profiles.flash.timeOnMs(for: 300) == 300)
        #expect(try Profiles.watchdog.timeOnMs(for: 301) == 301)
    }
}
