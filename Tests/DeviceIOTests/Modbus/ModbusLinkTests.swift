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

    /// Vectors that vendors and owners publish for boards with other codes, with their checksums.
    @Test func vendorsCodesAreTheVendorsToTheByte() throws {
        let second = FlashTicks(milliseconds: 10_000, unitMs: 1000)
        let flash = FlashTicks(milliseconds: 2000, unitMs: 100)
        let cases: [(ModbusRequest, UInt8, [UInt8])] = [
            // eletechsup: delay 10 s; close; all off.
            (.delayRegister(address: 1, seconds: second), 1, [1, 6, 0, 1, 6, 0x0A, 0x5B, 0xAD]),
            (.clearRegister(address: 1, code: .open), 1, [1, 6, 0, 1, 2, 0, 0xD9, 0x6A]),
            (.clearRegister(address: 0, code: .openAll), 1, [1, 6, 0, 0, 8, 0, 0x8E, 0x0A]),
            // LC Technology: channel 1 on for 2 s.
            (
                .flashBlock(address: 3, ticks: flash), 255,
                [0xFF, 0x10, 0, 3, 0, 2, 4, 0, 4, 0, 0x14, 0xC5, 0x9F]
            ),
        ]
        for (request, unit, frame) in cases {
            var bytes = [UInt8](repeating: 0, count: ModbusRequest.maximumLength)
            let length = try request.encode(unit: LinkHarness.unit(unit), into: &bytes)
            #expect(sealed(Array(bytes.prefix(length))) == frame)
        }
    }

    /// A time of seconds never spills into the code beside it: 0x0700 would switch every relay on.
    @Test func aLongTimeStaysATime() throws {
        for milliseconds in [0, 1000, 255_000, 256_000, 600_000, Int.max] {
            let ticks = FlashTicks(milliseconds: milliseconds, unitMs: 1000)
            var bytes = [UInt8](repeating: 0, count: ModbusRequest.maximumLength)
            let request = ModbusRequest.delayRegister(address: 1, seconds: ticks)
            let length = try request.encode(unit: LinkHarness.unit(1), into: &bytes)
            #expect(length == 6 && bytes[4] == 6 && bytes[5] > 0)
        }
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

    /// libmodbus opens a tty without TIOCEXCL (measured); the link sets it. Root may open it all the same, so the
    /// flag itself is read.
    @Test func theTTYIsClosedToOthersWhileALinkHasIt() throws {
        let harness = try LinkHarness(.serial)
        let other = Glibc.open(harness.slave.path, O_RDWR | O_NOCTTY | O_CLOEXEC)
        defer { Glibc.close(other) }
        var isExclusive: Int32 = -1
        // TIOCGEXCL (tty_ioctl(4)).
        #expect(ioctl(other, 0x8004_5440, &isExclusive) == 0 && isExclusive == 0)
        try harness.link.open()
        #expect(ioctl(other, 0x8004_5440, &isExclusive) == 0 && isExclusive != 0)
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

    /// Not with a limit of the test's own: with a thousand descriptors, in a process of its own. libmodbus 3.1.6
    /// would write beyond its set of descriptors and the C library would abort.
    @Test func theThousandAndTwentyFourthDescriptorIsRefusedAndNotUsed() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let slave = try ScriptedSlave.network([1: SimulatedBoard(coils: 8, inputs: 0)])
            var limit = rlimit(rlim_cur: 4096, rlim_max: 4096)
            setrlimit(__rlimit_resource_t(7), &limit)
            var last: Int32 = 0
            while last >= 0, last < 1100 { last = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC) }
            var link = try ModbusLink(
                transport: .tcp(host: "127.0.0.1", port: slave.port),
                timing: ModbusTiming(responseMs: 100, byteMs: 30)
            )
            do throws(ModbusError) {
                try link.open()
            } catch {
                if case .descriptorTooLarge(let number) = error, number >= 1024, last >= 1100 { exit(42) }
            }
            exit(1)
        }
    }

    /// A host that drops packets: the listener's queue is full, so it answers no more connections.
    @Test func aConnectionThatNobodyAnswersEndsAtItsTime() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { Glibc.close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        var waiting: [Int32] = []
        defer { for descriptor in waiting { Glibc.close(descriptor) } }
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { plain in
                bind(listener, plain, size)
                listen(listener, 0)
                getsockname(listener, plain, &size)
                for _ in 0..<4 {
                    let descriptor = socket(
                        AF_INET,
                        Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
                        0
                    )
                    _ = connect(descriptor, plain, size)
                    waiting.append(descriptor)
                }
            }
        }
        var link = try ModbusLink(
            transport: .tcp(host: "127.0.0.1", port: Int(UInt16(bigEndian: address.sin_port))),
            timing: ModbusTiming(responseMs: 100, byteMs: 30, connectMs: 300)
        )
        let start = BootTime.now()
        let error = #expect(throws: ModbusError.self) { try link.open() }
        #expect((250...2000).contains(BootTime.now().milliseconds(since: start)))
        #expect(error?.description == "cannot open: no connection in time")
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
