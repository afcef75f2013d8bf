import Foundation
import NIOHTTP1
import StationAPI
import Testing

@testable import HQBridge

@Suite struct ServerTests {
    private static func withStation(
        _ engine: Engine = .sqlite,
        configure: (inout BridgeServerConfiguration) -> Void = { _ in },
        _ body: @escaping @Sendable (RunningBridge, String) async throws -> Void
    ) async throws {
        try await RunningBridge.serve(engine, configure: configure) { bridge in
            let token = BridgeStore.makeToken()
            try await bridge.store.add(try stationID("s1"), signIn: .init(token: token))
            try await body(bridge, token)
        }
    }

    @Test func onlyTheStationsOwnTokenOpensItsFeed() async throws {
        try await Self.withStation { bridge, token in
            let other = BridgeStore.makeToken()
            try await bridge.store.add(try stationID("s2"), signIn: .init(token: other))
            func status(_ token: String?, _ station: String = "s1") async throws -> Int {
                try await bridge.client.send(.GET, "/stations/\(station)/orders", token: token).status
            }
            #expect(try await status(token) == 200)
            #expect(try await status(nil) == 401)
            #expect(try await status(other) == 401)
            #expect(try await status(token, "s9") == 404)
            try await bridge.store.revoke(try stationID("s1"))
            let answer = try await bridge.client.send(.GET, "/stations/s1/orders", token: token)
            #expect(answer.status == 403 && answer.problem?.kind == .stationReplaced)
        }
    }

