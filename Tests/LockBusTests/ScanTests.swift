import DeviceIO
import ScriptedBoards
import Synchronization
import Testing

@testable import LockBus

/// Looking for boards on a line, at the far end of the wire.
@Suite(.serialized)
struct ScanTests {
    private func scan(
        _ slave: ScriptedSlave,
        units: [UInt8],
        settings: [LineSettings] = [LineSettings(baud: 19200)],
        isThorough: Bool = false
    ) throws -> ScanResult {
        let target: ScanPlan.Target =
            slave.path.isEmpty
            ? .network(host: "127.0.0.1", port: slave.port) : .serial(path: slave.path)
        let plan = ScanPlan(
            target: target,
            settings: settings,
            units: units,
            answerMs: 40,
            isThorough: isThorough
        )
        return try BusScan(plan: plan, profiles: BoardProfile.Catalogue(directory: Profiles.directory)).run()
    }

    private func profiles(_ finding: ScanFinding?) -> [String] {
        switch finding?.kind {
        case .board(let names), .everyAddress(let names): names
        case .collision, nil: []
        }
    }

    /// Reading is all that it did.
    private func expectOnlyReads(_ slave: ScriptedSlave) {
        let writes = slave.requests.all.filter { $0.function > 4 }
        #expect(writes.isEmpty, "a scan wrote: \(writes.map(\.pdu))")
        #expect(!slave.requests.all.isEmpty)
    }

    @Test func twoBoardsAreFoundAndNamedAndNothingIsWritten() throws {
        var second = try #require(VendorBoards.board(for: "waveshare-modbus-rtu-relay-8ch"))
        second.registers[0x4000] = 5
        let slave = try ScriptedSlave.serial([
            1: try #require(VendorBoards.board(for: "waveshare-modbus-rtu-relay-d-8ch")), 5: second,
        ])
        defer { slave.stop() }
        let result = try scan(slave, units: Array(1...8))
        #expect(result.findings.map(\.unit) == [1, 5])
        #expect(profiles(result.findings.first) == ["waveshare-modbus-rtu-relay-d-8ch"])
        #expect(profiles(result.findings.last) == ["waveshare-modbus-rtu-relay-8ch"])
        #expect(result.asked > 8, "boards with protocols of their own were not asked for")
        expectOnlyReads(slave)
    }

