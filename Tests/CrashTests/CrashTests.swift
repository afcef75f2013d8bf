import Foundation
import Logging
import Sandbox
import StationAPI
import StationCore
import StationStore
import Testing

/// The real station, killed with -9 at random moments while people load and collect on the real rig.
@Suite(.serialized) struct CrashTests {
    private static let kills = Int(ProcessInfo.processInfo.environment["CRASH_KILLS"] ?? "") ?? 50

    private func rig(_ folder: URL) async throws -> StationRig {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var settings = StationRig.Settings(
            folder: folder,
            program: StationProcess.sibling("pickupd"),
            profiles: root.appendingPathComponent("hardware/boards").path
        )
        settings.duplicateWindowMs = 200
        settings.policy = ["doneMs": 2_000, "refusalMs": 2_000]
        return try await StationRig(settings, logger: Logger(label: "rig") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test(.timeLimit(.minutes(15)))
    func killedAtRandomMomentsNothingIsLostDoubledOrLeftOn() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("crash-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let rig = try await rig(folder)
        let people = RigPeople(at: rig)
        let reaper = Reaper(rig: rig, kills: Self.kills)
        try await reaper.start()
        let killing = Task { try await reaper.run() }
        var completed: [SandboxHQ.PlacedOrder] = []
        while await !reaper.isDone {
            let order = try await rig.hq.placeOrder(sku: [try await inStock(rig)])
            try await people.complete(order, withinMs: 120_000)
            completed.append(order)
        }
        try await killing.value
        // One more order with nobody killing: the station still works as on its first day.
        let last = try await rig.hq.placeOrder(sku: ["2077"])
        try await people.complete(last, withinMs: 30_000)
        completed.append(last)
        try await untilOutboxIsEmpty(rig)
        let status = await reaper.stop()
        #expect(status == 0, "SIGTERM should end the station cleanly")

        try await checkEvents(rig, completed)
        try checkPulses(rig, folder: folder)
        #expect(rig.cabinet.snapshot().doors.allSatisfy { !$0.isCoilOn }, "a coil is left on")
        #expect(
            rig.cabinet.snapshot().doors.allSatisfy { $0.longestOnMs <= 3_000 },
            "a coil was on for too long"
        )
        let kills = await reaper.killed
        #expect(kills >= Self.kills)
        print(
            "crash test: \(kills) kills, \(completed.count) orders completed, \(rig.cabinet.pulses().count) pulses"
        )
        await rig.stop()
    }

    private func inStock(_ rig: StationRig) async throws -> String {
        let product = await rig.hq.products().max { $0.onHand < $1.onHand }
        return try #require(product).sku
    }

    private func untilOutboxIsEmpty(_ rig: StationRig) async throws {
        for _ in 0..<200 {
            if let report = await rig.hq.lastReport(), report.outbox.depth == 0 { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        Issue.record("the outbox did not become empty")
    }

    /// No event is lost (their numbers have no gap), none is applied twice, each order is picked up exactly
    /// once.
    private func checkEvents(_ rig: StationRig, _ orders: [SandboxHQ.PlacedOrder]) async throws {
        let events = await rig.hq.events()
        let numbers = events.compactMap { Int($0.sequence) }.sorted()
        #expect(numbers == Array(1...max(1, numbers.count)), "events are missing")
        for order in orders {
            let own = events.filter { $0.orderID == order.orderId }
            #expect(own.count { $0.type == "pickup.completed" } == 1, "order \(order.displayNumber)")
            #expect(
                own.compactMap { Int($0.sequence) } == own.compactMap { Int($0.sequence) }.sorted(),
                "out of order"
            )
        }
        let products = await rig.hq.products()
        let pickups = events.count { $0.type == "pickup.completed" }
        #expect(pickups == orders.count)
        #expect(products.map(\.onHand).reduce(0, +) == 45 - pickups, "stock and pickups differ")
        #expect(products.map(\.reserved) == [0, 0, 0, 0], "a reservation is left")
    }

    /// Every pulse has an intent of its own that was committed before it, and no intent has two.
    private func checkPulses(_ rig: StationRig, folder: URL) throws {
        let opened = try StationStore.open(folder: rig.layout.state, bootID: "test", now: 0)
        #expect(opened.setAside == nil)
        #expect(
            try opened.store.read { try $0.firstBrokenLink(last: 1_000_000) } == nil,
            "the journal's chain is broken"
        )
        var intents: [Opening] = []
        for line in try opened.store.read({ try $0.journal(after: 0, limit: 1_000_000) }) {
            for case .openingIntended(let opening) in line.entry.changes { intents.append(opening) }
        }
        for pulse in rig.cabinet.pulses() {
            let door = pulse.door?.rawValue ?? ""
            let match = intents.firstIndex { intent in
                intent.compartment.rawValue == door && intent.intendedInstant.nanoseconds <= pulse.startedAt
                    && pulse.startedAt - intent.intendedInstant.nanoseconds < 6_000_000_000
            }
            let index = try #require(match, "door \(door) was pulsed without an intent of its own")
            intents.remove(at: index)
        }
    }
}

/// Kills the station at random moments and starts it again.
private actor Reaper {
    let rig: StationRig
    let kills: Int
    private(set) var killed = 0
    private var station: StationProcess?

    init(rig: StationRig, kills: Int) {
        self.rig = rig
        self.kills = kills
    }

    var isDone: Bool { killed >= kills }

    func start() async throws {
        let started = try rig.startStation()
        station = started
        try await rig.waitUntilServing(started)
    }

    func run() async throws {
        while killed < kills {
            // A coil that may have been on when the station was killed rests first: now and then there is time.
            let longest = killed % 3 == 2 ? 15_000 : 2_600
            try await Task.sleep(for: .milliseconds(Int.random(in: 50...longest)))
            await station?.kill()
            killed += 1
            try await start()
        }
    }

    func stop() async -> Int32 {
        await station?.stop() ?? -1
    }
}
