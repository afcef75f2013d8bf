import DeviceIO
import Logging
import ScriptedBoards
import Testing

@testable import LockBus

/// The driver and the bus against an independent slave.
@Suite(.serialized)
struct PymodbusTests {
    @Test func theLinkTalksToPymodbusOverTCP() async throws {
        let peer = try await PymodbusPeer(["tcp"])
        defer { peer.stop() }
        try exercise(.tcp(host: "127.0.0.1", port: peer.port))
    }

    @Test func theLinkTalksToPymodbusOverASerialLine() async throws {
        let wire = try PtyPair()
        defer { wire.cut() }
        let peer = try await PymodbusPeer(["rtu", wire.right])
        defer { peer.stop() }
        try exercise(.rtu(path: wire.left, baud: 19200, parity: .none, stopBits: 1))
        #expect(peer.received.contains { $0.contains("01050003ff007c3a") })
    }

    @Test func theBusServesDoorsOfPymodbusBoardsOverTCP() async throws {
        let peer = try await PymodbusPeer(["tcp"])
        defer { peer.stop() }
        try await serve(.tcp(host: "127.0.0.1", port: peer.port))
    }

    @Test func theBusServesDoorsOfPymodbusBoardsOverASerialLine() async throws {
        let wire = try PtyPair()
        defer { wire.cut() }
        let peer = try await PymodbusPeer(["rtu", wire.right])
        defer { peer.stop() }
        try await serve(.rtu(path: wire.left, baud: 19200, parity: .none, stopBits: 1))
    }

    /// Boards that need no vendor's code: pymodbus is such a board.
    @Test(arguments: [
        "generic-coil-8ch", "moxa-iologik-e1211", "moxa-iologik-e1214", "wellpro-wp8025adam", "icpdas-tm-r5",
    ])
    func theBusServesDoorsOfPymodbusWithAProfileOfStandardFunctions(_ name: String) async throws {
        let profile = try Profiles.load(name)
        if profile.line?.isNetwork == true {
            let peer = try await PymodbusPeer(["tcp"])
            defer { peer.stop() }
            try await serve(.tcp(host: "127.0.0.1", port: peer.port), profile)
        } else {
            let wire = try PtyPair()
            defer { wire.cut() }
            let peer = try await PymodbusPeer(["rtu", wire.right])
            defer { peer.stop() }
            try await serve(.rtu(path: wire.left, baud: 19200, parity: .none, stopBits: 1), profile)
        }
    }

    /// Every function that the driver uses, answered by somebody else's code.
    private func exercise(_ transport: ModbusTransport) throws {
        var link = try ModbusLink(transport: transport, timing: ModbusTiming(responseMs: 1000, byteMs: 200))
        let unit = try #require(ModbusUnit(1))
        try link.write(.clearCoils(address: 0, count: 16), to: unit)
        try link.write(.switchCoil(address: 3, on: true), to: unit)
        var coils = try link.readBits(.readCoils(address: 0, count: 16), from: unit)
        #expect(coils.indices.filter { coils[$0] } == [3])
        try link.write(.switchCoil(address: 3, on: false), to: unit)
        coils = try link.readBits(.readCoils(address: 0, count: 16), from: unit)
        #expect(!coils.contains(true))
        let inputs = try link.readBits(.readInputs(address: 0, count: 16), from: unit)
        #expect(inputs.indices.filter { inputs[$0] } == [1, 15])
        try link.write(.writeRegister(address: 2, value: 0xBEEF), to: unit)
        var registers = try link.readRegisters(.readRegisters(address: 1, count: 2), from: unit)
        #expect(registers == [0, 0xBEEF])
        try link.write(
            .delayRegister(address: 1, seconds: FlashTicks(milliseconds: 1000, unitMs: 1000)),
            to: unit
        )
        try link.write(.clearRegisters(address: 4, count: 8, code: .cancel), to: unit)
        let ticks = FlashTicks(milliseconds: 700, unitMs: 100)
        try link.write(.flashBlock(address: 13, ticks: ticks), to: unit)
        registers = try link.readRegisters(.readRegisters(address: 0, count: 16), from: unit)
        #expect(registers[1] == 0x0601 && registers[4...11].allSatisfy { $0 == 0x0600 })
        #expect(registers[12...15] == [0, 4, 7, 0])
        var refusal: ModbusFailure?
        do throws(ModbusFailure) {
            try link.write(.switchCoil(address: 200, on: true), to: unit)
        } catch {
            refusal = error
        }
        #expect(refusal == ModbusFailure(.exception(2), wasSent: true))
        try link.write(.switchCoil(address: 15, on: true), to: try #require(ModbusUnit(2)))
    }

    private func serve(_ transport: BusTransport, _ other: BoardProfile? = nil) async throws {
        let profile = try other ?? Profiles.watchdog
        let boards = (1...2).map { number in
            let name = BoardName(rawValue: number == 1 ? "a" : "b")
            let doors = (1...profile.channels).map { channel in
                let sensor = SensorWiring(board: name, input: channel, openIs: .on)
                let lock: LockKind = profile.timing == .unguarded ? .motor : .solenoid
                return DoorWiring(
                    channel: channel,
                    sensor: profile.inputs > 0 ? sensor : nil,
                    pulseMs: 200,
                    lock: lock
                )
            }
            return BoardConfiguration(name: name, profile: profile, unit: UInt8(number), doors: doors)
        }
        let configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: transport,
            responseTimeoutMs: 500,
            byteTimeoutMs: 100,
            boards: boards
        )
        let events = Recorder<LockBusEvent>()
        let bus = LockBus(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) {
            events.append($0)
        }
        let reports = await bus.start()
        #expect(reports.allSatisfy { $0.state == .up }, "\(reports)")
        #expect(BusHarness.readings(events.all, "a", 2) == [profile.inputs > 0 ? .open : .unknown])
        #expect(BusHarness.readings(events.all, "b", 1) == [profile.inputs > 0 ? .closed : .unknown])
        for board in ["a", "b"] {
            let request = PulseRequest(
                id: "o",
                door: BusHarness.door(board, min(7, profile.channels)),
                durationMs: 200,
                notAfter: BootTime.now().advanced(byMilliseconds: 5000)
            )
            #expect(await bus.pulse(request).isActuated)
        }
        await bus.shutdown()
        let after = await bus.reports()
        #expect(after.allSatisfy { $0.counters.timeouts == 0 && $0.counters.wrongEchoes == 0 }, "\(after)")
        #expect(!events.all.contains { if case .coilStuckOn = $0 { true } else { false } })
    }
}
