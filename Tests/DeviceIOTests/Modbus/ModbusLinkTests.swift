import Glibc
import ScriptedBoards
import Testing

@testable import DeviceIO

@Suite(.serialized)
struct ModbusLinkTests {
    /// Vectors from the vendor's documentation, with their checksums.
    @Test func framesOnTheWireAreTheVendorsToTheByte() throws {
        let harness = try LinkHarness(.serial)
        let flash0 = ModbusRequest.flashCoil(
            address: 0x0200,
            ticks: FlashTicks(milliseconds: 700, unitMs: 100)
        )
        let flash1 = ModbusRequest.flashCoil(
            address: 0x0201,
            ticks: FlashTicks(milliseconds: 800, unitMs: 100)
        )
        try #expect(harness.write(flash0) == nil)
        try #expect(harness.write(flash1) == nil)
        try #expect(harness.write(coil3On) == nil)
        try #expect(harness.write(.clearCoils(address: 0, count: 8)) == nil)
        let frames = harness.slave.requests.all.map(\.frame)
        #expect(
            frames == [
                [0x01, 0x05, 0x02, 0x00, 0x00, 0x07, 0x8D, 0xB0],
                [0x01, 0x05, 0x02, 0x01, 0x00, 0x08, 0x9C, 0x74],
                [0x01, 0x05, 0x00, 0x03, 0xFF, 0x00, 0x7C, 0x3A],
                [0x01, 0x0F, 0x00, 0x00, 0x00, 0x08, 0x01, 0x00, 0xFE, 0x95],
            ]
        )
    }

    @Test func framesOnTCPCarryTheSameBytesAfterTheirHead() throws {
        let harness = try LinkHarness(.network)
        let flash = ModbusRequest.flashCoil(
            address: 0x0200,
            ticks: FlashTicks(milliseconds: 700, unitMs: 100)
        )
        try #expect(harness.write(flash) == nil)
        #expect(harness.slave.requests.all.map(\.frame) == [[0, 0, 0, 0, 0, 6, 1, 5, 2, 0, 0, 7]])
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func coilsInputsAndRegistersAreReadBack(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind)
        harness.slave.board(1) { $0.inputs[0] = true }
        harness.slave.board(1) { $0.inputs[9] = true }
        let inputs = try harness.readInputs().get()
        #expect(inputs.indices.filter { inputs[$0] } == [0, 9])
        try #expect(harness.write(coil3On) == nil)
        let coils = try harness.link.readBits(.readCoils(address: 0, count: 10), from: LinkHarness.unit(1))
        #expect(coils.count == 10)
        #expect(coils.indices.filter { coils[$0] } == [3])
        try #expect(harness.write(.writeRegister(address: 1, value: 0x1234)) == nil)
        let registers = try harness.link.readRegisters(
            .readRegisters(address: 0, count: 2),
            from: LinkHarness.unit(1)
        )
        #expect(registers == [7, 0x1234])
        #expect(harness.opens == 1)
    }

    @Test func aRequestThatIsTooOldIsNotSent() throws {
        let harness = try LinkHarness(.serial)
        let past = BootTime(nanoseconds: BootTime.now().nanoseconds - 1)
        try #expect(harness.write(coil3On, notAfter: past) == ModbusFailure(.expired, wasSent: false))
        #expect(harness.slave.requests.all.isEmpty)
    }

    @Test func theAgeIsJudgedAfterTheWaitForAQuietLine() throws {
        let harness = try LinkHarness(.serial, responseMs: 100)
        harness.slave.script { _ in .badCRC(acts: false) }
        try #expect(harness.write(coil3On) == sent(.crc))
        let soon = BootTime.now().advanced(byMilliseconds: 30)
        try #expect(harness.write(coil5On, notAfter: soon) == ModbusFailure(.expired, wasSent: false))
        #expect(harness.slave.requests.all.count == 1)
    }

    @Test func framesOnASerialLineKeepTheirDistance() throws {
        let harness = try LinkHarness(.serial, baud: 9600)
        for _ in 0..<5 { try #expect(harness.write(coil3On) == nil) }
        let times = harness.slave.requests.all.map(\.at.nanoseconds)
        for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier >= 3_900_000) }
    }

    @Test func aPortHasOneOwner() throws {
        let harness = try LinkHarness(.serial)
        try harness.link.open()
        var second = try ModbusLink(transport: harness.link.transport, timing: harness.link.timing)
        #expect(throws: ModbusError.portBusy) { try second.open() }
        harness.link.close()
        #expect(throws: Never.self) { try second.open() }
    }

    @Test func aMissingPortAndARefusedConnectionSayWhy() throws {
        let timing = ModbusTiming(responseMs: 50, byteMs: 20)
        var tty = try ModbusLink(
            transport: .rtu(path: "/dev/serial/by-id/none", baud: 9600, parity: .none, stopBits: 1),
            timing: timing
        )
        #expect(throws: ModbusError.cannotOpen(errno: ENOENT)) { try tty.open() }
        let slave = try ScriptedSlave.network([:])
        slave.stop()
        var socket = try ModbusLink(transport: .tcp(host: "localhost", port: slave.port), timing: timing)
        #expect(throws: ModbusError.cannotOpen(errno: ECONNREFUSED)) { try socket.open() }
    }

    @Test func aHostMayBeAName() throws {
        let slave = try ScriptedSlave.network([1: SimulatedBoard(coils: 8, inputs: 0)])
        defer { slave.stop() }
        var link = try ModbusLink(
            transport: .tcp(host: "localhost", port: slave.port),
            timing: ModbusTiming(responseMs: 200, byteMs: 50)
        )
        try link.write(coil3On, to: LinkHarness.unit(1))
    }

    @Test func speedsThatLibmodbusWouldReplaceAreRefused() {
        for baud in [0, 300, 9601, 14400, 250_000] {
            #expect(throws: ModbusError.unsupportedBaud(baud)) {
                _ = try ModbusLink(
                    transport: .rtu(path: "/dev/null", baud: baud, parity: .none, stopBits: 1),
                    timing: ModbusTiming(responseMs: 50, byteMs: 20)
                )
            }
        }
    }

    @Test func addressesThatCannotBeAreRefused() {
        let transports: [ModbusTransport] = [
            .tcp(host: "", port: 502), .tcp(host: "board", port: 0), .tcp(host: "board", port: 70000),
            .rtu(path: "", baud: 9600, parity: .none, stopBits: 1),
            .rtu(path: "/dev/null", baud: 9600, parity: .none, stopBits: 3),
        ]
        for transport in transports {
            #expect(throws: ModbusError.badAddress) {
                _ = try ModbusLink(transport: transport, timing: ModbusTiming(responseMs: 50, byteMs: 20))
            }
        }
    }

    @Test(arguments: LinkHarness.WireKind.allCases)
    func descriptorsThatSelectCannotTakeAreRefused(_ kind: LinkHarness.WireKind) throws {
        let harness = try LinkHarness(kind, descriptorLimit: 3)
        let failure = try harness.write(coil3On)
        #expect(failure?.wasSent == false)
        guard case .descriptorTooLarge? = failure?.cause else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(harness.slave.requests.all.isEmpty)
    }

    @Test func socketsAreTunedForSmallFramesAndDeadPeers() throws {
        let harness = try LinkHarness(.network)
        try harness.link.open()
        func option(_ level: Int32, _ name: Int32) -> Int32 {
            var (value, size): (Int32, socklen_t) = (0, 4)
            getsockopt(harness.link.descriptor, level, name, &value, &size)
            return value
        }
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
        #expect(option(Int32(IPPROTO_TCP), TCP_USER_TIMEOUT) == 5000)
    }

    @Test func broadcastToggleAndAllOnCannotBeExpressed() {
        #expect(ModbusUnit(0) == nil)
        #expect(ModbusUnit(248) == nil)
        #expect(ModbusUnit(247)?.rawValue == 247)
        #expect(ModbusUnit(255)?.rawValue == 255)
        for milliseconds in [Int.min, -1, 0, 1, 500, 2_176_000, 6_528_000, Int.max] {
            let ticks = FlashTicks(milliseconds: milliseconds, unitMs: 100).rawValue
            #expect((1...600).contains(ticks))
        }
    }

    @Test func ticksLastAtLeastAsLongAsAskedFor() {
        #expect(FlashTicks(milliseconds: 700, unitMs: 100).rawValue == 7)
        #expect(FlashTicks(milliseconds: 701, unitMs: 100).rawValue == 8)
        #expect(FlashTicks(milliseconds: 1, unitMs: 100).rawValue == 1)
    }
}
