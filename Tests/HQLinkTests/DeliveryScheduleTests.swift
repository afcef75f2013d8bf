import Foundation
import StationAPI
import Testing

@testable import HQLink

/// The rules of delivery by themselves, with time as a number.
@Suite struct DeliveryScheduleTests {
    private let start = ContinuousClock.now

    private func schedule() -> DeliverySchedule {
        DeliverySchedule(
            width: 4,
            backoff: HQLinkTiming.Backoff(first: .seconds(5), longest: .seconds(900)),
            probes: HQLinkTiming.Backoff(first: .seconds(1), longest: .seconds(60))
        )
    }

    private func head(_ order: String?) -> OutboundEvent {
        OutboundEvent(id: "e-\(order ?? "")", orderID: order, sequence: 1, json: Data())
    }

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Starts what can start of `orders`, and says which.
    private func started(_ schedule: inout DeliverySchedule, _ orders: [String], _ seconds: Int) -> [String] {
        guard let question = schedule.question(now: at(seconds)) else { return [] }
        let heads = orders.prefix(question.limit).map(head)
        return schedule.start(heads, of: question, now: at(seconds)).compactMap(\.orderID)
    }

    private func fail(
        _ schedule: inout DeliverySchedule,
        _ order: String,
        _ seconds: Int,
        after: Duration? = nil
    ) {
        _ = schedule.failed(
            order,
            now: at(seconds),
            after: after,
            everyone: after != nil,
            hasty: true,
            random: 0.999
        )
    }

    /// `#expect` cannot take a call that changes a value.
    private func expect<Value: Equatable>(
        _ value: Value,
        _ expected: Value,
        at location: SourceLocation = #_sourceLocation
    ) {
        #expect(value == expected, sourceLocation: location)
    }

    @Test func noMoreThanFourStartAndOnlyOnePerOrder() {
        var schedule = schedule()
        expect(started(&schedule, ["a", "b", "c", "d", "e", "f"], 0), ["a", "b", "c", "d"])
        expect(started(&schedule, ["a", "b", "c", "d", "e", "f"], 0), [])
        let isClear = schedule.finished("b", now: at(0))
        #expect(isClear)
        expect(started(&schedule, ["a", "b", "c", "d", "e", "f"], 0), ["b"])
    }

    @Test func anAnswerThatIsOutOfDateDoesNotSendADeliveredEventAgain() throws {
        var schedule = schedule()
        expect(started(&schedule, ["a"], 0), ["a"])
        // The outbox is asked, and before its answer comes HQ's receipt for "a" does.
        let question = try #require(schedule.question(now: at(0)))
        _ = schedule.finished("a", now: at(0))
        let next = schedule.start([head("a"), head("b")], of: question, now: at(0))
        #expect(next.map(\.orderID) == ["b"])
    }

    @Test func theBackOffGrowsToAQuarterOfAnHour() {
        let backoff = HQLinkTiming().delivery
        #expect(backoff.wait(failures: 1, random: 1) == .seconds(5))
        #expect(backoff.wait(failures: 2, random: 1) == .seconds(10))
        #expect(backoff.wait(failures: 100, random: 1) == .seconds(900))
        #expect(backoff.wait(failures: 100, random: 0) == .zero)
        #expect(HQLinkTiming().poll.wait(failures: 9, random: 1) == .seconds(60))
    }

    @Test func fourFailingOrdersMakeTheGateThinAndASuccessOpensIt() {
        var schedule = schedule()
        let orders = ["a", "b", "c", "d", "e", "f", "g"]
        _ = started(&schedule, orders, 0)
        for order in ["a", "b", "c", "d"] { fail(&schedule, order, 0) }
        expect(started(&schedule, orders, 0), [])
        expect(started(&schedule, orders, 2), ["e"])
        expect(started(&schedule, orders, 2), [])
        _ = schedule.finished("e", now: at(2))
        // What waited because HQ was away goes first, without its own back-off.
        expect(started(&schedule, orders.filter { $0 != "e" }, 2), ["a", "b", "c", "d"])
    }

