import Foundation
import Logging
import StationAPI
import StationCore
import StationStore
import Testing

@testable import StationRuntime

/// What a page of the feed leaves in the database, whatever order its work is done in.
@Suite struct FeedPageTests {
    private struct Desk {
        let folder: URL
        let key: StationKey
        let store: StationStore
        let station: Station

        init(folder known: URL? = nil) throws {
            folder =
                known ?? FileManager.default.temporaryDirectory.appendingPathComponent("feed-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let configuration = try SmallStation.configuration(in: folder)
            key = try #require(StationKey(bytes: Array(repeating: UInt8(7), count: 32)))
            let opened = try StationStore.open(folder: folder.path, bootID: "one", now: 0)
            store = opened.store
            station = try Station(
                configuration: configuration,
                opened: opened,
                key: key,
                health: HealthBook(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        func apply(_ items: [FeedItem], cursor: String = "c1") async throws {
            try await apply(FeedPage(items: items, nextCursor: cursor))
        }

        func apply(_ page: FeedPage) async throws {
            try await StationAtHQ(station: station).apply(page)
        }

        /// How many lines the journal has.
        func lines() throws -> Int {
            try store.read { try $0.journal(after: 0, limit: 10_000).count }
        }

        func order(_ id: String) throws -> OrderRecord? {
            try store.read { try $0.order(OrderID(id)) }
        }

        func shown(_ code: String) throws -> ShownCode {
            try store.match(key.digest(of: code), form: .typed)
        }

        func quarantined() throws -> Int {
            try store.read { try $0.quarantineCount() }
        }

        func end() async throws {
            try await station.close()
            try FileManager.default.removeItem(at: folder)
        }
    }

    private func item(_ id: String, version: Int64 = 1, code: String) -> FeedItem {
        .order(
            OrderDocument(
                orderID: id,
                version: version,
                displayNumber: "\(id) v\(version)",
                status: .awaitingLoad,
                parcels: [ParcelDocument(parcelID: "\(id)-1", label: "LABEL-\(id)")],
                codes: [CodeDocument(form: .typed, digits: 8, value: .clear(code))]
            )
        )
    }

    private func policy(_ version: Int64, _ values: [String: PolicyValue]) -> FeedItem {
        .policy(PolicyDocument(version: version, values: values))
    }

    @Test func aPolicyOfHQsHoldsAtOnceAndAfterARestartAndAnOlderOneIsPassedOver() async throws {
        let folder = try await setPolicy()
        let desk = try Desk(folder: folder)
        #expect(await desk.station.state.policy.reopenGraceMs == 30_000)
        try await desk.apply([policy(1, ["reopenGraceMs": .integer(60_000)])])
        #expect(await desk.station.state.policy.reopenGraceMs == 30_000)
        try await desk.apply([policy(3, [:])])
        #expect(
            await desk.station.state.policy.reopenGraceMs == 120_000,
            "what HQ sets no more is the file's"
        )
        try await desk.end()
    }

    private func setPolicy() async throws -> URL {
        let desk = try Desk()
        #expect(await desk.station.state.policy.reopenGraceMs == 120_000)
        try await desk.apply([
            policy(2, ["reopenGraceMs": .integer(30_000), "collectPartial": .boolean(false)])
        ])
        #expect(await desk.station.state.policy.reopenGraceMs == 30_000)
        #expect(await !desk.station.state.policy.collectPartial)
        try await desk.apply([policy(1, ["reopenGraceMs": .integer(60_000)])])
        #expect(await desk.station.state.policy.reopenGraceMs == 30_000)
        try await desk.station.close()
        return desk.folder
    }

    @Test func whatIsWrongInAPolicyIsSetAsideByNameAndTheRestHolds() async throws {
        let desk = try Desk()
        let values: [String: PolicyValue] = [
            "reopenGraceMs": .integer(30_000), "closeReminderMs": .integer(-5),
            "openDoorsForFun": .boolean(true),
            "doneMs": .text("long"),
        ]
        try await desk.apply([item("O1", code: "10000001")])
        try await desk.apply(
            FeedPage(
                items: [policy(1, values)],
                nextCursor: "c2",
                snapshot: true,
                beginsSnapshot: true
            )
        )
        #expect(try desk.quarantined() == 3)
        #expect(await desk.station.state.policy.reopenGraceMs == 30_000)
        #expect(await desk.station.state.policy.closeReminderMs == 30_000)
        #expect(try desk.order("O1") == nil, "a strange policy does not make the snapshot doubtful")
        try await desk.end()
    }

    @Test func newOrdersAreFoundByCodeAndLabelAndCounted() async throws {
        let desk = try Desk()
        try await desk.apply((0..<50).map { item("O\($0)", code: "1000000\($0)") })
        for number in 0..<50 {
            #expect(try desk.shown("1000000\(number)").pickup?.id == OrderID("O\(number)"))
            #expect(try desk.shown("LABEL-O\(number)").parcel?.parcel == ParcelID("O\(number)-1"))
        }
        #expect(try desk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 50, parcelsToLoad: 50))
        #expect(await desk.station.feedCursor() == "c1")
        try await desk.end()
    }

    @Test func ofAnOrderThatComesTwiceInAPageTheNewerVersionStays() async throws {
        let desk = try Desk()
        try await desk.apply([
            item("O1", code: "11111111"), item("O2", code: "22222222"),
            item("O1", version: 2, code: "33333333"),
        ])
        #expect(try desk.order("O1")?.version == 2)
        #expect(try desk.shown("33333333").pickup?.id == "O1")
        #expect(try desk.shown("11111111").pickup == nil)
        #expect(try desk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 2, parcelsToLoad: 2))
        try await desk.end()
    }

    @Test func ofTwoNewOrdersWithOneCodeTheEarlierHasItAndTheOtherIsSetAside() async throws {
        let desk = try Desk()
        try await desk.apply([item("O1", code: "11111111"), item("O2", code: "11111111")])
        #expect(try desk.shown("11111111").pickup?.id == "O1")
        #expect(try desk.order("O2") == nil)
        #expect(try desk.quarantined() == 1)
        try await desk.end()
    }

    @Test func aCodeThatAnEarlierItemOfThePageSetsFreeMayBeUsedAgain() async throws {
        let desk = try Desk()
        try await desk.apply([item("O1", code: "11111111")])
        try await desk.apply(
            [
                .removal(OrderRemoval(orderID: "O1", version: 2, reason: .cancelled, stationName: nil)),
                item("O2", code: "11111111"),
            ],
            cursor: "c2"
        )
        #expect(try desk.shown("11111111").pickup?.id == "O2")
        #expect(try desk.quarantined() == 0)
        try await desk.end()
    }

    @Test func aPageThatWasCutShortByARestartIsWholeWhenItComesAgain() async throws {
        let desk = try Desk()
        // As after a power cut between the tokens and their orders.
        let code = Token(digest: desk.key.digest(of: "11111111"), kind: .pickupCode(isTyped: true))
        let isTheirs = try desk.store.write { transaction in
            try ["O1", "O1", "O2"].map { try transaction.addAhead(code, owner: OrderID($0)) }
        }
        #expect(isTheirs == [true, true, false])
        #expect(try desk.shown("11111111").pickup == nil)
        try await desk.apply([item("O1", code: "11111111")])
        #expect(try desk.shown("11111111").pickup?.id == "O1")
        #expect(try desk.quarantined() == 0)
        try await desk.end()
    }

    @Test func aCodeOfAnOrderThatNeverCameIsFree() async throws {
        let desk = try Desk()
        try desk.store.write { transaction in
            let code = Token(digest: desk.key.digest(of: "11111111"), kind: .pickupCode(isTyped: true))
            _ = try transaction.addAhead(code, owner: "GONE")
        }
        try await desk.apply([item("O2", code: "11111111")])
        #expect(try desk.shown("11111111").pickup?.id == "O2")
        #expect(try desk.quarantined() == 0)
        try await desk.end()
    }

    @Test func aSnapshotForgetsWhatItDoesNotNameAndKeepsWhatItCouldNotRead() async throws {
        let desk = try Desk()
        try await desk.apply((1...4).map { item("O\($0)", code: "1111111\($0)") })
        let unreadable = FeedItem.malformed(
            reason: .missing("status"),
            pointer: "/",
            excerpt: "",
            orderID: "O3"
        )
        try await desk.apply(
            FeedPage(
                items: [item("O1", code: "11111111")],
                nextCursor: "c2",
                hasMore: true,
                snapshot: true,
                beginsSnapshot: true
            )
        )
        #expect(try desk.order("O4") != nil, "forgotten before the snapshot's end")
        try await desk.apply(
            FeedPage(items: [unreadable, item("O5", code: "11111115")], nextCursor: "c3", snapshot: true)
        )
        #expect(try (1...5).map { try desk.order("O\($0)") != nil } == [true, false, true, false, true])
        #expect(try desk.shown("11111112").pickup == nil)
        #expect(try desk.store.read { try $0.currentTally() } == Tally(liveTypedCodes: 3, parcelsToLoad: 3))
        try await desk.end()
    }

    @Test func aSnapshotThatChangesNothingWritesNoLine() async throws {
        let desk = try Desk()
        let items = (0..<300).map { item("O\($0)", code: "\(10_000_000 + $0)") }
        try await desk.apply(items)
        let before = try desk.lines()
        try await desk.apply(
            FeedPage(items: items, nextCursor: "c2", snapshot: true, beginsSnapshot: true)
        )
        #expect(try desk.lines() == before)
        #expect(await desk.station.feedCursor() == "c2")
        #expect(try desk.order("O299") != nil)
        try await desk.end()
    }

    @Test func aSnapshotThatARestartCutShortIsReadAgainFromItsBeginning() async throws {
        let desk = try Desk()
        try await desk.apply(
            FeedPage(
                items: [item("O1", code: "11111111")],
                nextCursor: "c1",
                hasMore: true,
                snapshot: true,
                beginsSnapshot: true
            )
        )
        #expect(await desk.station.feedCursor() == "c1")
        try await desk.station.close()
        let folder = desk.folder.appendingPathExtension("again")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.moveItem(
            at: desk.folder.appendingPathComponent("station.sqlite"),
            to: folder.appendingPathComponent("station.sqlite")
        )
        try FileManager.default.removeItem(at: desk.folder)
        let again = try Desk(folder: folder)
        #expect(await again.station.feedCursor() == nil)
        try await again.apply(
            FeedPage(
                items: [item("O1", code: "11111111")],
                nextCursor: "c2",
                snapshot: true,
                beginsSnapshot: true
            )
        )
        #expect(await again.station.feedCursor() == "c2")
        try await again.end()
    }
}