    @Test func aCertificateCountsOnlyFromAConfiguredProxy() async throws {
        let fingerprint = String(repeating: "ab", count: 32)
        for (header, proxies, status) in [
            (nil, Set(["127.0.0.1"]), 401), ("X-Client-Cert", ["127.0.0.1"], 200),
            ("X-Client-Cert", ["10.0.0.1"], 401),
        ] {
            try await RunningBridge.serve(configure: {
                $0.certificateHeader = header
                $0.proxies = proxies
            }) { bridge in
                try await bridge.store.add(
                    try stationID("s1"),
                    signIn: .init(certificateFingerprint: fingerprint)
                )
                let answer = try await bridge.client.send(
                    .GET,
                    "/stations/s1/orders",
                    headers: ["X-Client-Cert": fingerprint]
                )
                #expect(answer.status == status)
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func aQuestionIsHeldOpenUntilSomethingChanges(_ engine: Engine) async throws {
        try await Self.withStation(engine) { bridge, token in
            let first = try await bridge.client.send(.GET, "/stations/s1/orders", token: token)
            let cursor = try #require(first.json?["nextCursor"]?.text)
            async let held = bridge.client.send(
                .GET,
                "/stations/s1/orders?cursor=\(cursor)&wait=50",
                token: token
            )
            // Only once the question waits is there something to wake.
            while bridge.store.news.waiting == 0 { try await Task.sleep(for: .milliseconds(5)) }
            try await bridge.store.put(order("SO-1"), at: try stationID("s1"))
            let page = try FeedPage(json: try await held.body)
            #expect(page.items.count == 1 && !page.snapshot)
            // The same as a POST.
            let question = #"{"stationId":"s1","cursor":"\#(cursor)","limit":5}"#
            let posted = try await bridge.client.send(
                .POST,
                "/stations/s1/orders",
                token: token,
                body: question
            )
            #expect(try FeedPage(json: posted.body).items.count == 1)
        }
    }

    @Test func aQuestionOutsideTheContractIsAProblem() async throws {
        try await Self.withStation { bridge, token in
            for (query, status) in [
                ("limit=0", 400), ("limit=x", 400), ("wait=111", 400), ("cursor=nonsense", 410),
                ("limit=5000", 200),
            ] {
                let answer = try await bridge.client.send(.GET, "/stations/s1/orders?\(query)", token: token)
                #expect(answer.status == status, "\(query)")
                #expect(status == 200 || answer.problem?.status == status, "\(query)")
            }
            let wrong = try await bridge.client.send(.DELETE, "/stations/s1/orders", token: token)
            #expect(wrong.status == 405 && wrong.headers.first(name: "allow") == "GET, POST")
            #expect(try await bridge.client.send(.GET, "/nothing").problem?.status == 404)
        }
    }

    @Test func aLargePageIsCompressedForWhoTakesThat() async throws {
        try await Self.withStation { bridge, token in
            for number in 0..<50 {
                try await bridge.store.put(order("SO-\(number)"), at: try stationID("s1"))
            }
            let plain = try await bridge.client.send(.GET, "/stations/s1/orders", token: token)
            #expect(plain.headers.first(name: "content-encoding") == nil)
            let packed = try await bridge.client.send(
                .GET,
                "/stations/s1/orders",
                token: token,
                headers: ["Accept-Encoding": "br, gzip;q=0.5"]
            )
            #expect(packed.headers.first(name: "content-encoding") == "gzip")
            #expect(packed.body.starts(with: [0x1f, 0x8b]) && packed.body.count * 4 < plain.body.count)
            let refused = try await bridge.client.send(
                .GET,
                "/stations/s1/orders",
                token: token,
                headers: ["Accept-Encoding": "gzip;q=0"]
            )
            #expect(refused.headers.first(name: "content-encoding") == nil)
        }
    }

    @Test(arguments: Engine.allCases, BridgeServerConfiguration.Acknowledgement.allCases)
    func aRepeatedEventIsAnsweredLikeTheFirst(
        _ engine: Engine,
        _ acknowledgement: BridgeServerConfiguration.Acknowledgement
    ) async throws {
        try await Self.withStation(engine, configure: { $0.acknowledgement = acknowledgement }) {
            bridge,
            token in
            let first = try await bridge.client.send(event("e1"), token: token)
            #expect(first.status == acknowledgement.status && first.json?["eventId"]?.text == "e1")
            let again = try await bridge.client.send(event("e1"), token: token)
            #expect(again.status == first.status && again.body == first.body)
            let other = try await bridge.client.send(event("e1", .pickupCompleted), token: token)
            #expect(other.status == 422 && other.problem?.kind == .idempotencyMismatch)
            #expect(try await bridge.store.events().count == 1)
        }
    }

    @Test func anEventOutsideTheContractIsRefusedAndNotKept() async throws {
        try await Self.withStation { bridge, token in
            let good = String(decoding: try FeedWriter.json(event("e1")), as: UTF8.self)
            let key = ["Idempotency-Key": "\"e1\""]
            func post(_ body: String, _ headers: [String: String], type: String = "application/json")
                async throws
                -> BridgeClient.Answer
            {
                try await bridge.client.send(
                    .POST,
                    "/stations/s1/events",
                    token: token,
                    headers: headers,
                    body: body,
                    type: type
                )
            }
            #expect(try await post(good, [:]).status == 400)
            #expect(try await post(good, key, type: "text/plain").status == 415)
            #expect(try await post("{", key).problem?.kind == .payloadInvalid)
            #expect(try await post(good.replacing("/stations/s1", with: "/stations/s2"), key).status == 422)
            let name = good.replacing("\"id\"", with: "\"customerName\":\"x\",\"id\"")
            let refused = try await post(name, key)
            #expect(refused.status == 422 && refused.problem?.errors?.first?.pointer == "/customerName")
            let large = good.replacing(
                "\"id\"",
                with: "\"x\":\"\(String(repeating: "y", count: 300_000))\",\"id\""
            )
            #expect(try await post(large, key).status == 413)
            #expect(try await bridge.store.events().isEmpty)
            #expect(try await post(good, key, type: "application/json; charset=utf-8").status == 202)
        }
    }

    @Test func anEventOfAStationWithAnEventKeyMustBeSigned() async throws {
        try await RunningBridge.serve { bridge in
            let token = BridgeStore.makeToken()
            let key = WebhookSigningKey.makePair()
            try await bridge.store.add(
                try stationID("s1"),
                signIn: .init(token: token, eventKey: key.verificationKey.text)
            )
            let body = try FeedWriter.json(event("e1"))
            func post(_ signer: WebhookSigningKey?) async throws -> BridgeClient.Answer {
                var headers = ["Idempotency-Key": "\"e1\""]
                if let signer {
                    let signed = StandardWebhooks.sign(id: "e1", timestamp: 1, body: body, keys: [signer])
                    for field in signed.fields { headers[field.name] = field.value }
                }
                return try await bridge.client.send(
                    .POST,
                    "/stations/s1/events",
                    token: token,
                    headers: headers,
                    body: String(decoding: body, as: UTF8.self)
                )
            }
            #expect(try await post(nil).problem?.kind == .signatureInvalid)
            #expect(try await post(.makePair()).problem?.kind == .signatureInvalid)
            #expect(try await post(key).status == 202)
        }
    }

    @Test func theLatestStateIsKept() async throws {
        try await Self.withStation { bridge, token in
            func put(_ report: StationReport) async throws -> Int {
                let body = String(decoding: try FeedWriter.json(report), as: UTF8.self)
                return try await bridge.client.send(.PUT, "/stations/s1/state", token: token, body: body)
                    .status
            }
            var statuses: [Int] = []
            for (station, depth) in [("s1", 1), ("s1", 2), ("s2", 3)] {
                statuses.append(try await put(report(station, depth: depth)))
            }
            #expect(statuses == [204, 204, 422])
            let kept = try await bridge.store.state(of: try stationID("s1"))
            #expect(kept?.report.outbox.depth == 2)
        }
    }
}

/// A state report that says little.
func report(_ station: String, depth: Int) -> StationReport {
    StationReport(
        station: station,
        time: WireTime(milliseconds: 1_780_000_000_000),
        serving: .init(customers: true),
        versions: .init(software: "1"),
        configurationHash: "00",
        clock: .init(trusted: true, source: "ntp"),
        outbox: .init(depth: depth)
    )
}
