internal import DeviceIO

/// Requests and answers on one serial line with boards that do not speak Modbus; for any of their protocols.
///
/// The rules are those of the Modbus link: the line is quiet and empty before each request, an answer's time is
/// bounded as a whole, and after a failure late answers are waited for and thrown away (a tty), or the connection is
/// dropped with all that it still held (a serial server). Nothing is ever sent twice.
final class SerialExchange {
    /// A request and what is waited for.
    struct Question<Frame, Reply> {
        let frame: [UInt8]
        let unit: UInt8
        /// The answer's length, for the time it takes on the line.
        let replyLength: Int
        /// Until the answer begins; `nil`: the bus's own limit.
        var replyWithinMs: Int?
        var notAfter: BootTime?
        let peek: (ArraySlice<UInt8>) -> FramePeek<Frame>
        let verdict: (Frame) -> FrameVerdict<Reply>
    }

    /// What was found on the idle line.
    enum Leftover {
        /// Frames that a board sends unasked.
        case unsolicited
        /// An answer.
        case answer
        case noise
    }

    private let place: SerialPlace
    private let responseMs: UInt64
    private let byteMs: UInt64
    private let connectMs: UInt64
    private let characterNanoseconds: UInt64
    private let gapNanoseconds: UInt64

    private var line: SerialLine?
    private var failuresInARow = 0
    private var lastActive = BootTime(nanoseconds: 0)
    private var quietUntil = BootTime(nanoseconds: 0)
    private var lateUnit: UInt8?
    private var lateUntil = BootTime(nanoseconds: 0)
    /// The last request wants no answer; some boards give one all the same.
    private var wasTold = false
    private var lastFault: WireFault?
    /// Times that bytes of an earlier answer were found and thrown away.
    private(set) var lateReplies = 0
    /// Times that bytes that nobody sent came before an answer, or on the idle line.
    private(set) var strayBytes = 0
    /// Times that a second answer followed a whole one.
    private(set) var secondReplies = 0
    /// From the end of the last request to the first byte of its answer.
    private(set) var replyMicroseconds: Int?
    /// What bytes on the idle line are.
    private let kind: ([UInt8]) -> Leftover

    init(
        place: SerialPlace,
        configuration: BusConfiguration,
        kind: @escaping ([UInt8]) -> Leftover
    ) {
        self.place = place
        self.kind = kind
        responseMs = UInt64(max(1, configuration.responseTimeoutMs))
        byteMs = UInt64(max(1, configuration.byteTimeoutMs))
        connectMs = UInt64(configuration.connectMs)
        // Behind a serial server the line's speed is not known here: the slowest of these boards' speeds.
        let baud = if case .port(_, let baud, _, _) = place { baud } else { 9600 }
        characterNanoseconds = 11 * 1_000_000_000 / UInt64(max(1, baud))
        gapNanoseconds = max(characterNanoseconds * 4, UInt64(max(0, configuration.requestGapMs)) * 1_000_000)
    }

    var isOpen: Bool { line != nil }

    func open() throws(WireFailure) {
        _ = try opened()
    }

    func close() {
        line = nil
    }

    func readyAt(_ unit: UInt8) -> BootTime {
        unit == lateUnit ? max(quietUntil, lateUntil) : quietUntil
    }

    /// Sends a request that need not be answered; returns the moment just before.
    /// - Parameter quietMs: no other request for so long.
    @discardableResult
    func tell(
        _ frame: [UInt8],
        unit: UInt8,
        notAfter: BootTime? = nil,
        quietMs: Int = 0
    ) throws(WireFailure) -> BootTime {
        let sentAt = try send(frame, unit: unit, notAfter: notAfter)
        wasTold = true
        if quietMs > 0 { quietUntil = max(quietUntil, sentAt.advanced(byMilliseconds: UInt64(quietMs))) }
        return sentAt
    }

