import DeviceIO
import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// The command stream of a board that does not speak Modbus, as ``GoldenScript`` has it for the others.
struct SerialGoldenScript {
    private let line: ScriptedLockLine
    private let driver: SerialBoardDriver
    private let profile: BoardProfile
    private let unit: UInt8
    private var lines: [String] = []
    private var rendered = 0

    /// The stream as it is kept in `Golden/<profile>.txt`.
    static func record(_ profile: BoardProfile) throws -> String {
        var script = try SerialGoldenScript(profile)
        defer {
            script.driver.close()
            script.line.stop()
        }
        try script.play()
        return script.lines.joined(separator: "\n") + "\n"
    }

    private init(_ profile: BoardProfile) throws {
        self.profile = profile
        let map = try #require(profile.serialMap)
        let unit = try #require(profile.line, "\(profile.name) has no `line`").unit
        self.unit = unit
        let dialect: ScriptedLockLine.Dialect =
            switch map.dialect {
            case .kerongCU48: .cu48
            case .kerongCU16: .cu16
            case .lockBoard8A: .board8A(statusBytes: map.statusBytes)
            }
        line = try ScriptedLockLine(dialect, [unit: ScriptedLockLine.Board(locks: profile.channels)])
        let board = BoardConfiguration(
            name: BoardName(rawValue: "a"),
            profile: profile,
            unit: unit,
            doors: [DoorWiring(channel: 1, sensor: nil, pulseMs: profile.fixedPulseMs ?? 500)]
        )
        let configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .serial(path: line.path, baud: 115_200, parity: .none, stopBits: 1),
            responseTimeoutMs: 2000,
            byteTimeoutMs: 500,
            boards: [board]
        )
        driver = try #require(SerialBoardDriver(configuration))
    }

    private mutating func play() throws {
        lines = [
            "# \(profile.name): what the controller says (>) and what the board answers (<), whole frames in hex.",
            "# Made again with: GOLDEN=write swift test --filter GoldenTests",
        ]
        try driver.open()
        if driver.preparationCount(0) > 0 { title("set-up: what must be set is read, and written if it differs") }
        for step in 0..<driver.preparationCount(0) { try driver.prepare(0, step: step) }
        render()
        title("the locks: all are closed")
        let closed = try driver.readInputs(0)
        #expect(closed.prefix(profile.channels).allSatisfy { $0 } && closed.count == profile.inputs)
        render()
        for channel in [1, profile.channels] {
            title("open lock \(channel), and look at the locks")
            let soon = BootTime.now().advanced(byMilliseconds: 5000)
            let milliseconds = profile.fixedPulseMs ?? 500
            _ = try driver.pulse(0, channel: channel, durationMs: milliseconds, notAfter: soon)
            let inputs = try driver.readInputs(0)
            #expect(!inputs[channel - 1])
            render()
        }
        #expect(line.board(unit) { $0.pulses } == [1, profile.channels])
    }

    private mutating func title(_ text: String) {
        lines += ["", "# " + text]
    }

    /// Adds what was said since the last time; an unlock may have no answer.
    private mutating func render() {
        var replies = line.replies.all.map(Self.hex)
        line.replies.clear()
        let requests = line.requests.all
        while rendered < requests.count {
            let request = requests[rendered]
            lines.append("> " + Self.hex(request.frame))
            let isAnswered = request.unlocks == nil && request.frame.count != 7 || profile.pulseProof.isAnswer
            lines.append("< " + (isAnswered && !replies.isEmpty ? replies.removeFirst() : "(nothing)"))
            rendered += 1
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
    }
}

extension PulseProof {
    var isAnswer: Bool {
        if case .answer = self { true } else { false }
    }
}
