import HQLink
import StationAPI
import Testing

/// What the station does with a feed that is broken.
@Suite(.timeLimit(.minutes(1))) struct BadFeedTests {
    @Test func aBadItemIsSetAsideAndThePageCounts() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(
                .page([
                    WireReply.order("O-1"), "{\"change\":\"upsert\",\"order\":{\"orderId\":\"O-2\"}}", "17",
                    "{\"change\":\"upsert\",\"order\":{\"orderId\":\"O-3\",\"email\":\"a@b.example\"}}",
                    WireReply.order("O-4"), WireReply.order("O-4", version: 2),
                ])
            )
        })
        let station = TestStation()
        let logs = LogCapture()
        let counters = try await withLink(to: hq.baseURL, station: station, logs: logs) { link in
            try await station.seen.until("the page") { $0.pages.count == 1 && $0.status.feed.isOK }
            return link.counters
        }
        #expect(station.seen.value.orders == ["O-1", "O-4", "O-4"])
        let bad = station.seen.value.pages[0].items.compactMap { item -> String? in
            guard case .malformed(_, _, let excerpt, let orderID) = item else { return nil }
            #expect(!excerpt.contains("b.example"))
            return orderID ?? "-"
        }
        #expect(bad == ["O-2", "-", "O-3"])
        #expect(counters.malformedItems == 3)
        #expect(counters.items == 6)
        #expect(!logs.text.contains("b.example"))
    }

    @Test(
        arguments: [
            WireReply.json(200, "{\"items\":[{\"change\":\"upsert\",\"order\":{\"ord"), .json(200, ""),
            .json(200, "[]"), .json(200, "{\"items\":{},\"nextCursor\":\"c\"}"),
            .json(200, "{\"items\":[],\"nextCursor\":7}"), .json(200, "\u{FEFF}{}"),
            .html(200),
            WireReply(status: 200, headers: [("Content-Type", "text/csv")], body: Array("a;b".utf8)),
            .empty(404), .empty(202), .html(410), .empty(500), .empty(302, ("Location", "/elsewhere")),
        ]
    )
    func aPageThatIsNoneIsTriedAgainAndNothingOfItCounts(bad: WireReply) async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            connection.send(turns.next() < 2 ? bad : .page([WireReply.order("O-1")], next: "c2"))
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the good page") { $0.orders == ["O-1"] && $0.status.feed.isOK }
        }
        #expect(station.seen.value.pages.count == 1)
        #expect(hq.requests(.feed).allSatisfy { $0.parameter("cursor") == "c1" })
    }

    @Test func aFeedThatStaysBrokenBecomesAnAlarm() async throws {
        let hq = try WireHQ(feed: { _, connection in connection.send(.json(200, "{\"items\":[")) })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) { link in
            try await station.seen.until("an alarm") { $0.status.feed.isPaused }
            #expect(link.counters.badPages >= 3)
        }
    }

    @Test(arguments: [true, false])
    func aHugePageIsNotReadAndSmallerOnesAreAskedFor(isChunked: Bool) async throws {
        let taken = Watch(0)
        let hq = try WireHQ(feed: { request, connection in
            guard request.parameter("limit") != "500" else {
                connection.send(.page([WireReply.order("O-1")], next: "c2"))
                return
            }
            let length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 52428800"
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\(length)\r\n\r\n")
            let part = [UInt8](repeating: 0x20, count: 65_536)
            for _ in 0..<800 {
                if isChunked { connection.send("10000\r\n") }
                guard connection.send(part) else { break }
                if isChunked { connection.send("\r\n") }
                taken.update { $0 += part.count }
            }
            connection.end()
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) {
            $0.pageByteLimit = 1 << 20
        } _: { link in
            try await station.seen.until("the smaller page") { $0.orders == ["O-1"] }
            #expect(link.counters.oversizePages == 2)
        }
        #expect(hq.requests(.feed).prefix(3).map { $0.parameter("limit") } == ["2000", "1000", "500"])
        // What the system buffers, and not 50 MB twice.
        #expect(taken.value < 40 << 20)
    }

    @Test func onceSmallerTheQuestionsStaySmallUntilTheBacklogIsRead() async throws {
        let hq = try WireHQ(feed: { request, connection in
            let limit = request.parameter("limit").flatMap { Int($0) } ?? 0
            let done = request.parameter("cursor").flatMap { Int($0.dropFirst()) } ?? 0
            guard limit <= 4 else {
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
                )
                connection.end()
                return
            }
            connection.send(
                .page(
                    (0..<limit).map { WireReply.order("O-\(done)-\($0)") },
                    next: "c\(done + 1)",
                    hasMore: done < 8
                )
            )
        })
        let station = TestStation(cursor: "c0")
        try await withLink(to: hq.baseURL, station: station) {
            $0.pageLimit = 16
        } _: { link in
            try await station.seen.until("the backlog") { $0.pages.count == 9 }
            #expect(link.counters.oversizePages == 2)
        }
        #expect(hq.requests(.feed).prefix(4).map { $0.parameter("limit") } == ["16", "8", "4", "4"])
    }

    @Test func aSingleItemThatIsTooLargeIsAnAlarm() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n"
            )
            connection.end()
        })
        let station = TestStation(cursor: "c0")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("an alarm") { $0.status.feed.isPaused }
        }
        #expect(hq.requests(.feed).contains { $0.parameter("limit") == "1" })
        #expect(!hq.requests(.feed).contains { $0.parameter("limit") == "0" })
    }

    @Test func aFeedThatDripsOrBreaksOffIsGivenUpInTime() async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            switch turns.next() {
            case 0:
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{"
                )
                while connection.send(" ") { usleepMilliseconds(20) }
            case 1:
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{\"i"
                )
                connection.end()
            case 2:
                // Without a length a cut looks like an end: JSON has to notice it.
                connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{\"items\":["
                )
                connection.end()
            default: connection.send(.page([WireReply.order("O-1")], next: "c1"))
            }
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.request = .seconds(1)
            $0.longPollSeconds = 0
        } _: { _ in
            try await station.seen.until("a page") { $0.orders == ["O-1"] }
        }
        #expect(station.seen.value.pages.count == 1)
    }
}
