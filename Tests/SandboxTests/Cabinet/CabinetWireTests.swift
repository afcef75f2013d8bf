import DeviceIO
import Foundation
import Sandbox
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct CabinetWireTests {
    @Test(arguments: Wire.allCases)
    func aFlashOpensTheDoorAndTheBoardEndsThePulse(wire: Wire) async throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare)
        #expect(try master.inputs(8) == [Bool](repeating: true, count: 8))
        let before = BootTime.now()
        try master.flash(coil: 2, tenths: 3, unit: CabinetBench.waveshare)
        let after = BootTime.now()
        #expect(bench.door("A3")?.position == .open)
        #expect(try master.inputs(8)[2] == false)
        let ended = await bench.cabinet.waitUntil { $0[door: "A3"]?.isCoilOn == false }
        #expect(ended?[door: "A3"]?.longestOnMs == 300)
        let pulse = try #require(bench.cabinet.pulses().first)
        #expect(pulse.door == "A3")
        #expect(pulse.cause == .flash)
        #expect(pulse.end == .timer)
        #expect(pulse.durationMs == 300)
        #expect(before.nanoseconds <= pulse.firstByteAt)
        #expect(pulse.firstByteAt <= pulse.startedAt)
        #expect(pulse.startedAt <= after.nanoseconds)
        #expect(bench.cabinet.close("A3"))
        #expect(try master.inputs(8)[2] == true)
        #expect(bench.door("A3")?.latch == .locked)
    }

    @Test(arguments: Wire.allCases)
    func aCoilIsOnUntilItIsWrittenOff(wire: Wire) async throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.coilBoard)
        try master.write(coil: 15, true)
        #expect(try master.coils(16)[15])
        #expect(try master.inputs(16)[15])
        try master.write(coil: 15, false)
        #expect(try master.coils(16) == [Bool](repeating: false, count: 16))
        let pulse = try #require(bench.cabinet.pulses().first)
        #expect(pulse.door == "B16")
        #expect(pulse.cause == .coil)
        #expect(pulse.end == .coil)
        #expect(bench.cabinet.snapshot()[board: "right"]?.requests == 5)
    }

    @Test(arguments: Wire.allCases)
    func theWatchdogDropsTheCoilOfAMasterThatFellSilent(wire: Wire) async throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.coilBoard)
        #expect(try master.register(0x0000) == 0)
        try master.write(register: 0x0000, 3)
        #expect(try master.register(0x0000) == 3)
        try master.writeMany(register: 0x0000, [2])
        try master.write(coil: 0, true)
        let dropped = await bench.cabinet.waitUntil { $0[board: "right"]?.watchdogDrops == 1 }
        #expect(dropped?[door: "B1"]?.isCoilOn == false)
        #expect(bench.cabinet.pulses().first?.end == .watchdog)
        #expect(bench.cabinet.pulses().first?.durationMs == 200)
        #expect(try master.coils(16)[0] == false)
    }

    @Test(arguments: Wire.allCases)
    func manyCoilsAreWrittenAtOnceAndAllAreSwitchedByTheVendorsCode(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare)
        try master.write(coils: [true, false, true, false, false, false, false, false])
        #expect(bench.cabinet.snapshot()[board: "left"]?.coilsOn == [1, 3])
        #expect(try master.raw([5, 0, 0xFF, 0xFF, 0], unit: 1) == [5, 0, 0xFF, 0xFF, 0])
        #expect(bench.cabinet.snapshot()[board: "left"]?.coilsOn == Array(1...8))
        #expect(try master.raw([5, 0, 0xFF, 0, 0], unit: 1) == [5, 0, 0xFF, 0, 0])
        #expect(bench.cabinet.snapshot()[board: "left"]?.coilsOn == [])
        #expect(bench.cabinet.pulses().count == 10)
    }

    @Test(arguments: Wire.allCases)
    func theWaveshareTellsItsAddressVersionAndModes(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare)
        #expect(try master.register(0x4000) == 1)
        #expect(try master.register(0x8000) == 200)
        #expect(try master.register(0x1007) == 0)
        try master.write(register: 0x4000, 9)
        master.address(9)
        #expect(try master.register(0x4000) == 9)
    }

    @Test(arguments: Wire.allCases)
    func whatABoardDoesNotHaveIsAnException(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: CabinetBench.waveshare)
        #expect(throws: ModbusMaster.Failure.exception(2)) { try master.write(coil: 8, true) }
        #expect(throws: ModbusMaster.Failure.exception(2)) { try master.coils(9) }
        #expect(throws: ModbusMaster.Failure.exception(2)) { try master.register(0x3000) }
        #expect(try master.raw([5, 2, 0, 0, 0], unit: 1) == [0x85, 3])
        #expect(try master.raw([5, 2, 0, 0x80, 0], unit: 1) == [0x85, 3])
        #expect(try master.raw([5, 0, 0, 0x55, 0], unit: 1) == [0x85, 3])
        #expect(try master.raw([0x41, 0, 0, 0, 0], unit: 1) == [0xC1, 1])
        master.address(CabinetBench.coilBoard)
        #expect(throws: ModbusMaster.Failure.exception(2)) { try master.write(coil: 16, true) }
        #expect(try master.raw([5, 2, 0, 0, 7], unit: 2) == [0x85, 2])
        #expect(bench.cabinet.pulses().isEmpty)
    }

    @Test(arguments: Wire.allCases)
    func anAbsentUnitIsSilentAndTheOthersAnswer(wire: Wire) throws {
        let bench = try CabinetBench(wire)
        let master = try bench.master(unit: 7, timeoutMs: 100)
        for _ in 0..<3 {
            #expect(throws: ModbusMaster.Failure.timeout) { try master.write(coil: 0, true) }
        }
        master.setTimeout(5000)
        master.address(CabinetBench.waveshare)
        #expect(try master.coils(8) == [Bool](repeating: false, count: 8))
    }

    @Test func aBroadcastIsDoneByAllAndAnsweredByNone() async throws {
        let bench = try CabinetBench(.rtu)
        let master = try bench.master(unit: 0, timeoutMs: 50)
        #expect(throws: ModbusMaster.Failure.timeout) { try master.write(coil: 0, true) }
        let both = await bench.cabinet.waitUntil { snapshot in
            snapshot.boards.allSatisfy { $0.coilsOn == [1] }
        }
        #expect(both != nil)
        #expect(bench.cabinet.pulses().map(\.door) == ["A1", "B1"])
    }

    @Test func aStuckLatchAForcedDoorAndACutSensorShowOnTheWire() async throws {
        let bench = try CabinetBench(.tcp)
        let master = try bench.master(unit: CabinetBench.waveshare)
        #expect(bench.cabinet.setStuck(true, door: "A1"))
        try master.flash(coil: 0, tenths: 1, unit: CabinetBench.waveshare)
        #expect(try master.inputs(8)[0] == true)
        #expect(bench.door("A1")?.pulses == 1)
        #expect(!bench.cabinet.pull("A1"))
        #expect(bench.cabinet.force("A1"))
        #expect(try master.inputs(8)[0] == false)
        #expect(bench.cabinet.setSensor(.cutClosed, door: "A1"))
        #expect(try master.inputs(8)[0] == true)
        #expect(bench.door("A1")?.position == .open)
        #expect(bench.door("A1")?.sensorReads == .closed)
        #expect(bench.cabinet.setSensor(.cutOpen, door: "A2"))
        #expect(try master.inputs(8)[1] == false)
        #expect(bench.cabinet.setStuck(false, door: "A1"))
        #expect(await bench.cabinet.waitUntil { $0[door: "A1"]?.isCoilOn == false } != nil)
        #expect(bench.cabinet.close("A1"))
        try master.flash(coil: 0, tenths: 1, unit: CabinetBench.waveshare)
        #expect(bench.door("A1")?.position == .open)
    }

    @Test func unknownNamesDoNothing() throws {
        let bench = try CabinetBench(.tcp)
        #expect(!bench.cabinet.force("Z9"))
        #expect(!bench.cabinet.setDead(true, board: "nowhere"))
        #expect(bench.cabinet.endpoint(of: "nowhere") == nil)
        #expect(bench.cabinet.snapshot()[door: "Z9"] == nil)
    }

    @Test func changesAreToldTogetherAndTheLastOneAlways() async throws {
        let calls = Mutex(0)
        let (told, continuation) = AsyncStream.makeStream(of: Void.self)
        let bench = try CabinetBench(.tcp) {
            calls.withLock { $0 += 1 }
            continuation.yield()
        }
        let began = BootTime.now()
        for _ in 0..<1000 {
            bench.cabinet.force("A1")
            bench.cabinet.close("A1")
        }
        bench.cabinet.force("A2")
        for await _ in told where bench.door("A2")?.position == .open { break }
        let windows = Int(BootTime.now().milliseconds(since: began)) / 20 + 2
        #expect(calls.withLock { $0 } <= windows)
        #expect(await bench.cabinet.waitUntil { $0[door: "A2"]?.position == .open } != nil)
    }

    @Test func theSnapshotTravelsAsJSON() throws {
        let bench = try CabinetBench(.rtu)
        bench.cabinet.setFault(SandboxReplyFault(.late(milliseconds: 5), times: 3), board: "left")
        let snapshot = bench.cabinet.snapshot()
        let json = try JSONEncoder().encode(snapshot)
        #expect(try JSONDecoder().decode(SandboxCabinetSnapshot.self, from: json) == snapshot)
    }
}
