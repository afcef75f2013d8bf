import Foundation
import StationAPI
import StationCore
import StationStore
import Testing

@testable import StationRuntime

/// Keys, grants and commands from the feed and the scanner to the database.
@Suite struct SignedTests {
    @Test func aGrantCountsOnceItsKeyIsKnownAndNotOnceItIsRevoked() async throws {
        let folder = try await SignedDesk.run { desk in
            let grant = try desk.grant()
            await desk.scan(grant)
            #expect(await desk.refusal() == .grantNotValid)
            try await desk.keys()
            await desk.scan(grant)
            #expect(await desk.refusal() == .notReadyYet(orderNumber: "X-1"))
        }
        _ = try await SignedDesk.run(folder) { desk in
            let grant = try desk.grant()
            await desk.scan(grant)
            #expect(await desk.refusal() == .notReadyYet(orderNumber: "X-1"), "the key is on the disk")
            try await desk.apply([.revocation(.grant("G-1"))])
            await desk.scan(grant)
            #expect(await desk.refusal() == .grantRevoked)
            await desk.scan(try desk.grant("G-2"))
            #expect(await desk.refusal() == .notReadyYet(orderNumber: "X-1"))
            try await desk.apply([.revocation(.key("g1"))])
        }
        _ = try await SignedDesk.run(folder) { desk in
            await desk.scan(try desk.grant("G-2"))
            #expect(await desk.refusal() == .grantRevoked)
        }
        try FileManager.default.removeItem(at: folder)
    }

    @Test func aKeyIsRotatedByTheFeedAndAnIdKeepsItsKey() async throws {
        let desk = try await SignedDesk()
        try await desk.keys()
        let next = try #require(HQSigningKey.random(keyID: "g2", use: .grant))
        await desk.scan(try desk.grant(key: next))
        #expect(await desk.refusal() == .grantNotValid)
        try await desk.apply([.key(next.document)])
        await desk.scan(try desk.grant(key: next))
        #expect(await desk.refusal() == .notReadyYet(orderNumber: "X-1"))
        let other = try #require(HQSigningKey.random(keyID: "g2", use: .grant))
        try await desk.apply([.key(other.document)])
        #expect(try desk.store.read { try $0.quarantineCount() } == 1)
        await desk.scan(try desk.grant(key: other))
        #expect(await desk.refusal() == .grantNotValid)
        try await desk.end()
    }

    @Test func theSlipsGrantMakesItsLabelsKnownAndTheFeedTakesTheOrderOver() async throws {
        let desk = try await SignedDesk()
        try await desk.keys()
        await desk.signIn()
        await desk.scan(try desk.grant())
        #expect(try desk.order("X-1")?.version == 0)
        let label = try desk.store.match(desk.fileKey.digest(of: "X-1-1"), form: .typed)
        #expect(label.parcel?.parcel == "X-1-1")
        try await desk.apply([
            .order(
                OrderDocument(
                    orderID: "X-1",
                    version: 1,
                    displayNumber: "1001",
                    status: .awaitingLoad,
                    parcels: [ParcelDocument(parcelID: "X-1-1")],
                    codes: [CodeDocument(form: .typed, digits: 8, value: .clear("12345678"))]
                )
            )
        ])
        #expect(try desk.order("X-1")?.version == 1)
        #expect(try desk.order("X-1")?.displayNumber == "1001")
        try await desk.end()
    }

    @Test func anUnknownLabelIsLoadedAndItsGrantHandsItOver() async throws {
        let desk = try await SignedDesk()
        try await desk.keys()
        await desk.signIn()
        await desk.scan("X-1-1")
        let load = try #require(await desk.station.state.openings.first)
        await desk.station.handle(.pulseAnswered(load.id, .actuated))
        await desk.station.handle(.doorRead("A-01", .open))
        await desk.station.handle(.doorRead("A-01", .closed))
        await desk.station.handle(.buttonPressed(.parcelInside))
        await desk.station.handle(.buttonPressed(.menu))
        await desk.station.handle(.buttonPressed(.finish))
        #expect(try desk.order(OrderID(unmatched: "X-1-1"))?.parcels.first?.place == .inside("A-01"))
        let tally = await desk.station.state.tally
        #expect(tally.parcelsToLoad == 0)
        // Two rows before the coil has cooled: the grant is asked for until it opens.
        await desk.scan(try desk.grant())
        #expect(try desk.order("X-1")?.parcels.first?.place == .inside("A-01"))
        guard case .collecting(let collecting) = await desk.station.state.session else {
            Issue.record("\(String(describing: await desk.station.state.session))")
            return
        }
        #expect(collecting.grant?.id == "G-1")
        let stored = try desk.store.read { try $0.memory(bootID: "one").grantsUsed.map(\.id) }
        #expect(stored == ["G-1"])
        let events = try desk.events()
        #expect(events.filter { $0.type == .orderLoaded }.map(\.order) == ["X-1"])
        #expect(events.contains { $0.type == .grantUsed && $0.grant == "G-1" })
        try await desk.end()
    }

