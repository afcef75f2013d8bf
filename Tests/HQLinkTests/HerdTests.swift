import Foundation
import HQLink
import StationAPI
import Testing

/// Many stations that begin together, or lose HQ together, do not all ask at the same moment.
@Suite(.timeLimit(.minutes(1))) struct HerdTests {
    private static let stations = 32

    /// How many of the moments lie in the fullest tenth of `window`.
    private func fullestTenth(_ moments: [ContinuousClock.Instant], window: Duration) -> Int {
        guard let first = moments.min() else { return 0 }
        var tenths: [Int: Int] = [:]
        for moment in moments { tenths[Int((moment - first) / window * 10), default: 0] += 1 }
        return tenths.values.max() ?? 0
    }

    /// Runs links of many stations against one HQ.
    private func withStations(
        _ baseURL: String,
        spread: Duration,
        _ body: ([HQLink]) async throws -> Void
    ) async throws {
        // A link has up to four sockets here, counted with HQ's ends: as many places as that takes.
        for _ in 0..<8 { await Slots.links.take() }
        let links = try (0..<Self.stations).map { number in
            var configuration = try HQLinkConfiguration(station: "store-\(number)", baseURL: baseURL)
            configuration.timing = try quickConfiguration(baseURL).timing
            configuration.timing.spread = spread
            configuration.stateIntervalSeconds = 3_600
            return HQLink(
                configuration: configuration,
                station: TestStation(cursor: "c0"),
                logger: LogCapture().logger
            )
        }
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for link in links { group.addTask { try await link.run() } }
                try await body(links)
                group.cancelAll()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        for _ in 0..<8 { await Slots.links.giveBack() }
        try outcome.get()
    }

    private func firstQuestions(_ requests: [WireRequest]) -> [ContinuousClock.Instant] {
        var firsts: [String: ContinuousClock.Instant] = [:]
        for request in requests where request.operation == .feed {
            let station = String(request.target.split(separator: "/")[1])
            firsts[station] = min(firsts[station] ?? request.at, request.at)
        }
        return Array(firsts.values)
    }

    @Test func afterAPowerCutTheFirstQuestionsAreSpread() async throws {
        let hq = try WireHQ()
        let spread = Duration.seconds(4)
        try await withStations(hq.baseURL, spread: spread) { _ in
            try await hq.requests(.feed, Self.stations)
        }
        let moments = firstQuestions(hq.server.requests.value)
        #expect(moments.count == Self.stations)
        // 3 or 4 on the average; a herd would be 32.
        #expect(fullestTenth(moments, window: spread) <= Self.stations / 2)
    }

    @Test func afterARestartOfHQTheFirstQuestionsAreSpread() async throws {
        // HQ holds every question, and then ends them all at once, as a restart does.
        let isBack = Watch(false)
        let held = Watch(0)
        let hq = try WireHQ(feed: { request, connection in
            // The first answer shows that HQ is there; only what is lost after that is a loss to all.
            if isBack.value || request.parameter("cursor") == "c0" {
                connection.send(.page([], next: "c1", isBack.value ? ",\"pollAfterSeconds\":3600" : ""))
                return
            }
            held.update { $0 += 1 }
            while !isBack.value { usleepMilliseconds(5) }
            connection.end()
        })
        let spread = Duration.seconds(4)
        try await withStations(hq.baseURL, spread: spread) { _ in
            try await held.until("all held") { $0 == Self.stations }
            let before = hq.requests(.feed).count
            isBack.update { $0 = true }
            try await hq.requests(.feed, before + Self.stations)
            let moments = hq.requests(.feed).dropFirst(before).prefix(Self.stations).map(\.at)
            // 3 or 4 on the average; a herd would be 32.
            #expect(fullestTenth(moments, window: spread) <= Self.stations / 2)
        }
    }

    @Test func aTimeThatHQNamesIsNotKeptToTheSecond() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(.page([], next: "c0", ",\"pollAfterSeconds\":3"))
        })
        try await withStations(hq.baseURL, spread: .zero) { _ in
            try await hq.requests(.feed, Self.stations * 2)
        }
        var seconds: [String: [ContinuousClock.Instant]] = [:]
        for request in hq.requests(.feed) {
            seconds[String(request.target.split(separator: "/")[1]), default: []].append(request.at)
        }
        let waits = seconds.values.filter { $0.count > 1 }.map { $0[1] - $0[0] }
        #expect(waits.count == Self.stations)
        // Never before, and up to a fifth later.
        #expect(waits.allSatisfy { $0 >= .milliseconds(2_990) })
        let longest = waits.max() ?? .zero
        let shortest = waits.min() ?? .zero
        #expect(longest - shortest > .milliseconds(200))
    }

    @Test func whatHQAsksOfAllIsNotAnsweredByAllAtOnce() async throws {
        let hq = try WireHQ(feed: { _, connection in
            connection.send(.empty(503, ("Retry-After", "3")))
        })
        try await withStations(hq.baseURL, spread: .zero) { _ in
            try await hq.requests(.feed, Self.stations * 2)
        }
        var seconds: [String: [ContinuousClock.Instant]] = [:]
        for request in hq.requests(.feed) {
            seconds[String(request.target.split(separator: "/")[1]), default: []].append(request.at)
        }
        let waits = seconds.values.filter { $0.count > 1 }.map { $0[1] - $0[0] }
        #expect(waits.allSatisfy { $0 >= .milliseconds(2_990) })
        #expect((waits.max() ?? .zero) - (waits.min() ?? .zero) > .milliseconds(200))
    }
}
