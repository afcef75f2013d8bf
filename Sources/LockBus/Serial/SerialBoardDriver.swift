internal import DeviceIO

/// Lock boards with a protocol of their own behind one serial line: KERONG CU48, CU16 and CU12, and the 0x8A boards.
///
/// They tell the state of their locks, which are the inputs here: input n is lock n's own switch, `true` while it is
/// closed, whatever the bit on the wire; on a CU16 or CU12 the infrared sensors follow. They tell nothing of their
/// coils, so ``allOff(_:)``, ``readCoils(_:hasty:)`` and ``switchOff(_:channel:)`` refuse, and nobody asks.
final class SerialBoardDriver: LockBoardDriver {
    private struct Board {
        let unit: UInt8
        let address: Address
        let profile: BoardProfile
        let map: SerialMap
        /// What the board shall keep as its time.
        let unlockTime: KerongCU16.UnlockTime?
        /// An unlock was sent and no status answered since.
        var mayBeBusy = false
        /// And it did not answer the last question: it is freed before the next one.
        var isMute = false
        /// The time that the board was found to keep is another.
        var needsTime = false
    }

    private enum Address {
        case cu48(KerongCU48.Address)
        case cu16(KerongCU16.Board)
        case board8A(LockBoard8A, LockBoard8A.Address)
    }

    private let exchange: SerialExchange
    private var boards: [Board] = []

    /// `nil` when the configuration cannot be used; ``BusConfiguration/problems()`` tells that earlier.
    init?(_ configuration: BusConfiguration) {
        guard let place = configuration.serialPlace else { return nil }
        for board in configuration.boards {
            guard let map = board.profile.serialMap, let address = Self.address(board.unit, map) else {
                return nil
            }
            let time = board.doors.first.flatMap { KerongCU16.UnlockTime(milliseconds: $0.pulseMs) }
            boards.append(
                Board(
                    unit: board.unit,
                    address: address,
                    profile: board.profile,
                    map: map,
                    unlockTime: map.pulseTime == .written ? time : nil
                )
            )
        }
        let first = boards.first?.address
        exchange = SerialExchange(place: place, configuration: configuration) { bytes in
            first.map { Self.kind(of: bytes, $0) } ?? .noise
        }
    }

    var isOpen: Bool { exchange.isOpen }
    var lateReplies: Int { exchange.lateReplies }
    var strayBytes: Int { exchange.strayBytes }
    var secondReplies: Int { exchange.secondReplies }
    var replyMicroseconds: Int? { exchange.replyMicroseconds }

    func open() throws(WireFailure) { try exchange.open() }
    func close() { exchange.close() }
    func readyAt(_ board: Int) -> BootTime { exchange.readyAt(boards[board].unit) }
    func diagnose(_ board: Int) -> WireFault? { nil }

    func allOff(_ board: Int) throws(WireFailure) { throw Self.hasNoCoils }
    func readCoils(_ board: Int, hasty: Bool) throws(WireFailure) -> [Bool] { throw Self.hasNoCoils }
    func switchOff(_ board: Int, channel: Int) throws(WireFailure) { throw Self.hasNoCoils }

    func preparationCount(_ board: Int) -> Int {
        switch boards[board].address {
        case .cu48: 0
        case .cu16: boards[board].unlockTime == nil ? 0 : 2
        case .board8A: 1
        }
    }

    func prepare(_ board: Int, step: Int) throws(WireFailure) {
        switch boards[board].address {
        case .cu48: break
        case .cu16(let number): try keepTime(board, number, step: step)
        case .board8A(let codec, let address): try refuseEcho(board, codec, address)
        }
    }

    func readInputs(_ board: Int) throws(WireFailure) -> [Bool] {
        let (map, locks) = (boards[board].map, boards[board].profile.channels)
        try freeBusy(board)
        do throws(WireFailure) {
            let (switches, others) = try readLocks(board)
            boards[board].mayBeBusy = false
            return switches.prefix(locks).map { $0 == map.closedIsOn } + others.prefix(locks)
        } catch {
            boards[board].isMute = error.fault == .timeout && boards[board].mayBeBusy
            throw error
        }
    }