    /// A code of another store, or of an order that is still on its way, is as good as money and is no label.
    @Test(arguments: ["{}", "{ loadUnmatched: true }"])
    func aCodeThatNobodyKnowsIsNotWrittenDown(_ policy: String) async throws {
        let code = "PX7K2M9Q4WDT6YVB83HJ5RN0ZA"
        let desk = try await SignedDesk(policy: policy)
        await desk.scan(code)
        #expect(await desk.refusal() == .unknownCode(triesLeft: nil))
        try await desk.station.close()
        let files = try FileManager.default.contentsOfDirectory(atPath: desk.folder.path)
        #expect(files.contains { $0.hasSuffix(".sqlite") }, "no database was looked at: \(files)")
        for file in files {
            let bytes = try Data(contentsOf: desk.folder.appendingPathComponent(file))
            #expect(bytes.range(of: Data(code.utf8)) == nil, "\(file) has the code in clear")
        }
        try FileManager.default.removeItem(at: desk.folder)
    }

    @Test func commandsAreDoneOnceAlsoOverARestartAndRefusalsAreReported() async throws {
        let folder = try await SignedDesk.run { desk in
            try await desk.keys()
            let take = try desk.command("C-1", "doorOutOfService", ["compartment": .text("A-01")])
            try await desk.apply([.command(take)])
            #expect(await desk.station.state.compartment("A-01")?.record.outOfService == .byHQ)
        }
        _ = try await SignedDesk.run(folder) { desk in
            let take = try desk.command("C-1", "doorOutOfService", ["compartment": .text("A-01")])
            var forged = take
            forged.commandID = "C-2"
            var unsigned = take
            unsigned.signature = []
            try await desk.apply([
                .command(take), .command(forged), .command(unsigned),
                .command(try desk.command("C-3", "selfDestruct")),
                .command(try desk.command("C-4", "doorIntoService", ["compartment": .integer(1)])),
            ])
            let refused = try desk.events().filter { $0.type == .commandRefused }
            #expect(
                refused.map(\.reason) == [
                    "replayed", "badSignature", "unsigned", "unsupported.selfDestruct", "badArguments",
                ]
            )
            #expect(refused.map(\.command) == ["C-1", "C-2", "C-1", "C-3", "C-4"])
        }
        try FileManager.default.removeItem(at: folder)
    }

    @Test func aConfigurationThatWouldNotStartIsNotReadAgain() async throws {
        let desk = try await SignedDesk()
        try await desk.keys()
        var hands = Station.Hands()
        hands.checkConfiguration = { "station.yaml:3: no" }
        await desk.station.connect(hands)
        try await desk.apply([.command(try desk.command("C-1", "reloadConfiguration"))])
        #expect(try desk.events().last?.reason == "configurationInvalid")
        let (asked, asking) = AsyncStream.makeStream(of: Void.self)
        hands.checkConfiguration = { nil }
        hands.restart = { asking.yield() }
        await desk.station.connect(hands)
        try await desk.apply([.command(try desk.command("C-2", "reloadConfiguration"))])
        for await _ in asked { break }
        #expect(try desk.events().last?.type == .commandExecuted)
        try await desk.end()
    }

    @Test func diagnosticsComeWithTheStateReportForAWhile() async throws {
        let desk = try await SignedDesk()
        try await desk.keys()
        #expect(await desk.station.report().diagnostics == nil)
        try await desk.apply([.command(try desk.command("C-1", "sendDiagnostics"))])
        let counters = try #require(await desk.station.report().diagnostics)
        #expect(counters["commandsDone"] == 1 && counters["hqKeys"] == 2)
        try await desk.end()
    }

    // MARK: The station's own keys

    @Test func codesUnderTheOldAndTheNewKeyOpenTheirOrdersAlsoAfterARestart() async throws {
        let bytes = Array(repeating: UInt8(9), count: 32)
        let next = try #require(StationKey(bytes: bytes))
        func order(_ id: String, _ digest: CodeDigest, key: String?) -> FeedItem {
            .order(
                OrderDocument(
                    orderID: id,
                    version: 1,
                    displayNumber: id,
                    status: .awaitingLoad,
                    parcels: [ParcelDocument(parcelID: "\(id)-1", label: "L-\(id)")],
                    codes: [CodeDocument(form: .typed, digits: 8, value: .digest(digest.bytes), keyID: key)]
                )
            )
        }
        func checkBoth(_ desk: SignedDesk) async {
            for (code, number) in [("11111111", "O1"), ("22222222", "O2")] {
                await desk.station.show(code, form: .typed)
                #expect(await desk.refusal() == .notReadyYet(orderNumber: number))
            }
        }
        let folder = try await SignedDesk.run { desk in
            try await desk.apply([order("O1", desk.fileKey.digest(of: "11111111"), key: nil)])
            try await desk.apply([.stationKey(StationKeyDocument(keyID: "s2", key: bytes))])
            try await desk.apply([order("O2", next.digest(of: "22222222"), key: "s2")])
            await checkBoth(desk)
        }
        _ = try await SignedDesk.run(folder) { desk in
            await checkBoth(desk)
            #expect(await "\(desk.station.codeKeys)" == "keys(s2)", "a key is never written down")
            let other = StationKeyDocument(keyID: "s2", key: Array(repeating: 1, count: 32))
            try await desk.apply([.stationKey(other)])
            #expect(try desk.store.read { try $0.quarantineCount() } == 1, "an id keeps its key")
        }
        try FileManager.default.removeItem(at: folder)
    }
}
