import DeviceIO
import ScriptedBoards
import Synchronization
import Testing

@testable import LockBus

/// Each pattern made by a slave at the far end of a real wire; and wires on which nothing is wrong.
@Suite(.serialized)
struct BusDoctorTests {
    /// Runs four boards until the far end has seen enough requests of each, and returns what the doctor finds.
    private func findings(
        _ kind: WireKind = .serial,
        requests: Int = 30,
        responseMs: Int = 60,
        boards: Int = 4,
        pulses: Bool = false,
        _ script: @escaping @Sendable (ScriptedSlave.Request, Int) -> ScriptedSlave.Action
    ) async throws -> [Finding] {
        let profiles = try (0..<boards).map { _ in try Profiles.flashWithInputs }
        let harness = try BusHarness(kind, profiles, responseMs: responseMs) {
            $0.polling = .continuous
        }
        let seen = Mutex<[UInt8: Int]>([:])
        var findings: [Finding] = []
        let count = Recorder<UInt8>()
        harness.slave.script { request in
            let number = seen.withLock { seen in
                seen[request.unit, default: 0] += 1
                return seen[request.unit, default: 0]
            }
            count.append(request.unit)
            return script(request, number)
        }
        try await harness.run { _ in
            if pulses {
                for _ in 0..<6 {
                    for board in ["a", "b", "c", "d"].prefix(boards) {
                        _ = await harness.pulse(board, 1, ms: 100)
                    }
                    for board in ["a", "b", "c", "d"].prefix(boards) {
                        _ = await harness.pulse(board, 2, ms: 100)
                    }
                }
            }
            #expect(await count.wait(seconds: 30) { (all: [UInt8]) in all.count >= requests * boards })
            findings = await harness.bus.findings()
        }
        return findings
    }

    @Test(arguments: WireKind.allCases)
    func aCleanBusGivesNoFinding(_ kind: WireKind) async throws {
        #expect(try await findings(kind, requests: 100, pulses: true) { _, _ in .answer }.isEmpty)
    }