    func pulse(
        _ board: Int,
        channel: Int,
        durationMs: Int,
        notAfter: BootTime
    ) throws(WireFailure) -> BootTime {
        let (unit, address, map) = (boards[board].unit, boards[board].address, boards[board].map)
        guard let frame = Self.unlockFrame(address, channel) else {
            throw WireFailure(fault: .unusable("there is no lock \(channel)"), wasSent: false)
        }
        guard case .board8A(let codec, let own) = address, case .answer(let withinMs) = map.proof else {
            let sentAt = try exchange.tell(frame, unit: unit, notAfter: notAfter)
            boards[board].mayBeBusy = map.clearsBusy
            return sentAt
        }
        let question = SerialExchange.Question<LockBoard8A.Frame, Void>(
            frame: frame,
            unit: unit,
            replyLength: 5,
            replyWithinMs: withinMs,
            notAfter: notAfter,
            peek: { codec.peek($0, awaiting: .unlocked) },
            // Either state is the board's word that it gave the pulse; what the lock then did, the switch tells.
            verdict: { Self.verdict($0, own) { $0 == UInt8(channel) ? () : nil } }
        )
        return try exchange.ask(question).sentAt
    }

    // MARK: Frames

    /// What a KERONG board gets to do what it was told before it is asked again.
    private static let settleMs = 100

    private static let hasNoCoils = WireFailure(
        fault: .unusable("the board tells nothing of its coils; its pulses end by themselves"),
        wasSent: false
    )

    private static func address(_ unit: UInt8, _ map: SerialMap) -> Address? {
        switch map.dialect {
        case .kerongCU48: KerongCU48.Address(unit).map { .cu48($0) }
        case .kerongCU16: KerongCU16.Board(unit).map { .cu16($0) }
        case .lockBoard8A:
            LockBoard8A.Address(unit).map { .board8A(LockBoard8A(statusBytes: map.statusBytes), $0) }
        }
    }

    private static func unlockFrame(_ address: Address, _ channel: Int) -> [UInt8]? {
        switch address {
        case .cu48(let own):
            KerongCU48.Lock(number: channel).map { KerongCU48.Request.unlock(own, $0).frame }
        case .cu16(let own):
            KerongCU16.Lock(number: channel).map { KerongCU16.Request.unlock(own, $0).frame }
        case .board8A(_, let own):
            LockBoard8A.Lock(number: channel).map { LockBoard8A.Request.unlock(own, $0).frame }
        }
    }

    /// What bytes on the idle line are.
    private static func kind(of bytes: [UInt8], _ address: Address) -> SerialExchange.Leftover {
        let scan: FrameScan<Void>
        switch address {
        case .cu48: scan = FrameScan(bytes, peek: KerongCU48.peek) { _ in .other }
        case .cu16: scan = FrameScan(bytes, peek: KerongCU16.peek) { _ in .other }
        case .board8A(let codec, _):
            let isAll = bytes.first == 0x80
            scan = FrameScan(bytes, peek: { codec.peek($0, awaiting: isAll ? .all : .one) }) { frame in
                if case .changed = frame { .unsolicited } else { .other }
            }
        }
        if scan.otherFrames > 0 { return .answer }
        return scan.garbage == 0 && !scan.isPartial ? .unsolicited : .noise
    }

    private func readLocks(_ board: Int) throws(WireFailure) -> (switches: [Bool], others: [Bool]) {
        let unit = boards[board].unit
        switch boards[board].address {
        case .cu48(let own):
            let question = SerialExchange.Question<KerongCU48.Status, [Bool]>(
                frame: KerongCU48.Request.status(own).frame,
                unit: unit,
                replyLength: KerongCU48.Status.length,
                peek: KerongCU48.peek,
                verdict: { $0.address == own.byte ? .mine($0.hooks) : .wrongUnit($0.address) }
            )
            return (try exchange.ask(question).reply, [])
        case .cu16(let own):
            return try exchange.ask(
                SerialExchange.Question(
                    frame: KerongCU16.Request.status(own).frame,
                    unit: unit,
                    replyLength: 9,
                    peek: KerongCU16.peek,
                    verdict: { frame -> FrameVerdict<(switches: [Bool], others: [Bool])> in
                        guard case .status(let number, let hooks, let infrared) = frame else { return .other }
                        return number == own.number ? .mine((hooks, infrared)) : .wrongUnit(number)
                    }
                )
            ).reply
        case .board8A(let codec, let own):
            let question = SerialExchange.Question<LockBoard8A.Frame, [Bool]>(
                frame: LockBoard8A.Request.status(own).frame,
                unit: unit,
                replyLength: codec.statusBytes + 4,
                peek: { codec.peek($0, awaiting: .all) },
                verdict: { frame in
                    if case .changed = frame { return .unsolicited }
                    guard case .states(let number, let switches) = frame else { return .other }
                    return number == own.byte ? .mine(switches) : .wrongUnit(number)
                }
            )
            return (try exchange.ask(question).reply, [])
        }
    }

