import StationAPI
import Testing

@testable import HQBridge

@Suite struct WorkStoreTests {
    @Test(arguments: Engine.allCases)
    func anEventIsTakenOnceHoweverOftenItComes(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.register(sinks: ["a", "b"])
            let sent = event("e1", data: .object(["orderId": .string("SO-1")]))
            let receptions = try await withThrowingTaskGroup(of: BridgeStore.Reception.self) { group in
                for _ in 0..<10 { group.addTask { try await store.take(sent, from: station, status: 200) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(receptions.count { $0 == .taken(status: 200) } == 1)
            #expect(receptions.count { $0 == .repeated(status: 200) } == 9)
            // The first answer is the answer, whatever is configured meanwhile.
            #expect(try await store.take(sent, from: station, status: 202) == .repeated(status: 200))
            let other = event("e1", data: .object(["orderId": .string("SO-2")]))
            #expect(try await store.take(other, from: station, status: 200) == .mismatch)
            #expect(try await store.backlog() == ["a": 1, "b": 1])
            #expect(try await store.events().map(\.event) == [sent])
        }
    }

    @Test(arguments: Engine.allCases)
    func anEventIsKnownForThirtyDaysAtLeast(_ engine: Engine) async throws {
        let clock = TestClock()
        var retention = BridgeStore.Retention()
        retention.eventDays = 1
        try await engine.withStore(retention: retention, clock: clock) { store in
            let station = try stationID("s1")
            try await store.add(station)
            _ = try await store.take(event("e1"), from: station, status: 200)
            clock.advance(seconds: 30 * 86_400 - 1)
            try await store.clearAway()
            #expect(try await store.take(event("e1"), from: station, status: 200) == .repeated(status: 200))
            clock.advance(seconds: 2)
            try await store.clearAway()
            #expect(try await store.take(event("e1"), from: station, status: 200) == .taken(status: 200))
        }
    }

    @Test(arguments: Engine.allCases)
    func anOrdersEventsComeInOrderAndOthersDoNotWait(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.register(sinks: ["a"])
            for (id, order) in [("1", "A"), ("2", "A"), ("3", "B"), ("4", "A")] {
                _ = try await store.take(event(id, order: order), from: station, status: 200)
            }
            func held() async throws -> [BridgeStore.Held] {
                try await store.takeWork(of: "a", limit: 10, leaseSeconds: 60)
            }
            let first = try await held()
            #expect(first.map(\.event.event.id).sorted() == ["1", "3"])
            #expect(try await held().isEmpty)
            for work in first { try await store.settle(work, .done) }
            let second = try await held()
            #expect(second.map(\.event.event.id) == ["2"])
            for work in second { try await store.settle(work, .done) }
            for work in try await held() {
                #expect(work.event.event.id == "4")
                try await store.settle(work, .done)
            }
            #expect(try await store.backlog().isEmpty)
            #expect(try await held().isEmpty)
        }
    }

    @Test(arguments: Engine.allCases)
    func aHolderThatDiesLosesItsWorkAndItsLateEndChangesNothing(_ engine: Engine) async throws {
        let clock = TestClock()
        try await engine.withStore(clock: clock) { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.register(sinks: ["a"])
            _ = try await store.take(event("1"), from: station, status: 200)
            let dead = try #require(try await store.takeWork(of: "a", limit: 1, leaseSeconds: 60).first)
            clock.advance(seconds: 59)
            #expect(try await store.takeWork(of: "a", limit: 1, leaseSeconds: 60).isEmpty)
            clock.advance(seconds: 1)
            let alive = try #require(try await store.takeWork(of: "a", limit: 1, leaseSeconds: 60).first)
            #expect(alive.event.event == dead.event.event && alive.event.attempt == 2)
            try await store.settle(dead, .done)
            #expect(try await store.backlog() == ["a": 1])
            try await store.settle(alive, .done)
            #expect(try await store.backlog().isEmpty)
        }
    }

    @Test(arguments: Engine.allCases)
    func workIsTriedAgainAfterItsTimeAndAnExceptionWaitsForAPerson(_ engine: Engine) async throws {
        let clock = TestClock()
        try await engine.withStore(clock: clock) { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.register(sinks: ["a"])
            for id in ["1", "2"] { _ = try await store.take(event(id), from: station, status: 200) }
            func next() async throws -> BridgeStore.Held? {
                try await store.takeWork(of: "a", limit: 5, leaseSeconds: 60).first
            }
            try await store.settle(
                try #require(try await next()),
                .again(after: .seconds(30), reason: "busy")
            )
            clock.advance(seconds: 29)
            #expect(try await next() == nil)
            clock.advance(seconds: 1)
            let work = try #require(try await next())
            #expect(work.event.event.id == "1" && work.event.attempt == 2)
            try await store.settle(work, .exception(reason: "12.50 EUR are due"))
            clock.advance(seconds: 86_400)
            #expect(try await next() == nil, "the order's later event overtook")
            let trouble = try #require(try await store.troubles().first)
            #expect(trouble.isException && trouble.reason == "12.50 EUR are due" && trouble.pending == 2)
            #expect(
                try await store.resume(sink: "a", station: station, orderID: "SO-1", passingOver: true)
            )
            #expect(try await next()?.event.event.id == "2")
            #expect(
                try await store.resume(sink: "a", station: station, orderID: "SO-1", passingOver: true)
                    == false
            )
        }
    }

    @Test(arguments: Engine.allCases)
    func onlyOneHasALease(_ engine: Engine) async throws {
        let clock = TestClock()
        let place = try await engine.place()
        let one = try await BridgeStore.open(place, clock: { clock.now })
        let two = try await BridgeStore.open(place, clock: { clock.now })
        #expect(try await one.lease("source/d365", seconds: 30))
        #expect(try await two.lease("source/d365", seconds: 30) == false)
        #expect(try await one.lease("source/d365", seconds: 30))
        clock.advance(seconds: 31)
        #expect(try await two.lease("source/d365", seconds: 30))
        #expect(try await one.lease("source/d365", seconds: 30) == false)
        try await two.release("source/d365")
        #expect(try await one.lease("source/d365", seconds: 30))
        await one.close()
        await two.close()
    }

    @Test(arguments: Engine.allCases)
    func processesThatStartAtOnceMakeTheTablesOnce(_ engine: Engine) async throws {
        let place = try await engine.place()
        let stores = try await withThrowingTaskGroup(of: BridgeStore.self) { group in
            for _ in 0..<4 { group.addTask { try await BridgeStore.open(place) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await stores[0].add(try stationID("s1"))
        for store in stores {
            #expect(try await store.stations().map(\.id.rawValue) == ["s1"])
            #expect(try await store.era() == stores[0].era())
        }
        for store in stores { await store.close() }
    }

    @Test(arguments: Engine.allCases)
    func oneProcessHearsWhatAnotherWrites(_ engine: Engine) async throws {
        let place = try await engine.place()
        let reader = try await BridgeStore.open(place)
        let writer = try await BridgeStore.open(place)
        let station = try stationID("s1")
        try await writer.add(station)
        let cursor = try #require(try await reader.page(of: station, after: nil, limit: 5)).nextCursor
        let ticket = reader.news.ticket(.feed(station))
        try await writer.put(order("SO-1"), at: station)
        var items: [[UInt8]] = []
        // Only news end a wait of five minutes.
        while items.isEmpty {
            items = try #require(try await reader.page(of: station, after: cursor, limit: 5)).items
            if items.isEmpty { await reader.news.wait(ticket, for: .seconds(300)) }
        }
        reader.news.drop(ticket)
        #expect(items.count == 1)
        await reader.close()
        await writer.close()
    }
}
