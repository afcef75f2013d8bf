import DeviceIO
import Foundation
import ScriptedBoards
import Testing

@testable import LockBus

/// The command stream of one profile: what its driver says in a day's work, frame by frame, and what the
/// board's own map answers.
struct GoldenScript {
    let profile: BoardProfile
    private let slave: ScriptedSlave
    private let driver: ModbusBoardDriver
    private let unit: UInt8
    private var lines: [String] = []
    private var rendered = 0

    /// The stream as it is kept in `Golden/<profile>.txt`.
    static func record(_ profile: BoardProfile) throws -> String {
        if profile.serialMap != nil { return try SerialGoldenScript.record(profile) }
        var script = try GoldenScript(profile)
        defer { script.end() }
        try script.play()
        return script.lines.joined(separator: "\n") + "\n"
    }

    private init(_ profile: BoardProfile) throws {
        self.profile = profile
        let line = try #require(profile.line, "\(profile.name) has no `line`")
        let board = try #require(
            VendorBoards.board(for: profile.name),
            "describe \(profile.name)'s board in VendorBoards, from its documentation"
        )
        // A serial line cannot address 255: that board is given an address first.
        unit = line.isNetwork || line.unit <= 247 ? line.unit : 1
        slave = try line.isNetwork ? .network([unit: board]) : .serial([unit: board])
        driver = try ModbusBoardDriver(GoldenScript.configuration(profile, unit, slave))
    }

    private static func configuration(
        _ profile: BoardProfile,
        _ unit: UInt8,
        _ slave: ScriptedSlave
    ) -> BusConfiguration {
        let transport: BusTransport =
            slave.port > 0
            ? .tcp(host: "127.0.0.1", port: slave.port)
            : .rtu(path: slave.path, baud: 115_200, parity: .none, stopBits: 1)
        let board = BoardConfiguration(
            name: BoardName(rawValue: "a"),
            profile: profile,
            unit: unit,
            doors: []
        )
        return BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: transport,
            responseTimeoutMs: 2000,
            byteTimeoutMs: 500,
            boards: [board]
        )
    }

    private func end() {
        driver.close()
        slave.stop()
    }

    private mutating func play() throws {
        lines = Self.head(profile)
        try driver.open()
        title("start: every output off, and read back")
        try driver.allOff(0)
        render()
        _ = try driver.readCoils(0, hasty: false)
        render()
        if driver.preparationCount(0) > 0 { title("set-up: what must be set is written or checked") }
        for step in 0..<driver.preparationCount(0) {
            try driver.prepare(0, step: step)
            render()
        }
        if profile.inputs > 0 {
            title("inputs: the first and the last are on")
            slave.board(unit) { [inputs = profile.inputs] board in
                board.inputs[0] = true
                board.inputs[inputs - 1] = true
            }
            let inputs = try driver.readInputs(0)
            #expect(inputs.indices.filter { inputs[$0] } == [0, profile.inputs - 1])
            render()
        }
        for channel in [1, profile.channels] { try pulse(channel) }
        title("shutdown: every output off, and read back")
        try driver.allOff(0)
        render()
        let coils = try driver.readCoils(0, hasty: false)
        #expect(coils.count == profile.channels && !coils.contains(true))
        render()
        try restart()
    }

    private mutating func pulse(_ channel: Int) throws {
        let milliseconds = profile.timeOnMs(for: 700)
        title("pulse: channel \(channel) for \(milliseconds) ms, and its output is on")
        let soon = BootTime.now().advanced(byMilliseconds: 5000)
        _ = try driver.pulse(0, channel: channel, durationMs: milliseconds, notAfter: soon)
        render()
        let coils = try driver.readCoils(0, hasty: true)
        #expect(coils.indices.filter { coils[$0] } == [channel - 1])
        render()
        title("off: channel \(channel), and read back")
        try driver.switchOff(0, channel: channel)
        render()
        // A time that "off" does not end runs out by itself; here it is ended from outside.
        slave.board(unit) { $0.force(channel - 1, on: false) }
        let after = try driver.readCoils(0, hasty: true)
        #expect(!after.contains(true))
        render()
    }

    private mutating func restart() throws {
        guard driver.restartCount(0) > 0 else { return }
        title("restart: the output watchdog has tripped, and writes are refused until it is reset")
        slave.board(unit) { $0.trip() }
        var isRefused = false
        do throws(WireFailure) {
            try driver.allOff(0)
        } catch {
            if case .refused = error.fault { isRefused = true }
        }
        #expect(isRefused)
        render()
        for step in 0..<driver.restartCount(0) {
            try driver.restart(0, step: step)
            render()
        }
        try driver.allOff(0)
        render()
    }

    private mutating func title(_ text: String) {
        lines += ["", "# " + text]
    }

    /// Adds what was said since the last time.
    private mutating func render() {
        let (requests, replies) = (slave.requests.all, slave.replies.all)
        while rendered < requests.count {
            let request = requests[rendered]
            let hex = Self.hex(request.frame)
            lines.append(
                "> " + hex.padding(toLength: max(58, hex.count), withPad: " ", startingAt: 0) + "  # "
                    + Self.meaning(request.pdu)
            )
            lines.append("< " + (rendered < replies.count ? Self.hex(replies[rendered]) : "(nothing)"))
            rendered += 1
        }
    }

    static func head(_ profile: BoardProfile) -> [String] {
        [
            "# \(profile.name): what the controller says (>) and what the board answers (<), whole frames in hex.",
            "# Made again with: GOLDEN=write swift test --filter GoldenTests",
        ]
    }

    static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined(separator: " ")
    }

    /// The request in words, from its bytes alone.
    private static func meaning(_ pdu: [UInt8]) -> String {
        func word(_ index: Int) -> String { "0x" + hex([pdu[index], pdu[index + 1]]).filter { $0 != " " } }
        let count = Int(pdu[3]) << 8 | Int(pdu[4])
        return switch pdu[0] {
        case 1: "read \(count) coils from \(word(1))"
        case 2: "read \(count) inputs from \(word(1))"
        case 3: "read \(count) registers from \(word(1))"
        case 5: "write coil \(word(1)): \(word(3))"
        case 6: "write register \(word(1)): \(word(3))"
        case 0x0F: "write \(count) coils from \(word(1))"
        case 0x10: "write \(count) registers from \(word(1))"
        default: "function \(pdu[0])"
        }
    }
}

extension BoardProfile.Line {
    var isNetwork: Bool {
        if case .network = self { true } else { false }
    }
}