    /// An answer about one lock of an 0x8A board.
    private static func verdict<Reply>(
        _ frame: LockBoard8A.Frame,
        _ own: LockBoard8A.Address,
        _ reply: (UInt8) -> Reply?
    ) -> FrameVerdict<Reply> {
        switch frame {
        case .changed: return .unsolicited
        case .unlocked(let board, let lock, _):
            guard board == own.byte else { return .wrongUnit(board) }
            return reply(lock).map { .mine($0) } ?? .other
        case .states, .state, .echo: return .other
        }
    }

    // MARK: Preparation

    /// An adapter that repeats what it sends looks like a board that answers "unlocked": it is not used.
    private func refuseEcho(
        _ board: Int,
        _ codec: LockBoard8A,
        _ own: LockBoard8A.Address
    ) throws(WireFailure) {
        guard let first = LockBoard8A.Lock(number: 1) else { return }
        let question = SerialExchange.Question<LockBoard8A.Frame, Bool>(
            frame: LockBoard8A.Request.lockStatus(own, first).frame,
            unit: boards[board].unit,
            replyLength: 5,
            peek: { codec.peek($0, awaiting: .one) },
            verdict: { frame in
                switch frame {
                case .echo: .mine(true)
                case .changed: .unsolicited
                case .state(let number, _, _): number == own.byte ? .mine(false) : .wrongUnit(number)
                case .states, .unlocked: .other
                }
            }
        )
        guard try exchange.ask(question).reply else { return }
        throw WireFailure(fault: .ownEcho, wasSent: true)
    }

    /// Reads the board's time; writes it if it differs, so that its memory is not worn; reads it again.
    private func keepTime(_ board: Int, _ own: KerongCU16.Board, step: Int) throws(WireFailure) {
        guard let wanted = boards[board].unlockTime else { return }
        if step == 1, boards[board].needsTime {
            let frame = KerongCU16.Request.setUnlockTime(own, wanted).frame
            try exchange.tell(frame, unit: boards[board].unit, quietMs: Self.settleMs)
        }
        let question = SerialExchange.Question<KerongCU16.Frame, UInt16>(
            frame: KerongCU16.Request.unlockTime(own).frame,
            unit: boards[board].unit,
            replyLength: 7,
            peek: KerongCU16.peek,
            verdict: { frame in
                guard case .unlockTime(let number, let ticks) = frame else { return .other }
                return number == own.number ? .mine(ticks) : .wrongUnit(number)
            }
        )
        let kept = try exchange.ask(question).reply
        boards[board].needsTime = kept != wanted.ticks
        guard step == 1, kept != wanted.ticks else { return }
        throw WireFailure(
            fault: .wrongSetting(
                "the board does not keep its unlock time (0x37); its profile must say `time: fixed`"
            ),
            wasSent: true
        )
    }

    /// A board that fell silent after an unlock is freed, once for each unlock.
    private func freeBusy(_ board: Int) throws(WireFailure) {
        guard boards[board].isMute, case .cu16(let own) = boards[board].address else { return }
        (boards[board].isMute, boards[board].mayBeBusy) = (false, false)
        let frame = KerongCU16.Request.clearBusy(own).frame
        try exchange.tell(frame, unit: boards[board].unit, quietMs: Self.settleMs)
    }
}