    /// Sends a request and waits for its answer.
    func ask<Frame, Reply>(
        _ question: Question<Frame, Reply>
    ) throws(WireFailure) -> (reply: Reply, sentAt: BootTime) {
        let sentAt = try send(question.frame, unit: question.unit, notAfter: question.notAfter)
        let wait = question.replyWithinMs.map { UInt64($0) } ?? responseMs
        var deadline = sentAt.advanced(byMilliseconds: wait)
        let onLineMs = UInt64(question.replyLength + 1) * characterNanoseconds / 1_000_000
        var bytes: [UInt8] = []
        var hasBegun = false
        replyMicroseconds = nil
        while true {
            let isNew = try receive(into: &bytes, until: deadline)
            let scan = FrameScan(bytes, peek: question.peek, verdict: question.verdict)
            let now = BootTime.now()
            lastActive = now
            if isNew, replyMicroseconds == nil {
                let sending = UInt64(question.frame.count) * characterNanoseconds
                let spent = now.nanoseconds - sentAt.nanoseconds
                replyMicroseconds = Int((spent > sending ? spent - sending : 0) / 1000)
            }
            if let reply = scan.reply {
                failuresInARow = 0
                lastFault = nil
                if scan.end < bytes.count { count(Array(bytes[scan.end...])) }
                if scan.garbage > 0, !bytes.starts(with: question.frame) { strayBytes += 1 }
                return (reply, sentAt)
            }
            if scan.isPartial, !hasBegun {
                hasBegun = true
                deadline = max(deadline, now.advanced(byMilliseconds: onLineMs + byteMs))
            }
            if !isNew || bytes.count > 1024 {
                recover(from: scan.fault, unit: question.unit, at: now)
                throw WireFailure(fault: scan.fault, wasSent: true)
            }
        }
    }

    private func opened() throws(WireFailure) -> SerialLine {
        if let line { return line }
        do throws(SerialLineError) {
            let opened = try SerialLine(place: place, withinMilliseconds: connectMs)
            line = opened
            failuresInARow = 0
            return opened
        } catch {
            throw WireFailure(fault: .lost(error.description), wasSent: false)
        }
    }

    private func send(_ frame: [UInt8], unit: UInt8, notAfter: BootTime?) throws(WireFailure) -> BootTime {
        let line = try opened()
        try quiet(line, unit)
        let now = BootTime.now()
        if let notAfter, notAfter < now { throw WireFailure(fault: .expired, wasSent: false) }
        do throws(SerialLineError) {
            try line.write(frame)
        } catch {
            close()
            // Part of it may have left.
            throw WireFailure(fault: .lost(error.description), wasSent: true)
        }
        let onLine = UInt64(frame.count) * characterNanoseconds
        lastActive = BootTime(nanoseconds: now.nanoseconds + onLine)
        wasTold = false
        return now
    }

    private func receive(into bytes: inout [UInt8], until deadline: BootTime) throws(WireFailure) -> Bool {
        guard let line else { throw WireFailure(fault: .lost("the line was closed"), wasSent: true) }
        do throws(SerialLineError) {
            return try line.read(into: &bytes, until: deadline)
        } catch {
            close()
            throw WireFailure(fault: .lost(error.description), wasSent: true)
        }
    }

    /// Waits until nothing has been on the line for the gap, throwing away what comes meanwhile.
    private func quiet(_ line: SerialLine, _ unit: UInt8) throws(WireFailure) {
        line.rest(until: readyAt(unit))
        var isCounted = false
        for _ in 0..<8 {
            line.rest(until: BootTime(nanoseconds: lastActive.nanoseconds + gapNanoseconds))
            let stale: [UInt8]
            do throws(SerialLineError) {
                stale = try line.discard()
            } catch {
                close()
                throw WireFailure(fault: .lost(error.description), wasSent: false)
            }
            if stale.isEmpty { return }
            if !wasTold, !isCounted { count(stale) }
            isCounted = true
            wasTold = false
            lastActive = BootTime.now()
        }
        close()
        throw WireFailure(
            fault: .unusable("the line is never quiet; check termination and bias"),
            wasSent: false
        )
    }

    /// Says what it was that waited on the line before a request.
    private func count(_ stale: [UInt8]) {
        switch (kind(stale), lastFault) {
        case (.unsolicited, _): break
        case (_, .timeout), (_, .shortFrame): lateReplies += 1
        case (.answer, nil): secondReplies += 1
        case (.noise, nil): strayBytes += 1
        // The rest of an answer that was found worthless before it was whole.
        default: break
        }
    }

    /// After silence the longest answer time has passed: only this board may still speak. Otherwise nobody knows
    /// who does.
    private func recover(from fault: WireFault, unit: UInt8, at now: BootTime) {
        failuresInARow += 1
        lastFault = fault
        if case .server = place { return close() }
        let late = now.advanced(byMilliseconds: responseMs)
        quietUntil = fault == .timeout ? now.advanced(byMilliseconds: 50) : late
        lateUnit = unit
        lateUntil = late
        if failuresInARow % 3 == 0 { close() }
    }
}
