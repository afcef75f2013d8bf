/// Names what the counts of a bus are consistent with.
///
/// A pure function. It claims nothing that software cannot see: each finding gives its counts and says what to
/// check with which tool. The patterns are those of installations in the field: phantom bytes on a floating
/// line (libmodbus #304), a cable beside mains (mbusd #94), an adapter that drives the line too long
/// (esphome_modbus_bridge #23), and FTDI's latency timer of 16 ms (rosserial #383).
public enum BusDoctor {
    /// - Parameters:
    ///   - reports: one for each board of the configuration, in its order.
    ///   - earlier: the counters from which to count, in the same order.
    public static func findings(
        on bus: BusConfiguration,
        _ reports: [BoardReport],
        since earlier: [BoardCounters]
    ) -> [Finding] {
        var patients: [Patient] = []
        for (index, report) in reports.enumerated() where index < bus.boards.count {
            let before = index < earlier.count ? earlier[index] : BoardCounters()
            patients.append(
                Patient(
                    board: report.board,
                    unit: bus.boards[index].unit,
                    counters: report.counters.since(before),
                    hasEverAnswered: report.counters.answers > 0
                )
            )
        }
        return Examination(bus: bus, patients: patients).findings()
    }
}

/// One board's counts.
struct Patient {
    let board: BoardName
    let unit: UInt8
    let counters: BoardCounters
    let hasEverAnswered: Bool

    /// Of its requests, so many were answered with something that could not be used.
    var garbledShare: Double { Self.share(counters.garbled, counters.requests) }

    static func share(_ part: Int, _ whole: Int) -> Double {
        Double(part) / Double(max(1, whole))
    }
}

/// Looks at all boards of one bus. What explains a board's errors best takes them away from what is looked for
/// after it, so that one cause is one finding.
private struct Examination {
    let bus: BusConfiguration
    let patients: [Patient]

    /// Errors below this share are noise of a working line.
    private static let noise = 0.005
    /// So many equal signs make a pattern.
    private static let enough = 3

    private var isSerial: Bool {
        switch bus.transport {
        case .rtu, .serial: true
        case .tcp, .serialTCP, .gpio: false
        }
    }

    func findings() -> [Finding] {
        var found: [Finding] = []
        var open = patients.filter { $0.counters.requests > 0 || $0.counters.wrongMode > 0 }
        func conclude(_ new: [Finding]) {
            found += new
            open.removeAll { patient in new.contains { $0.boards.contains(patient.board) } }
        }
        conclude(wrongMode(open))
        conclude(silence(open))
        guard isSerial else {
            conclude(slow(open))
            return found
        }
        conclude(adapter(open))
        conclude(wrongBaud(open))
        conclude(interference(open))
        conclude(addresses(open))
        conclude(line(open))
        conclude(slow(open))
        found += latency()
        return found
    }

    private func finding(_ cause: Finding.Cause, _ boards: [Patient], _ evidence: String) -> Finding {
        Finding(bus: bus.name, boards: boards.map(\.board), cause: cause, evidence: evidence)
    }

    private func sum(_ boards: [Patient], _ path: KeyPath<BoardCounters, Int>) -> Int {
        boards.reduce(0) { $0 + $1.counters[keyPath: path] }
    }

    private func wrongMode(_ boards: [Patient]) -> [Finding] {
        let shown = boards.filter { $0.counters.wrongMode > 0 }
        guard !shown.isEmpty else { return [] }
        return [finding(.wrongMode, shown, "an RTU frame came where Modbus TCP was asked for")]
    }

    private func silence(_ boards: [Patient]) -> [Finding] {
        let silent = boards.filter { patient in
            patient.counters.answers == 0 && patient.counters.garbled == 0
                && patient.counters.timeouts >= 2
        }
        guard !silent.isEmpty else { return [] }
        let asked = "\(sum(silent, \.timeouts)) requests, no byte in answer"
        let others = patients.filter { $0.counters.answers > 0 || $0.counters.garbled > 0 }
        if others.isEmpty, silent.count == patients.count, patients.count > 1 {
            return [finding(.silentLine, silent, asked)]
        }
        return silent.map { patient in
            let text = "\(patient.counters.timeouts) requests, no byte in answer"
            return finding(.silentBoard, [patient], others.isEmpty ? text : text + "; others answer")
        }
    }

    private func adapter(_ boards: [Patient]) -> [Finding] {
        var found: [Finding] = []
        let echoes = boards.filter { $0.counters.ownEchoes > 0 }
        if sum(echoes, \.ownEchoes) >= Self.enough {
            found.append(finding(.adapterEcho, echoes, "\(sum(echoes, \.ownEchoes)) requests came back"))
        }
        let heads = boards.filter { $0.counters.headsLost > 0 }
        if sum(heads, \.headsLost) >= Self.enough {
            let text =
                "\(sum(heads, \.headsLost)) of \(sum(heads, \.requests)) answers lacked their first byte"
            found.append(finding(.adapterTurnaround, heads, text))
        }
        return found
    }

