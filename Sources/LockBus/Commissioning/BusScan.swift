internal import DeviceIO

/// Looks for lock boards on a line: asks every address, names what answers, and notices two boards on one.
///
/// It only reads. Its Modbus questions are FC03 and FC01, at address 0 until somebody has answered; their bytes are no
/// command to the boards that do not speak Modbus: KERONG's 6- and 5-byte frames end in 03 and a sum, and the 0x8A
/// family's commands carry 0x11 where the questions carry the low byte of a register's address, 0x00. Those boards
/// are asked for their locks' states (``SerialBoardScan``).
///
/// It blocks, and opens the port itself: pickupd must not have it.
public struct BusScan: Sendable {
    private let plan: ScanPlan
    private let profiles: BoardProfile.Catalogue

    /// How often an address that answers is asked again: two boards seldom garble each other only once.
    private static let repeats = 8
    /// A line on which so many addresses in a row answer rubbish has noise, or another speed.
    private static let noisyAddresses = 5

    /// A scan.
    public init(plan: ScanPlan, profiles: BoardProfile.Catalogue) {
        self.plan = plan
        self.profiles = profiles
    }

    /// Makes the scan.
    ///
    /// - Parameters:
    ///   - isStopped: asked before each address; true ends the scan.
    ///   - onProgress: called before each address.
    ///   - onFinding: called at once for whatever answers.
    /// - Throws: when the port cannot be opened or goes away.
    public func run(
        isStopped: () -> Bool = { false },
        onProgress: (ScanProgress) -> Void = { _ in },
        onFinding: (ScanFinding) -> Void = { _ in }
    ) throws(ScanFailure) -> ScanResult {
        var state = State(start: BootTime.now())
        let others = plan.settings.map { serialBoards($0) }
        state.total = plan.count + others.reduce(0) { $0 + ($1?.count ?? 0) }
        for (settings, other) in zip(plan.settings, others) {
            try scan(settings, &state, isStopped, onProgress, onFinding)
            if state.result.isCutShort { break }
            guard let other else { continue }
            let found = try other.run { unit in
                guard !isStopped() else {
                    state.result.isCutShort = true
                    return false
                }
                state.result.asked += 1
                onProgress(progress(settings, unit, state))
                return true
            }
            state.result.findings += found
            found.forEach(onFinding)
            if state.result.isCutShort { break }
        }
        if state.result.findings.isEmpty, !state.result.isCutShort { noteSilence(&state) }
        return state.result
    }

    private struct State {
        let start: BootTime
        var total = 0
        var result = ScanResult(findings: [], notes: [], asked: 0, isCutShort: false)

        /// A board heard at one parity is often understood at another one, too.
        func knows(_ unit: UInt8, baud: Int) -> Bool {
            result.findings.contains { $0.unit == unit && ($0.settings.map { $0.baud == baud } ?? true) }
        }
    }

    private func serialBoards(_ settings: LineSettings) -> SerialBoardScan? {
        guard case .serial(let path) = plan.target else { return nil }
        return SerialBoardScan(path: path, settings: settings, plan: plan, profiles: profiles)
    }

    private var isSerial: Bool { if case .serial = plan.target { true } else { false } }

    private func scan(
        _ settings: LineSettings,
        _ state: inout State,
        _ isStopped: () -> Bool,
        _ onProgress: (ScanProgress) -> Void,
        _ onFinding: (ScanFinding) -> Void
    ) throws(ScanFailure) {
        if !isSerial, let finding = try everyAddress(settings) {
            state.result.asked += plan.units.count
            state.result.findings.append(finding)
            onFinding(finding)
            return
        }
        var link = try open(settings, answerMs: plan.answerMs)
        var rubbishInARow = 0
        for (index, number) in plan.units.enumerated() {
            guard !isStopped() else {
                state.result.isCutShort = true
                return
            }
            state.result.asked += 1
            guard let unit = ModbusUnit(number), !state.knows(number, baud: settings.baud) else { continue }
            onProgress(progress(settings, number, state))
            let answer = try hear(unit, &link)
            guard answer.isFromBoard || isGarbled(answer) else {
                rubbishInARow = 0
                continue
            }
            link.close()
            let finding = try examine(unit, settings)
            link = try open(settings, answerMs: plan.answerMs)
            guard let finding else { continue }
            rubbishInARow = finding.isTrouble ? rubbishInARow + 1 : 0
            state.result.findings.append(finding)
            onFinding(finding)
            if rubbishInARow >= Self.noisyAddresses {
                state.result.findings.removeLast(rubbishInARow)
                state.result.notes.append(
                    "\(settings): every address answers rubbish: another speed, or noise (termination, bias, cable)"
                )
                state.result.asked += plan.units.count - index - 1
                return
            }
        }
    }

