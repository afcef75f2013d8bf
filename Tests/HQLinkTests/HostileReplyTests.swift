import Foundation
import HQLink
import StationAPI
import Testing

/// Replies that no good server sends: each is survived with bounded memory, and the right thing happens afterwards.
@Suite(.timeLimit(.minutes(1))) struct HostileReplyTests {
    /// How a bad reply is put on the wire; the connection ends after it.
    struct Bad: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var send: @Sendable (WireConnection) -> Void

        init(_ name: String, _ send: @escaping @Sendable (WireConnection) -> Void) {
            testDescription = name
            self.send = send
        }
    }

    static let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

    /// Replies that may come to any operation and that say nothing: the same request goes again.
    static let garbled: [Bad] = [
        Bad("cut in the status line") { $0.send("HTTP/1.1 20") },
        Bad("cut in a header") { $0.send("HTTP/1.1 200 OK\r\nContent-Ty") },
        Bad("cut in the body") { $0.send(head + "Content-Length: 50\r\n\r\n{\"items\"") },
        Bad("cut in a chunk") { $0.send(head + "Transfer-Encoding: chunked\r\n\r\nff\r\n{\"items\":[") },
        Bad("cut before the last chunk") { $0.send(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n") },
        Bad("a chunk length that is none") {
            $0.send(head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n")
        },
        Bad("a length that is none") { $0.send(head + "Content-Length: many\r\n\r\n{}") },
        Bad("two different lengths") { $0.send(head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}") },
        Bad("no HTTP") { $0.send("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n") },
        Bad("a status of another world") { $0.send("HTTP/1.1 9999 Odd\r\n\r\n") },
        Bad("only 1xx and then the end") { connection in
            for _ in 0..<3 { connection.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n") }
        },
        Bad("a header of 4 MB") { connection in
            connection.send("HTTP/1.1 200 OK\r\nX-Large: ")
            let part = [UInt8](repeating: 0x41, count: 65_536)
            for _ in 0..<64 where !connection.send(part) { return }
            connection.send("\r\nContent-Length: 2\r\n\r\n{}")
        },
        Bad("headers without end") { connection in
            connection.send("HTTP/1.1 200 OK\r\n")
            for number in 0..<200_000 where !connection.send("X-\(number): y\r\n") { return }
        },
    ]

    @Test(arguments: garbled)
    func aGarbledReplyToAnEventMeansTheSameEventAgain(bad: Bad) async throws {
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.empty(200))
                return
            }
            bad.send(connection)
            connection.end()
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] && $0.status.events.isOK }
        }
        #expect(hq.requests(.events).count >= 2)
        #expect(hq.requests(.events).allSatisfy { $0.header("Idempotency-Key") == "\"e-1\"" })
        #expect(station.seen.value.parked.isEmpty)
        #expect(
            station.seen.value.statusHistory.allSatisfy { !$0.events.isPaused },
            "it mends itself: no alarm"
        )
    }

    @Test(arguments: garbled)
    func aGarbledPageIsAskedForAgainFromTheSameCursor(bad: Bad) async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.page([WireReply.order("O-1")], next: "c2"))
                return
            }
            bad.send(connection)
            connection.end()
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the page") { $0.orders == ["O-1"] && $0.status.feed.isOK }
        }
        #expect(station.seen.value.pages.count == 1)
        #expect(hq.requests(.feed).allSatisfy { $0.parameter("cursor") == "c1" })
    }

    @Test func headersThatDripAreGivenUpInTime() async throws {
        let turns = Turns()
        let drip: WireServer.Handler = { _, connection in
            guard turns.next() < 3 else {
                connection.send(.page())
                return
            }
            connection.send("HTTP/1.1 200 OK\r\n")
            while connection.send("X: y\r\n") { usleepMilliseconds(30) }
        }
        let hq = try WireHQ(feed: drip, events: drip, state: drip)
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.request = .seconds(1)
        } _: { _ in
            try await station.seen.until("all works") { seen in
                seen.delivered == ["e-1"]
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
    }

    @Test(arguments: [true, false])
    func headersWithoutEndAreNotReadToTheirEnd(isOneLine: Bool) async throws {
        let taken = Watch(0)
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.page([WireReply.order("O-1")]))
                return
            }
            connection.send("HTTP/1.1 200 OK\r\nX-Large: ")
            let part =
                isOneLine
                ? [UInt8](repeating: 0x41, count: 65_536)
                : Array(String(repeating: "y\r\nX: ", count: 9_000).utf8)
            for _ in 0..<1_000 {
                guard connection.send(part) else { break }
                taken.update { $0 += part.count }
            }
            connection.end()
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the page") { $0.orders == ["O-1"] }
        }
        // What the system's buffers take, and not the 60 MB.
        #expect(taken.value < 20 << 20)
    }

    @Test func endless1xxAreGivenUpInTime() async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.page([WireReply.order("O-1")]))
                return
            }
            while connection.send("HTTP/1.1 102 Processing\r\n\r\n") { usleepMilliseconds(5) }
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.request = .seconds(1)
        } _: { _ in
            try await station.seen.until("the page") { $0.orders == ["O-1"] }
        }
    }

    @Test func aReplyAfter1xxCounts() async throws {
        let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        let hq = try WireHQ(
            feed: { _, connection in
                connection.send(Array(early.utf8) + WireReply.page([WireReply.order("O-1")]).bytes)
            },
            events: { _, connection in connection.send(Array(early.utf8) + WireReply.empty(202).bytes) }
        )
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("both") { $0.orders == ["O-1"] && $0.hqPending == ["e-1"] }
        }
        #expect(hq.requests(.events).count == 1)
    }

    @Test func moreThanTheLengthSaysIsNoAnswerToTheNextRequest() async throws {
        // A second answer behind the first: were the connection used again, the next event would be taken for
        // delivered by an answer that was sent before it was.
        let hq = try WireHQ(events: { request, connection in
            let stray = WireReply.json(200, "{\"eventId\":\"e-2\",\"result\":\"applied\"}").bytes
            connection.send(WireReply.empty(200).bytes + (request.member("id") == "e-1" ? stray : []))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"), ("O-1", "e-2"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("both") { $0.delivered == ["e-1", "e-2"] }
        }
        #expect(Set(hq.requests(.events).compactMap { $0.member("id") }) == ["e-1", "e-2"])
    }

    @Test func aConnectionThatEndsAfterEveryReplyIsNoTrouble() async throws {
        let close: @Sendable (WireReply) -> WireServer.Handler = { reply in
            { _, connection in
                connection.send(reply)
                connection.end()
            }
        }
        let hq = try WireHQ(
            feed: close(.page([], next: "c1", "")),
            events: close(.empty(200)),
            state: close(.empty(204))
        )
        let station = TestStation()
        await station.post((0..<20).map { ("O-1", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("all delivered") { $0.delivered.count == 20 }
            try await hq.requests(.feed, 5)
        }
        // The end of a connection may cross the next request on it: that one goes again, and nothing else is seen.
        #expect(hq.requests(.events).count < 40)
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.events.isPaused && !$0.feed.isPaused })
        #expect(station.seen.value.delivered == (0..<20).map { "e-\($0)" })
    }

    @Test(arguments: [200, 403, 404, 502])
    func aPageOfAProxyIsNoAnswerWhateverItsStatus(status: Int) async throws {
        let page = WireReply.html(status)
        let isBad = Watch(true)
        let answer: @Sendable (WireReply) -> WireServer.Handler = { good in
            { _, connection in connection.send(isBad.value ? page : good) }
        }
        let hq = try WireHQ(feed: answer(.page()), events: answer(.empty(200)), state: answer(.empty(204)))
        let station = TestStation(cursor: "c0")
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) { _ in
            let seen = try await station.seen.until("trouble everywhere") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].trouble != nil }
            }
            #expect(seen.delivered.isEmpty && seen.parked.isEmpty && seen.pages.isEmpty)
            isBad.update { $0 = false }
            try await station.seen.until("all works") { seen in
                seen.delivered == ["e-1"]
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
    }
}