    @Test(arguments: [
        "waveshare-modbus-rtu-relay-16ch", "waveshare-modbus-rtu-relay-32ch", "eletechsup-ryn408f",
        "eletechsup-r421a08", "lctech-lc-modbus-8r-d7", "icpdas-m-7002", "generic-coil-16ch-watchdog",
    ])
    func aBoardsOwnProfileIsAmongThoseThatFit(_ name: String) throws {
        let slave = try ScriptedSlave.serial([1: try #require(VendorBoards.board(for: name))])
        defer { slave.stop() }
        let found = profiles(try scan(slave, units: [1], isThorough: true).findings.first)
        #expect(found.contains(name), "it says \(found)")
        #expect(found.count <= 3, "that names nothing: \(found)")
        expectOnlyReads(slave)
    }

    @Test(arguments: [
        ("kerong-cu48", UInt8(2), 19200), ("kerong-cu16", 3, 19200), ("lockboard-8a-12", 4, 9600),
        ("lockboard-8a-24", 5, 9600),
    ])
    func aBoardWithAProtocolOfItsOwnIsFoundAndNothingIsUnlocked(_ name: String, unit: UInt8, baud: Int) throws
    {
        let profile = try Profiles.load(name)
        let dialect: ScriptedLockLine.Dialect =
            switch profile.serialMap?.dialect {
            case .kerongCU48: .cu48
            case .kerongCU16: .cu16
            case .lockBoard8A, nil: .board8A(statusBytes: profile.serialMap?.statusBytes ?? 0)
            }
        let line = try ScriptedLockLine(dialect, [unit: ScriptedLockLine.Board(locks: profile.channels)])
        defer { line.stop() }
        let plan = ScanPlan(
            target: .serial(path: line.path),
            settings: [LineSettings(baud: baud)],
            units: Array(1...6),
            answerMs: 60
        )
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        let result = try BusScan(plan: plan, profiles: catalogue).run()
        #expect(result.findings.map(\.unit) == [unit])
        #expect(profiles(result.findings.first).contains(name))
        #expect(line.requests.all.allSatisfy { $0.unlocks == nil }, "a lock was opened")
        #expect(!line.requests.all.isEmpty)
    }

    @Test func twoBoardsOnOneAddressGarbleEachOtherAndAreNamed() throws {
        let board = SimulatedBoard(coils: 8, inputs: 8)
        let slave = try ScriptedSlave.serial([1: board, 2: board, 3: board])
        defer { slave.stop() }
        let count = Mutex(0)
        slave.script { request in
            guard request.unit == 2 else { return .answer }
            // Two drivers on one line: now one wins, now the sum is wrong, now both are heard one after another.
            switch count.withLock({ count in
                count += 1
                return count % 3
            }) {
            case 0: return .answer
            case 1: return .badCRC(acts: false)
            default: return .answerThen([2, 0x83, 2, 0x61, 0x31])
            }
        }
        let result = try scan(slave, units: [1, 2, 3, 4])
        #expect(result.findings.map(\.unit) == [1, 2, 3])
        #expect(result.findings.map(\.isTrouble) == [false, true, false])
        expectOnlyReads(slave)
    }

    @Test func aLineThatOnlyAnswersRubbishIsNotAListOfCollisions() throws {
        let board = SimulatedBoard(coils: 8, inputs: 8)
        let slave = try ScriptedSlave.serial(
            Dictionary(uniqueKeysWithValues: (1...9).map { (UInt8($0), board) })
        )
        defer { slave.stop() }
        slave.script { _ in .badCRC(acts: false) }
        let result = try scan(slave, units: Array(1...9))
        #expect(result.findings.isEmpty)
        #expect(result.notes.contains { $0.contains("every address answers rubbish") })
    }

    @Test func aBoardHeardAtTwoParitiesIsOneBoard() throws {
        let slave = try ScriptedSlave.serial([3: SimulatedBoard(coils: 8, inputs: 8)])
        defer { slave.stop() }
        let settings = [LineSettings(baud: 9600), LineSettings(baud: 9600, parity: .even)]
        #expect(try scan(slave, units: [2, 3], settings: settings).findings.count == 1)
    }

    @Test func aNetworkDeviceThatAnswersEveryAddressIsOneBoard() throws {
        let board = try #require(VendorBoards.board(for: "moxa-iologik-e1211"))
        let slave = try ScriptedSlave.network([1: board, 118: board, 201: board, 247: board])
        defer { slave.stop() }
        let result = try scan(slave, units: Array(1...247))
        #expect(result.findings.count == 1)
        #expect(profiles(result.findings.first).contains("moxa-iologik-e1211"))
        #expect(result.asked == 247)
        expectOnlyReads(slave)
    }

    @Test func aSerialServerInTheWrongModeIsNamed() throws {
        let slave = try ScriptedSlave.network([1: SimulatedBoard(coils: 8, inputs: 8)])
        defer { slave.stop() }
        slave.speakSerialOnly()
        let result = try scan(slave, units: [1, 2])
        #expect(result.findings.isEmpty)
        #expect(result.notes.contains { $0.contains("RTU frames over TCP") })
    }

    @Test func boardsOfPymodbusAreFoundOnASerialLine() async throws {
        let wire = try PtyPair()
        defer { wire.cut() }
        let peer = try await PymodbusPeer(["rtu", wire.right])
        defer { peer.stop() }
        let plan = ScanPlan(
            target: .serial(path: wire.left),
            settings: [LineSettings(baud: 19200)],
            units: [1, 2],
            answerMs: 300
        )
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        let result = try BusScan(plan: plan, profiles: catalogue).run()
        #expect(result.findings.map(\.unit) == [1, 2])
        #expect(result.findings.allSatisfy { !$0.isTrouble })
    }

    @Test func aScanSaysHowFarItIsAndEndsWhenItIsToldTo() throws {
        let slave = try ScriptedSlave.serial([2: SimulatedBoard(coils: 8, inputs: 8)])
        defer { slave.stop() }
        let plan = ScanPlan(
            target: .serial(path: slave.path),
            settings: [LineSettings(baud: 9600)],
            units: Array(1...200),
            answerMs: 20
        )
        var told: [ScanProgress] = []
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        let result = try BusScan(plan: plan, profiles: catalogue).run(
            isStopped: { told.count >= 6 },
            onProgress: { told.append($0) }
        )
        #expect(result.isCutShort)
        #expect(result.findings.map(\.unit) == [2])
        #expect(told.map(\.done) == [0, 1, 2, 3, 4, 5])
        #expect(told.allSatisfy { $0.total == told[0].total && $0.total > 200 })
        #expect(told.last?.perSecond ?? 0 > 1)
        #expect(told.last?.remainingSeconds ?? 0 > 0)
    }

    @Test func aPortThatAnotherProgramHasIsNamedWithWhatToDo() throws {
        let slave = try ScriptedSlave.serial([1: SimulatedBoard(coils: 8, inputs: 8)])
        defer { slave.stop() }
        let transport = ModbusTransport.rtu(path: slave.path, baud: 9600, parity: .none, stopBits: 1)
        var holder = try ModbusLink(transport: transport, timing: ModbusTiming(responseMs: 50, byteMs: 20))
        try holder.open()
        let failure = #expect(throws: ScanFailure.self) { try scan(slave, units: [1]) }
        #expect(failure?.description.contains("systemctl stop pickupd") == true)
        holder.close()
    }
}
