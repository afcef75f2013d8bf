internal import StrictYAML
internal import Yams

// How the board is reached, how it gets its address, and what is peculiar about it.
extension ProfileParser {
    private enum EchoName: String, CaseIterable { case exact, inexact }

    /// `line: { baud, parity, unit }` or `line: { port, unit }`.
    func line(_ top: inout StrictMapping) throws(ProfileError) -> BoardProfile.Line? {
        guard var line = try top.optionalMapping("line") else { return nil }
        let unit = UInt8(try line.integer("unit", in: 1...255))
        let found: BoardProfile.Line
        if let port = try line.optionalInteger("port", in: 1...65_535) {
            found = .network(port: port, unit: unit)
        } else {
            let baud = try line.integer("baud", in: 1200...921_600)
            found = .serial(baud: baud, parity: try line.choice("parity", BusParity.self), unit: unit)
        }
        try line.finish()
        return found
    }

    /// `address:` and `baud:`.
    func commissioning(_ top: inout StrictMapping) throws(ProfileError) -> BoardProfile.Commissioning {
        var found = BoardProfile.Commissioning()
        if var address = try top.optionalMapping("address") {
            found.addressSwitches = try address.optionalString("switches")
            if found.addressSwitches == nil {
                found.addressRegister = UInt16(try address.integer("register", in: Self.addresses))
                let minimum = try address.optionalInteger("minimum", in: 1...247) ?? 1
                let maximum = try address.optionalInteger("maximum", in: minimum...247) ?? 247
                found.addresses = UInt8(minimum)...UInt8(maximum)
            }
            try address.finish()
        }
        if var baud = try top.optionalMapping("baud") {
            found.baudRegister = UInt16(try baud.integer("register", in: Self.addresses))
            for node in try baud.list("codes") {
                var code = try StrictMapping(node, name: "a code", file: file)
                let speed = try code.integer("baud", in: 1200...921_600)
                found.baudCodes[speed] = UInt16(try code.integer("value", in: Self.addresses))
                try code.finish()
            }
            try baud.finish()
        }
        return found
    }

    /// `quirks:`; everything in it may be left out.
    func quirks(
        _ top: inout StrictMapping
    ) throws(ProfileError) -> (needs: BoardProfile.Needs, echoIsExact: Bool) {
        var needs = BoardProfile.Needs()
        guard var quirks = try top.optionalMapping("quirks") else { return (needs, true) }
        needs.requestGapMs = try quirks.optionalInteger("requestGapMs", in: 0...500) ?? 0
        needs.replyMs = try quirks.optionalInteger("replyMs", in: 0...2000) ?? 0
        let echo = try quirks.optionalChoice("echo", EchoName.self) ?? .exact
        try quirks.finish()
        return (needs, echo == .exact)
    }
}
