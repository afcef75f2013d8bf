import DeviceIO
import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// The command stream of a board that does not speak Modbus. It has no coils to switch off or to read.
struct SerialGoldenScript {
    private let profile: BoardProfile
    private let line: ScriptedLockLine
    private let driver: SerialBoardDriver
    private var lines: [String]
    private var rendered = 0

    static func record(_ profile: BoardProfile) throws -> String {
        var script = try SerialGoldenScript(profile)
        defer { script.end() }
        try script.play()
        return script.lines.joined(separator: "\n") + "\n"
    }

    private init(_ profile: BoardProfile) throws {
        self.profile = profile
        lines = GoldenScript.head(profile)
        let unit = try #require(profile.line?.unit, "\(profile.name) has no `line`")
        let map = try #require(profile.serialMap)
        let dialect: ScriptedLockLine.Dialect =
            switch map.dialect {
            case .kerongCU48: .cu48
            case .kerongCU16: .cu16
            case .lockBoard8A: .board8A(statusBytes: map.statusBytes)
            }
        line = try ScriptedLockLine(dialect, [unit: ScriptedLockLine.Board(locks: profile.channels)])
        let name = BoardName(rawValue: "a")
        let door = DoorWiring(channel: 1, sensor: nil, pulseMs: profile.fixedPulseMs ?? 300)
        driver = try #require(
            SerialBoardDriver(
                BusConfiguration(
                    name: BusName(rawValue: "wall"),
                    transport: .serial(path: line.path, baud: 115_200, parity: .none, stopBits: 1),
                    responseTimeoutMs: 2000,
                    byteTimeoutMs: 500,
                    boards: [BoardConfiguration(name: name, profile: profile, unit: unit, doors: [door])]
                )
            )
        )
    }

    private func end() {
        driver.close()
        line.stop()
    }

    private mutating func play() throws {
        try driver.open()
        if driver.preparationCount(0) > 0 { title("set-up") }
        for step in 0..<driver.preparationCount(0) {
            try driver.prepare(0, step: step)
            render()
        }
        title("status: every lock is closed")
        #expect(try driver.readInputs(0).prefix(profile.channels).allSatisfy { $0 })
        render()
        for channel in [1, profile.channels] {
            title("unlock: \(channel), and its switch tells")
            let soon = BootTime.now().advanced(byMilliseconds: 5000)
            let milliseconds = profile.fixedPulseMs ?? 300
            _ = try driver.pulse(0, channel: channel, durationMs: milliseconds, notAfter: soon)
            render()
            #expect(try !driver.readInputs(0)[channel - 1])
            render()
        }
    }

    private mutating func title(_ text: String) {
        lines += ["", "# " + text]
    }

    /// Adds what was said since the last time. An unlock without an answer may still be on its way.
    private mutating func render() {
        for _ in 0..<400 where line.frames.all.count == rendered { usleep(1000) }
        let frames = line.frames.all
        for frame in frames[rendered...] {
            switch frame {
            case .request(let bytes): lines.append("> " + GoldenScript.hex(bytes))
            case .answer(let bytes): lines.append("< " + GoldenScript.hex(bytes))
            }
        }
        rendered = frames.count
    }
}
