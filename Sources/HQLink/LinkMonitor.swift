internal import Logging
internal import Synchronization

/// What the link has done since it was made.
public struct HQLinkCounters: Hashable, Sendable {
    /// Feed pages applied.
    public var pagesApplied = 0
    /// Items in them.
    public var items = 0
    /// Items in them that broke the contract.
    public var malformedItems = 0
    /// Bytes of feed pages read.
    public var feedBytes = 0
    /// Feed pages that could not be read: no JSON, no page, another media type.
    public var badPages = 0
    /// Feed pages larger than is read.
    public var oversizePages = 0
    /// Times HQ asked for a resync.
    public var resyncs = 0
    /// Feed questions that failed for another reason.
    public var feedFailures = 0
    /// Events that HQ has.
    public var delivered = 0
    /// Events that HQ has accepted and not processed yet; part of `delivered`.
    public var deliveredPending = 0
    /// Deliveries that have to be tried again.
    public var deliveryRetries = 0
    /// Events that HQ refuses for good.
    public var parked = 0
    /// States that HQ has taken.
    public var statesSent = 0
    /// States that it has not.
    public var stateFailures = 0
}

/// Keeps status and counters of the link, logs changes once, and tells the station the latest status.
final class LinkMonitor: Sendable {
    private struct State {
        var status = HQLinkStatus()
        var counters = HQLinkCounters()
    }

    private let state = Mutex(State())
    private let logger: Logger
    private let changes: AsyncStream<HQLinkStatus>
    private let continuation: AsyncStream<HQLinkStatus>.Continuation

    init(logger: Logger) {
        self.logger = logger
        (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var counters: HQLinkCounters { state.withLock { $0.counters } }
    var status: HQLinkStatus { state.withLock { $0.status } }

    func count(_ change: (inout HQLinkCounters) -> Void) {
        state.withLock { change(&$0.counters) }
    }

    /// Passes statuses on, one at a time and in order, until the task is cancelled.
    func report(to station: any HQLinkStation) async {
        for await status in changes {
            await uncancelled { await station.linkChanged(status) }
        }
    }

    /// An operation works.
    ///
    /// - Returns: whether it failed before.
    @discardableResult
    func succeeded(_ operation: HQLinkStatus.Operation) -> Bool {
        let before = change(operation) { $0.isOK ? $0 : .ok(since: .now) }
        if !before.isOK {
            logger.notice("HQ operation works", metadata: ["operation": "\(operation.rawValue)"])
        }
        return Self.reason(before) != nil
    }

    /// An operation failed and will be tried again at `nextTry`; `needsPerson`: it is an alarm.
    func failed(
        _ operation: HQLinkStatus.Operation,
        _ trouble: HQTrouble,
        nextTry: ContinuousClock.Instant,
        needsPerson: Bool
    ) {
        let before = change(operation) { before in
            let since = Self.since(before)
            return needsPerson
                ? .paused(reason: trouble, since: since, nextTry: nextTry)
                : .failing(reason: trouble, since: since, nextTry: nextTry)
        }
        let metadata: Logger.Metadata = [
            "operation": "\(operation.rawValue)", "reason": "\(trouble)",
        ]
        if Self.reason(before) == trouble {
            logger.debug("HQ operation still fails", metadata: metadata)
        } else {
            logger.log(level: needsPerson ? .error : .warning, "HQ operation fails", metadata: metadata)
        }
    }

    private func change(
        _ operation: HQLinkStatus.Operation,
        _ body: (HQLinkStatus.Condition) -> HQLinkStatus.Condition
    ) -> HQLinkStatus.Condition {
        let before = state.withLock { state in
            let before = state.status[operation]
            state.status[operation] = body(before)
            // Yielded under the lock, so that statuses leave in the order in which they came about.
            if state.status[operation] != before { continuation.yield(state.status) }
            return before
        }
        return before
    }

    private static func since(_ condition: HQLinkStatus.Condition) -> ContinuousClock.Instant {
        switch condition {
        case .untried, .ok: .now
        case .failing(_, let since, _), .paused(_, let since, _): since
        }
    }

    private static func reason(_ condition: HQLinkStatus.Condition) -> HQTrouble? {
        switch condition {
        case .untried, .ok: nil
        case .failing(let reason, _, _), .paused(let reason, _, _): reason
        }
    }
}

/// Runs `body` in a task of its own that cancellation does not reach: a cancelled caller would otherwise roll
/// back the store's transaction (GRDB interrupts SQLite when its task is cancelled).
func uncancelled<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
    await Task { await body() }.value
}

/// As the one above, for a body that can fail.
func uncancelledThrowing<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await Task { try await body() }.value
}
