import DeviceIO
import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// Boards that do not speak Modbus, from the pulse to the door, over a real pty or TCP connection.
@Suite(.serialized)
struct SerialLineTests {
    @Test(arguments: LockLineHarness.profiles, [false, true])
    func aPulseOpensOneLockAndTheDoorIsSeen(_ profile: String, _ isServer: Bool) async throws {
        let harness = try LockLineHarness(profile, units: [1, 2], server: isServer)
        try await harness.run { reports in
            #expect(reports.map(\.isUp) == [true, true], "\(reports)")
            #expect(BusHarness.readings(harness.events.all, "a", 1) == [.closed])
            #expect(harness.line.unlocks.isEmpty)
            let before = BootTime.now()
            let report = await harness.pulse("b", 2)
            guard case .actuated(let at) = report else {
                Issue.record("\(report)")
                return
            }
            #expect(at >= before && at <= BootTime.now())
            #expect(harness.line.board(2) { $0.pulses } == [2])
            #expect(harness.line.board(1) { $0.pulses } == [])
            #expect(await harness.waitForReading(.open, "b", 2))
            harness.line.board(2) { $0.switches[1].toggle() }
            #expect(await harness.waitForReading(.closed, "b", 2))
            #expect(BusHarness.readings(harness.events.all, "a", 1) == [.closed])
        }
    }

    /// What the lock does, the lock tells; a pulse without a lock that lets go is not proven, and not repeated.
    @Test(arguments: ["kerong-cu48", "kerong-cu16"])
    func aJammedLockLeavesTheTruthOpenAndIsNotPulsedAgain(_ profile: String) async throws {
        let harness = try LockLineHarness(profile) { $0.board(1) { $0.jammed = [1] } }
        try await harness.run { _ in
            let report = await harness.pulse()
            guard case .unknown(.noProof(let reason)) = report else {
                Issue.record("\(report)")
                return
            }
            #expect(reason.contains("stayed shut"))
            #expect(harness.line.unlocks.count == 1)
            #expect(BusHarness.readings(harness.events.all, "a", 1) == [.closed])
        }
    }

    /// An 0x8A board's answer says that it gave the pulse, in both of its variants.
    @Test func an8ABoardThatAnswersClosedHasGivenThePulseAllTheSame() async throws {
        let harness = try LockLineHarness("lockboard-8a-12") { $0.board(1) { $0.jammed = [1] } }
        try await harness.run { _ in
            #expect(await harness.pulse().isActuated)
            #expect(BusHarness.readings(harness.events.all, "a", 1) == [.closed])
            #expect(harness.line.unlocks.map(\.frame) == [[0x8A, 1, 1, 0x11, 0x9B]])
        }
    }

    @Test(arguments: [LockLineHarness.profiles[0], LockLineHarness.profiles[1]])
    func aLockThatWasOpenBeforeProvesNothing(_ profile: String) async throws {
        let harness = try LockLineHarness(profile) { $0.board(1) { $0.switches[0] = false } }
        try await harness.run { _ in
            #expect(await harness.waitForReading(.open))
            #expect(await harness.pulse().isUnknown)
            #expect(await harness.line.requests.wait { $0.unlocks != nil })
            #expect(await harness.waitForReading(.closed))
            #expect(harness.line.unlocks.count == 1)
        }
    }

    /// Switches that close when the lock opens.
    @Test(arguments: LockLineHarness.profiles)
    func theOtherPolarityIsAFieldOfTheProfile(_ name: String) async throws {
        let path = Profiles.directory + "/\(name).yaml"
        let yaml = try String(contentsOfFile: path, encoding: .utf8)
        #expect(yaml.contains("closedIs: on"))
        let turned = yaml.replacingOccurrences(of: "closedIs: on", with: "closedIs: off")
        let profile = try BoardProfile.load(yaml: turned, file: path)
        let harness = try LockLineHarness(name) { line in
            line.board(1) { board in board.switches = board.switches.map { !$0 } }
        } change: {
            $0.boards[0].profile = profile
        }
        try await harness.run { _ in
            #expect(await harness.waitForReading(.closed))
            #expect(await harness.pulse().isActuated)
            #expect(await harness.waitForReading(.open))
            #expect(BusHarness.readings(harness.events.all, "a", 2) == [.closed])
        }
    }

