public import StrictYAML
internal import Yams

extension BoardProfile {
    /// Reads one profile.
    /// - Parameters:
    ///   - yaml: the file's text.
    ///   - file: its name, for errors.
    /// - Throws: the first error, with its line and what to do.
    public static func load(yaml: String, file: String) throws(ProfileError) -> BoardProfile {
        var parser = ProfileParser(file: file)
        return try parser.parse(StrictMapping.compose(yaml, file: file))
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

    static let addresses = 0...0xFFFF

    let file: String

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
        let line = try line(&top)
        let commissioning = try commissioning(&top)
        let (needs, echoIsExact) = try quirks(&top)
        let forbidden = try addresses(top.list("neverWrite"))
        let outputs = try outputs(&top, forbidden: forbidden)
        let inputs = try inputs(&top)
        let pulse = try pulse(&top, outputs: outputs, forbidden: forbidden)
        let settings = try settings(top.list("settings"))
        try top.finish()
        let map = ModbusMap(
            outputs: outputs,
            inputs: inputs,
            pulse: pulse.command,
            watchdog: pulse.watchdog,
            settings: settings,
            echoIsExact: echoIsExact
        )
        return BoardProfile(
            name: name,
            title: title,
            channels: outputs.range.count,
            inputs: inputs?.range.count ?? 0,
            maximumPulseMs: pulse.maximumMs,
            maximumOnMs: pulse.maximumOnMs,
            coolDown: pulse.coolDown,
            gapMs: pulse.gapMs,
            timing: pulse.timing,
            line: line,
            commissioning: commissioning,
            needs: needs,
            wire: .modbus(map)
        )
    }

    func range(_ mapping: inout StrictMapping, maximum: Int) throws(ProfileError) -> AddressRange {
        let count = try mapping.integer("count", in: 1...maximum)
        let base = try mapping.integer("base", in: 0...(0x10000 - count))
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

    func refuse(
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
}
