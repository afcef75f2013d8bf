internal import StationCore

/// One seed's world: a wall, its people, HQ, a disk that forgets what was not committed, and a clock.
/// Everything that happens
/// follows from the seed.
public final class Simulation<Store: SimStore> {
    enum Action {
        case answer(OpeningID, PulseAnswer)
        case swing(Int, Authority?)
        case read(Int)
        case boardBack
        case visitorActs
        case hqTurn
        case clock
    }

    struct Appointment {
        var at: Instant
        var number: Int
        var action: Action
    }

    /// The seed.
    public let seed: UInt64
    /// What this world is like.
    public let options: SimOptions
    /// How many people have come to the kiosk.
    public internal(set) var sessions = 0
    /// How often the station was killed.
    public internal(set) var crashes = 0
    /// How many pulses were sent.
    public internal(set) var pulses = 0
    /// A fingerprint of everything that happened, in order.
    public internal(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Hears of everything that happens, in full, for whoever looks for a fault.
    public var onTrace: ((String) -> Void)?

    var random: SimRandom
    var state: StationState
    var truth: SimTruth
    var hq = SimHQ()
    var visitor: SimVisitor?
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var isHealed = false
    var isHQAway = false
    /// Orders whose newest version has not reached the station yet.
    var feed: [Int] = []
    /// Events in the order in which they were committed.
    var committed: [Report] = []
    var pulsed: [OpeningID] = []
    /// Parcels of which nobody can know the truth: stolen, or a person misled the station about them.
    var doubtful: [ParcelID] = []

    let store: Store
    private var agenda: [Appointment] = []
    var number = 0
    private var trace: [String] = []
    private let epoch: Int64 = 1_790_000_000_000

    /// A world that follows from this seed, on an empty disk.
    public init(seed: UInt64, store: Store) throws {
        self.seed = seed
        self.store = store
        random = SimRandom(seed: seed)
        options = SimOptions(&random)
        var plans: [CompartmentPlan] = []
        var doors: [SimTruth.Door] = []
        for index in 0..<options.compartments {
            let hasSensor = !random.chance(options.sensorless)
            plans.append(
                CompartmentPlan(
                    id: CompartmentID(index < 9 ? "A-0\(index + 1)" : "A-\(index + 1)"),
                    kind: .locker,
                    bank: "A",
                    board: "board",
                    size: random.pick([.small, .small, .medium, .medium, .large, .extraLarge]) ?? .medium,
                    hasDoorSensor: hasSensor,
                    pulseMs: 400,
                    coolDownMs: 2_000
                )
            )
            doors.append(SimTruth.Door(hasSensor: hasSensor))
        }
        truth = SimTruth(doors: doors)
        state = StationState(
            plan: StationPlan(station: "SIM", compartments: plans),
            policy: Policy(),
            memory: try store.open(isSameBoot: false),
            at: now
        )
    }

    // MARK: Time

    /// True time of day.
    var wall: StationTime {
        StationTime(milliseconds: epoch + Int64(now.nanoseconds / 1_000_000))
    }

    func schedule(afterMs delay: Int, _ action: Action) {
        number += 1
        agenda.append(Appointment(at: now.advanced(byMs: delay), number: number, action: action))
    }

    func cancelHardware() {
        agenda.removeAll { appointment in
            switch appointment.action {
            case .answer, .read, .boardBack: true
            case .swing, .visitorActs, .hqTurn, .clock: false
            }
        }
    }

    /// Plays until so many people have come, then heals the world and demands that everything comes right.
    ///
    /// - Throws: ``SimFailure`` when a promise is broken.
    public func run(sessions wanted: Int) throws {
        try begin(isSameBoot: false)
        schedule(afterMs: 100, .hqTurn)
        schedule(afterMs: 2_000, .visitorActs)
        schedule(afterMs: 3_600_000, .clock)
        while sessions < wanted || visitor != nil { try step() }
        try heal()
    }

    /// One thing happens: the next appointment, or the station's own next deadline.
    func step() throws {
        let due = agenda.min { ($0.at, $0.number) < ($1.at, $1.number) }
        if let deadline = state.nextDeadline(at: now), due.map({ deadline <= $0.at }) ?? true {
            now = max(now, deadline)
            try decide(.timeCame)
            return
        }
        guard let due else { return }
        agenda.removeAll { $0.number == due.number }
        now = max(now, due.at)
        try perform(due.action)
    }

    private func perform(_ action: Action) throws {
        switch action {
        case .answer(let opening, let answer): try decide(.pulseAnswered(opening, answer))
        case .swing(let door, let authority): swingOpen(door, authority)
        case .read(let door): try read(door)
        case .boardBack: try boardBack()
        case .visitorActs: try visitorActs()
        case .hqTurn: try hqTurn()
        case .clock:
            try readClock()
            schedule(afterMs: 3_600_000, .clock)
        }
    }

    func readClock() throws {
        if options.isClockTrusted || isHealed {
            try decide(.clockRead(wall, .systemSynchronised))
        } else {
            let wrong = wall.advanced(byMs: Int64(random.within(-86_400_000...86_400_000)))
            try decide(.clockRead(wrong, .systemUnsynchronised))
        }
    }

    // MARK: Decide, commit, act

    func begin(isSameBoot: Bool) throws {
        state = StationState(
            plan: state.plan,
            policy: state.policy,
            memory: try store.open(isSameBoot: isSameBoot),
            at: now
        )
        try decide(.started(lostMemory: false))
        try readClock()
        try decide(.boardChanged("board", isUp: truth.isBoardUp))
        try decide(.scannerChanged(isConnected: true))
        for door in truth.doors.indices { schedule(afterMs: random.within(5...400), .read(door)) }
    }

    func decide(_ event: Event) throws {
        number += 1
        let moment = Moment(instant: now, uniqueID: "s\(seed)-\(number)")
        let decision = state.decide(event, at: moment)
        note("\(now.nanoseconds / 1_000_000) \(event)".prefix(240) + " → \(decision.effects.count)")
        onTrace?(
            "\(now.nanoseconds / 1_000_000) \(event)\n    → \(decision.changes)\n    → \(decision.effects)"
        )
        if let violation = decision.violations.first {
            throw broken("the core refused its own decision: \(violation)")
        }
        try checkApply(decision)
        let point = !isHealed && random.chance(options.crash) ? random.below(3) : -1
        if point == 0 { return try crash() }
        if decision.isDurable {
            try store.commit(decision, event: event, moment: moment)
            for case .reported(let report) in decision.changes { committed.append(report) }
        }
        if point == 1 { return try crash() }
        let before = state
        state = decision.state
        for case .pulse(let pulse) in decision.effects { try self.pulse(pulse, before: before) }
        try checkState(event, before: before)
        if point == 2 { try crash() }
    }

    /// The station is killed, and started again a little later; the doors and the people stay.
    private func crash() throws {
        crashes += 1
        note("CRASH")
        let isSameBoot = !random.chance(options.reboot)
        cancelHardware()
        try store.crash()
        let downMs = isSameBoot ? random.within(200...4_000) : random.within(20_000...200_000)
        now = now.advanced(byMs: downMs)
        // What was to happen at the wall meanwhile has happened.
        for appointment in agenda where appointment.at <= now {
            if case .swing(let door, let authority) = appointment.action { swingOpen(door, authority) }
        }
        agenda.removeAll { appointment in
            if case .swing = appointment.action { appointment.at <= now } else { false }
        }
        truth.isBoardUp = true
        try begin(isSameBoot: isSameBoot)
    }

    // MARK: Telling

    func note(_ line: some StringProtocol) {
        onTrace?(String(line))
        for byte in line.utf8 { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x100_0000_01b3 }
        trace.append(String(line))
        if trace.count > 400 { trace.removeFirst(200) }
    }

    func broken(_ promise: String) -> SimFailure {
        SimFailure(seed: seed, promise: promise, options: "\(options)", trace: trace)
    }

    func index(of compartment: CompartmentID) -> Int {
        state.compartments.firstIndex { $0.plan.id == compartment } ?? 0
    }
}