    private func wrongBaud(_ boards: [Patient]) -> [Finding] {
        let deaf = boards.filter { !$0.hasEverAnswered && $0.counters.garbled >= 2 }
        guard !deaf.isEmpty else { return [] }
        let text = "bytes came \(sum(deaf, \.garbled)) times, and never a frame"
        return [finding(.wrongBaud, deaf, text)]
    }

    /// Errors while a lock is energised, and hardly any otherwise.
    private func interference(_ boards: [Patient]) -> [Finding] {
        let beside = sum(boards, \.requestsBesidePulses)
        let failedBeside = sum(boards, \.failuresBesidePulses)
        let failed = boards.reduce(0) { $0 + $1.counters.garbled + $1.counters.timeouts }
        let calm = sum(boards, \.requests) - beside
        guard failedBeside >= Self.enough, beside >= 10, calm >= 10 else { return [] }
        let shareBeside = Patient.share(failedBeside, beside)
        let shareCalm = Patient.share(max(0, failed - failedBeside), calm)
        guard shareBeside >= 0.03, shareBeside >= 5 * shareCalm else { return [] }
        let shown = boards.filter { $0.counters.failuresBesidePulses > 0 }
        let text =
            "\(failedBeside) of \(beside) requests failed beside pulses,"
            + " \(max(0, failed - failedBeside)) of \(calm) otherwise"
        return [finding(.interference, shown, text)]
    }

    private func addresses(_ boards: [Patient]) -> [Finding] {
        var found: [Finding] = []
        for patient in boards {
            let counters = patient.counters
            if counters.secondReplies >= Self.enough {
                let text =
                    "\(counters.secondReplies) times a second answer followed from address \(patient.unit)"
                found.append(finding(.sharedAddress, [patient], text))
                continue
            }
            if counters.wrongSlave >= Self.enough, counters.wrongSlave * 2 > counters.garbled {
                let text = "\(counters.wrongSlave) times another address answered than \(patient.unit)"
                found.append(finding(.wrongAddress, [patient], text))
                continue
            }
            // Two answers at once are neither. One board alone says nothing: the line may be bad as well.
            let others = patients.filter { $0.board != patient.board && $0.counters.answers >= 20 }
            let clashes = counters.crcErrors + counters.shortFrames
            guard !others.isEmpty, clashes >= 2 * Self.enough,
                Patient.share(clashes, counters.requests) >= 0.05,
                others.allSatisfy({ $0.garbledShare < Self.noise })
            else { continue }
            let text =
                "\(clashes) of \(counters.requests) answers from address \(patient.unit) garbled,"
                + " \(sum(others, \.garbled)) of \(sum(others, \.requests)) from all others"
            found.append(finding(.sharedAddress, [patient], text))
        }
        return found
    }

    private func line(_ boards: [Patient]) -> [Finding] {
        let requests = sum(boards, \.requests)
        let garbage = boards.filter { $0.counters.leadingGarbage > 0 }
        let bytes = sum(garbage, \.leadingGarbage)
        if bytes >= Self.enough, Patient.share(bytes, requests) >= Self.noise {
            let text = "\(bytes) times in \(requests) requests bytes that nobody sent"
            return [finding(.missingBias, garbage, text)]
        }
        let mangled = boards.filter { $0.counters.crcErrors + $0.counters.shortFrames > 0 }
        let errors = sum(mangled, \.crcErrors) + sum(mangled, \.shortFrames)
        guard errors >= 2 * Self.enough, Patient.share(errors, requests) >= 2 * Self.noise else { return [] }
        let text =
            "\(sum(mangled, \.crcErrors)) wrong checksums and \(sum(mangled, \.shortFrames)) short frames"
            + " in \(requests) requests"
        return [finding(.missingTermination, mangled, text)]
    }

    private func slow(_ boards: [Patient]) -> [Finding] {
        boards.filter { $0.counters.lateReplies >= Self.enough }.map { patient in
            let text =
                "\(patient.counters.lateReplies) answers after \(bus.responseTimeoutMs) ms,"
                + " the slowest in time after \(patient.counters.slowestReplyMicroseconds / 1000) ms"
            return finding(.slowBoard, [patient], text)
        }
    }

    /// The same delay before every answer of every board belongs to what they share.
    private func latency() -> [Finding] {
        let answering = patients.filter { $0.counters.answers >= 20 }
        let times = answering.map(\.counters.fastestReplyMicroseconds)
        guard answering.count >= 2, let least = times.min(), let most = times.max() else { return [] }
        guard least >= 8000, most - least <= 8000 else { return [] }
        let text = "no board's first byte came sooner than \(least / 1000) ms after its request"
        return [finding(.adapterLatency, answering, text)]
    }
}
