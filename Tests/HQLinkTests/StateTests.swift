import Foundation
import HQLink
import StationAPI
import Testing

@Suite(.timeLimit(.minutes(1))) struct StateTests {
    private func hash(_ request: WireRequest) throws -> String {
        try JSONDecoder().decode(StationReport.self, from: Data(request.body)).configurationHash
    }

    @Test func theStateIsSentAtOnceAndOnDemand() async throws {
        let hq = try WireHQ()
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { link in
            try await hq.requests(.state, 1)
            link.stateNow()
            try await hq.requests(.state, 2)
            try await station.seen.until("ok") { $0.status.state.isOK }
            #expect(link.counters.statesSent >= 1)
        }
        let requests = hq.requests(.state)
        #expect(requests[0].method == "PUT")
        #expect(requests[0].target == "/stations/store-7/state")
        #expect(requests[0].header("Content-Type") == "application/json")
        #expect(try hash(requests[0]) == "hash-1")
        #expect(try hash(requests[1]) == "hash-2")
    }

    @Test func theStateIsTheHeartbeat() async throws {
        let hq = try WireHQ()
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.stateIntervalSeconds = 1
        } _: { _ in
            try await hq.requests(.state, 3)
        }
        let requests = hq.requests(.state)
        #expect(requests[2].at - requests[0].at >= .milliseconds(1_900))
    }

    @Test func aFailedStateIsReplacedByTheNewestOne() async throws {
        let turns = Turns()
        let hq = try WireHQ(state: { _, connection in
            connection.send(turns.next() < 3 ? .empty(500) : .empty(200))
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("ok") { $0.status.state.isOK }
        }
        #expect(try hq.requests(.state).prefix(4).map(hash) == ["hash-1", "hash-2", "hash-3", "hash-4"])
    }

    @Test(arguments: [WireReply.empty(404), .html(200), .empty(301, ("Location", "/x")), .empty(413)])
    func whatAPersonMustMendIsAnAlarmAndTriedOn(bad: WireReply) async throws {
        let reply = Watch(bad)
        let hq = try WireHQ(state: { _, connection in connection.send(reply.value) })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("paused") { $0.status.state.isPaused && $0.delivered == ["e-1"] }
            reply.update { $0 = .empty(204) }
            try await station.seen.until("ok") { $0.status.state.isOK }
        }
    }

    @Test func manyWishesAreOneState() async throws {
        let hq = try WireHQ()
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.stateGap = .milliseconds(300)
        } _: { link in
            try await hq.requests(.state, 1)
            for _ in 0..<50 {
                link.stateNow()
                try await Task.sleep(for: .milliseconds(2))
            }
            try await hq.requests(.state, 2)
        }
        let requests = hq.requests(.state)
        for (earlier, later) in zip(requests, requests.dropFirst()) {
            #expect(later.at - earlier.at >= .milliseconds(300))
        }
    }

    @Test func aRetryAfterOfTheStateIsNotCutShort() async throws {
        let turns = Turns()
        let hq = try WireHQ(state: { _, connection in
            connection.send(turns.next() == 0 ? .empty(503, ("Retry-After", "1")) : .empty(204))
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { link in
            try await station.seen.until("busy") { $0.status.state.trouble != nil }
            link.stateNow()
            try await hq.requests(.state, 2)
        }
        let requests = hq.requests(.state)
        #expect(requests[1].at - requests[0].at >= .seconds(1))
    }
}
