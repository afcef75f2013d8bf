import HQLink
import StationAPI
import Synchronization
import Testing

/// In which order and how many at once the outbox goes to HQ.
@Suite(.timeLimit(.minutes(1))) struct DeliveryTests {
    @Test func eventsOfAnOrderComeInTurnAndAtMostFourOrdersAtOnce() async throws {
        let flying = Mutex((now: 0, most: 0))
        let hq = try WireHQ(events: { _, connection in
            flying.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            usleepMilliseconds(8)
            flying.withLock { $0.now -= 1 }
            connection.send(.empty(200))
        })
        let station = TestStation()
        let events = (0..<96).map { (order: Optional("O-\($0 % 16)"), id: "e-\($0)") }
        await station.post(events)
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("all delivered") { $0.delivered.count == 96 }
        }
        #expect(flying.withLock { $0.most } == 4)
        let ids = hq.requests(.events).compactMap { $0.member("id") }
        #expect(ids.count == 96)
        for order in 0..<16 {
            let numbers = ids.compactMap { Int($0.dropFirst(2)) }.filter { $0 % 16 == order }
            #expect(numbers == numbers.sorted())
        }
    }

    @Test func oneSlowOrderDoesNotHoldTheOthers() async throws {
        let gate = Watch(false)
        let hq = try WireHQ(events: { request, connection in
            if request.member("subject") == "O-slow" {
                while !gate.value { usleepMilliseconds(5) }
            }
            connection.send(.empty(200))
        })
        let station = TestStation()
        await station.post([("O-slow", "s-1"), ("O-slow", "s-2")] + (0..<20).map { ("O-\($0)", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) { _ in
            let seen = try await station.seen.until("the others") { $0.delivered.count == 20 }
            #expect(!seen.delivered.contains("s-1"))
            #expect(hq.requests(.events).count { $0.member("subject") == "O-slow" } == 1)
            gate.update { $0 = true }
            let all = try await station.seen.until("all") { $0.delivered.count == 22 }
            #expect(all.delivered.suffix(2) == ["s-1", "s-2"])
        }
    }

    @Test func anOrderThatAlwaysTimesOutDoesNotHoldTheOthers() async throws {
        let hq = try WireHQ(events: { request, connection in
            if request.member("subject") == "O-stuck" {
                connection.hold()
            } else {
                connection.send(.empty(200))
            }
        })
        let station = TestStation()
        await station.post(("O-stuck", "s-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.request = .milliseconds(500)
            $0.timing.delivery = HQLinkTiming.Backoff(first: .milliseconds(1), longest: .milliseconds(1))
            // A probe would come only after the test's end.
            $0.timing.poll = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { link in
            try await hq.requests(.events, 6)
            await station.post(("O-2", "e-2"))
            link.outboxChanged()
            try await station.seen.until("the other") { $0.delivered == ["e-2"] }
        }
    }

    @Test func anOrderThatHQRejectsForNoStatedReasonDoesNotStarveTheOthers() async throws {
        let hq = try WireHQ(events: { request, connection in
            connection.send(request.member("subject") == "O-odd" ? .json(422, "{}") : .empty(200))
        })
        let station = TestStation()
        await station.post([("O-odd", "s-1")] + (0..<12).map { ("O-\($0 % 3)", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the others") { $0.delivered.count == 12 }
            let before = hq.requests(.events).count
            try await hq.requests(.events, before + 1)
            // The alarm stays on: one event still needs a person.
            let seen = try await station.seen.until("paused") { $0.status.events.isPaused }
            #expect(seen.status.events.trouble == .unexpectedStatus(422))
            #expect(seen.parked.isEmpty)
        }
    }

    @Test func aRetryAfterForOneOrderHoldsThatOrderOnly() async throws {
        let hq = try WireHQ(events: { request, connection in
            let isBusy = request.member("subject") == "O-1"
            connection.send(isBusy ? .empty(409, ("Retry-After", "3600")) : .empty(200))
        })
        let station = TestStation()
        await station.post([("O-1", "e-1")] + (0..<8).map { ("P-\($0)", "p-\($0)") })
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the others") { $0.delivered.count == 8 }
        }
        #expect(hq.requests(.events).count { $0.member("subject") == "O-1" } == 1)
    }

    @Test func newsWakesTheDeliveryAtOnce() async throws {
        let hq = try WireHQ()
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            // Nothing but the bell can wake it in time.
            $0.timing.poll = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { link in
            try await station.seen.until("an empty outbox was looked at") { $0.headQuestions > 0 }
            for number in 0..<20 {
                await station.post(("O-1", "e-\(number)"))
                link.outboxChanged()
                try await station.seen.until("delivered \(number)") { $0.delivered.last == "e-\(number)" }
            }
        }
    }

    @Test func anOutboxThatCannotBeReadIsAskedAgainAndNothingIsForgotten() async throws {
        let hq = try WireHQ(events: { request, connection in
            connection.send(request.member("subject") == "O-bad" ? .empty(503) : .empty(200))
        })
        let station = TestStation()
        await station.post([("O-bad", "b-1")])
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.delivery = .init(first: .seconds(600), longest: .seconds(600))
            $0.timing.poll = .init(first: .milliseconds(20), longest: .milliseconds(40))
        } _: { link in
            try await station.seen.until("the first try") { $0.status.events.trouble != nil }
            await station.failToRead(times: 3)
            await station.post([("O-good", "g-1")])
            link.outboxChanged()
            try await station.seen.until("the other order's event") { $0.delivered == ["g-1"] }
        }
        #expect(hq.requests(.events).count { $0.member("subject") == "O-bad" } == 1, "its back-off stays")
    }

    @Test func eventsWithoutAnOrderAreOneLine() async throws {
        let hq = try WireHQ(events: { _, connection in
            usleepMilliseconds(2)
            connection.send(.empty(204))
        })
        let station = TestStation()
        await station.post((0..<20).map { (nil, "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) { _ in
            let seen = try await station.seen.until("all") { $0.delivered.count == 20 }
            #expect(seen.delivered == (0..<20).map { "e-\($0)" })
        }
    }

    @Test func whatIsOnItsWayAtTheEndGoesAgainWithTheSameID() async throws {
        let release = Watch(false)
        let hq = try WireHQ(events: { _, connection in
            while !release.value { usleepMilliseconds(2) }
            connection.send(.empty(200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await hq.requests(.events, 1)
        }
        release.update { $0 = true }
        // Ended without a receipt: the event has stayed in the outbox.
        #expect(station.seen.value.delivered.isEmpty)
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
        #expect(!station.seen.value.wasCancelled)
        #expect(Set(hq.requests(.events).map(\.text)).count == 1)
    }
}
