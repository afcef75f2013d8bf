import DeviceIO
import Foundation
import Logging
import ScriptedBoards
import Testing

@testable import LockBus

/// The profiles that ship with the project.
enum Profiles {
    static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../hardware/boards").standardizedFileURL.path

    static func load(_ name: String) throws -> BoardProfile {
        try #require(BoardProfile.Catalogue(directory: directory)[name])
    }

    static var flash: BoardProfile { get throws { try load("waveshare-modbus-rtu-relay-8ch") } }
    static var flashWithInputs: BoardProfile { get throws { try load("waveshare-modbus-rtu-relay-d-8ch") } }
    static var watchdog: BoardProfile { get throws { try load("generic-coil-16ch-watchdog") } }
}

enum WireKind: String, CaseIterable, CustomTestStringConvertible {
    case serial, network

    var testDescription: String { rawValue }
}

/// A lock bus, the scripted slave at the other end of its wire, and what the bus told.
final class BusHarness: Sendable {
    let slave: ScriptedSlave
    let bus: LockBus
    let events = Recorder<LockBusEvent>()
    let kind: WireKind

    /// - Parameter profiles: one board for each, units 1, 2, …, named `a`, `b`, …; every channel has a
    ///   door, and a sensor where the board has inputs (open is on).
    init(
        _ kind: WireKind,
        _ profiles: [BoardProfile],
        responseMs: Int = 100,
        doors: Int = 2,
        change: (inout BusConfiguration) -> Void = { _ in },
        prepare: (ScriptedSlave) -> Void = { _ in }
    ) throws {
        self.kind = kind
        var simulated: [UInt8: SimulatedBoard] = [:]
        var boards: [BoardConfiguration] = []
        for (index, profile) in profiles.enumerated() {
            var board = SimulatedBoard(coils: profile.channels, inputs: profile.inputs)
            board.registers = [0: 0]
            board.watchdogRegister = 0
            simulated[UInt8(index + 1)] = board
            let name = BoardName(rawValue: String(UnicodeScalar(UInt8(97 + index))))
            let wiring = (1...doors).map { channel in
                let sensor = SensorWiring(board: name, input: channel, openIs: .on)
                return DoorWiring(channel: channel, sensor: profile.inputs > 0 ? sensor : nil, pulseMs: 300)
            }
            boards.append(
                BoardConfiguration(name: name, profile: profile, unit: UInt8(index + 1), doors: wiring)
            )
        }
        let transport: BusTransport
        switch kind {
        case .serial:
            slave = try .serial(simulated)
            transport = .rtu(path: slave.path, baud: 115_200, parity: .none, stopBits: 1)
        case .network:
            slave = try .network(simulated)
            transport = .tcp(host: "127.0.0.1", port: slave.port)
        }
        prepare(slave)
        var configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: transport,
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

    /// Starts the bus, runs the test, shuts the bus down.
    func run(_ body: ([BoardReport]) async throws -> Void) async throws {
        try await bus.run(then: { slave.stop() }, body)
    }

    static func door(_ board: String, _ channel: Int) -> DoorChannel {
        DoorChannel(bus: BusName(rawValue: "wall"), board: BoardName(rawValue: board), channel: channel)
    }

    func pulse(
        _ board: String = "a",
        _ channel: Int = 1,
        ms: Int = 300,
        withinMs: UInt64 = 5000
    ) async -> PulseReport {
        let request = PulseRequest(
            id: "o-1",
            door: Self.door(board, channel),
            durationMs: ms,
            notAfter: BootTime.now().advanced(byMilliseconds: withinMs)
        )
        return await withCheckedContinuation { continuation in
            bus.pulse(request) { continuation.resume(returning: $0) }
        }
    }

    /// Every pulse command that reached the wire.
    var pulses: [ScriptedSlave.Request] { slave.requests.all.filter(\.isPulse) }

    /// What was reported of one door.
    func readings(_ board: String = "a", _ channel: Int = 1) -> [DoorReading] {
        Self.readings(events.all, board, channel)
    }

    static func readings(_ events: [LockBusEvent], _ board: String, _ channel: Int) -> [DoorReading] {
        events.compactMap { event in
            if case .door(door(board, channel), let reading, _) = event { reading } else { nil }
        }
    }

    func waitForReading(_ reading: DoorReading, _ board: String = "a", _ channel: Int = 1) async -> Bool {
        await events.wait { (events: [LockBusEvent]) in Self.readings(events, board, channel).last == reading
        }
    }

    /// Waits until the board's last report is up, or down with a reason that contains `text`.
    func waitUntil(_ board: String, isUp: Bool, seconds: Double = 10, reason text: String = "") async -> Bool
    {
        await Self.wait(events, board, isUp: isUp, seconds: seconds, reason: text)
    }

    static func wait(
        _ events: Recorder<LockBusEvent>,
        _ board: String,
        isUp: Bool,
        seconds: Double = 10,
        reason text: String = ""
    ) async -> Bool {
        await events.wait(seconds: seconds) { (events: [LockBusEvent]) in
            let last = events.compactMap { event -> BoardReport? in
                if case .board(let report) = event, report.board.rawValue == board { report } else { nil }
            }.last
            return switch last?.state {
            case .up?: isUp
            case .down(let reason, _)?: !isUp && (text.isEmpty || reason.contains(text))
            case nil: false
            }
        }
    }

    func counters(_ board: String) async -> BoardCounters {
        await bus.reports().first { $0.board.rawValue == board }?.counters ?? BoardCounters()
    }
}

extension BoardReport {
    var isUp: Bool { state == .up }

    var reason: String {
        if case .down(let reason, _) = state { reason } else { "" }
    }
}

extension PulseReport {
    var isActuated: Bool {
        if case .actuated = self { true } else { false }
    }

    var isUnknown: Bool {
        if case .unknown = self { true } else { false }
    }
}

/// Waits for a state of the simulated board, which has no event of its own.
func settled(seconds: Double = 8, _ condition: () -> Bool) async -> Bool {
    let limit = BootTime.now().advanced(byMilliseconds: UInt64(seconds * 1000))
    while BootTime.now() < limit {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return false
}
