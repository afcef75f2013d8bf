import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

@Suite(.serialized)
struct PulseTests {
    @Test func aBoardTimedPulseIsTheVendorsFrame() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            let before = BootTime.now()
            let report = await harness.pulse("a", 1, ms: 700)
            guard case .actuated(let at) = report else {
                Issue.record("\(report)")
                return
            }
            #expect(at >= before && at <= BootTime.now())
            #expect(harness.pulses.map(\.frame) == [[0x01, 0x05, 0x02, 0x00, 0x00, 0x07, 0x8D, 0xB0]])
        }
    }

    @Test func aHostTimedPulseIsOnAndThenOffAndReadBack() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog])
        try await harness.run { _ in
            #expect(await harness.pulse("a", 2, ms: 250).isActuated)
            #expect(await harness.slave.requests.wait { $0.isOff })
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.last(where: { $0.function == 1 || $0.isOff })?.function == 1
                }
            )
            let history = harness.slave.board(1) { $0.history }
            #expect(history.map(\.coil) == [1])
            #expect((200...1500).contains(history[0].milliseconds), "\(history[0].milliseconds)")
            #expect(harness.pulses.map(\.pdu) == [[5, 0, 1, 0xFF, 0]])
        }
    }

    @Test func offIsRepeatedUntilTheCoilReadsOff() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog], responseMs: 60)
        try await harness.run { _ in
            harness.slave.script { request in request.isOff ? .silence(acts: false) : .answer }
            #expect(await harness.pulse("a", 1, ms: 200).isActuated)
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count { $0.isOff } >= 2
                }
            )
            harness.slave.heal()
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count { $0.isOff } >= 3
                }
            )
            let isOff = await settled { !harness.slave.board(1) { $0.coils()[0] } }
            #expect(isOff)
            #expect(harness.pulses.count == 1)
        }
    }

    @Test func aCoilThatIgnoresOffIsLeftToTheWatchdogAndReported() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog], responseMs: 60)
        try await harness.run { _ in
            // The board confirms "off" and does nothing; its coil reads on until nobody talks to it.
            harness.slave.script { request in request.isOff ? .exception(4) : .answer }
            #expect(await harness.pulse("a", 1, ms: 200).isActuated)
            let isReported = await harness.events.wait { event in
                if case .coilStuckOn(BusHarness.door("a", 1), _) = event { true } else { false }
            }
            if isReported { #expect(await harness.waitUntil("a", isUp: false, reason: "stays on")) }
            let isOff = await settled { !harness.slave.board(1) { $0.coils()[0] } }
            #expect(isOff)
            let onTime = harness.slave.board(1) { $0.history[0].milliseconds }
            #expect(onTime <= 3500, "\(onTime)")
        }
    }

    @Test func aLostLineMidPulseLeavesTheCoilToTheBoardsWatchdog() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog])
        try await harness.run { _ in
            #expect(await harness.pulse("a", 1, ms: 500).isActuated)
            harness.slave.hangUp()
            #expect(await harness.waitUntil("a", isUp: false))
            let isOff = await settled { !harness.slave.board(1) { $0.coils()[0] } }
            #expect(isOff)
            #expect(harness.slave.board(1) { $0.history[0].milliseconds } <= 3000)
        }
    }

    /// Answers that prove nothing, on commands that were carried out: the coil, read back, is the proof.
    @Test(
        arguments: WireKind.allCases,
        [
            ScriptedSlave.Action.silence(acts: true), .wrongEcho, .badCRC(acts: true), .unit(2),
            .truncated(3), .late(ms: 130),
        ]
    )
    func aCarriedOutPulseIsProvenByItsCoil(_ kind: WireKind, _ action: ScriptedSlave.Action) async throws {
        if case .badCRC = action, kind == .network { return }
        let harness = try BusHarness(kind, [Profiles.flash, Profiles.flash])
        try await harness.run { _ in
            harness.slave.script { $0.isPulse ? action : .answer }
            #expect(await harness.pulse(ms: 500).isActuated)
            #expect(harness.pulses.count == 1)
            harness.slave.heal()
            #expect(await harness.pulse("b").isActuated)
        }
    }

    @Test(arguments: WireKind.allCases, ["waveshare-modbus-rtu-relay-8ch", "generic-coil-16ch-watchdog"])
    func aPulseWithoutAnyProofIsUnknownAndNeverSentAgain(_ kind: WireKind, _ profile: String) async throws {
        let harness = try BusHarness(kind, [Profiles.load(profile)])
        try await harness.run { _ in
            harness.slave.script { $0.isPulse ? .silence(acts: false) : .answer }
            #expect(await harness.pulse().isUnknown)
            harness.slave.heal()
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count > 20 || all.last?.function == 1
                }
            )
            #expect(harness.pulses.count == 1)
            // Whatever it did, its coil may have been on: the budget is spent.
            guard case .notActuated(.coilBudget(let wait)) = await harness.pulse() else {
                Issue.record("no budget")
                return
            }
            #expect((1...1800).contains(wait))
        }
    }

    @Test(arguments: WireKind.allCases)
    func aConnectionThatBreaksAfterThePulseNeverSendsItAgain(_ kind: WireKind) async throws {
        let harness = try BusHarness(kind, [Profiles.flash])
        try await harness.run { _ in
            harness.slave.script { $0.isPulse ? .disconnect(acts: false) : .answer }
            let report = await harness.pulse()
            #expect(report.isUnknown, "\(report)")
            #expect(harness.pulses.count == 1)
        }
    }

    @Test func anIdleConnectionThatTheBoardClosedCarriesThePulseAfterAll() async throws {
        let harness = try BusHarness(.network, [Profiles.flash])
        try await harness.run { _ in
            for _ in 0..<3 {
                harness.slave.hangUp()
                let report = await harness.pulse("a", 1, withinMs: 2000)
                if case .notActuated(.boardDown) = report {
                    // The watch noticed first; the bus is back by itself.
                    #expect(await harness.waitUntil("a", isUp: true))
                    continue
                }
                #expect(report.isActuated, "\(report)")
                break
            }
            #expect(harness.pulses.count <= 1)
        }
    }

    @Test func aRefusalByTheBoardIsCertain() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            harness.slave.script { $0.isPulse ? .exception(2) : .answer }
            #expect(await harness.pulse() == .notActuated(.exception(code: 2)))
            harness.slave.script { $0.isPulse ? .exception(11) : .answer }
            #expect(await harness.pulse().isUnknown)
            #expect(await harness.counters("a").exceptions == 2)
        }
    }

    @Test func aRequestTooOldIsRefusedAndNotSent() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            let past = BootTime(nanoseconds: BootTime.now().nanoseconds - 1)
            let request = PulseRequest(
                id: "o",
                door: BusHarness.door("a", 1),
                durationMs: 300,
                notAfter: past
            )
            #expect(await harness.bus.pulse(request) == .notActuated(.stale))
            // One that grows old while another lock of the board is energised.
            #expect(await harness.pulse("a", 1, ms: 1000).isActuated)
            #expect(await harness.pulse("a", 2, ms: 300, withinMs: 100) == .notActuated(.stale))
            #expect(harness.pulses.count == 1)
        }
    }

    @Test func oneLockAtATimeOnOneBoardAndManyOnManyBoards() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash, Profiles.flash], doors: 4)
        try await harness.run { _ in
            async let first = harness.pulse("a", 1, ms: 300)
            async let second = harness.pulse("a", 2, ms: 300)
            async let third = harness.pulse("a", 3, ms: 300)
            async let other = harness.pulse("b", 1, ms: 300)
            let all = await [first, second, third, other]
            #expect(all.allSatisfy { $0.isActuated }, "\(all)")
            let onA = harness.slave.board(1) { $0.history }.sorted { $0.from < $1.from }
            #expect(onA.count == 3)
            for (earlier, later) in zip(onA, onA.dropFirst()) {
                #expect(later.from.milliseconds(since: earlier.from) >= 400)
            }
            let onB = try #require(harness.slave.board(2) { $0.history }.first)
            #expect(onB.from < onA[1].from)
        }
    }

    @Test func aCoilRestsFiveTimesAsLongAsItWasOn() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            #expect(await harness.pulse("a", 1, ms: 100).isActuated)
            guard case .notActuated(.coilBudget(let wait)) = await harness.pulse("a", 1, ms: 100) else {
                Issue.record("no budget")
                return
            }
            #expect((300...601).contains(wait))
            try await Task.sleep(for: .milliseconds(wait))
            #expect(await harness.pulse("a", 1, ms: 100).isActuated)
            #expect(harness.pulses.count == 2)
        }
    }

    @Test func whatIsNotConfiguredIsRefused() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            for (board, channel, ms) in [
                ("a", 3, 300), ("z", 1, 300), ("a", 1, 3001), ("a", 1, 0), ("a", 1, -5),
            ] {
                guard case .notActuated(.notConfigured) = await harness.pulse(board, channel, ms: ms) else {
                    Issue.record("\(board) \(channel) \(ms)")
                    continue
                }
            }
            #expect(harness.pulses.isEmpty)
        }
    }

    @Test func aStrayCoilIsSwitchedOff() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash])
        try await harness.run { _ in
            harness.slave.board(1) { $0.force(6, on: true) }
            let isOff = await settled { !harness.slave.board(1) { $0.coils()[6] } }
            #expect(isOff)
        }
    }
}
