import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

@Suite(.serialized)
struct StartAndStopTests {
    @Test(arguments: WireKind.allCases)
    func everyCoilIsOffAndReadBackBeforeAnythingElse(_ kind: WireKind) async throws {
        let harness = try BusHarness(kind, [Profiles.flashWithInputs, Profiles.watchdog]) { _ in
        } prepare: { slave in
            slave.board(1) { $0.force(3, on: true) }
            slave.board(2) { $0.force(15, on: true) }
        }
        try await harness.run { reports in
            #expect(reports.allSatisfy { $0.state == .up }, "\(reports)")
            for unit in [UInt8(1), 2] {
                let functions = harness.slave.requests.all.filter { $0.unit == unit }.map(\.function)
                #expect(Array(functions.prefix(2)) == [0x0F, 0x01])
                #expect(harness.slave.board(unit) { $0.coils() }.allSatisfy { !$0 })
            }
            #expect(harness.readings("a", 1) == [.closed])
            #expect(harness.readings("b", 2) == [.closed])
            #expect(harness.pulses.isEmpty)
        }
    }

    @Test func theWatchdogIsWrittenAndVerifiedBeforeTheBoardIsUsed() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog])
        try await harness.run { reports in
            #expect(reports.first?.isUp == true)
            #expect(harness.slave.board(1) { $0.registers[0] } == 15)
            let functions = harness.slave.requests.all.prefix(4).map(\.function)
            #expect(functions == [0x0F, 0x01, 0x06, 0x03])
        }
    }

    @Test func aWatchdogThatDoesNotKeepItsTimeKeepsTheBoardDown() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog]) { _ in
        } prepare: { slave in
            slave.board(1) { $0.registers = [:] }
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("code 2") == true)
            let report = await harness.pulse()
            guard case .notActuated(.boardDown) = report else {
                Issue.record("\(report)")
                return
            }
            #expect(harness.pulses.isEmpty)
        }
    }

    @Test func aBoardWhoseInputsSwitchItsRelaysIsNotUsed() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs]) { _ in
        } prepare: { slave in
            slave.board(1) { board in
                for register in 0x1000..<0x1008 {
                    board.registers[UInt16(register)] = register == 0x1003 ? 1 : 0
                }
            }
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("control mode") == true, "\(reports)")
        }
    }

    @Test func aCoilThatStaysOnIsReportedAndItsBoardGivesNoPulse() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs]) { _ in
        } prepare: { slave in
            slave.board(1) { $0.stuck = [4] }
            slave.board(1) { $0.force(4, on: true) }
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("output 5 stays on") == true)
            let stuck = harness.events.all.contains { event in
                if case .coilStuckOn(BusHarness.door("a", 5), _) = event { true } else { false }
            }
            #expect(stuck)
            let report = await harness.pulse()
            guard case .notActuated(.boardDown) = report else {
                Issue.record("\(report)")
                return
            }
            #expect(harness.readings() == [.closed])
            harness.slave.board(1) { $0.stuck = [] }
            #expect(await harness.waitUntil("a", isUp: true))
            #expect(await harness.pulse().isActuated)
        }
    }

    @Test(arguments: WireKind.allCases)
    func startSucceedsWithDeadBoardsAndSaysWhich(_ kind: WireKind) async throws {
        let profiles = try [Profiles.flashWithInputs, Profiles.flashWithInputs, Profiles.flash]
        let harness = try BusHarness(kind, profiles)
        harness.slave.script { $0.unit == 2 ? .silence(acts: false) : .answer }
        try await harness.run { reports in
            #expect(reports.map(\.isUp) == [true, false, true])
            #expect(reports[1].reason == "no answer")
            #expect(harness.readings("a", 1) == [.closed])
            #expect(harness.readings("b", 1) == [.unknown])
            #expect(harness.readings("c", 1) == [.unknown])
            #expect(await harness.pulse("a").isActuated)
            #expect(await harness.pulse("c").isActuated)
            guard case .notActuated(.boardDown("no answer")) = await harness.pulse("b") else {
                Issue.record("pulsed a dead board")
                return
            }
        }
    }

    @Test func aBusWithoutItsPortStartsAndWaitsForIt() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash]) {
            $0.transport = .rtu(path: "/dev/serial/by-id/none", baud: 9600, parity: .none, stopBits: 1)
        }
        try await harness.run { reports in
            #expect(reports.first?.reason == "cannot open: no such device")
        }
    }

    @Test func aConfigurationThatCannotBeOpensNoPort() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash]) { $0.boards[0].unit = 0 }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("unit 0 would address every board") == true)
            guard case .notActuated(.notConfigured) = await harness.pulse() else {
                Issue.record("pulsed")
                return
            }
            #expect(harness.slave.requests.all.isEmpty)
        }
    }

    @Test func aTCPBoardInTransparentModeIsNamedAsSuch() async throws {
        let harness = try BusHarness(.network, [Profiles.flash]) { _ in
        } prepare: {
            $0.speakSerialOnly()
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("Modbus TCP protocol") == true, "\(reports)")
        }
    }

    @Test(arguments: WireKind.allCases)
    func shutdownFinishesThePulseAndLeavesEveryCoilOff(_ kind: WireKind) async throws {
        let harness = try BusHarness(kind, [Profiles.watchdog, Profiles.flash])
        _ = await harness.bus.start()
        #expect(await harness.pulse("a", 1, ms: 400).isActuated)
        harness.slave.requests.clear()
        let waiting = Task { await harness.pulse("a", 2, ms: 400) }
        await harness.bus.shutdown()
        let requests = harness.slave.requests.all
        let report = await waiting.value
        #expect(report == .notActuated(.busShutDown))
        let onTime = harness.slave.board(1) { $0.history.first?.milliseconds ?? 0 }
        #expect((395...1200).contains(onTime))
        for unit in [UInt8(1), 2] {
            #expect(Array(requests.filter { $0.unit == unit }.map(\.function).suffix(2)) == [0x0F, 0x01])
            #expect(harness.slave.board(unit) { $0.coils() }.allSatisfy { !$0 })
        }
        #expect(await harness.pulse("b") == .notActuated(.busShutDown))
        #expect(harness.slave.requests.all.count == requests.count)
        await harness.bus.shutdown()
        harness.slave.stop()
    }
}
