import HQLink
import StationAPI
import Testing

/// What the station does with each kind of reply to an event.
@Suite(.timeLimit(.minutes(1))) struct EventReplyTests {
    /// An HQ whose reply to events a test can change.
    private func hq(answering reply: Watch<WireReply>) throws -> WireHQ {
        try WireHQ(events: { _, connection in connection.send(reply.value) })
    }

    @Test(
        arguments: [
            WireReply.empty(200), .empty(201), .empty(204), .empty(200, ("Content-Type", "text/html")),
            .json(200, "{\"eventId\":\"e-1\",\"result\":\"duplicate\"}"), .json(200, "{\"eventId\":5}"),
            .json(200, "[]"), .json(200, "nonsense"),
            WireReply(status: 200, headers: [("Content-Type", "text/plain")], body: Array("OK".utf8)),
            WireReply(
                status: 200,
                headers: [("Content-Type", "text/plain")],
                body: [UInt8](repeating: 0x2E, count: 3 << 20)
            ),
        ]
    )
    func aSuccessIsDone(reply: WireReply) async throws {
        let hq = try hq(answering: Watch(reply))
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            let seen = try await station.seen.until("delivered") {
                $0.delivered == ["e-1"] && $0.status.events.isOK
            }
            #expect(seen.hqPending.isEmpty)
            #expect(!seen.wasCancelled)
        }
        #expect(hq.requests(.events).count == 1)
    }

    @Test func theMediaTypeCanBePlainJSON() async throws {
        let hq = try hq(answering: Watch(.empty(200)))
        let station = TestStation()
        await station.post((nil, "e-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.mediaType = .json
        } _: { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
        #expect(hq.requests(.events).map { $0.header("Content-Type") } == ["application/json"])
    }

    @Test func acceptedIsDeliveredAndPendingAtHQ() async throws {
        let hq = try hq(answering: Watch(.empty(202)))
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] && $0.hqPending == ["e-1"] }
        }
        #expect(hq.requests(.events).count == 1)
    }

    @Test(arguments: [408, 409, 425, 429, 500, 501, 502, 503, 504, 599])
    func troubleThatMendsItselfIsTriedAgainWithTheSameID(status: Int) async throws {
        let reply = Watch(WireReply.problem(status, "urn:pickup-station:problem:payload-invalid"))
        let hq = try hq(answering: reply)
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await hq.requests(.events, 3)
            let seen = try await station.seen.until("failing") {
                $0.status.events.trouble == .busy(status: status)
            }
            #expect(!seen.status.events.isPaused)
            #expect(seen.delivered.isEmpty && seen.parked.isEmpty)
            reply.update { $0 = .empty(200) }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] && $0.status.events.isOK }
        }
        let requests = hq.requests(.events)
        #expect(requests.allSatisfy { $0.header("Idempotency-Key") == "\"e-1\"" })
        #expect(Set(requests.map(\.text)).count == 1)
        #expect(requests.allSatisfy { $0.member("id") == "e-1" && $0.method == "POST" })
        #expect(
            requests.allSatisfy { $0.header("Content-Type") == "application/cloudevents+json; charset=utf-8" }
        )
    }

    @Test(
        arguments: [
            WireReply.empty(400), .empty(404), .empty(407), .empty(413), .empty(410), .json(422, "{\"x\":1}"),
            .problem(404, "urn:pickup-station:problem:unknown-station"),
            .problem(422, "urn:pickup-station:problem:idempotency-mismatch"), .problem(400, "about:blank"),
            .html(404), .html(200), .html(202), .html(451), .empty(300), .empty(304),
            // HTML that claims a problem type is a proxy's all the same.
            WireReply(
                status: 422,
                headers: [("Content-Type", "text/html")],
                body: Array("{\"type\":\"payload-invalid\"}".utf8)
            ),
            .json(200, "{\"eventId\":\"another\"}"),
        ]
    )
    func whatThePersonAtHQMustMendPausesAndIsTriedAllTheSame(bad: WireReply) async throws {
        let reply = Watch(bad)
        let hq = try hq(answering: reply)
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await hq.requests(.events, 2)
            let seen = try await station.seen.until("paused") { $0.status.events.isPaused }
            #expect(seen.delivered.isEmpty && seen.parked.isEmpty)
            reply.update { $0 = .empty(200) }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] && $0.status.events.isOK }
        }
        #expect(hq.requests(.events).allSatisfy { $0.header("Idempotency-Key") == "\"e-1\"" })
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func aRedirectIsNeverFollowed(status: Int) async throws {
        let elsewhere = try WireHQ()
        let hq = try hq(
            answering: Watch(.empty(status, ("Location", "\(elsewhere.baseURL)/stations/store-7/events")))
        )
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await hq.requests(.events, 2)
            try await station.seen.until("paused") { $0.status.events.trouble == .redirect(status: status) }
        }
        #expect(elsewhere.server.accepted.value == 0)
        #expect(station.seen.value.delivered.isEmpty)
    }

    @Test(
        arguments: [
            (400, "urn:pickup-station:problem:payload-invalid"),
            (422, "https://hq.example/p/payload-invalid"),
            (404, "urn:pickup-station:problem:unknown-order"), (410, "unknown-order"),
        ]
    )
    func onlyARefusalForGoodIsParkedAndOthersGoOn(status: Int, type: String) async throws {
        let hq = try WireHQ(events: { request, connection in
            connection.send(request.member("id") == "e-1" ? .problem(status, type) : .empty(200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"), ("O-1", "e-2"), ("O-2", "e-3"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            let seen = try await station.seen.until("parked and delivered") {
                !$0.parked.isEmpty && $0.delivered == ["e-3"] && $0.status.events.isOK
            }
            #expect(seen.parked["e-1"]?.type == type)
        }
        #expect(hq.requests(.events).count { $0.member("id") == "e-1" } == 1)
        #expect(hq.requests(.events).count { $0.member("id") == "e-2" } == 0)
    }

    @Test(
        arguments: [
            WireReply.empty(503, ("Retry-After", "1")), .empty(429, ("Retry-After", "1")),
            .problem(503, "about:blank", ",\"retryAfterSeconds\":1"),
            // The longer one of the two counts.
            WireReply(
                status: 409,
                headers: [("Content-Type", "application/json"), ("Retry-After", "0")],
                body: Array("{\"retryAfterSeconds\":1}".utf8)
            ),
            // A date counts from HQ's own date: the station's clock may be wrong by years.
            .empty(
                503,
                ("Date", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ("Retry-After", "Sun, 06 Nov 1994 08:49:38 GMT")
            ),
            // A pause honours it too.
            .problem(401, "about:blank", ",\"retryAfterSeconds\":1"),
        ]
    )
    func theTimeThatHQAsksForIsKept(first: WireReply) async throws {
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in
            connection.send(turns.next() == 0 ? first : .empty(200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { link in
            try await hq.requests(.events, 1)
            // News does not cut HQ's wish short.
            for _ in 0..<5 {
                link.outboxChanged()
                try await Task.sleep(for: .milliseconds(20))
            }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
        let requests = hq.requests(.events)
        #expect(requests.count == 2)
        #expect(requests[1].at - requests[0].at >= .seconds(1))
    }

    @Test func aReplyThatIsCutOffMayHaveCountedAndIsAskedAgain() async throws {
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in
            switch turns.next() {
            case 0:
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"ev"
                )
                connection.end()
            case 1: connection.reset()
            case 2:
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n")
                connection.end()
            case 3:
                connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n")
                connection.end()
            default: connection.send(.empty(200))
            }
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
        #expect(hq.requests(.events).count == 5)
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.events.isPaused })
        #expect(Set(hq.requests(.events).map(\.text)).count == 1)
    }

    @Test func aReplyThatDripsIsGivenUpInTime() async throws {
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.empty(200))
                return
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while connection.send(".") { usleepMilliseconds(20) }
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.request = .milliseconds(600)
        } _: { _ in
            try await station.seen.until("timed out") { seen in
                seen.statusHistory.contains { $0.events.trouble == .timedOut }
            }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
    }
}
