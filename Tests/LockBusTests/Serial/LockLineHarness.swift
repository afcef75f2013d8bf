import DeviceIO
import Logging
import ScriptedBoards
import Testing

@testable import LockBus

/// A lock bus on a line of boards that do not speak Modbus, and what the bus told.
final class LockLineHarness: Sendable {
    static let profiles = ["kerong-cu48", "kerong-cu16", "lockboard-8a-12"]

    let line: ScriptedLockLine
    let bus: LockBus
    let events = Recorder<LockBusEvent>()
    private let pulseMs: Int

    /// - Parameter units: one board for each, named `a`, `b`, …; two doors on each, with the locks' own switches.
    init(
        _ profileName: String,
        units: [UInt8] = [1],
        server isServer: Bool = false,
        responseMs: Int = 100,
        pulseMs: Int? = nil,
        prepare: (ScriptedLockLine) -> Void = { _ in },
        change: (inout BusConfiguration) -> Void = { _ in }
    ) throws {
        let profile = try Profiles.load(profileName)
        let simulated = Dictionary(
            uniqueKeysWithValues: units.map { ($0, ScriptedLockLine.Board(locks: profile.channels)) }
        )
        let dialect: ScriptedLockLine.Dialect =
            switch profile.serialMap?.dialect {
            case .kerongCU48: .cu48
            case .kerongCU16: .cu16
            case .lockBoard8A, nil: .board8A(statusBytes: profile.serialMap?.statusBytes ?? 0)
            }
        line =
            try isServer
            ? ScriptedLockLine(server: dialect, simulated) : ScriptedLockLine(dialect, simulated)
        prepare(line)
        let boards = units.enumerated().map { index, unit in
            let name = BoardName(rawValue: String(UnicodeScalar(UInt8(97 + index))))
            let doors = (1...2).map { channel in
                DoorWiring(
                    channel: channel,
                    sensor: SensorWiring(board: name, input: channel, openIs: .off),
                    pulseMs: pulseMs ?? profile.fixedPulseMs ?? 300
                )
            }
            return BoardConfiguration(name: name, profile: profile, unit: unit, doors: doors)
        }
        self.pulseMs = boards.first?.doors.first?.pulseMs ?? 0
        var configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: isServer
                ? .serialTCP(host: "127.0.0.1", port: line.port)
                : .serial(path: line.path, baud: 115_200, parity: .none, stopBits: 1),
            responseTimeoutMs: responseMs,
            byteTimeoutMs: 30,
            boards: boards
        )
        change(&configuration)
        let events = events
        bus = LockBus(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) {
            events.append($0)
        }
    }

    func run(_ body: ([BoardReport]) async throws -> Void) async throws {
        try await bus.run(then: { line.stop() }, body)
    }

    func pulse(_ board: String = "a", _ channel: Int = 1, withinMs: UInt64 = 5000) async -> PulseReport {
        let request = PulseRequest(
            id: "o-1",
            door: BusHarness.door(board, channel),
            durationMs: pulseMs,
            notAfter: BootTime.now().advanced(byMilliseconds: withinMs)
        )
        return await bus.pulse(request)
    }

    func waitForReading(_ reading: DoorReading, _ board: String = "a", _ channel: Int = 1) async -> Bool {
        await events.wait { (events: [LockBusEvent]) in
            BusHarness.readings(events, board, channel).last == reading
        }
    }

    func waitUntil(_ board: String, isUp: Bool, reason text: String = "") async -> Bool {
        await BusHarness.wait(events, board, isUp: isUp, reason: text)
    }

    func counters(_ board: String) async -> BoardCounters {
        await bus.reports().first { $0.board.rawValue == board }?.counters ?? BoardCounters()
    }
}
