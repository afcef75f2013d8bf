import DeviceIO
import Foundation
import Glibc
import Sandbox
import Testing

@Suite(.timeLimit(.minutes(1))) struct CabinetFaultTests {
    @Test(arguments: Wire.allCases)
    func aDeadBoardIsSilentAndItsNeighbourAnswers(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare, timeoutMs: 100)
        bench.cabinet.setDead(true, board: "left")
        #expect(throws: ModbusMaster.Failure.timeout) { try master.write(coil: 0, true) }
        master.setTimeout(5000)
        master.address(CabinetBench.coilBoard)
        #expect(try master.coils(16).count == 16)
        bench.cabinet.setDead(false, board: "left")
        master.address(CabinetBench.waveshare)
        #expect(try master.coils(8)[0] == false)
        #expect(bench.cabinet.pulses().isEmpty)
    }

    /// A fault, what libmodbus 3.1.6 makes of it on a write of coil 1, and whether the coil went on.
    @Test(arguments: [
        (Wire.rtu, SandboxReplyFault.Kind.badCRC, ModbusMaster.Failure.badCRC as ModbusMaster.Failure?, true),
        (.tcp, .badCRC, .badData, true),
        (.rtu, .wrongUnit, .badUnit, true),
        (.rtu, .shortFrame, .timeout, true),
        (.tcp, .shortFrame, .timeout, true),
        (.rtu, .exception(code: 4), .exception(4), false),
        (.tcp, .exception(code: 6), .exception(6), false),
        (.rtu, .noReply, .timeout, true),
        (.tcp, .noReply, .timeout, true),
        (.rtu, .reset, .timeout, true),
        (.tcp, .reset, .reset, true),
    ])
    func theMasterSeesTheFaultAndTheNextReplyIsRight(
        wire: Wire,
        kind: SandboxReplyFault.Kind,
        seen: ModbusMaster.Failure?,
        isDone: Bool
    ) throws {
        let bench = try CabinetBench(wire)
        let isSilent = seen == .timeout
        let master = try bench.master(unit: CabinetBench.waveshare, timeoutMs: isSilent ? 100 : 5000)
        bench.cabinet.setFault(SandboxReplyFault(kind, times: 1), board: "left")
        let failure = #expect(throws: ModbusMaster.Failure.self) { try master.write(coil: 1, true) }
        #expect(failure == seen)
        #expect(bench.door("A2")?.isCoilOn == isDone)
        #expect(bench.cabinet.snapshot()[board: "left"]?.spoiledReplies == 1)
        #expect(bench.cabinet.snapshot()[board: "left"]?.fault == nil)
        let again = try bench.master(unit: CabinetBench.waveshare)
        again.flush()
        #expect(try again.coils(8)[1] == isDone)
    }

    /// libmodbus compares the echoed address from 3.1.8 on; the frame itself is looked at here.
    @Test(arguments: Wire.allCases)
    func aWrongEchoNamesTheNextCoilAndReadsAreNotTouched(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare)
        bench.cabinet.setFault(SandboxReplyFault(.wrongEchoAddress, times: 1), board: "left")
        #expect(try master.coils(8)[3] == false)
        #expect(try master.raw([5, 0, 3, 0xFF, 0], unit: 1) == [5, 0, 4, 0xFF, 0])
        #expect(try master.raw([5, 0, 3, 0, 0], unit: 1) == [5, 0, 3, 0, 0])
        #expect(bench.cabinet.pulses().map(\.door) == ["A4"])
    }

    @Test(arguments: Wire.allCases)
    func garbageBeforeTheReplyIsNoReply(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare, timeoutMs: 200)
        bench.cabinet.setFault(SandboxReplyFault(.leadingGarbage, times: 1), board: "left")
        #expect(throws: ModbusMaster.Failure.self) { try master.coils(8) }
        let again = try bench.master(unit: CabinetBench.waveshare)
        again.flush()
        #expect(try again.coils(8).count == 8)
    }

    @Test(arguments: Wire.allCases)
    func aLateReplyComesLate(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare, timeoutMs: 5000)
        bench.cabinet.setFault(SandboxReplyFault(.late(milliseconds: 150), times: 1), board: "left")
        let began = BootTime.now()
        #expect(try master.coils(8).count == 8)
        #expect(BootTime.now().milliseconds(since: began) >= 150)
    }

    /// What every driver for serial Modbus has to fear: the reply to the first question answers the second.
    @Test func aLateReplyIsTakenForTheNextOne() throws {
        let bench = try CabinetBench(.rtu)
        let master = try bench.master(unit: CabinetBench.coilBoard, timeoutMs: 50)
        bench.cabinet.force("B1")
        bench.cabinet.setFault(SandboxReplyFault(.late(milliseconds: 200), times: 1), board: "right")
        #expect(throws: ModbusMaster.Failure.timeout) { try master.inputs(16) }
        bench.cabinet.close("B1")
        bench.cabinet.setDead(true, board: "right")
        master.setTimeout(5000)
        #expect(try master.inputs(16)[0] == true)
        #expect(bench.door("B1")?.position == .closed)
    }

    @Test(arguments: [SandboxReplyFault.Scope.reads, .writes])
    func aFaultConcernsItsScopeOnly(scope: SandboxReplyFault.Scope) throws {
        let bench = try CabinetBench(.tcp)
        let master = try bench.master(unit: CabinetBench.waveshare)
        bench.cabinet.setFault(SandboxReplyFault(.exception(code: 4), scope: scope), board: "left")
        for _ in 0..<3 {
            let read = Result { try master.coils(8) }
            let write = Result { try master.write(coil: 0, false) }
            #expect(((try? read.get()) == nil) == (scope == .reads))
            #expect(((try? write.get()) == nil) == (scope == .writes))
        }
        bench.cabinet.setFault(nil, board: "left")
        #expect(try master.coils(8).count == 8)
        try master.write(coil: 0, false)
    }

    @Test func fourMastersAtOnceAreServedAndMoreOneAfterTheOther() async throws {
        let bench = try CabinetBench(.tcp)
        let masters = try (0..<4).map { _ in try bench.master(unit: CabinetBench.waveshare) }
        for (index, master) in masters.enumerated() { try master.write(coil: index, true) }
        for master in masters { #expect(try master.coils(8).prefix(4) == [true, true, true, true]) }
        #expect(bench.cabinet.snapshot()[bank: "bank"]?.connections == 4)
        for _ in 0..<200 { #expect(try bench.master(unit: CabinetBench.waveshare).coils(8).count == 8) }
        try masters[0].write(coil: 0, false)
        while (bench.cabinet.snapshot()[bank: "bank"]?.connections ?? 0) > 4 { await Task.yield() }
    }

    @Test func resetAndRefusedConnectionsComeBackAtTheSamePort() throws {
        let bench = try CabinetBench(.tcp)
        let master = try bench.master(unit: CabinetBench.waveshare)
        bench.cabinet.resetConnections(of: "bank")
        #expect(throws: ModbusMaster.Failure.self) { try master.coils(8) }
        bench.cabinet.setRefusing(true, bank: "bank")
        #expect(throws: ModbusMaster.Failure(code: ECONNREFUSED)) {
            try bench.master(unit: CabinetBench.waveshare)
        }
        #expect(bench.cabinet.snapshot()[bank: "bank"]?.isReachable == false)
        bench.cabinet.setRefusing(false, bank: "bank")
        #expect(try bench.master(unit: CabinetBench.waveshare).coils(8).count == 8)
    }

    @Test func anUnpluggedAdapterComesBackAtTheSamePath() throws {
        let bench = try CabinetBench(.rtu)
        let master = try bench.master(unit: CabinetBench.waveshare)
        #expect(try master.coils(8).count == 8)
        bench.cabinet.unplug("bank")
        #expect(throws: ModbusMaster.Failure.self) { try master.coils(8) }
        #expect(bench.cabinet.snapshot()[bank: "bank"]?.isReachable == false)
        try bench.cabinet.replug("bank")
        #expect(try bench.master(unit: CabinetBench.waveshare).coils(8).count == 8)
    }

    @Test func aBadLineIsNoisyInTheDirectionThatIsBad() throws {
        let bench = try CabinetBench(.rtu)
        let master = try bench.master(unit: CabinetBench.waveshare, timeoutMs: 100)
        bench.cabinet.setLine(toStation: SandboxLine(dropPerMille: 1000), toDevice: .perfect, bank: "bank")
        #expect(throws: ModbusMaster.Failure.timeout) { try master.write(coil: 0, true) }
        #expect(bench.door("A1")?.isCoilOn == true)
        bench.cabinet.setLine(toStation: .perfect, toDevice: SandboxLine(corruptPerMille: 1000), bank: "bank")
        #expect(throws: ModbusMaster.Failure.timeout) { try master.write(coil: 1, true) }
        #expect(bench.door("A2")?.isCoilOn == false)
        #expect((bench.cabinet.snapshot()[bank: "bank"]?.badFrames ?? 0) >= 1)
        bench.cabinet.setLine(
            toStation: SandboxLine(baud: 19_200),
            toDevice: SandboxLine(baud: 19_200),
            bank: "bank"
        )
        master.setTimeout(5000)
        let began = BootTime.now()
        // 8 bytes there, 6 back, 10 bits each: 7.3 ms at 19200 baud.
        #expect(try master.coils(8)[0] == true)
        #expect(BootTime.now().milliseconds(since: began) >= 7)
    }

    /// mbpoll is a program of its own; it is killed in the middle of its work, as a station may be.
    @Test(arguments: Wire.allCases)
    func theCabinetOutlivesAKilledMaster(wire: Wire) async throws {
        try #require(
            FileManager.default.isExecutableFile(atPath: "/usr/bin/mbpoll"),
            "mbpoll is missing: run ./hardware/setup --tests"
        )
        let bench = try CabinetBench(wire)
        for round in 1...3 {
            let before = bench.cabinet.snapshot()[board: "left"]?.requests ?? 0
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/mbpoll")
            let target =
                switch bench.endpoint {
                case .tcp(let host, let port): ["-m", "tcp", "-p", "\(port)", host]
                case .rtu(let path): ["-m", "rtu", "-b", "9600", "-P", "none", path]
                }
            process.arguments =
                ["-a", "1", "-t", "0", "-0", "-r", "0", "-c", "8", "-l", "100", "-o", "2"] + target
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            while (bench.cabinet.snapshot()[board: "left"]?.requests ?? 0) == before { await Task.yield() }
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            let master = try bench.master(unit: CabinetBench.waveshare)
            master.flush()
            try master.flash(coil: UInt8(round), tenths: 1, unit: CabinetBench.waveshare)
        }
        #expect(bench.cabinet.pulses().map(\.door) == ["A2", "A3", "A4"])
    }
}
