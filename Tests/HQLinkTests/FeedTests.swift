import Foundation
import HQLink
import ServiceLifecycle
import StationAPI
import Testing

/// How the order feed is read.
@Suite(.timeLimit(.minutes(1))) struct FeedTests {
    struct NotNow: Error {}

    /// A feed of `count` pages with one order each, cursors `c1`… , that then stays quiet.
    private func pages(_ count: Int) -> WireServer.Handler {
        { request, connection in
            let done = request.parameter("cursor").flatMap { Int($0.dropFirst()) } ?? 0
            let number = done + 1
            guard number <= count else {
                connection.send(.page(next: "c\(done)"))
                return
            }
            connection.send(
                .page([WireReply.order("O-\(number)")], next: "c\(number)", hasMore: number < count)
            )
        }
    }

    @Test func readsPageAfterPageAndStoresTheCursorWithThePage() async throws {
        let hq = try WireHQ(feed: pages(5))
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("five pages") { $0.pages.count == 5 && $0.status.feed.isOK }
        }
        #expect(station.seen.value.orders == (1...5).map { "O-\($0)" })
        #expect(station.seen.value.pages.map(\.beginsSnapshot) == [true, false, false, false, false])
        #expect(await station.feedCursor() == "c5")
        let first = try #require(hq.requests(.feed).first)
        #expect(first.target == "/stations/store-7/orders?limit=2000")
        #expect(first.method == "GET")
    }

    @Test func aPageThatCouldNotBeAppliedIsAskedForAgain() async throws {
        let hq = try WireHQ(feed: pages(4))
        let turns = Turns()
        let station = TestStation { page in
            if page.nextCursor == "c2", turns.next() < 3 { throw NotNow() }
        }
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("four pages") { $0.pages.count == 4 }
        }
        // The page behind it was fetched ahead, and is not applied before it.
        #expect(station.seen.value.cursors == ["c1", "c2", "c3", "c4"])
        #expect(hq.requests(.feed).count { $0.parameter("cursor") == "c1" } >= 4)
    }

    @Test func onePageIsFetchedAheadAndNoMore() async throws {
        let hq = try WireHQ(feed: pages(6))
        let gate = Watch(false)
        let station = TestStation { _ in try await gate.until("open") { $0 } }
        try await withLink(to: hq.baseURL, station: station) { link in
            try await hq.requests(.feed, 2)
            try await roundTrips(link, hq)
            #expect(hq.requests(.feed).count == 2)
            #expect(station.seen.value.applying == 1)
            gate.update { $0 = true }
            try await station.seen.until("six pages") { $0.pages.count == 6 }
        }
        #expect(station.seen.value.cursors == (1...6).map { "c\($0)" })
    }

    @Test func anUnknownCursorLeadsToASnapshot() async throws {
        let hq = try WireHQ(feed: { request, connection in
            switch request.parameter("cursor") {
            case "old": connection.send(.problem(410, "urn:pickup-station:problem:cursor-expired"))
            case nil:
                connection.send(
                    .page([WireReply.order("O-1")], next: "s1", hasMore: true, ",\"snapshot\":true")
                )
            default:
                connection.send(
                    .page(
                        [WireReply.order("O-2")],
                        next: "s2",
                        ",\"snapshot\":true,\"pollAfterSeconds\":3600"
                    )
                )
            }
        })
        let station = TestStation(cursor: "old")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("the snapshot") { $0.pages.count == 2 }
        }
        let pages = station.seen.value.pages
        #expect(pages.map(\.beginsSnapshot) == [true, false])
        #expect(pages.map(\.isEndOfSnapshot) == [false, true])
        #expect(hq.requests(.feed).map { $0.parameter("cursor") } == ["old", nil, "s1"])
    }

    @Test func aSnapshotThatExpiresAgainAndAgainIsAskedForSlowly() async throws {
        let hq = try WireHQ(feed: { request, connection in
            if request.parameter("cursor") == nil {
                connection.send(
                    .page([WireReply.order("O-1")], next: "s1", hasMore: true, ",\"snapshot\":true")
                )
            } else {
                connection.send(.empty(410))
            }
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("said so") { seen in
                seen.statusHistory.contains { $0.feed.trouble == .cursorExpired }
            }
        }
    }

    @Test func anHQWithoutASnapshotIsAskedAgain() async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            connection.send(turns.next() < 3 ? .empty(410) : .page(next: "c9"))
        })
        let station = TestStation(cursor: "old")
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await station.seen.until("a page") { $0.cursors == ["c9"] && $0.status.feed.isOK }
        }
    }

    @Test func aQuestionIsHeldOpenAndAskedAgainAtOnce() async throws {
        let hq = try WireHQ(feed: { request, connection in
            if request.parameter("cursor") != nil { usleepMilliseconds(60) }
            connection.send(.page(next: "c1", ""))
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.longPollSeconds = 25
            $0.timing.heldOpen = .milliseconds(50)
            $0.timing.idlePoll = .milliseconds(10)
        } _: { _ in
            try await hq.requests(.feed, 4)
        }
        let requests = hq.requests(.feed)
        // A first snapshot is not waited for; afterwards every question says how long it may take.
        #expect(requests[0].parameter("wait") == nil)
        #expect(requests[1].target == "/stations/store-7/orders?cursor=c1&limit=2000&wait=25")
        #expect(requests[3].parameter("wait") == "25")
    }

    @Test func anEmptySnapshotIsFollowedByAQuestionThatMayBeHeldOpen() async throws {
        let hq = try WireHQ(feed: { request, connection in
            connection.send(
                .page(next: "c1", request.parameter("cursor") == nil ? "" : ",\"pollAfterSeconds\":3600")
            )
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.idlePoll = .seconds(3_600)
        } _: { _ in
            let requests = try await hq.requests(.feed, 2)
            #expect(requests[1].parameter("wait") == "30")
        }
    }

    @Test func theLinkEndsInOrderWhileAQuestionIsHeldOpen() async throws {
        let hq = try WireHQ(feed: { _, connection in connection.hold() })
        let station = TestStation(cursor: "c1")
        let logs = LogCapture()
        let link = HQLink(
            configuration: try quickConfiguration(hq.baseURL),
            station: station,
            logger: logs.logger
        )
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: link)], logger: logs.logger)
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await services.run() }
            try await hq.requests(.feed, 1)
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    @Test func aHeldQuestionMayTakeLongerThanOtherRequests() async throws {
        let hq = try WireHQ(feed: { request, connection in
            if request.parameter("cursor") != nil { usleepMilliseconds(900) }
            connection.send(.page([WireReply.order("O-1")], next: "c2"))
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) {
            $0.longPollSeconds = 1
            $0.timing.request = .milliseconds(300)
            $0.timing.longPollGrace = .seconds(20)
        } _: { _ in
            try await station.seen.until("a page") { $0.orders == ["O-1"] }
        }
        #expect(hq.requests(.feed).count == 1)
    }

    @Test func anHQThatRepeatsItsPageIsNotAskedInACircle() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(.page([WireReply.order("O-1")], next: "c1", ""))
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.idlePoll = .seconds(3_600)
        } _: { link in
            try await station.seen.until("a page") { $0.pages.count == 1 }
            try await roundTrips(link, hq)
            #expect(hq.requests(.feed).count == 1)
            link.feedNow()
            try await hq.requests(.feed, 2)
        }
    }

    @Test func moreBehindTheSameCursorIsAnAlarm() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(.page([WireReply.order("O-1")], next: "c1", hasMore: true))
        })
        let station = TestStation(cursor: "c1")
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.poll = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { _ in
            let seen = try await station.seen.until("stuck") { $0.status.feed.trouble == .cursorStuck }
            #expect(seen.status.feed.isPaused)
        }
        #expect(hq.requests(.feed).count <= 2)
    }

    @Test func theFeedCanBeAskedByPOST() async throws {
        let hq = try WireHQ(feed: { request, connection in
            let isFirst = request.member("cursor") == nil
            connection.send(
                .page(
                    next: "a/b \u{22}".replacing("\u{22}", with: "&"),
                    isFirst ? ",\"pollAfterSeconds\":0" : ",\"pollAfterSeconds\":3600"
                )
            )
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) {
            $0.feedMethod = .post
        } _: { _ in
            try await hq.requests(.feed, 2)
        }
        let requests = hq.requests(.feed)
        #expect(requests[0].text == "{\"limit\":2000,\"stationId\":\"store-7\"}")
        #expect(
            requests[1].text == "{\"cursor\":\"a/b &\",\"limit\":2000,\"stationId\":\"store-7\",\"wait\":30}"
        )
        #expect(requests[0].method == "POST" && requests[0].target == "/stations/store-7/orders")
        #expect(requests[0].header("Content-Type") == "application/json")
    }

    @Test func aCursorOfAnyCharactersComesBackAsItWas() async throws {
        let cursor = "a+b/c=&d?#% ~é".replacing("é", with: "")
        let hq = try WireHQ(feed: { request, connection in
            let isFirst = request.parameter("cursor") == nil
            connection.send(
                .page(next: cursor, isFirst ? ",\"pollAfterSeconds\":0" : ",\"pollAfterSeconds\":3600")
            )
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { _ in
            try await hq.requests(.feed, 2)
        }
        #expect(hq.requests(.feed)[1].parameter("cursor")?.removingPercentEncoding == cursor)
    }

    @Test func aRetryAfterOfTheFeedIsNotCutShort() async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            connection.send(turns.next() == 0 ? .empty(429, ("Retry-After", "1")) : .page())
        })
        let station = TestStation()
        try await withLink(to: hq.baseURL, station: station) { link in
            try await station.seen.until("busy") { $0.status.feed.trouble == .busy(status: 429) }
            link.feedNow()
            try await station.seen.until("a page") { $0.pages.count == 1 }
        }
        let requests = hq.requests(.feed)
        #expect(requests[1].at - requests[0].at >= .seconds(1))
    }
}

/// Some exchanges with HQ, in which anything that spins would show.
func roundTrips(_ link: HQLink, _ hq: WireHQ) async throws {
    for _ in 0..<4 {
        let before = hq.requests(.state).count
        link.stateNow()
        try await hq.requests(.state, before + 1)
    }
}
