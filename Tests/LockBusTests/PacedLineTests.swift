import DeviceIO
import Foundation
import Logging
import Sandbox
import ScriptedBoards
import Synchronization
import Testing

@testable import LockBus

/// A bus on a line that takes its time, with the moments at which frames were on it.
private final class PacedHarness {
    let line: PacedLine
    let bus: LockBus
    let boards: Int
    let events = Recorder<LockBusEvent>()
    /// Units that do not answer.
    let deadUnits = Units()
    /// Units whose doors read open.
    let openUnits = Units()

    init(boards: Int, baud: Int, polling: BusPolling, responseMs: Int = 200) throws {
        self.boards = boards
        let link = FileManager.default.temporaryDirectory
            .appending(path: "paced-\(UInt64.random(in: 0...UInt64.max))").path
        let (dead, open) = (deadUnits, openUnits)
        let shut = PacedLine.slaves(units: 1...UInt8(boards), inputs: 0)
        let ajar = PacedLine.slaves(units: 1...UInt8(boards), inputs: 1)
        line = try PacedLine(link: link, baud: baud) { frame in
            if dead.contains(frame[0]) { return nil }
            return open.contains(frame[0]) ? ajar(frame) : shut(frame)
        }
        let profile = try Profiles.flashWithInputs
        let configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .rtu(path: line.path, baud: baud, parity: .none, stopBits: 1),
            responseTimeoutMs: responseMs,
            polling: polling,
            boards: (1...boards).map { unit in
                let name = BoardName(rawValue: "b\(unit)")
                let sensor = SensorWiring(board: name, input: 1, openIs: .on)
                let door = DoorWiring(channel: 1, sensor: sensor, pulseMs: 300)
                return BoardConfiguration(name: name, profile: profile, unit: UInt8(unit), doors: [door])
            }
        )
        let events = events
        bus = LockBus(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { events.append($0) }
    }

    final class Units: Sendable {
        private let units = Mutex<Set<UInt8>>([])
        func insert(_ unit: UInt8) { units.withLock { _ = $0.insert(unit) } }
        func contains(_ unit: UInt8) -> Bool { units.withLock { $0.contains(unit) } }
    }

    func run(_ body: ([BoardReport]) async throws -> Void) async throws {
        try await bus.run(then: { line.stop() }, body)
    }

    var requests: [PacedLine.Request] { line.statistics.last }

