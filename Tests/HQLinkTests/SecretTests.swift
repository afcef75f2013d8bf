import Foundation
import HQLink
import StationAPI
import Testing

/// Tokens and signed queries: used, renewed, never shown.
@Suite(.timeLimit(.minutes(1))) struct SecretTests {
    @Test func aRefusedTokenIsReadAgainOnce() async throws {
        let folder = try TemporaryFolder()
        try folder.write("first-token\r\n", to: "token")
        let path = folder.path("token")
        let hq = try WireHQ(events: { request, connection in
            guard request.header("Authorization") != "Bearer first-token" else {
                // HQ renews the token while the old one is under way.
                try? Data("second-token\n".utf8).write(to: URL(filePath: path), options: .atomic)
                connection.send(.empty(401))
                return
            }
            connection.send(.empty(200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.bearerTokenFile = path
        } _: { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
        }
        let tokens = hq.requests(.events).map { $0.header("Authorization") }
        #expect(tokens == ["Bearer first-token", "Bearer second-token"])
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.events.isPaused })
    }

    @Test(arguments: [401, 403])
    func aTokenThatStaysRefusedPausesAndGoesOnSlowly(status: Int) async throws {
        let folder = try TemporaryFolder()
        try folder.write("wrong", to: "token")
        let path = folder.path("token")
        let hq = try WireHQ(events: { _, connection in
            connection.send(.problem(status, "urn:pickup-station:problem:payload-invalid"))
        })
        let station = TestStation()
        await station.post((0..<8).map { ("O-\($0)", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) {
            $0.bearerTokenFile = path
        } _: { _ in
            let seen = try await station.seen.until("paused") { $0.status.events.isPaused }
            #expect(seen.status.events.trouble == .unauthorized(status: status))
            let before = hq.requests(.events).count
            try await hq.requests(.events, max(before, 4) + 3)
        }
        #expect(station.seen.value.delivered.isEmpty && station.seen.value.parked.isEmpty)
    }

    @Test func whilePausedOneEventAtATimeIsTried() async throws {
        let hq = try WireHQ(events: { _, connection in connection.send(.empty(403)) })
        let station = TestStation()
        await station.post((0..<64).map { ("O-\($0)", "e-\($0)") })
        try await withLink(to: hq.baseURL, station: station) {
            $0.timing.delivery = HQLinkTiming.Backoff(first: .seconds(3_600), longest: .seconds(3_600))
        } _: { link in
            try await station.seen.until("paused") { $0.status.events.isPaused }
            for _ in 0..<5 { link.outboxChanged() }
            try await roundTrips(link, hq)
        }
        #expect(hq.requests(.events).count <= 4)
    }

    @Test(arguments: ["", "two words", "line\nline", "ümlaut", "tab\t", nil])
    func withoutAUsableTokenNothingIsSent(token: String?) async throws {
        let folder = try TemporaryFolder()
        if let token { try folder.write(token, to: "token") }
        let path = folder.path("token")
        let hq = try WireHQ()
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let logs = LogCapture()
        try await withLink(to: hq.baseURL, station: station, logs: logs) {
            $0.bearerTokenFile = path
        } _: { _ in
            try await station.seen.until("all paused") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isPaused }
            }
            #expect(hq.server.requests.value.isEmpty)
            try folder.write("good", to: "token")
            try await station.seen.until("all works") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
        #expect(hq.server.requests.value.allSatisfy { $0.header("Authorization") == "Bearer good" })
        #expect(logs.text.contains(path))
        #expect(!logs.text.contains("two words") && !logs.text.contains("ümlaut"))
    }

    @Test func neitherTokenNorQueryNorCursorIsEverShown() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token-9f3c", to: "token")
        let path = folder.path("token")
        let bad: [WireReply] = [
            .html(200), .empty(404), .empty(302, ("Location", "http://x.example/?sig=query-9f3c")),
            .empty(500),
            .problem(422, "query-9f3c", ",\"detail\":\"token-9f3c query-9f3c\""), .json(200, "token-9f3c{"),
            WireReply(status: 200, headers: [("Content-Type", "text/csv")], body: [1]), .empty(401),
        ]
        let turns = Turns()
        let answer: WireServer.Handler = { _, connection in
            let turn = turns.next()
            if turn % 5 == 4 { connection.reset() } else { connection.send(bad[turn % bad.count]) }
        }
        let hq = try WireHQ(feed: answer, events: answer, state: answer)
        let logs = LogCapture()
        let station = TestStation(cursor: "cursor-9f3c")
        await station.post(("O-1", "e-1"), ("O-2", "e-2"))
        try await withLink(to: "\(hq.baseURL)/?code=query-9f3c", station: station, logs: logs) {
            $0.bearerTokenFile = path
            #expect(!"\($0)".contains("query-9f3c"))
            var text = ""
            dump($0, to: &text)
            #expect(!text.contains("query-9f3c"))
        } _: { _ in
            try await hq.server.requests.until("60 requests") { $0.count >= 60 }
        }
        #expect(hq.server.requests.value.allSatisfy { $0.header("Authorization") == "Bearer token-9f3c" })
        #expect(hq.server.requests.value.allSatisfy { $0.target.contains("code=query-9f3c") })
        #expect(!logs.text.isEmpty)
        #expect(!logs.text.contains("9f3c"))
        for status in station.seen.value.statusHistory {
            #expect(!"\(status)".contains("9f3c"))
            for operation in HQLinkStatus.Operation.allCases {
                #expect(status[operation].trouble?.description.contains("9f3c") != true)
            }
        }
    }
}