    private func progress(_ settings: LineSettings, _ unit: UInt8, _ state: State) -> ScanProgress {
        ScanProgress(
            done: state.result.asked - 1,
            total: state.total,
            settings: isSerial ? settings : nil,
            unit: unit,
            elapsedMs: Int(BootTime.now().milliseconds(since: state.start)),
            found: state.result.findings.count
        )
    }

    private func isGarbled(_ answer: ReadProbe.Answer) -> Bool {
        if case .garbled = answer { true } else { false }
    }

    private func open(_ settings: LineSettings, answerMs: Int) throws(ScanFailure) -> ModbusLink {
        do throws(ModbusError) {
            let timing = ModbusTiming(responseMs: answerMs, byteMs: 100)
            var link = try ModbusLink(transport: plan.transport(settings), timing: timing)
            try link.open()
            return link
        } catch {
            throw failure(error)
        }
    }

    private func failure(_ error: ModbusError) -> ScanFailure {
        let remedy =
            switch error {
            case .portBusy:
                "pickupd or another program uses this port: stop it first (sudo systemctl stop pickupd)"
            case .cannotOpen, .badAddress: "check the name, the adapter and your right to use it"
            default: "check the adapter and its cable"
            }
        return ScanFailure(description: "\(plan.target): \(error); \(remedy)")
    }

    // MARK: One address

    private func hear(_ unit: ModbusUnit, _ link: inout ModbusLink) throws(ScanFailure) -> ReadProbe.Answer {
        let first = ReadProbe.registers(0, count: 1).ask(unit, over: &link)
        if case .lost(let error) = first { try survive(error, &link) }
        guard plan.isThorough, !first.isFromBoard, !isGarbled(first) else { return first }
        let second = ReadProbe.coils(0, count: 1).ask(unit, over: &link)
        if case .lost(let error) = second { try survive(error, &link) }
        return second
    }

    /// A board may close the connection on what it does not like: that is no end of the scan.
    private func survive(_ error: ModbusError, _ link: inout ModbusLink) throws(ScanFailure) {
        guard !isSerial, case .disconnected = error else { throw failure(error) }
        do throws(ModbusError) { try link.open() } catch { throw self.failure(error) }
    }

    /// Asks an address again and again, with more time, and looks what it is.
    private func examine(_ unit: ModbusUnit, _ settings: LineSettings) throws(ScanFailure) -> ScanFinding? {
        var link = try open(settings, answerMs: max(plan.answerMs, 300))
        let probe = ReadProbe.registers(0, count: 1)
        var (good, garbled, silent) = (0, 0, 0)
        let lateBefore = link.lateReplies
        for _ in 0..<Self.repeats {
            let answer = probe.ask(unit, over: &link)
            if answer.isFromBoard {
                good += 1
            } else if isGarbled(answer) {
                garbled += 1
            } else {
                silent += 1
            }
        }
        // Bytes after a whole answer: a second board said its own a little later.
        let after = link.lateReplies - lateBefore
        guard good + garbled > 0 else { return nil }
        let shown = isSerial ? settings : nil
        if garbled + after >= 2, isSerial {
            return ScanFinding(
                unit: unit.rawValue,
                settings: shown,
                kind: .collision,
                evidence: "of \(Self.repeats) answers \(garbled) garbled, \(after) followed by another"
            )
        }
        guard good > 0 else { return nil }
        var guess = ProfileGuess(profiles, unit: unit, isSerial: isSerial)
        let fitting = guess.best(over: &link)
        return ScanFinding(
            unit: unit.rawValue,
            settings: shown,
            kind: .board(profiles: fitting),
            evidence: "\(good) of \(Self.repeats) answers good"
        )
    }

    // MARK: Networks

    /// A device of its own on a network often does not look at the address: then three that nobody gives a
    /// board answer, too.
    private func everyAddress(_ settings: LineSettings) throws(ScanFailure) -> ScanFinding? {
        var link = try open(settings, answerMs: max(plan.answerMs, 500))
        for number in [UInt8(247), 201, 118] {
            guard let unit = ModbusUnit(number),
                ReadProbe.registers(0, count: 1).ask(unit, over: &link).isFromBoard
            else { return nil }
        }
        guard let unit = ModbusUnit(1) else { return nil }
        var guess = ProfileGuess(profiles, unit: unit, isSerial: false)
        let fitting = guess.best(over: &link)
        return ScanFinding(
            unit: 1,
            settings: nil,
            kind: .everyAddress(profiles: fitting),
            evidence: "answers as unit 247, 201 and 118 as well"
        )
    }

    private func noteSilence(_ state: inout State) {
        if case .network = plan.target, let unit = ModbusUnit(1),
            var link = try? open(LineSettings(baud: 9600), answerMs: 500), link.speaksSerialFrames(unit: unit)
        {
            state.result.notes.append(
                "it speaks RTU frames over TCP: set its serial server to the Modbus TCP protocol"
            )
        } else if isSerial {
            state.result.notes.append(
                "nothing answers: check power, and A and B (swap them)"
            )
        }
    }
}
