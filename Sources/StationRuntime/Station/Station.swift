internal import DeviceIO
internal import Foundation
internal import KioskServer
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

/// The one place that decides: takes an event, lets the core decide, commits, then acts.
///
/// It lives on a thread of its own, because committing blocks. Scans, touches and doors come in as urgent
/// work, the feed as
/// ordinary work in slices, so that nobody at the wall waits behind HQ.
public actor Station {
    /// What the station acts on, wired up after it exists.
    struct Hands: Sendable {
        /// Orders a pulse; the answer comes back as an event.
        var pulse: @Sendable (Effect.Pulse) -> Void = { _ in }
        /// Its intent is being committed: it will follow, or not. Nothing may move yet.
        var expect: @Sendable (Effect.Pulse) -> Void = { _ in }
        /// Shows the kiosk a new view.
        var show: @Sendable (KioskView) -> Void = { _ in }
        /// The outbox has grown.
        var deliver: @Sendable () -> Void = {}
        /// HQ should hear of the wall's new state soon.
        var reportState: @Sendable () -> Void = {}
        /// The program is to end, to be started again with its configuration as it is then.
        var restart: @Sendable () -> Void = {}
        /// What is wrong with the configuration file as it is now; nil: nothing.
        var checkConfiguration: @Sendable () -> String? = { nil }
    }

    nonisolated let thread: DeviceThread
    nonisolated let configuration: StationConfiguration
    let store: StationStore
    let key: StationKey
    let logger: Logger
    let health: HealthBook

    private(set) var state: StationState
    private(set) var revision: UInt64 = 0
    private(set) var hands = Hands()
    private var isStopping = false
    private var failure: StoreError?
    /// Journal lines of decisions that had nothing durable: they go with the next commit.
    private var unwritten: [JournalLine] = []
    private var timer: Task<Void, Never>?
    private var timerAt: Instant?
    private var ids: UniqueIDs
    var feed = FeedProgress()
    /// What HQ has signed counts by these.
    var hqKeys: KeyRing
    /// What codes are digested under.
    var codeKeys: CodeKeys
    /// When the opening hours were worked out.
    var calendarReadAt: StationTime?
    /// HQ wants counters in the state report until then.
    var diagnosticsUntil: Instant?
    /// Doors are served although nobody has walked them: demos and tests.
    nonisolated let isUnwalkedServed: Bool
    var doorMap = DoorMap.Reading.none
    var presence = PresenceDesk()
    var watchers = WallWatchers()

    /// A station that remembers, and has read nothing yet.
    init(
        configuration: StationConfiguration,
        opened: StationStore.Opened,
        key: StationKey,
        health: HealthBook,
        logger: Logger,
        isUnwalkedServed: Bool = false
    ) throws {
        self.isUnwalkedServed = isUnwalkedServed
        thread = DeviceThread(name: "station")
        self.configuration = configuration
        store = opened.store
        self.key = key
        self.health = health
        self.logger = logger
        ids = UniqueIDs()
        hqKeys = try Self.storedKeys(opened.store)
        codeKeys = try Self.storedCodeKeys(opened.store, file: key)
        var policy = configuration.policy
        if let kept = KeptPolicy.decoded(try opened.store.read { try $0.hqPolicy() }) {
            policy = PolicySetting.applied(kept.values, to: policy).policy
        }
        state = StationState(
            plan: configuration.plan,
            policy: policy,
            memory: opened.memory,
            at: .now()
        )
    }

    /// The station's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    func connect(_ hands: Hands) {
        self.hands = hands
    }

    /// Takes a fact in from any thread, in one hop. Urgent: somebody stands in front of the wall.
    nonisolated func post(_ event: Event, urgent: Bool) {
        thread.perform(urgent: urgent) {
            self.assumeIsolated { $0.handle(event) }
        }
    }

    /// Decide, commit, act. If the commit fails nothing is done, and the station stops: systemd starts it
    /// again from what is
    /// on the disk.
    func handle(_ event: Event) {
        handle(event) { _ in }
    }

    /// The same with rows of the shell's own in the transaction (the feed's tokens and references).
    func handle(_ event: Event, alsoWriting extra: (StoreTransaction) throws -> Void) {
        guard failure == nil else { return }
        let moment = Moment(instant: .now(), uniqueID: ids.next())
        let decision = state.decide(event, at: moment)
        for violation in decision.violations { log(violation) }
        announcePulses(of: decision)
        do {
            unwritten.append(try line(of: event, decision, at: moment))
            if decision.isDurable || unwritten.count >= 64 { try commit(decision, alsoWriting: extra) }
        } catch {
            fail(error)
            return
        }
        state = decision.state
        act(on: decision)
    }

    private func line(of event: Event, _ decision: Decision, at moment: Moment) throws -> JournalLine {
        try JournalLine(
            JournalEntry(
                moment: moment,
                time: decision.state.clock.time(at: moment.instant),
                event: event,
                changes: decision.changes.filter(\.isDurable)
            )
        )
    }

    private func commit(_ decision: Decision, alsoWriting extra: (StoreTransaction) throws -> Void)
        throws(StoreError)
    {
        let lines = unwritten
        try store.commit(decision, lines: lines, alsoWriting: extra)
        unwritten.removeAll(keepingCapacity: true)
    }

    /// While an intent is being committed its bus begins nothing that the pulse would have to wait for.
    private func announcePulses(of decision: Decision) {
        for case .pulse(let pulse) in decision.effects { hands.expect(pulse) }
    }

    private func act(on decision: Decision) {
        for effect in decision.effects {
            if case .pulse(let pulse) = effect { hands.pulse(pulse) }
        }
        for effect in decision.effects {
            switch effect {
            case .pulse: break
            case .showKiosk: showKiosk()
            case .deliverOutbox:
                hands.deliver()
                hands.reportState()
            case .sendDiagnostics: sendDiagnostics()
            case .reloadConfiguration: restartWhenIdle()
            }
        }
        setTimer()
    }

    func showKiosk() {
        revision += 1
        hands.show(view())
        releaseWatchers()
    }

    func view() -> KioskView {
        let now = Instant.now()
        var view = state.kioskView(revision: revision, at: now)
        if state.session == nil, let number = presence.onScreen(at: now) {
            view.screen = .serviceNumber(number)
        }
        if isStopping, state.session == nil { view.screen = .cannotServe(.stopping) }
        return view
    }

    /// One sleep until the next deadline; a new decision may bring it forward.
    private func setTimer() {
        let next = state.nextDeadline(at: .now())
        guard next != timerAt || timer == nil else { return }
        timer?.cancel()
        timerAt = next
        guard let next else {
            timer = nil
            return
        }
        timer = Task(priority: .high) { [weak self] in
            let now = Instant.now()
            if next > now {
                try? await Task.sleep(for: .nanoseconds(Int64(clamping: next.nanoseconds - now.nanoseconds)))
            }
            guard !Task.isCancelled else { return }
            await self?.timeCame()
        }
    }

    private func timeCame() {
        timer = nil
        timerAt = nil
        handle(.timeCame)
    }

    /// The outbox has something to deliver that was not there before.
    func wakeDelivery() { hands.deliver() }

    /// HQ should hear of the wall's new state soon.
    func reportStateSoon() { hands.reportState() }

    // MARK: Numbers about the orders

    /// Reads the tally again after rows were written without the core.
    func refreshTally() throws(StoreError) {
        let tally = try store.read { try $0.currentTally() }
        if tally != state.tally { handle(.tallied(tally)) }
    }

    // MARK: The end

    /// No code is taken any more; what is under way goes on.
    func beginStopping() {
        isStopping = true
        showKiosk()
    }

    var takesCodes: Bool { !isStopping && failure == nil }

    /// A pulse is ordered or a door is awaited right now.
    var isOpeningUnderWay: Bool {
        state.openings.contains { opening in
            switch opening.phase {
            case .ordered, .pulsed: true
            case .awaitingWord, .open, .interrupted: false
            }
        }
    }

    /// Writes what is left and closes the database.
    func close() throws(StoreError) {
        timer?.cancel()
        if failure == nil, !unwritten.isEmpty {
            let lines = unwritten
            try store.write { for line in lines { try $0.append(line) } }
            unwritten.removeAll()
        }
        try store.close()
    }

    private func fail(_ error: any Error) {
        let reason =
            (error as? StoreError) ?? StoreError.sqlite(code: 0, message: "\(error)", isDamage: false)
        failure = reason
        logger.critical(
            "nothing can be committed; stopping so that nothing is done that is not durable",
            metadata: [
                "error": "\(reason)"
            ]
        )
        health.databaseFailed("\(reason)")
    }

    private func log(_ violation: Violation) {
        logger.critical(
            "a rule would have been broken; nothing was done and the compartment is out of service",
            metadata: [
                "rule": "\(violation.rule.rawValue)",
                "compartment": "\(violation.compartment?.rawValue ?? "-")",
                "order": "\(violation.order?.rawValue ?? "-")",
                "detail": "\(violation.detail)",
            ]
        )
    }
}

extension Instant {
    /// Now, on CLOCK_BOOTTIME.
    static func now() -> Instant {
        Instant(nanoseconds: BootTime.now().nanoseconds)
    }
}

/// Text that no other event of any station will ever carry: 80 random bits of this run, and a counter.
struct UniqueIDs {
    private let run: String
    private var count: UInt64 = 0

    init() {
        var generator = SystemRandomNumberGenerator()
        let high = String(generator.next() & 0xffff, radix: 32)
        let low = String(generator.next(), radix: 32)
        run = high + low
    }

    mutating func next() -> String {
        count += 1
        return "\(run)-\(count)"
    }
}
