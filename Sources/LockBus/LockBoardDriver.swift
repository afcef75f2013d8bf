internal import DeviceIO

/// A bus's wire and the protocol of its boards, in terms of locks. The seam below ``LockBus``.
///
/// Each call is at most one request, blocks for a bounded time and decides nothing: no retries, no
/// state about locks. Boards are named by their index in the configuration, channels and inputs count from
/// 1. Nothing in it can toggle a coil or address more than one coil with "on".
protocol LockBoardDriver: AnyObject {
    var isOpen: Bool { get }
    /// From when an ordinary request to a board need not wait for late replies after a failure.
    func readyAt(_ board: Int) -> BootTime
    /// Times that bytes of earlier replies were found and thrown away.
    var lateReplies: Int { get }

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

    /// Sends the one command that energises a lock, not later than `notAfter`; returns the moment it left.
    func pulse(_ board: Int, channel: Int, durationMs: Int, notAfter: BootTime) throws(WireFailure)
        -> BootTime
    func switchOff(_ board: Int, channel: Int) throws(WireFailure)

    /// Has `changed` called, from any thread, with a board whose inputs may have changed. Boards that can only be
    /// polled never call it.
    func watchInputs(_ changed: @escaping @Sendable (Int) -> Void)
    /// When an input got the level that was read last; `nil` where only the reading has a time.
    func inputChangedAt(_ board: Int, input: Int) -> BootTime?

    /// Finds a cause for a board that never answers; may close the port.
    func diagnose(_ board: Int) -> WireFault?
}

extension LockBoardDriver {
    func watchInputs(_ changed: @escaping @Sendable (Int) -> Void) {}
    func inputChangedAt(_ board: Int, input: Int) -> BootTime? { nil }
    func restartCount(_ board: Int) -> Int { 0 }
    func restart(_ board: Int, step: Int) throws(WireFailure) {}
}

/// Why a request to a board failed.
enum WireFault: Hashable, Sendable {
    case timeout
    case crc
    case wrongUnit(UInt8)
    case shortFrame
    case wrongEcho
    case lateReply
    /// The board refused with a code. `isCertain`: it surely did nothing.
    case refused(code: UInt8, isCertain: Bool)
    /// The request was too old to be sent.
    case expired
    /// A register does not hold what it must.
    case wrongSetting(String)
    /// The port or connection is gone, or cannot be opened.
    case lost(String)
    /// Anything else that makes the answer worthless.
    case unusable(String)

    /// For people.
    var reason: String {
        switch self {
        case .timeout: "no answer"
        case .crc: "garbled answers; check cabling, termination and baud rate"
        case .wrongUnit(let unit): "unit \(unit) answered instead; check for two boards with one address"
        case .shortFrame: "answers break off; check cabling and responseTimeoutMs"
        case .wrongEcho: "the board confirmed another command"
        case .lateReply: "answers come too late; raise responseTimeoutMs"
        case .refused(let code, _): "the board refuses with code \(code); check its profile"
        case .expired: "the request was too old"
        case .wrongSetting(let text), .lost(let text), .unusable(let text): text
        }
    }
}

/// A failed request.
struct WireFailure: Error {
    let fault: WireFault
    /// `false`: surely nothing was sent.
    let wasSent: Bool
}
