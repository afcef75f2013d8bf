internal import StationCore

/// One seed's world: a wall, its people, HQ, a disk that forgets what was not committed, and a clock.
/// Everything that happens follows from the seed.
public final class Simulation<Store: SimStore> {
    enum Action {
        case answer(OpeningID, PulseAnswer)
        case swing(Int, Authority?, OpeningID?)
        case read(Int, DoorReading?)
        case boardBack(Int)
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
    /// What has happened so far.
    public internal(set) var counts = SimCounts()
    /// A fingerprint of everything that happened, in order.
    public internal(set) var fingerprint: UInt64 = 0xcbf2_9ce4_8422_2325

    /// Hears of everything that happens, in full, for whoever looks for a fault.
    public var onTrace: ((String) -> Void)?

    var random: SimRandom
    var state: StationState
    var truth: SimTruth
    var hq = SimHQ()
    /// What HQ has signed.
    var signed = SimSigned()
    var witness = SimWitness()
    var visitor: SimVisitor?
    /// The present moment on the clock of this boot.
    var now = Instant(nanoseconds: 1_000_000_000_000)
    var isHealed = false
    var isHQAway = false
    /// Parcels of which nobody can know the truth: stolen, forgotten, or a person misled the station.
    var doubtful: [ParcelID] = []
    /// Goods that a customer forgot and that staff who walked away in the middle of loading left in there.
    var overlooked: Set<ParcelID> = []

    let store: Store
    var agenda: [Appointment] = []
    var number = 0
    /// True time of day at the start of this boot.
    var bootedAt: Int64 = 1_790_000_000_000
    private var trace: [String] = []

    /// A world that follows from this seed, on an empty disk.
    public init(seed: UInt64, store: Store) throws {
        self.seed = seed
        self.store = store
        random = SimRandom(seed: seed)
        options = SimOptions(&random)
        let (plan, doors) = Self.wall(options, &random)
        truth = SimTruth(doors: doors, isBoardUp: Array(repeating: true, count: options.boards))
        var policy = Policy()
        policy.governor = options.governor
        policy.loadUnmatched = options[.grants] > 0
        state = StationState(
            plan: plan,
            policy: policy,
            memory: try store.open(isSameBoot: false),
            at: now
        )
    }

    private static func wall(
        _ options: SimOptions,
        _ random: inout SimRandom
    ) -> (StationPlan, [SimTruth.Door]) {
        var plans: [CompartmentPlan] = []
        var doors: [SimTruth.Door] = []
        for index in 0..<(options.compartments + options.shelves) {
            let isLocker = index < options.compartments
            let board = index % options.boards
            let hasSensor = isLocker && !random.chance(options[.sensorless])
            plans.append(
                CompartmentPlan(
                    id: CompartmentID(index < 9 ? "A-0\(index + 1)" : "A-\(index + 1)"),
                    kind: isLocker ? .locker : .shelf,
                    bank: "A",
                    board: isLocker ? boardID(board) : nil,
                    size: random.pick([.small, .small, .medium, .medium, .large, .extraLarge]) ?? .medium,
                    hasDoorSensor: hasSensor,
                    pulseMs: 400,
                    coolDownMs: 2_000
                )
            )
            if isLocker { doors.append(SimTruth.Door(board: board, hasSensor: hasSensor)) }
        }
        return (StationPlan(station: "SIM", compartments: plans), doors)
    }

    static func boardID(_ board: Int) -> BoardID { BoardID("board-\(board)") }

    // MARK: Time

    /// True time of day.
    var wall: StationTime {
        StationTime(milliseconds: bootedAt + Int64(now.nanoseconds / 1_000_000))
    }

    var stationTime: StationTime { state.clock.time(at: now) }

    func schedule(afterMs delay: Int, _ action: Action) {
        number += 1
        agenda.append(Appointment(at: now.advanced(byMs: delay), number: number, action: action))
    }

    /// Draws whether a fault of this kind comes now; never once the world is healed.
    func faces(_ feature: SimOptions.Feature, scale: Int = 1) -> Bool {
        !isHealed && random.chance(options[feature] / scale)
    }

    /// Plays until so many people have been served, then heals the world and demands that all comes right.
    ///
    /// - Throws: ``SimFailure`` when a promise is broken.
    public func run(sessions wanted: Int) throws {
        do {
            try begin(isSameBoot: false)
            schedule(afterMs: 100, .hqTurn)
            schedule(afterMs: 2_000, .visitorActs)
            schedule(afterMs: 3_600_000, .clock)
            while counts.sessions < wanted || visitor != nil { try step() }
            try heal()
        } catch let failure as SimFailure {
            throw failure
        } catch {
            throw broken("the disk failed: \(error)")
        }
    }