    @Test func theUnlockTimeIsReadAndWrittenOnlyIfItDiffers() async throws {
        let harness = try LockLineHarness("kerong-cu16", pulseMs: 400)
        try await harness.run { reports in
            #expect(reports.first?.isUp == true, "\(reports)")
            #expect(harness.line.board(1) { $0.ticks } == 40)
            #expect(harness.line.requests.all.count { $0.frame.count == 7 } == 1)
        }
        let same = try LockLineHarness("kerong-cu16", pulseMs: 550)
        try await same.run { reports in
            #expect(reports.first?.isUp == true)
            #expect(same.line.requests.all.allSatisfy { $0.frame.count == 5 })
        }
    }

    @Test func aBoardThatDoesNotKeepItsTimeIsNotUsed() async throws {
        let harness = try LockLineHarness("kerong-cu16", pulseMs: 400)
        harness.line.script { $0.frame.count == 7 ? .silence(acts: false) : .answer }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("does not keep its unlock time") == true, "\(reports)")
            #expect(await harness.pulse() != .actuated(at: .now()))
            #expect(harness.line.unlocks.isEmpty)
        }
        let old = try LockLineHarness("kerong-cu16-fixed") { $0.board(1) { $0.isOld = true } }
        try await old.run { reports in
            #expect(reports.first?.isUp == true)
            #expect(await old.pulse().isActuated)
        }
    }

    @Test func aCU16ThatFallsSilentAfterAnUnlockIsFreed() async throws {
        let harness = try LockLineHarness("kerong-cu16") { $0.board(1) { $0.getsBusy = true } }
        try await harness.run { _ in
            #expect(await harness.pulse().isActuated)
            #expect(harness.line.requests.all.count { $0.command == 0x38 } == 1)
            #expect(await harness.waitForReading(.open))
            let isDown = harness.events.all.contains { event in
                if case .board(let report) = event { !report.isUp } else { false }
            }
            #expect(!isDown)
            #expect(harness.line.unlocks.count == 1)
        }
    }

    @Test func statusOfInfraredSensorsFollowsTheLocks() async throws {
        let harness = try LockLineHarness("kerong-cu16") {
            $0.board(1) { $0.infrared[4] = true }
        } change: {
            $0.boards[0].doors[1].sensor?.input = 16 + 5
            $0.boards[0].doors[1].sensor?.openIs = .on
        }
        try await harness.run { _ in
            #expect(await harness.waitForReading(.open, "a", 2))
            harness.line.board(1) { $0.infrared[4] = false }
            #expect(await harness.waitForReading(.closed, "a", 2))
        }
    }

    @Test func whatAnAdapterRepeatsIsNotTakenForAnAnswer() async throws {
        let refused = try LockLineHarness("lockboard-8a-12") { $0.echo() }
        try await refused.run { reports in
            #expect(reports.first?.reason.contains("local echo") == true, "\(reports)")
            _ = await refused.pulse()
            #expect(refused.line.unlocks.isEmpty)
        }
        // KERONG's answers never look like a question.
        let harness = try LockLineHarness("kerong-cu48") { $0.echo() }
        try await harness.run { reports in
            #expect(reports.first?.isUp == true, "\(reports)")
            #expect(await harness.pulse().isActuated)
        }
    }

    @Test func changesThatABoardTellsUnaskedDisturbNothing() async throws {
        let harness = try LockLineHarness("lockboard-8a-12", units: [1, 2])
        try await harness.run { _ in
            let change: [UInt8] = [0x82, 1, 2, 0x00, 0x81]
            harness.line.say(change)
            harness.line.script { _ in .garbageFirst(change) }
            #expect(await harness.pulse().isActuated)
            #expect(await harness.waitForReading(.open))
            harness.line.script { _ in .answerThen(change) }
            harness.line.board(1) { $0.switches[0] = true }
            #expect(await harness.waitForReading(.closed))
            let counters = await harness.counters("a")
            #expect(counters.lateReplies == 0 && counters.shortFrames == 0 && counters.crcErrors == 0)
        }
    }
}