    /// One error in hundreds is what a working line has.
    @Test func aSingleErrorIsNoPattern() async throws {
        let found = try await findings(requests: 100) { request, number in
            request.unit == 2 && number == 50 ? .badCRC(acts: true) : .answer
        }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func twoBoardsThatAnswerAtOnceOnOneAddressAreSuspected() async throws {
        let found = try await findings(requests: 60) { request, number in
            request.unit == 3 && number > 8 && number.isMultiple(of: 3) ? .badCRC(acts: true) : .answer
        }
        #expect(found.map(\.cause) == [.sharedAddress], "\(found)")
        #expect(found.first?.boards == [BoardName(rawValue: "c")])
        #expect(found.first?.evidence.contains("from address 3 garbled, 0 of") == true, "\(found)")
    }

    @Test func aSecondAnswerBehindTheFirstIsASharedAddress() async throws {
        let found = try await findings { request, _ in
            guard request.unit == 2, request.function == 2 else { return .answer }
            return .answerThen(sealed([2, 2, 1, 0]))
        }
        #expect(found.map(\.cause) == [.sharedAddress], "\(found)")
        #expect(found.first?.evidence.contains("second answer followed from address 2") == true, "\(found)")
    }

    @Test func anAnswerFromAnotherAddressIsNamed() async throws {
        let found = try await findings { request, number in
            request.unit == 2 && number > 8 && number.isMultiple(of: 3) ? .unit(9) : .answer
        }
        #expect(found.map(\.cause) == [.wrongAddress], "\(found)")
    }

    @Test func bytesBeforeAnswersAreConsistentWithMissingBias() async throws {
        let found = try await findings { _, number in
            number.isMultiple(of: 4) ? .garbageFirst([0]) : .answer
        }
        #expect(found.map(\.cause) == [.missingBias], "\(found)")
        #expect(found.first?.boards.count == 4)
    }

    @Test func bytesOnTheIdleLineAreConsistentWithMissingBias() async throws {
        let found = try await findings { _, number in
            number.isMultiple(of: 4) ? .answerThen([0, 0xFF]) : .answer
        }
        #expect(found.map(\.cause) == [.missingBias], "\(found)")
    }

    @Test func garbledAnswersOfAllBoardsAreTheLineNotABoard() async throws {
        let found = try await findings { _, number in
            number > 8 && number.isMultiple(of: 5) ? .badCRC(acts: true) : .answer
        }
        #expect(found.map(\.cause) == [.missingTermination], "\(found)")
        #expect(found.first?.boards.count == 4)
    }

    @Test func errorsThatComeWithPulsesAreInterference() async throws {
        let lastPulse = Mutex(BootTime(nanoseconds: 0))
        let found = try await findings(requests: 120, pulses: true) { request, number in
            if request.isPulse {
                lastPulse.withLock { $0 = request.at }
                return .answer
            }
            let since = request.at.milliseconds(since: lastPulse.withLock { $0 })
            return request.function == 2 && since < 90 && number.isMultiple(of: 3)
                ? .badCRC(acts: true) : .answer
        }
        #expect(found.map(\.cause) == [.interference], "\(found)")
        #expect(found.first?.evidence.contains("failed beside pulses, 0 of") == true, "\(found)")
    }

    @Test func answersWithoutTheirFirstByteAreTheAdaptersTurnaround() async throws {
        let found = try await findings { request, number in
            guard request.function == 2, number.isMultiple(of: 4) else { return .answer }
            return .raw(Array(sealed([request.unit, 2, 1, 0]).dropFirst()))
        }
        #expect(found.map(\.cause) == [.adapterTurnaround], "\(found)")
    }

    @Test func requestsThatComeBackAreTheAdaptersEcho() async throws {
        let found = try await findings { request, number in
            request.function == 2 && number.isMultiple(of: 3) ? .raw(request.frame) : .answer
        }
        #expect(found.map(\.cause) == [.adapterEcho], "\(found)")
    }

    @Test func theSameDelayBeforeEveryAnswerIsTheAdaptersLatency() async throws {
        let found = try await findings(requests: 25, responseMs: 200) { _, _ in .late(ms: 16) }
        #expect(found.map(\.cause) == [.adapterLatency], "\(found)")
    }

    @Test func oneSlowBoardIsNotTheAdapter() async throws {
        let found = try await findings(requests: 25, responseMs: 200) { request, _ in
            request.unit == 1 ? .late(ms: 16) : .answer
        }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func answersAfterTheirTimeAreABoardSlowerThanItMayBe() async throws {
        let found = try await findings(responseMs: 40) { request, number in
            request.unit == 4 && request.function == 2 && number.isMultiple(of: 3) ? .late(ms: 60) : .answer
        }
        #expect(found.map(\.cause) == [.slowBoard], "\(found)")
        #expect(found.first?.boards == [BoardName(rawValue: "d")])
    }

    @Test func bytesThatNeverMakeAFrameAreAWrongSpeed() async throws {
        let found = try await findings(requests: 3) { _, _ in .raw([0x80, 0x1E, 0xF8, 0x60, 0xE6, 0x78]) }
        #expect(found.map(\.cause) == [.wrongBaud], "\(found)")
    }

    @Test func aLineOnWhichNobodyAnswersIsOneFinding() async throws {
        let found = try await findings(requests: 2) { _, _ in .silence(acts: false) }
        #expect(found.map(\.cause) == [.silentLine], "\(found)")
    }

    @Test func oneSilentBoardIsNamed() async throws {
        let found = try await findings(requests: 20) { request, _ in
            request.unit == 2 ? .silence(acts: false) : .answer
        }
        #expect(found.map(\.cause) == [.silentBoard], "\(found)")
        #expect(found.first?.boards == [BoardName(rawValue: "b")])
    }

    @Test func aGatewayInTransparentModeIsNamed() async throws {
        let harness = try BusHarness(.network, [Profiles.flash]) { _ in
        } prepare: {
            $0.speakSerialOnly()
        }
        try await harness.run { _ in
            #expect(await harness.bus.findings().map(\.cause) == [.wrongMode])
        }
    }

    @Test func aFindingSaysWhatItRestsOnAndWhatToCheckAndClaimsNothing() {
        for cause in Finding.Cause.allCases {
            let finding = Finding(
                bus: BusName(rawValue: "wall"),
                boards: [BoardName(rawValue: "a")],
                cause: cause,
                evidence: "3 of 9"
            )
            let text = "\(finding)"
            #expect(text.hasPrefix("bus wall, board a: consistent with \(cause.name) (3 of 9); check: "))
            #expect(!text.contains("\n"))
        }
    }

    @Test func whatWasPutRightIsForgotten() {
        var history = BusHistory()
        var counters = BoardCounters()
        for minute in 0..<30 {
            counters.requests += 100
            if minute < 5 { counters.crcErrors += 10 }
            history.note([counters], at: BootTime(nanoseconds: UInt64(minute + 1) * 60_000_000_000))
        }
        let recent = counters.since(history.start(1)[0])
        #expect(recent.crcErrors == 0)
        #expect(recent.requests == 1000)
    }
}