    @Test func oneFailingOrderNeverMakesTheGateThin() {
        var schedule = schedule()
        _ = started(&schedule, ["a"], 0)
        for _ in 0..<20 { fail(&schedule, "a", 0) }
        expect(started(&schedule, ["a", "b", "c"], 0), ["b", "c"])
    }

    @Test func aLongOutageDoesNotFillTheMemoryWithLanes() {
        var schedule = schedule()
        let orders = (0..<500).map { "o-\($0)" }
        var tried: Set<String> = []
        for round in 0..<2_000 {
            for order in started(&schedule, orders, round * 100) {
                tried.insert(order)
                fail(&schedule, order, round * 100)
            }
        }
        #expect(tried.count >= 4)
        #expect(tried.count <= DeliverySchedule.thinLaneLimit + 4)
    }

    @Test func theTimeThatHQAsksForIsNotCutShortByASuccessOrByNews() {
        var schedule = schedule()
        let orders = ["a", "b", "c"]
        expect(started(&schedule, orders, 0), orders)
        fail(&schedule, "a", 0, after: .seconds(60))
        _ = schedule.finished("b", now: at(1))
        schedule.hasten(now: at(1))
        fail(&schedule, "c", 1)
        expect(started(&schedule, ["a", "c", "d"], 59), [])
        #expect(schedule.nextDue(now: at(59)) == at(60))
        // One by one until HQ shows that it is well.
        expect(started(&schedule, ["a", "c", "d"], 60).count, 1)
        expect(started(&schedule, ["a", "c", "d"], 60), [])
    }

    @Test func aPauseDoesNotShortenTheTimeThatHQAskedFor() {
        var schedule = schedule()
        _ = started(&schedule, ["a", "b"], 0)
        fail(&schedule, "a", 0, after: .seconds(600))
        let next = schedule.paused("b", now: at(0), after: nil, hasty: false, random: 0.5)
        #expect(next == at(600))
        expect(started(&schedule, ["a", "b", "c"], 100), [])
    }

    @Test func aProbeIsTheEventThatWasTriedLeast() {
        var schedule = schedule()
        expect(started(&schedule, ["odd"], 0), ["odd"])
        _ = schedule.paused("odd", now: at(0), after: nil, hasty: false, random: 0.5)
        expect(started(&schedule, ["odd", "b"], 1), [])
        expect(started(&schedule, ["odd", "b"], 10), ["b"])
        // The alarm stays on, and the odd one keeps its own slow times.
        let isClear = schedule.finished("b", now: at(10))
        #expect(!isClear)
    }

    @Test func eventsThatWerePausedTogetherAreOneAlarm() {
        var schedule = schedule()
        let orders = ["a", "b", "c", "d"]
        _ = started(&schedule, orders, 0)
        var until = at(0)
        for order in orders {
            until = schedule.paused(order, now: at(0), after: nil, hasty: true, random: 0.999)
        }
        #expect(until <= at(5))
    }

    @Test func aProbeThatFailsIsNotRepeatedInACircle() {
        var schedule = schedule()
        _ = started(&schedule, ["a"], 0)
        _ = schedule.paused("a", now: at(0), after: nil, hasty: true, random: 0.5)
        expect(started(&schedule, ["a"], 5), ["a"])
        fail(&schedule, "a", 5)
        expect(started(&schedule, ["a"], 5), [])
        #expect(schedule.nextDue(now: at(5)).map { $0 > at(5) } == true)
    }

    @Test func anEventThatLeftTheOutboxIsForgotten() {
        var schedule = schedule()
        _ = started(&schedule, ["a"], 0)
        _ = schedule.paused("a", now: at(0), after: nil, hasty: false, random: 0.5)
        // A person has dealt with it; the next success ends the alarm.
        expect(started(&schedule, ["b"], 10), ["b"])
        let isClear = schedule.finished("b", now: at(10))
        #expect(isClear)
    }
}
