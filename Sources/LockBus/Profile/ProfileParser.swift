internal import Yams

extension BoardProfile {
    /// Reads one profile.
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: its name, for errors.
    /// - Throws: the first error, with its line and what to do.
    public static func load(yaml: String, file: String) throws(ProfileError) -> BoardProfile {
        var parser = ProfileParser(file: file)
        return try parser.parse(ProfileParser.compose(yaml, file: file))
    }
}

/// Turns a profile's YAML into a ``BoardProfile``, or into an error that says where and how to fix it.
struct ProfileParser {
    private enum ProtocolName: String, CaseIterable {
        case modbus
        case kerongCU48 = "kerong-cu48"
        case kerongCU16 = "kerong-cu16"
        case lockBoard8A = "lockboard-8a"
        case gpio
    }
    private enum TimingName: String, CaseIterable { case board, host }

    private static let addresses = 0...0xFFFF

    let file: String

    static func compose(_ yaml: String, file: String) throws(ProfileError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: yaml) else {
                throw ProfileError(
                    file: file,
                    line: 1,
                    problem: "the file is empty",
                    remedy: "start from an example"
                )
            }
            return node
        } catch let error as ProfileError {
            throw error
        } catch let error as YamlError {
            let (line, problem) = place(of: error)
            throw ProfileError(file: file, line: line, problem: problem, remedy: "correct the YAML there")
        } catch {
            throw ProfileError(file: file, line: 0, problem: "it is no YAML", remedy: "start from an example")
        }
    }

    private static func place(of error: YamlError) -> (line: Int, problem: String) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, problem)
        case .duplicatedKeysInMapping(let keys, let context):
            (context.mark.line, "a key is there twice: \(keys.sorted().joined(separator: ", "))")
        default:
            (0, "the text cannot be read")
        }
    }

    mutating func parse(_ root: Node) throws(ProfileError) -> BoardProfile {
        var top = try StrictMapping(root, name: "the profile", file: file)
        let name = try top.string("profile")
        let title = try top.string("title")
        let protocolName = try top.choice("protocol", ProtocolName.self)
        for source in try top.list("sources") where source.scalar?.string.isEmpty ?? true {
            throw StrictMapping.error(file, source, "a source is not a text", "give its address")
        }
        if let dialect = SerialMap.Dialect(rawValue: protocolName.rawValue) {
            return try serialBoard(&top, dialect, name: name, title: title)
        }
        if protocolName == .gpio { return try gpioBoard(&top, name: name, title: title) }
        try checkLine(&top)
        let coilMapping = try top.mapping("coils")
        let coils = try range(coilMapping, maximum: 64)
        let inputs: AddressRange? =
            if let mapping = try top.optionalMapping("inputs") { try range(mapping, maximum: 64) } else {
                nil
            }
        var pulse = try top.mapping("pulse")
        let timing = try pulse.choice("timing", TimingName.self)
        let maximumMs = try pulse.integer("maximumMs", in: 1...10_000)
        let gapMs = try pulse.integer("gapMs", in: 0...10_000)
        let coolDown = try pulse.integer("coolDown", in: 5...1000)
        let forbidden = try addresses(top.list("neverWrite"))
        try refuse(forbidden, in: coils, line: coilMapping.line, "coils")

        let command: ModbusMap.Pulse
        let maximumOnMs: Int
        let who: BoardProfile.Timing
        switch timing {
        case .board:
            let base = UInt16(try pulse.integer("base", in: Self.addresses))
            let unitMs = try pulse.integer("unitMs", in: 1...1000)
            try refuse(forbidden, in: AddressRange(base: base, count: coils.count), line: pulse.line, "pulse")
            // The board rounds up to its unit, so the last unit belongs to the longest time on.
            maximumOnMs = (maximumMs + unitMs - 1) / unitMs * unitMs
            command = .flash(base: base, unitMs: unitMs)
            who = .board
        case .host:
            maximumOnMs = try pulse.integer("maximumOnMs", in: maximumMs...10_000)
            let found = try watchdog(&top, line: pulse.line, pulseMs: maximumMs, onMs: maximumOnMs)
            command = .onOff(found.watchdog)
            who = .host(watchdogMs: found.timeMs)
        }
        try pulse.finish()
        let settings = try settings(top.list("settings"))
        try top.finish()
        let map = ModbusMap(coils: coils, inputs: inputs, pulse: command, settings: settings)
        return BoardProfile(
            name: name,
            title: title,
            channels: coils.count,
            inputs: inputs?.count ?? 0,
            maximumPulseMs: maximumMs,
            maximumOnMs: maximumOnMs,
            coolDown: coolDown,
            gapMs: gapMs,
            timing: who,
            wire: .modbus(map)
        )
    }

    /// A host-timed pulse needs something that switches the coil off when the host dies (S6).
    private func watchdog(
        _ top: inout StrictMapping,
        line: Int,
        pulseMs: Int,
        onMs: Int
    ) throws(ProfileError) -> (watchdog: ModbusMap.Watchdog, timeMs: Int) {
        guard var mapping = try top.optionalMapping("watchdog") else {
            throw ProfileError(
                file: file,
                line: line,
                problem: "`timing: host` without a `watchdog`: a coil would stay on when the controller dies",
                remedy: "describe the board's output watchdog, or use a board that times its pulses"
            )
        }
        let register = UInt16(try mapping.integer("register", in: Self.addresses))
        let unitMs = try mapping.integer("unitMs", in: 1...10_000)
        // Door polling is what keeps the watchdog fed: every 500 ms, and one lost answer must not trip it.
        let timeMs = try mapping.integer("timeMs", in: 1000...10_000)
        try mapping.finish()
        guard pulseMs + timeMs <= onMs else {
            throw ProfileError(
                file: file,
                line: mapping.line,
                problem:
                    "a coil could stay on for \(pulseMs + timeMs) ms (`maximumMs` and then the watchdog's"
                    + " `timeMs`), and `maximumOnMs` is \(onMs)",
                remedy: "shorten one of the first two"
            )
        }
        guard timeMs % unitMs == 0, let value = UInt16(exactly: timeMs / unitMs) else {
            throw ProfileError(
                file: file,
                line: mapping.line,
                problem: "`timeMs` \(timeMs) cannot be written in units of \(unitMs) ms",
                remedy: "use a multiple"
            )
        }
        return (ModbusMap.Watchdog(register: register, value: value), timeMs)
    }

    /// The settings of the line as delivered are documentation, but they must be right.
    private func checkLine(_ top: inout StrictMapping) throws(ProfileError) {
        guard var line = try top.optionalMapping("line") else { return }
        _ = try line.integer("baud", in: 1200...921_600)
        _ = try line.choice("parity", BusParity.self)
        _ = try line.integer("unit", in: 1...255)
        try line.finish()
    }

    private func range(_ mapping: StrictMapping, maximum: Int) throws(ProfileError) -> AddressRange {
        var mapping = mapping
        let count = try mapping.integer("count", in: 1...maximum)
        let base = try mapping.integer("base", in: 0...(0x10000 - count))
        try mapping.finish()
        return AddressRange(base: UInt16(base), count: count)
    }

    private func addresses(_ nodes: [Node]) throws(ProfileError) -> [UInt16] {
        var found: [UInt16] = []
        for node in nodes {
            found.append(
                UInt16(try StrictMapping.integer(node, "neverWrite", in: Self.addresses, file: file))
            )
        }
        return found
    }

    private func refuse(
        _ forbidden: [UInt16],
        in range: AddressRange,
        line: Int,
        _ name: String
    ) throws(ProfileError) {
        guard let address = forbidden.first(where: range.contains) else { return }
        throw ProfileError(
            file: file,
            line: line,
            problem: "`\(name)` reaches address \(address), which `neverWrite` forbids",
            remedy: "correct `base` or `count`"
        )
    }

    private func settings(_ nodes: [Node]) throws(ProfileError) -> [ModbusMap.Setting] {
        var found: [ModbusMap.Setting] = []
        for node in nodes {
            var mapping = try StrictMapping(node, name: "a setting", file: file)
            let count = try mapping.integer("count", in: 1...64)
            let base = try mapping.integer("register", in: 0...(0x10000 - count))
            let value = try mapping.integer("value", in: Self.addresses)
            let why = try mapping.string("why")
            try mapping.finish()
            let registers = AddressRange(base: UInt16(base), count: count)
            found.append(ModbusMap.Setting(registers: registers, value: UInt16(value), why: why))
        }
        return found
    }
}
