import DeviceIO
import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// Faults of a line with boards that do not speak Modbus.
@Suite(.serialized)
struct SerialFaultTests {
    /// What an answer can be, what it is counted as, and what the board is said to suffer from.
    @Test(arguments: LockLineHarness.profiles)
    func eachFaultHasItsNameAndItsCounter(_ profile: String) async throws {
        let cases: [(ScriptedLockLine.Action, KeyPath<BoardCounters, Int>, String)] = [
            (.silence(acts: false), \.timeouts, "no answer"),
            (.badSum, \.crcErrors, "garbled"),
            (.unit(3), \.wrongSlave, "unit 3 answered"),
            (.truncated(4), \.shortFrames, "break off"),
            (.bytes([0xFE, 0xFF, 0xFE]), \.shortFrames, "only noise"),
        ]
        for (action, counter, words) in cases {
            let harness = try LockLineHarness(profile, responseMs: 60)
            try await harness.run { _ in
                harness.line.script { _ in action }
                #expect(await harness.waitUntil("a", isUp: false, reason: words), "\(action)")
                #expect(await harness.counters("a")[keyPath: counter] >= 3)
                #expect(BusHarness.readings(harness.events.all, "a", 1).last == .unknown)
                guard case .notActuated(.boardDown) = await harness.pulse() else {
                    Issue.record("pulsed a board that is down")
                    return
                }
                harness.line.heal()
                #expect(await harness.waitUntil("a", isUp: true))
                #expect(await harness.waitForReading(.closed))
                #expect(harness.line.unlocks.isEmpty)
            }
        }
    }

    @Test(arguments: LockLineHarness.profiles)
    func noiseBeforeAnAnswerCostsNothing(_ profile: String) async throws {
        let harness = try LockLineHarness(profile)
        harness.line.script { _ in .garbageFirst([0x00, 0xFF, 0x02]) }
        try await harness.run { reports in
            #expect(reports.first?.isUp == true, "\(reports)")
            #expect(await harness.pulse().isActuated)
            #expect(harness.line.unlocks.count == 1)
        }
    }

    /// An unlock whose answer is worth nothing: its lock tells, and it is never sent again.
    @Test(arguments: [
        ScriptedLockLine.Action.silence(acts: true), .badSum, .unit(2), .truncated(3), .bytes([0xFE]),
    ])
    func anUnlockIsSentOnceWhateverComesBack(_ action: ScriptedLockLine.Action) async throws {
        let harness = try LockLineHarness("lockboard-8a-12", responseMs: 60)
        try await harness.run { _ in
            harness.line.script { $0.unlocks == nil ? .answer : action }
            #expect(await harness.pulse().isActuated)
            #expect(await harness.waitForReading(.open))
            #expect(harness.line.unlocks.count == 1)
        }
        let jammed = try LockLineHarness("lockboard-8a-12", responseMs: 60) {
            $0.board(1) { $0.jammed = [1] }
        }
        try await jammed.run { _ in
            jammed.line.script { $0.unlocks == nil ? .answer : .silence(acts: true) }
            #expect(await jammed.pulse().isUnknown)
            #expect(jammed.line.unlocks.count == 1)
        }
    }

    @Test(arguments: LockLineHarness.profiles)
    func anAnswerThatComesLateIsThrownAway(_ profile: String) async throws {
        let harness = try LockLineHarness(profile, units: [1, 2], responseMs: 60)
        try await harness.run { _ in
            harness.line.script { $0.unit == 1 && $0.unlocks == nil ? .late(ms: 90) : .answer }
            #expect(await harness.waitUntil("a", isUp: false))
            #expect(await harness.counters("a").timeouts >= 3)
            #expect(BusHarness.readings(harness.events.all, "b", 1) == [.closed])
            #expect(await harness.counters("b").timeouts == 0)
        }
    }

    /// A dead board costs its line one answer's time for each try, and nobody else a reading.
    @Test(arguments: LockLineHarness.profiles)
    func aDeadBoardStopsNobody(_ profile: String) async throws {
        let harness = try LockLineHarness(profile, units: [1, 2, 3])
        harness.line.script { $0.unit == 2 ? .silence(acts: false) : .answer }
        try await harness.run { reports in
            #expect(reports.map(\.isUp) == [true, false, true])
            #expect(await harness.pulse("a").isActuated)
            #expect(await harness.pulse("c").isActuated)
            harness.line.heal()
            #expect(await harness.waitUntil("b", isUp: true))
            #expect(await harness.pulse("b").isActuated)
        }
    }

    @Test(arguments: LockLineHarness.profiles)
    func anUnpluggedLineIsKnownAndTakenUpAgain(_ profile: String) async throws {
        let name = FileManager.default.temporaryDirectory.appending(path: "line-\(UUID())").path
        defer { unlinkTTY(name) }
        let harness = try LockLineHarness(profile) {
            #expect(linkTTY($0.path, name))
        } change: {
            $0.transport = .serial(path: name, baud: 9600, parity: .none, stopBits: 1)
        }
        _ = await harness.bus.start()
        #expect(await harness.pulse().isActuated)
        harness.line.stop()
        #expect(await harness.waitUntil("a", isUp: false, reason: "unplugged"))
        guard case .notActuated(.boardDown) = await harness.pulse("a", 2) else {
            Issue.record("pulsed a line that is gone")
            return
        }
        let locks = try Profiles.load(profile).channels
        let again = try LockLineHarness(profile) { $0.board(1) { $0 = .init(locks: locks) } }
        unlinkTTY(name)
        #expect(linkTTY(again.line.path, name))
        #expect(await harness.waitUntil("a", isUp: true))
        #expect(await harness.waitForReading(.closed))
        #expect(again.line.unlocks.isEmpty)
        #expect(await harness.pulse("a", 2).isActuated)
        #expect(again.line.unlocks.count == 1)
        await harness.bus.shutdown()
        again.line.stop()
    }

    @Test func aSerialServerThatDoesNotAnswerIsReported() async throws {
        let harness = try LockLineHarness("kerong-cu48", server: true) { _ in
        } change: {
            $0.transport = .serialTCP(host: "127.0.0.1", port: 9)
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("127.0.0.1:9") == true, "\(reports)")
        }
    }

    @Test func shutdownWaitsForThePulseInProgress() async throws {
        let harness = try LockLineHarness("kerong-cu48")
        _ = await harness.bus.start()
        let pulse = Task { await harness.pulse() }
        #expect(await harness.line.requests.wait { $0.unlocks != nil })
        await harness.bus.shutdown()
        #expect(await pulse.value.isActuated)
        #expect(await harness.pulse("a", 2) == .notActuated(.busShutDown))
        #expect(harness.line.unlocks.count == 1)
        harness.line.stop()
    }
}
