import Foundation
import Logging
import Sandbox
import StationAPI
import StationCore
import StationStore
import Testing

/// 30 days without HQ at 300 pickups a day; then the real station finds HQ again, and HQ's replies are lost now and then.
///
/// `OUTAGE_DAYS` and `OUTAGE_PICKUPS` (a day) make it longer or shorter.
@Suite struct OutageTests {
    private static func number(_ name: String, _ usual: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) } ?? usual
    }

    private static let days = number("OUTAGE_DAYS", 30)
    private static let pickups = number("OUTAGE_PICKUPS", 300)
    /// Events of one pickup: loaded, started, completed.
    private static let eventsEach = 3

    @Test(.timeLimit(.minutes(30)))
    func thirtyDaysLaterEveryEventReachesHQOnceAndInOrder() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("outage-\(UUID())")
        defer { try? FileManager.default.removeItem(at: folder) }
        let rig = try await rig(folder)
        let away = try await Self.aside { try Self.live(in: rig.layout.state) }
        let expected = Self.days * Self.pickups * Self.eventsEach + 1
        #expect(away.waiting == expected)

        await rig.hq.set(.flakyReplies)
        let started = ContinuousClock.now
        let station = try rig.startStation()
        try await rig.waitUntilServing(station, withinMs: 60_000)
        let report = try await untilDelivered(rig, station, count: expected)
        let seconds = Int((ContinuousClock.now - started) / .seconds(1))
        let peak = Self.peakMemory(of: station)
        _ = await station.stop()

        try await checkInbox(rig, expected: expected)
        let storage = try #require(report.storage)
        #expect(storage.databaseBytes >= away.diskBytes / 2)
        #expect((storage.freeBytes ?? 0) > 0)
        // The outbox is on the disk and is read a few orders at a time: its length is no matter of memory.
        #expect(peak > 0 && peak < 400 << 20, "the station took \(peak >> 20) MiB")
        print(
            """
            outage test: \(Self.days) days, \(Self.days * Self.pickups) pickups, \(expected) events in \(seconds) s; database \
            \(away.diskBytes >> 20) MiB, state of the rules \(away.memoryBytes) characters, station's peak \(peak >> 20) MiB
            """
        )
        await rig.stop()
    }

    // MARK: The days

    private struct Away: Sendable {
        var waiting: Int
        var diskBytes: Int64
        var memoryBytes: Int
    }

    private static func live(in state: String) throws -> Away {
        // The days are lived in memory where there is such a disk: a hundred thousand commits. The file is then the
        // station's, on its own disk.
        let memory = URL(fileURLWithPath: "/dev/shm", isDirectory: true)
        let isThere = FileManager.default.isWritableFile(atPath: memory.path)
        let folder = (isThere ? memory : URL(fileURLWithPath: state)).appendingPathComponent("away-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let start = Int64(Date().timeIntervalSince1970 * 1_000) - Int64(days) * 86_400_000
        var life = try LifeWithoutHQ(
            folder: folder.path,
            station: "DEMO-1",
            start: StationTime(milliseconds: start)
        )
        var firstDay = 0
        for day in 0..<days {
            try life.day(day, pickups: pickups)
            if day == 0 { firstDay = "\(life.state)".utf8.count }
        }
        let end = "\(life.state)".utf8.count
        // What the rules hold in memory after a month is what they held after a day.
        #expect(end < firstDay * 3 / 2 + 4_096, "\(firstDay) characters after a day, \(end) at the end")
        let summary = try life.store.read { try $0.outboxSummary() }
        let away = Away(
            waiting: summary.waiting,
            diskBytes: life.store.diskUse().databaseBytes,
            memoryBytes: end
        )
        try life.store.close()
        try FileManager.default.copyItem(
            atPath: folder.appendingPathComponent("station.sqlite").path,
            toPath: state + "/station.sqlite"
        )
        return away
    }

    /// On a thread of its own: the days are minutes of arithmetic.
    private static func aside<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    // MARK: The return

    private func rig(_ folder: URL) async throws -> StationRig {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let settings = StationRig.Settings(
            folder: folder,
            program: StationProcess.sibling("pickupd"),
            profiles: root.appendingPathComponent("hardware/boards").path
        )
        return try await StationRig(settings, logger: Logger(label: "rig") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Waits as long as events arrive.
    private func untilDelivered(
        _ rig: StationRig,
        _ station: StationProcess,
        count: Int
    ) async throws -> StationReport {
        var before = 0
        var idle = 0
        while idle < 1_200 {
            let received = await rig.hq.events().count
            if received >= count, let report = await rig.hq.lastReport(), report.outbox.depth == 0 {
                return report
            }
            idle = received > before ? 0 : idle + 1
            before = max(before, received)
            if let status = station.exitStatus {
                throw StationProcess.Failure.ended(status: status, log: rig.logTail())
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(before) of \(count) events came; the log ends with:\n\(rig.logTail())")
        throw CancellationError()
    }

    private func checkInbox(_ rig: StationRig, expected: Int) async throws {
        let events = await rig.hq.events()
        let sequences = events.compactMap { Int($0.sequence) }
        #expect(Set(sequences).count == events.count, "an event was counted twice")
        #expect(sequences.sorted().prefix(expected) == Array(1...expected)[...], "events are missing")
        let again = events.count { $0.deliveries > 1 }
        #expect(again >= expected / 58, "hardly any reply was lost")
        let orders = Dictionary(grouping: events.filter { $0.orderID?.hasPrefix("GEN-D") == true }) {
            $0.orderID ?? ""
        }
        #expect(orders.count == Self.days * Self.pickups)
        let types = ["order.loaded", "pickup.started", "pickup.completed"]
        let wrong = orders.filter { $0.value.map(\.type) != types }
        #expect(wrong.isEmpty, "out of order: \(wrong.prefix(3).map { $0.value.map(\.type) })")
        // HQ's feed does not name these orders any more: what the events say of them was kept with the events.
        let bare = events.filter { $0.type == "pickup.completed" && $0.data?["lines"]?.elements?.count != 1 }
        #expect(bare.isEmpty, "\(bare.count) pickups came without their lines")
    }

    /// The most memory that a process had, in bytes (`VmHWM`).
    private static func peakMemory(of station: StationProcess) -> Int {
        let status = try? String(contentsOfFile: "/proc/\(station.processID)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first
        return (number.flatMap { Int($0) } ?? 0) << 10
    }
}
