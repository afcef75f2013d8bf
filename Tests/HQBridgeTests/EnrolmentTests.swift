import Foundation
import NIOHTTP1
import StationAPI
import Testing

@testable import HQBridge

@Suite struct EnrolmentTests {
    private static func ask(_ bridge: RunningBridge, _ code: String) async throws -> BridgeClient.Answer {
        let key = WebhookSigningKey.makePair().verificationKey.text
        let body = try FeedWriter.json(EnrolmentRequest(code: code, box: "box-1", eventKey: key))
        return try await bridge.client.send(.POST, "/enrolments", body: String(decoding: body, as: UTF8.self))
    }

    private static func identity(_ answer: BridgeClient.Answer) throws -> EnrolmentReply {
        #expect(answer.status == 201)
        return try JSONDecoder().decode(EnrolmentReply.self, from: Data(answer.body))
    }

    @Test(arguments: Engine.allCases)
    func aCodeLetsOneBoxInOnceAndTheBoxBeforeItOut(_ engine: Engine) async throws {
        let signer = try #require(HQSigningKey.random(keyID: "c1", use: .command))
        try await RunningBridge.serve(engine, keys: HQKeys([signer])) { bridge in
            let station = try stationID("s1")
            try await bridge.store.add(station)
            let code = try await bridge.store.makeEnrolmentCode(for: station, validSeconds: 60)
            // Typed as people type.
            let first = try Self.identity(try await Self.ask(bridge, code.display.lowercased()))
            #expect(first.stationID == "s1" && first.keys.count == 1)
            #expect(try await Self.ask(bridge, code.text).problem?.kind == .enrolmentRefused)
            let old = try #require(first.token)
            let feed = try await bridge.client.send(.GET, "/stations/s1/orders", token: old)
            let items = try FeedPage(json: feed.body).items
            #expect(items.contains { if case .key(let key) = $0 { key.keyID == "c1" } else { false } })
            let second = try await bridge.store.makeEnrolmentCode(for: station, validSeconds: 60)
            let next = try Self.identity(try await Self.ask(bridge, second.text))
            // The codes of the orders in the wall stay good: the new box gets the same key.
            #expect(next.stationKey == first.stationKey)
            let replaced = try await bridge.client.send(.GET, "/stations/s1/orders", token: old)
            #expect(replaced.status == 403 && replaced.problem?.kind == .stationReplaced)
            #expect(
                try await bridge.client.send(.GET, "/stations/s1/orders", token: next.token).status == 200
            )
        }
    }

    @Test func ofManyBoxesWithOneCodeOneIsLetIn() async throws {
        try await RunningBridge.serve(.postgreSQL) { bridge in
            let station = try stationID("s1")
            try await bridge.store.add(station)
            let code = try await bridge.store.makeEnrolmentCode(for: station, validSeconds: 60)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.ask(bridge, code.text).status } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [201, 403, 403, 403])
        }
    }

    @Test(arguments: Engine.allCases)
    func aCodeEndsAndFiveWrongOnesLockTheCallerOut(_ engine: Engine) async throws {
        let clock = TestClock()
        try await RunningBridge.serve(engine, clock: clock) { bridge in
            let station = try stationID("s1")
            try await bridge.store.add(station)
            let late = try await bridge.store.makeEnrolmentCode(for: station, validSeconds: 60)
            clock.advance(seconds: 60)
            #expect(try await Self.ask(bridge, late.text).status == 403)
            let code = try await bridge.store.makeEnrolmentCode(for: station, validSeconds: 86_400)
            for wrong in ["x", "0000-0000-0000-0000", "nonsense", ""] {
                #expect(try await Self.ask(bridge, wrong).status == 403)
            }
            let locked = try await Self.ask(bridge, code.text)
            #expect(locked.status == 429 && locked.problem?.retryAfterSeconds == 900)
            clock.advance(seconds: 901)
            #expect(try await Self.ask(bridge, code.text).status == 201)
        }
    }

    @Test func aRenewedTokenEndsTheOldOneOnceItIsUsed() async throws {
        try await RunningBridge.serve { bridge in
            let old = BridgeStore.makeToken()
            try await bridge.store.add(try stationID("s1"), signIn: .init(token: old))
            let answer = try await bridge.client.send(
                .POST,
                "/stations/s1/credentials",
                token: old,
                body: #"{"token":true}"#
            )
            let new = try #require(answer.json?["token"]?.text)
            func status(_ token: String) async throws -> Int {
                try await bridge.client.send(.GET, "/stations/s1/orders", token: token).status
            }
            #expect(try await status(old) == 200)
            #expect(try await status(new) == 200)
            #expect(try await status(old) == 401)
        }
    }

    @Test(arguments: Engine.allCases)
    func aCommandIsSignedForItsStationAndLeavesTheFeedWhenItIsTooOld(_ engine: Engine) async throws {
        let clock = TestClock()
        try await engine.withStore(clock: clock) { store in
            let station = try stationID("s1")
            try await store.add(station)
            let key = try #require(HQSigningKey.random(keyID: "c1", use: .command))
            try await store.send(
                CommandDocument(
                    commandID: "cmd-1",
                    kind: "openDoor",
                    nonce: "4711",
                    arguments: ["compartment": .text("A1")]
                ),
                signedBy: key,
                to: station
            )
            let text = try #require(try await store.readAll(station)?.items.first)
            guard case .command(let command)? = try BridgeStore.item(Array(text.utf8)) else {
                Issue.record("no command in the feed")
                return
            }
            var ring = KeyRing()
            try ring.add(key.document)
            #expect(command.fault(station: "s1", keys: ring, at: clock.now) == nil)
            #expect(command.fault(station: "s2", keys: ring, at: clock.now) != nil)
            clock.advance(seconds: 61)
            #expect(try await store.readAll(station)?.items.isEmpty == true)
        }
    }

    @Test(arguments: Engine.allCases)
    func aCommandWithAResultLeavesTheFeed(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            let key = try #require(HQSigningKey.random(keyID: "c1", use: .command))
            let command = CommandDocument(commandID: "cmd-1", kind: "sendDiagnostics")
            try await store.send(command, signedBy: key, to: station)
            #expect(try await store.readAll(station)?.items.count == 1)
            let result = event(
                "e1",
                .commandRefused,
                order: nil,
                data: .object(["commandId": .string("cmd-1"), "reason": .string("tooOld")])
            )
            _ = try await store.take(result, from: station, status: 200)
            #expect(try await store.readAll(station)?.items.isEmpty == true)
            #expect(try await store.commandResults(of: station) == [result])
        }
    }

    @Test(arguments: Engine.allCases)
    func aNewStationKeyComesByTheFeedAndCodesNameIt(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            let first = try await store.documents(of: store.makeCodes(), at: station)
            let key = try await store.rotateStationKey(of: station)
            let second = try await store.documents(of: store.makeCodes(), at: station)
            #expect(first.first?.keyID != key.keyID)
            #expect(second.map(\.keyID) == [key.keyID, key.keyID])
            let items = try #require(try await store.readAll(station)).items
            #expect(items.count == 2 && items.allSatisfy { $0.contains("\"stationKey\"") })
        }
    }
}
