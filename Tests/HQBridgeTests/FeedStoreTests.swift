import StationAPI
import Testing

@testable import HQBridge

@Suite struct FeedStoreTests {
    @Test(arguments: Engine.allCases)
    func anOrderGetsTheNextVersionOnlyWhenItSaysSomethingElse(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            #expect(try await store.put(order("SO-1"), at: station) == .stored(version: 1))
            #expect(try await store.put(order("SO-1", version: 9), at: station) == .unchanged(version: 1))
            #expect(try await store.put(order("SO-1", status: .ready), at: station) == .stored(version: 2))
            let held = try #require(try await store.order("SO-1", at: station))
            #expect(held.document?.status == .ready && held.version == 2)
            #expect(try await store.remove("SO-1", at: station, reason: .completed) == .stored(version: 3))
            #expect(try await store.remove("SO-1", at: station, reason: .completed) == .unchanged(version: 3))
            #expect(try await store.put(order("SO-1"), at: station) == .stored(version: 4))
        }
    }

    @Test(arguments: Engine.allCases)
    func aSourceThatCountsVersionsIsNotOvertakenByAnOlderOne(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            #expect(
                try await store.put(order("A", version: 5), at: station, versioning: .bySource)
                    == .stored(version: 5)
            )
            #expect(
                try await store.put(order("A", version: 4, status: .hold), at: station, versioning: .bySource)
                    == .older(than: 5)
            )
            #expect(try await store.order("A", at: station)?.document?.status == .awaitingLoad)
        }
    }

    @Test(arguments: Engine.allCases)
    func aStationReadsWhatChangedSinceItsCursor(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            for number in 1...7 { try await store.put(order("SO-\(number)"), at: station) }
            let first = try #require(try await store.readAll(station))
            #expect(first.items.compactMap { orderAndVersion($0)?.id } == (1...7).map { "SO-\($0)" })
            try await store.put(order("SO-2", status: .hold), at: station)
            try await store.remove("SO-5", at: station, reason: .cancelled)
            let second = try #require(try await store.readAll(station, after: first.cursor))
            #expect(second.items.compactMap { orderAndVersion($0)?.id } == ["SO-2", "SO-5"])
            let third = try #require(try await store.page(of: station, after: second.cursor, limit: 5))
            #expect(third.items.isEmpty && !third.isSnapshot && third.nextCursor == second.cursor)
        }
    }

    @Test(arguments: Engine.allCases)
    func everyPageOfASnapshotSaysSo(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            for number in 1...3 { try await store.put(order("SO-\(number)"), at: station) }
            let first = try #require(try await store.page(of: station, after: nil, limit: 2))
            let last = try #require(try await store.page(of: station, after: first.nextCursor, limit: 2))
            let next = try #require(try await store.page(of: station, after: last.nextCursor, limit: 2))
            #expect([first.isSnapshot, last.isSnapshot, next.isSnapshot] == [true, true, false])
            #expect([first.hasMore, last.hasMore, next.hasMore] == [true, false, false])
        }
    }

    @Test(arguments: Engine.allCases)
    func aCursorOfAnotherTimeOrFromTheFutureIsNotKnown(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.put(order("SO-1"), at: station)
            let cursor = try #require(try await store.readAll(station)).cursor
            let era = try await store.era()
            for unknown in ["\(era).2.d", "elsewhere.1.d", "\(era).-1.d", "\(era).1.x", "\(era).1", "x"] {
                let page = try await store.page(of: station, after: unknown, limit: 5)
                #expect(page == nil, "\(unknown)")
            }
            #expect(try await store.page(of: station, after: cursor, limit: 5) != nil)
            try await store.expireCursors()
            #expect(try await store.page(of: station, after: cursor, limit: 5) == nil)
        }
    }

    @Test(arguments: Engine.allCases)
    func whoWasAwayLongerThanARemovalIsKeptReadsASnapshot(_ engine: Engine) async throws {
        let clock = TestClock()
        try await engine.withStore(clock: clock) { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.put(order("SO-1"), at: station)
            try await store.put(order("SO-2"), at: station)
            let old = try #require(try await store.readAll(station)).cursor
            try await store.remove("SO-1", at: station, reason: .completed)
            let told = try #require(try await store.readAll(station, after: old)).cursor
            clock.advance(seconds: 46 * 86_400)
            try await store.clearAway()
            #expect(try await store.page(of: station, after: old, limit: 5) == nil)
            #expect(try await store.page(of: station, after: told, limit: 5) != nil)
            let snapshot = try #require(try await store.readAll(station))
            #expect(snapshot.items.compactMap { orderAndVersion($0)?.id } == ["SO-2"])
        }
    }

    /// The promise of `FeedWriter`: while eight writers write, a reader that always goes on from its cursor sees the
    /// newest version of every order, and never has to look back.
    @Test(arguments: Engine.allCases)
    func aCursorNeverSkipsARowThatCommitsLater(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            let other = try stationID("s2")
            try await store.add(station)
            try await store.add(other)
            let writers = 8
            let each = 40
            var seen: [String: Int64] = [:]
            var cursor: String?
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<writers {
                    group.addTask {
                        for number in 0..<each {
                            let id = "W\(writer)-\(number % 20)"
                            let status: OrderStatus = number < 20 ? .awaitingLoad : .ready
                            try await store.put(order(id, status: status), at: station)
                            if number % 10 == 9 {
                                // Both feeds in one transaction, in both directions at once.
                                let there = writer % 2 == 0 ? (station, other) : (other, station)
                                try await store.move(order("M\(writer)"), from: there.0, to: there.1)
                            }
                        }
                    }
                }
                group.addTask {
                    while try await store.orders(at: station).count(where: { $0.document?.status == .ready })
                        < writers * 20
                    {
                        try await Task.sleep(for: .milliseconds(5))
                    }
                }
                var running = writers + 1
                while running > 0 {
                    if let page = try await store.page(of: station, after: cursor, limit: 7) {
                        cursor = page.nextCursor
                        for item in page.items {
                            let text = String(decoding: item, as: UTF8.self)
                            guard let (id, version) = orderAndVersion(text) else { continue }
                            #expect(version > seen[id] ?? 0, "\(id) came twice or went back")
                            seen[id] = version
                        }
                        if page.hasMore { continue }
                    }
                    // All writers are done once the watcher is: then one more look, and nothing may be missing.
                    if try await store.orders(at: station).count(where: { $0.document?.status == .ready })
                        == writers * 20
                    {
                        while running > 0 {
                            try await group.next()
                            running -= 1
                        }
                    }
                }
            }
            let rest = try #require(try await store.readAll(station, after: cursor, limit: 100))
            for item in rest.items {
                if let (id, version) = orderAndVersion(item) { seen[id] = version }
            }
            for writer in 0..<writers {
                for number in 0..<20 {
                    let id = "W\(writer)-\(number)"
                    #expect(seen[id] == 2, "\(id): \(String(describing: seen[id]))")
                }
            }
        }
    }

    @Test(arguments: Engine.allCases)
    func anOrderThatBreaksTheContractIsRefusedToItsSource(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            var bad = order("SO-1")
            bad.parcels = []
            await #expect(throws: BridgeStoreError.self) { try await store.put(bad, at: station) }
            let nowhere = try stationID("nowhere")
            await #expect(throws: BridgeStoreError.unknownStation("nowhere")) {
                try await store.put(order("SO-1"), at: nowhere)
            }
        }
    }
}
