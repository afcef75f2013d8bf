internal import StrictYAML

// The part of a profile of lock boards that do not speak Modbus.
extension ProfileParser {
    private enum ClosedIs: String, CaseIterable { case on, off }
    private enum Proof: String, CaseIterable { case answer, latch }
    private enum Time: String, CaseIterable { case fixed, written }

    /// - Parameters:
    ///   - top: the profile, of which name, title, protocol and sources are taken already.
    func serialBoard(
        _ top: inout StrictMapping,
        _ dialect: SerialMap.Dialect,
        name: String,
        title: String
    ) throws(ProfileError) -> BoardProfile {
        let line = try serialLine(&top)
        let locks = try top.integer("locks", in: 1...Self.mostLocks(of: dialect))
        var status = try top.mapping("status")
        let closedIs = try status.choice("closedIs", ClosedIs.self)
        var bytes = 0
        if dialect == .lockBoard8A { bytes = try status.integer("bytes", in: ((locks + 7) / 8)...7) }
        try status.finish()
        let proof = try proof(&top, dialect)
        var pulse = try top.mapping("pulse")
        let time = try pulse.choice("time", Time.self)
        if time == .written, dialect != .kerongCU16 {
            throw ProfileError(
                file: file,
                line: pulse.line,
                problem: "`time: written`, but a \(dialect.rawValue) board's time cannot be written",
                remedy: "write `time: fixed` and the board's own `onMs`"
            )
        }
        let onMs = try pulse.integer(time == .fixed ? "onMs" : "maximumMs", in: 10...3000)
        let gapMs = try pulse.integer("gapMs", in: 0...10_000)
        let coolDown = try pulse.integer("coolDown", in: 5...1000)
        try pulse.finish()
        let clearsBusy = dialect == .kerongCU16 ? try top.optionalBoolean("clearBusy") ?? false : false
        try top.finish()
        let map = SerialMap(
            dialect: dialect,
            pulseTime: time == .fixed ? .fixed(ms: onMs) : .written,
            proof: proof,
            closedIsOn: closedIs == .on,
            statusBytes: bytes,
            clearsBusy: clearsBusy
        )
        return BoardProfile(
            name: name,
            title: title,
            channels: locks,
            inputs: dialect == .kerongCU16 ? locks * 2 : locks,
            maximumPulseMs: onMs,
            maximumOnMs: onMs,
            coolDown: coolDown,
            gapMs: gapMs,
            timing: .board,
            line: line,
            wire: .serial(map)
        )
    }

    /// The locks that a protocol can name.
    private static func mostLocks(of dialect: SerialMap.Dialect) -> Int {
        switch dialect {
        case .kerongCU48: KerongCU48.Lock.count
        case .kerongCU16: 16
        case .lockBoard8A: 50
        }
    }

    private func proof(
        _ top: inout StrictMapping,
        _ dialect: SerialMap.Dialect
    ) throws(ProfileError) -> PulseProof {
        var unlock = try top.mapping("unlock")
        let proof = try unlock.choice("proof", Proof.self)
        let withinMs = try unlock.integer("withinMs", in: 50...3000)
        try unlock.finish()
        guard proof == .answer else { return .latch(withinMs: withinMs) }
        guard dialect == .lockBoard8A else {
            throw ProfileError(
                file: file,
                line: unlock.line,
                problem: "`proof: answer`, but a \(dialect.rawValue) board does not answer an unlock",
                remedy: "write `proof: latch`: its lock is looked at instead"
            )
        }
        return .answer(withinMs: withinMs)
    }

    private func serialLine(_ top: inout StrictMapping) throws(ProfileError) -> BoardProfile.Line? {
        guard var line = try top.optionalMapping("line") else { return nil }
        let baud = try line.integer("baud", in: 1200...921_600)
        let parity = try line.choice("parity", BusParity.self)
        let unit = try line.integer("unit", in: 0...32)
        try line.finish()
        return .serial(baud: baud, parity: parity, unit: UInt8(unit))
    }
}
