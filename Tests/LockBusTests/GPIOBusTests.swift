import CoilGuard
import DeviceIO
import Foundation
import Logging
import ScriptedBoards
import Testing

@testable import LockBus

/// A bus of locks on GPIO lines, and the real guard in a process of its own, on lines that keep their level when it
/// dies. Door contacts need a kernel with a GPIO chip: Tests/GPIO has them.
private final class GuardedBus: Sendable {
    let folder: URL
    let bus: LockBus
    let events = Recorder<LockBusEvent>()
    private let outputs: [OutputName]
    private let configuration: BusConfiguration

    init(change: (inout BusConfiguration) -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("gpiobus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(repeating: 0, count: 2).write(to: folder.appendingPathComponent("levels"))
        let doors = (1...2).map { DoorWiring(channel: $0, sensor: nil, pulseMs: 300) }
        let board = BoardConfiguration(
            name: BoardName(rawValue: "a"),
            profile: try Profiles.load("generic-gpio-mosfet-16ch"),
            unit: 1,
            doors: doors,
            lines: GPIOWiring(outputs: [1: "GPIO17", 2: "GPIO27"])
        )
        var configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .gpio(chip: "double", guardSocket: folder.appendingPathComponent("socket").path),
            boards: [board]
        )
        let table = configuration.coilGuardLines.joined(separator: "\n")
        try Data(table.utf8).write(to: folder.appendingPathComponent("table"))
        change(&configuration)
        outputs = configuration.guardedOutputs(of: 0).map(\.name)
        self.configuration = configuration
        let events = events
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        bus = LockBus(configuration: configuration, logger: logger) { events.append($0) }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// A bus of a later run that knows nothing of the pulses of before.
    func laterBus() -> LockBus {
        LockBus(configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        {
            _ in
        }
    }

    func startGuard() throws -> Process {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = Process()
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent()
            .appendingPathComponent("sticky-guard")
        let paths = ["levels", "table", "socket"].map { folder.appendingPathComponent($0).path }
        process.arguments = [paths[0], "--config", paths[1], "--socket", paths[2]]
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    func levels() throws -> [UInt8] { Array(try Data(contentsOf: folder.appendingPathComponent("levels"))) }

    /// What the lines did, each as index and level: one look at a line may be too late on a busy machine.
    func changes() throws -> [String] {
        let log = try String(contentsOf: folder.appendingPathComponent("levels.log"), encoding: .utf8)
        return log.split(separator: "\n").map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
    }

    /// What the guard calls a channel's line.
    func output(_ channel: Int) -> OutputName {
        outputs[channel - 1]
    }

    func pulse(_ channel: Int, ms: Int = 300, withinMs: UInt64 = 5000) async -> PulseReport {
        let request = PulseRequest(
            id: "o-1",
            door: BusHarness.door("a", channel),
            durationMs: ms,
            notAfter: BootTime.now().advanced(byMilliseconds: withinMs)
        )
        return await bus.pulse(request)
    }

    func waitUntil(isUp: Bool, reason text: String = "") async -> Bool {
        await events.wait(seconds: 20) { (events: [LockBusEvent]) in
            let last = events.compactMap { if case .board(let report) = $0 { report } else { nil } }.last
            guard let last else { return false }
            return last.isUp == isUp && (text.isEmpty || last.reason.contains(text))
        }
    }

    /// Runs a test with a guard, and ends both however it ends.
    func run(_ body: (Process) async throws -> Void) async throws {
        let guardian = try startGuard()
        _ = await bus.start()
        do {
            try await body(guardian)
        } catch {
            await end(guardian)
            throw error
        }
        await end(guardian)
    }

    private func end(_ guardian: Process) async {
        await bus.shutdown()
        kill(guardian.processIdentifier, SIGKILL)
        guardian.waitUntilExit()
    }
}

@Suite struct GPIOBusTests {
    @Test func aPulseGoesThroughTheGuardAndEndsByItself() async throws {
        let rig = try GuardedBus()
        try await rig.run { _ in
            try #require(await rig.waitUntil(isUp: true))
            #expect(await rig.pulse(1).isActuated)
            // The second waits for the first and for the rest of the supply.
            #expect(await rig.pulse(2).isActuated)
        }
        let pulses = try rig.changes().drop { $0.hasSuffix(" 0") }
        #expect(Array(pulses.prefix(4)) == ["0 1", "0 0", "1 1", "1 0"])
        #expect(try rig.levels() == [0, 0])
    }

    @Test func whileTheGuardHasTheSupplyInUseAPulseWaitsForItsTurn() async throws {
        let rig = try GuardedBus()
        try await rig.run { _ in
            try #require(await rig.waitUntil(isUp: true))
            // The guard's own clock decides, and the bus cannot know of a pulse that it did not give itself.
            let other = try GuardClient(path: rig.folder.appendingPathComponent("socket").path)
            let limit = GuardTime(nanoseconds: BootTime.now().advanced(byMilliseconds: 5000).nanoseconds)
            let answer = try other.ask(.pulse(rig.output(2), milliseconds: 300, notAfter: limit))
            guard case .on = answer else {
                Issue.record("the guard answered \(answer)")
                return
            }
            #expect(await rig.pulse(1).isActuated)
            #expect(await rig.pulse(2, withinMs: 100) == .notActuated(.stale))
        }
        let pulses = try rig.changes().drop { $0.hasSuffix(" 0") }
        #expect(Array(pulses.prefix(3)) == ["1 1", "1 0", "0 1"])
    }

    @Test func aGuardThatIsKilledTakesTheBoardDownAndItsSuccessorSwitchesOff() async throws {
        let rig = try GuardedBus()
        try await rig.run { guardian in
            try #require(await rig.waitUntil(isUp: true))
            #expect(await rig.pulse(1, ms: 1000).isActuated)
            kill(guardian.processIdentifier, SIGKILL)
            guardian.waitUntilExit()
            #expect(
                try rig.levels() == [1, 0],
                "the double must keep the level, or this test proves nothing"
            )
            #expect(await rig.waitUntil(isUp: false, reason: "coil guard"))
            let next = try rig.startGuard()
            defer {
                kill(next.processIdentifier, SIGKILL)
                next.waitUntilExit()
            }
            #expect(await rig.waitUntil(isUp: true))
            #expect(try rig.levels() == [0, 0])
            #expect(await rig.pulse(2).isActuated)
        }
    }

    @Test func aTableThatMeansOtherLinesIsNotUsed() async throws {
        let rig = try GuardedBus { $0.boards[0].lines.outputs[2] = "GPIO22" }
        try await rig.run { _ in
            #expect(await rig.waitUntil(isUp: false, reason: "pickupd --print-coilguard"))
            guard case .notActuated(.boardDown) = await rig.pulse(1) else {
                Issue.record("a pulse was given")
                return
            }
        }
        #expect(try rig.levels() == [0, 0])
    }

    @Test func theGuardsRestIsACoilBudgetAndNoDeadBoard() async throws {
        let guarded = try GuardedBus()
        try await guarded.run { _ in
            #expect(await guarded.waitUntil(isUp: true))
            #expect(await guarded.pulse(1).isActuated)
            await guarded.bus.shutdown()
            let later = guarded.laterBus()
            _ = await later.start()
            // The coil rests for longer than this may wait; what may wait does.
            let request = PulseRequest(
                id: "o-2",
                door: BusHarness.door("a", 1),
                durationMs: 300,
                notAfter: BootTime.now().advanced(byMilliseconds: 100)
            )
            let report = await later.pulse(request)
            guard case .notActuated(.coilBudget(let retryAfterMs)) = report else {
                Issue.record("the guard's refusal reached the bus as \(report)")
                await later.shutdown()
                return
            }
            #expect((1...60_000).contains(retryAfterMs))
            #expect(await later.reports().allSatisfy(\.isUp), "a coil that rests takes its board down")
            await later.shutdown()
        }
    }
}
