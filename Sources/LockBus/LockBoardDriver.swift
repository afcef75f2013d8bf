internal import DeviceIO

/// A bus's wire and the protocol of its boards, in terms of locks. The seam below ``LockBus``.
///
/// Each call is one request (two where a board needs to be told something first), blocks for a bounded time and
/// decides nothing: no retries, no state about locks. Boards are named by their index in the configuration,
/// channels and inputs count from 1. Nothing in it can toggle a coil or address more than one coil with "on".
protocol LockBoardDriver: AnyObject {
    var isOpen: Bool { get }
    /// From when an ordinary request to a board need not wait for late replies after a failure.
    func readyAt(_ board: Int) -> BootTime
    /// Until when the line is left quiet between two frames.
    var quietUntil: BootTime { get }
    /// Times that bytes of earlier replies were found and thrown away.
    var lateReplies: Int { get }
    /// Times that bytes that nobody sent were found on the idle line.
    var strayBytes: Int { get }
    /// Times that a second answer followed a whole one.
    var secondReplies: Int { get }
    /// From the end of the last request to the first byte of its answer; `nil` where that is not known.
    var replyMicroseconds: Int? { get }

    /// Opens the port or connection.
    func open() throws(WireFailure)
    func close()

    /// Switches every coil of a board off.
    func allOff(_ board: Int) throws(WireFailure)
    /// Whether each coil is on. `hasty`: do not wait long for late replies; for the time right after a pulse.
    func readCoils(_ board: Int, hasty: Bool) throws(WireFailure) -> [Bool]
    /// Requests that a board needs after its coils are off and before it is used.
    func preparationCount(_ board: Int) -> Int
    func prepare(_ board: Int, step: Int) throws(WireFailure)
    /// Requests that let a board take commands again after its output watchdog has tripped; 0 when it needs
    /// none.
    func restartCount(_ board: Int) -> Int
    func restart(_ board: Int, step: Int) throws(WireFailure)
    /// The level of each input; empty when the board has none.
    func readInputs(_ board: Int) throws(WireFailure) -> [Bool]
    /// A holding register; boards without registers refuse.
    func readRegister(_ board: Int, address: UInt16) throws(WireFailure) -> UInt16

    /// Sends the one command that energises a lock, not later than `notAfter`; returns the moment it left.
    func pulse(_ board: Int, channel: Int, durationMs: Int, notAfter: BootTime) throws(WireFailure)
        -> BootTime
    func switchOff(_ board: Int, channel: Int) throws(WireFailure)
    /// Switches a lamp or a beeper; an output that is no point is refused, for it may be a lock.
    func switchOutput(_ board: Int, output: Int, on: Bool) throws(WireFailure)

    /// Has `changed` called, from any thread, with a board whose inputs may have changed. Boards that can only be
    /// polled never call it.
    func watchInputs(_ changed: @escaping @Sendable (Int) -> Void)
    /// When an input got the level that was read last; `nil` where only the reading has a time.
    func inputChangedAt(_ board: Int, input: Int) -> BootTime?

    /// Finds a cause for a board that never answers; may close the port.
    func diagnose(_ board: Int) -> WireFault?
}

extension LockBoardDriver {
    var strayBytes: Int { 0 }
    var secondReplies: Int { 0 }
    var replyMicroseconds: Int? { nil }
    var quietUntil: BootTime { BootTime(nanoseconds: 0) }
    func watchInputs(_ changed: @escaping @Sendable (Int) -> Void) {}
    func inputChangedAt(_ board: Int, input: Int) -> BootTime? { nil }
    func restartCount(_ board: Int) -> Int { 0 }
    func restart(_ board: Int, step: Int) throws(WireFailure) {}

    func readRegister(_ board: Int, address: UInt16) throws(WireFailure) -> UInt16 {
        throw WireFailure(fault: .unusable("the board has no registers"), wasSent: false)
    }

    func switchOutput(_ board: Int, output: Int, on: Bool) throws(WireFailure) {
        throw WireFailure(fault: .unusable("the board's outputs are for locks only"), wasSent: false)
    }
}

/// Why a request to a board failed.
enum WireFault: Hashable, Sendable {
    case timeout
    case crc
    case wrongUnit(UInt8)
    case shortFrame
    case wrongEcho
    case lateReply
    /// Bytes that nobody sent came before the answer.
    case leadingGarbage
    /// The answer lacks its beginning.
    case headLost
    /// The request itself came back.
    case ownEcho
    /// The network board speaks another protocol.
    case wrongMode(String)
    /// The board refused with a code. `isCertain`: it surely did nothing.
    case refused(code: UInt8, isCertain: Bool)
    /// The coil or its supply must rest, says who guards it: surely nothing was switched on.
    case coilBudget(retryAfterMs: Int)
    /// The request was too old to be sent.
    case expired
    /// A register does not hold what it must.
    case wrongSetting(String)
    /// The port or connection is gone, or cannot be opened.
    case lost(String)
    /// Anything else that makes the answer worthless.
    case unusable(String)

    /// Whether it is a proper answer all the same.
    var isAnswer: Bool {
        if case .refused = self { true } else { false }
    }

    /// For people.
    var reason: String {
        switch self {
        case .timeout: "no answer"
        case .crc: "garbled answers; check cabling, termination and baud rate"
        case .wrongUnit(let unit): "unit \(unit) answered instead; check for two boards with one address"
        case .shortFrame: "answers break off; check cabling and responseTimeoutMs"
        case .wrongEcho: "the board confirmed another command"
        case .lateReply: "answers come too late; raise responseTimeoutMs"
        case .leadingGarbage: "bytes before the answers that nobody sent; check bias and termination"
        case .headLost: "answers without their beginning; check the adapter's turnaround"
        case .ownEcho: "the adapter hears its own requests; switch its echo off"
        case .refused(let code, _): "the board refuses with code \(code); check its profile"
        case .expired: "the request was too old"
        case .coilBudget(let ms): "the coil or its supply must rest for another \(ms) ms"
        case .wrongMode(let text), .wrongSetting(let text), .lost(let text), .unusable(let text): text
        }
    }
}

/// A failed request.
struct WireFailure: Error {
    let fault: WireFault
    /// `false`: surely nothing was sent.
    let wasSent: Bool
}