    /// Waits until the far end has seen so many requests more.
    func waitForRequests(_ count: Int) async throws {
        let before = line.statistics.requests.values.reduce(0, +)
        let limit = BootTime.now().advanced(byMilliseconds: 20_000)
        while line.statistics.requests.values.reduce(0, +) < before + count {
            try #require(BootTime.now() < limit, "the line is dead")
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func pulse(_ unit: Int) async -> PulseReport {
        let request = PulseRequest(
            id: "o-\(unit)",
            door: DoorChannel(
                bus: BusName(rawValue: "wall"),
                board: BoardName(rawValue: "b\(unit)"),
                channel: 1
            ),
            durationMs: 100,
            notAfter: BootTime.now().advanced(byMilliseconds: 5000)
        )
        return await withCheckedContinuation { continuation in
            bus.pulse(request) { continuation.resume(returning: $0) }
        }
    }

    /// Milliseconds between the readings of a unit's doors.
    func gaps(_ unit: UInt8, since: BootTime) -> [UInt64] {
        let reads = requests.filter { $0.frame[0] == unit && $0.frame[1] == 2 && $0.endedAt >= since }
            .map(\.endedAt)
        return zip(reads, reads.dropFirst()).map { $1.milliseconds(since: $0) }
    }
}

/// What must hold on a line at its real speed, seen at its far end. The far end is as punctual as the machine lets it
/// be, and all other suites run at the same time: where a time is judged, the best of several measurements counts.
@Suite(.serialized)
struct PacedLineTests {
    /// 12 boards at 9600 baud, read one after the other without a pause: an opening begins at most one frame (request,
    /// silence, answer: 18.6 ms) and the silence behind it (4 ms) after it was asked for.
    @Test func anOpeningWaitsForTheFrameInFlightAndTheGapAtMost() async throws {
        let harness = try PacedHarness(boards: 12, baud: 9600, polling: .continuous)
        try await harness.run { reports in
            #expect(reports.allSatisfy { $0.state == .up })
            var waits: [UInt64] = []
            for unit in 1...12 {
                try await harness.waitForRequests(3)
                let asked = BootTime.now()
                #expect(await harness.pulse(unit).isActuated)
                let frame = try #require(
                    harness.requests.last { $0.frame[1] == 5 && $0.frame[0] == UInt8(unit) }
                )
                waits.append((frame.beganAt.nanoseconds - asked.nanoseconds) / 1000)
                let between = harness.requests.filter { $0.beganAt > asked && $0.beganAt < frame.beganAt }
                // One may have been decided while the opening was on its way to the bus's thread.
                #expect(between.count <= 1)
            }
            // A machine that was elsewhere for a moment says nothing of the schedule: the best half counts, and of it
            // the last.
            waits.sort()
            #expect(waits[5] <= 24_000, "microseconds until the frame began: \(waits)")
            #expect(harness.line.statistics.tooEarly == 0)
        }
    }

    /// One dead board of 12 costs one response time (200 ms) and the quiet behind it (50 ms) for each back-off.
    @Test func aDeadBoardTakesOneTimeoutOfTheOthersTimeForEachBackOff() async throws {
        let harness = try PacedHarness(boards: 12, baud: 19200, polling: .continuous)
        harness.deadUnits.insert(7)
        try await harness.run { reports in
            #expect(reports.count { $0.state == .up } == 11)
            // Until its third probe: the back-off is 1, 2 and 4 s.
            let limit = BootTime.now().advanced(byMilliseconds: 20_000)
            let from = BootTime.now()
            func probes() -> [PacedLine.Request] {
                harness.requests.filter { $0.frame[0] == 7 && $0.beganAt > from }
            }
            while probes().count < 3, BootTime.now() < limit {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await harness.waitForRequests(24)
            let all = harness.requests
            let costs = probes().compactMap { probe in
                all.first { $0.beganAt > probe.beganAt }.map { $0.beganAt.milliseconds(since: probe.endedAt) }
            }
            try #require(costs.count >= 3)
            #expect(costs.allSatisfy { $0 >= 190 })
            #expect((costs.min() ?? 0) <= 262, "milliseconds without a request of another board: \(costs)")
            let pauses = zip(probes(), probes().dropFirst()).map {
                $1.beganAt.milliseconds(since: $0.beganAt)
            }
            #expect(pauses[0] >= 1900 && pauses[1] >= 3900, "\(pauses)")
            // In between all others are read in turn, each once a round.
            let calm = all.filter { $0.frame[1] == 2 }.suffix(22).map { $0.frame[0] }
            #expect(Set(calm).count == 11)
        }
    }

    /// Eleven boards with open doors want more than the line has; the twelfth is still read every 500 ms.
    @Test func openDoorsDoNotTakeTheTimeOfTheOthers() async throws {
        var (worst, mean): (UInt64, UInt64) = (.max, .max)
        for _ in 0..<4 where worst > 500 || mean > 350 {
            let harness = try PacedHarness(boards: 12, baud: 9600, polling: .adaptive)
            for unit in UInt8(2)...12 { harness.openUnits.insert(unit) }
            try await harness.run { _ in
                let from = BootTime.now()
                try await harness.waitForRequests(150)
                let gaps = harness.gaps(1, since: from)
                try #require(gaps.count >= 4)
                worst = min(worst, gaps.max() ?? .max)
                let busy = harness.gaps(5, since: from)
                mean = min(mean, busy.reduce(0, +) / UInt64(max(1, busy.count)))
            }
        }
        #expect(worst <= 500)
        #expect(mean <= 350)
    }

    /// At rest twelve boards are read every 400 ms each, with one look at the coils every 2 s, and no more.
    @Test func atRestTheLineCarriesAsFewFramesAsTheRulesAllow() async throws {
        let harness = try PacedHarness(boards: 6, baud: 115_200, polling: .adaptive)
        try await harness.run { _ in
            let (from, before) = (BootTime.now(), harness.line.statistics.requests)
            try await Task.sleep(for: .seconds(4))
            let seconds = Double(BootTime.now().milliseconds(since: from)) / 1000
            let after = harness.line.statistics.requests
            let reads = Double(after[2, default: 0] - before[2, default: 0]) / seconds / 6
            let looks = Double(after[1, default: 0] - before[1, default: 0]) / seconds / 6
            #expect((1.9...2.6).contains(reads), "readings of a board in a second: \(reads)")
            #expect(looks <= 0.6, "looks at coils in a second: \(looks)")
            let others = after.filter { $0.key > 2 }.values.reduce(0, +)
            #expect(others == before.filter { $0.key > 2 }.values.reduce(0, +))
        }
    }

    /// Away for longer than every back-off; then 2 s, set-up included, until an opening is possible again.
    @Test func aPulledAdapterServesAgainWithinTwoSeconds() async throws {
        var times: [UInt64] = []
        for _ in 0..<3 where (times.min() ?? .max) > 2000 {
            let harness = try PacedHarness(boards: 12, baud: 19200, polling: .adaptive)
            try await harness.run { reports in
                #expect(reports.allSatisfy { $0.state == .up })
                harness.line.unplug()
                let isNoticed = await harness.events.wait { event in
                    if case .board(let report) = event { !report.isUp } else { false }
                }
                #expect(isNoticed)
                try await Task.sleep(for: .seconds(4))
                harness.events.clear()
                let back = BootTime.now()
                try harness.line.replug()
                let areUp = await harness.events.wait { (events: [LockBusEvent]) in
                    events.count { if case .board(let report) = $0 { report.isUp } else { false } } >= 12
                }
                #expect(areUp)
                times.append(BootTime.now().milliseconds(since: back))
                #expect(await harness.pulse(12).isActuated)
            }
        }
        #expect((times.min() ?? .max) <= 2000, "\(times)")
    }

    @Test func noRequestBreaksTheSilenceBetweenFrames() async throws {
        for baud in [9600, 115_200] {
            let harness = try PacedHarness(boards: 3, baud: baud, polling: .continuous)
            try await harness.run { _ in
                try await harness.waitForRequests(60)
                #expect(await harness.pulse(2).isActuated)
                try await harness.waitForRequests(10)
            }
            #expect(harness.line.statistics.tooEarly == 0)
        }
    }
}