    /// One thing happens: the next appointment, or the station's own next deadline.
    func step() throws {
        let due = agenda.min { ($0.at, $0.number) < ($1.at, $1.number) }
        if let deadline = state.nextDeadline(at: now), due.map({ deadline <= $0.at }) ?? true {
            try noteProgress(deadline)
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
        case .swing(let door, let authority, let opening): swingOpen(door, authority, opening)
        case .read(let door, let reading): try read(door, as: reading)
        case .boardBack(let board): try boardBack(board)
        case .visitorActs: try visitorActs()
        case .hqTurn: try hqTurn()
        case .clock:
            try readClock()
            schedule(afterMs: isHealed ? 3_600_000 : random.within(600_000...7_200_000), .clock)
        }
    }

    // MARK: Decide, commit, act

    func decide(_ event: Event, attaching order: SimOrder? = nil) throws {
        number += 1
        let moment = Moment(instant: now, uniqueID: "s\(seed)-\(number)")
        let before = state
        let decision = before.decide(event, at: moment)
        let after = decision.state.session.map { " → \($0.brief)" } ?? ""
        note("\(now.nanoseconds / 1_000_000) \(event.brief)\(after) +\(decision.changes.count)")
        onTrace?("    → \(decision.changes)\n    → \(decision.effects)")
        if let violation = decision.violations.first {
            throw broken("the core refused its own decision: \(violation)")
        }
        try checkApply(decision)
        // A kill before the commit, after it, or after what it led to.
        let point = faces(.crash) ? random.below(3) : -1
        if point == 0 { return try crash() }
        if decision.isDurable {
            let isFull = faces(.diskFull)
            if isFull { try store.setDisk(full: true) }
            do {
                try store.commit(decision, event: event, moment: moment, attaching: order)
                // Some transactions fit into what the file has already.
                if isFull { try store.setDisk(full: false) }
            } catch is SimDiskFull {
                // The station does nothing that is not durable: it stops, and is started again.
                note("DISK FULL")
                counts.fullDisks += 1
                return try crash()
            }
            witnessCommit(decision)
        }
        if point == 1 { return try crash() }
        state = decision.state
        try judge(decision, event, before: before)
        for case .pulse(let pulse) in decision.effects { try self.pulse(pulse, cause: event) }
        if point == 2 { try crash() }
    }

    // MARK: Telling

    func note(_ line: String) {
        onTrace?(line)
        for byte in line.utf8 { fingerprint = (fingerprint ^ UInt64(byte)) &* 0x100_0000_01b3 }
        trace.append(line)
        if trace.count > 400 { trace.removeFirst(200) }
    }

    func broken(_ promise: String) -> SimFailure {
        SimFailure(seed: seed, promise: promise, options: "\(options)", trace: trace)
    }

    func index(of compartment: CompartmentID) -> Int {
        state.compartments.firstIndex { $0.plan.id == compartment } ?? 0
    }
}

/// What has happened in a world.
public struct SimCounts: Sendable {
    /// Sessions of customers and staff at the kiosk.
    public internal(set) var sessions = 0
    /// People who came to the wall, vandals among them.
    public internal(set) var visits = 0
    /// Pulses sent.
    public internal(set) var pulses = 0
    /// How often the station was killed, full disks included.
    public internal(set) var crashes = 0
    /// How often a commit found the disk full.
    public internal(set) var fullDisks = 0
    /// Parcels that customers took by their code.
    public internal(set) var collected = 0
    /// Parcels that were ever in the wall.
    public internal(set) var loaded = 0
    /// Parcels about which nobody can know the truth.
    public internal(set) var doubtful = 0
    /// Events that HQ was sent more than once.
    public internal(set) var redelivered = 0
    /// Alarms of the governor.
    public internal(set) var trips = 0
    /// Valid codes that the governor let wait, by their own doing.
    public internal(set) var governed = 0
    /// Sensors that people found out.
    public internal(set) var suspects = 0
    /// Times at which the keypad was found locked.
    public internal(set) var lockouts = 0
    /// Grants that opened doors.
    public internal(set) var grants = 0
    /// Commands of HQ that were done.
    public internal(set) var commands = 0
    /// Commands of HQ that were refused.
    public internal(set) var refusedCommands = 0
    /// Doors that HQ opened for a customer on the phone.
    public internal(set) var remoteOpenings = 0
    /// Holds that were longer for an outage.
    public internal(set) var extendedHolds = 0

    /// Nothing.
    public init() {}

    /// Adds another world's.
    public mutating func add(_ other: SimCounts) {
        sessions += other.sessions
        visits += other.visits
        pulses += other.pulses
        crashes += other.crashes
        fullDisks += other.fullDisks
        collected += other.collected
        loaded += other.loaded
        doubtful += other.doubtful
        redelivered += other.redelivered
        lockouts += other.lockouts
        trips += other.trips
        governed += other.governed
        suspects += other.suspects
        grants += other.grants
        commands += other.commands
        refusedCommands += other.refusedCommands
        remoteOpenings += other.remoteOpenings
        extendedHolds += other.extendedHolds
    }
}
