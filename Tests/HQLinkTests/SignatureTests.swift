import Foundation
import HQLink
import StationAPI
import Testing

/// Signed and traced requests, and URLs that are signed themselves.
@Suite(.timeLimit(.minutes(1))) struct SignatureTests {
    private func headers(_ request: WireRequest) -> StandardWebhooks.Headers {
        StandardWebhooks.Headers(
            id: request.header("webhook-id"),
            timestamp: request.header("webhook-timestamp"),
            signature: request.header("webhook-signature")
        )
    }

    @Test func eventsAndStateAreSignedAndEveryAttemptIsOneTrace() async throws {
        let folder = try TemporaryFolder()
        let keys = [WebhookSigningKey.makePair(), .makeSecret()]
        try folder.write(keys.map(\.text).joined(separator: "\n") + "\n", to: "keys")
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in connection.send(.empty(turns.next() < 2 ? 503 : 200)) }
        )
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let path = folder.path("keys")
        let logs = LogCapture()
        try await withLink(to: hq.baseURL, station: station, logs: logs) {
            $0.signingKeyFile = path
        } _: { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
            try await hq.requests(.state, 1)
        }
        let now = Int64(Date.now.timeIntervalSince1970)
        let events = hq.requests(.events)
        #expect(events.count == 3)
        for request in events + hq.requests(.state) {
            for key in keys {
                try StandardWebhooks.verify(
                    headers(request),
                    body: request.body,
                    keys: [key.verificationKey],
                    now: now
                )
            }
        }
        #expect(events.allSatisfy { $0.header("webhook-id") == "e-1" })
        #expect(hq.requests(.state).allSatisfy { $0.header("webhook-id")?.hasPrefix("state-") == true })
        #expect(hq.requests(.feed).allSatisfy { $0.header("webhook-signature") == nil })
        let traces = events.compactMap { $0.header("traceparent") }
        #expect(traces.count == 3 && Set(traces).count == 3)
        #expect(Set(traces.map { $0.prefix(35) }).count == 1)
        #expect(traces.allSatisfy { $0.wholeMatch(of: /00-[0-9a-f]{32}-[0-9a-f]{16}-01/) != nil })
        for key in keys { #expect(!logs.text.contains(key.text.dropFirst(6).prefix(8))) }
    }

    @Test func withoutAUsableKeyNothingIsSentUnsigned() async throws {
        let folder = try TemporaryFolder()
        let hq = try WireHQ()
        for text in [nil, "", "rubbish-9f3c", "whsec_c2hvcnQ="] {
            if let text { try folder.write(text, to: "keys") }
            let path = folder.path("keys")
            let station = TestStation()
            await station.post(("O-1", "e-1"))
            let logs = LogCapture()
            try await withLink(to: hq.baseURL, station: station, logs: logs) {
                $0.signingKeyFile = path
            } _: { _ in
                let seen = try await station.seen.until("paused") {
                    $0.status.events.isPaused && $0.status.state.isPaused
                }
                guard case .signingKey = seen.status.events.trouble else {
                    Issue.record("\(seen.status.events)")
                    return
                }
            }
            #expect(logs.text.contains(path) && !logs.text.contains("9f3c"))
        }
        #expect(hq.requests(.events).isEmpty && hq.requests(.state).isEmpty)
    }

    @Test func aSignatureThatHQRefusesAndAReplacedStationAreSaid() async throws {
        for (kind, trouble) in [
            ("signature-invalid", HQTrouble.signatureRefused), ("station-replaced", .replaced),
        ] {
            for status in [401, 403] {
                let hq = try WireHQ(events: { _, connection in
                    connection.send(.problem(status, Problem.typePrefix + kind))
                })
                let station = TestStation()
                await station.post(("O-1", "e-1"))
                try await withLink(to: hq.baseURL, station: station) { _ in
                    let seen = try await station.seen.until("paused") { $0.status.events.isPaused }
                    #expect(seen.status.events.trouble == trouble)
                    #expect(seen.delivered.isEmpty && seen.parked.isEmpty)
                }
            }
        }
        #expect("\(HQTrouble.replaced)".contains("another box") && "\(HQTrouble.replaced)".contains("enrol"))
    }

    @Test func aURLWithItsOwnSignatureNeverComesWithATokenAndIsNeverLogged() async throws {
        let folder = try TemporaryFolder()
        try folder.write("token-1", to: "token")
        let query = "api-version=2016-10-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=9f3c_-AZ%2b"
        let bad: [WireReply] = [.html(200), .empty(401), .empty(404), .empty(500), .empty(302), .empty(200)]
        let turns = Turns()
        let hq = try WireHQ(events: { _, connection in connection.send(bad[min(turns.next(), 5)]) })
        var configuration = try HQLinkConfiguration(
            station: "store-7",
            baseURL: hq.baseURL,
            eventsURL: "\(hq.baseURL)/workflows/a/events?\(query)",
            bearerTokenFile: folder.path("token")
        )
        configuration.timing = try quickConfiguration(hq.baseURL).timing
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let logs = LogCapture()
        let link = HQLink(configuration: configuration, station: station, logger: logs.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run() }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] }
            try await hq.requests(.feed, 1)
            try await hq.requests(.state, 1)
            group.cancelAll()
        }
        let events = hq.requests(.events)
        #expect(events.count == 6)
        #expect(events.allSatisfy { $0.target == "/workflows/a/events?\(query)" })
        #expect(events.allSatisfy { $0.header("Authorization") == nil })
        let others = hq.requests(.feed) + hq.requests(.state)
        #expect(others.allSatisfy { $0.header("Authorization") == "Bearer token-1" })
        #expect(!logs.text.isEmpty && !logs.text.contains("sig=") && !logs.text.contains("9f3c"))
    }
}
