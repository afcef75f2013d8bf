import HQLink
import StationAPI
import Testing

/// HQ goes away and comes back.
@Suite(.timeLimit(.minutes(1))) struct OutageTests {
    @Test func whatWaitsGoesOutAsSoonAsHQIsBack() async throws {
        let before = try WireHQ()
        let port = before.server.port
        before.server.stop()
        let station = TestStation()
        await station.post(("O-1", "e-1"), ("O-1", "e-2"), ("O-2", "e-3"))
        try await withLink(to: "http://127.0.0.1:\(port)", station: station) {
            // Their own back-off would bring neither events nor state before the test's end.
            $0.timing.delivery = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { _ in
            let seen = try await station.seen.until("all three fail") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].trouble != nil }
            }
            guard case .unreachable = seen.status.feed.trouble else {
                Issue.record("\(seen.status)")
                return
            }
            #expect(!seen.status.feed.isPaused && !seen.status.events.isPaused)
            let hq = try await comeBack(port)
            let after = try await station.seen.until("delivered") { seen in
                seen.delivered.count == 3
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
            #expect(after.delivered.filter { $0 != "e-3" } == ["e-1", "e-2"])
            #expect(!hq.requests(.state).isEmpty)
        }
    }

    @Test func anOutageDoesNotWalkThroughTheWholeOutbox() async throws {
        let hq = try WireHQ(events: { _, connection in connection.send(.empty(502)) })
        let station = TestStation()
        await station.post((0..<200).map { ("O-\($0)", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.poll = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { _ in
            try await hq.requests(.events, 16)
        }
        // Four failed orders close the gate. Until the fourth has failed, each of the first three failures may let
        // another order start in its place; after that those that failed go on trying and nobody joins them.
        #expect(Set(hq.requests(.events).compactMap { $0.member("id") }).count <= 7)
    }

    @Test func aRenewedTokenBringsEverythingBack() async throws {
        let folder = try TemporaryFolder()
        try folder.write("old\n", to: "token")
        let answer: WireServer.Handler = { request, connection in
            guard request.header("Authorization") == "Bearer new" else {
                connection.send(.problem(401, "about:blank"))
                return
            }
            connection.send(request.operation == .feed ? .page() : .empty(204))
        }
        let hq = try WireHQ(feed: answer, events: answer, state: answer)
        let station = TestStation()
        await station.post((0..<6).map { ("O-\($0)", "e-\($0)") })
        let path = folder.path("token")
        try await withLink(to: hq.baseURL, station: station) {
            $0.bearerTokenFile = path
            $0.timing.delivery = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { _ in
            try await station.seen.until("all three are paused") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy {
                    seen.status[$0].isPaused && seen.status[$0].trouble == .unauthorized(status: 401)
                }
            }
            // The events' own pause would last an hour; that the feed works again says that HQ does.
            try folder.write("new\n", to: "token")
            try await station.seen.until("all delivered") { $0.delivered.count == 6 && $0.status.events.isOK }
        }
        #expect(
            Set(hq.server.requests.value.compactMap { $0.header("Authorization") }) == [
                "Bearer old", "Bearer new",
            ]
        )
    }

    /// The port may be taken for a moment by a connection that is ending.
    private func comeBack(_ port: Int) async throws -> WireHQ {
        for _ in 0..<100 {
            if let hq = try? WireHQ(port: port) { return hq }
            try await Task.sleep(for: .milliseconds(50))
        }
        return try WireHQ(port: port)
    }
}
