/// Everything the rules need to know: the wall, who is at it, and what is under way. Orders stay in the
/// store.
public struct StationState: Sendable {
    /// How the station is built.
    public let plan: StationPlan
    /// What the retailer has set.
    public internal(set) var policy: Policy
    /// The limit on openings.
    public internal(set) var governor: Governor
    /// Every compartment, in order of its label.
    public internal(set) var compartments: [CompartmentState]
    /// Openings that are not over, oldest first.
    public internal(set) var openings: [Opening]
    /// Who is at the kiosk.
    public internal(set) var session: Session?
    /// Station time.
    public internal(set) var clock: StationClock
    /// The wrong-code budget.
    public internal(set) var codeBudget: CodeBudget
    /// Badges with wrong PINs.
    public internal(set) var pinGuards: [PINGuard]
    /// The message on the screen.
    public internal(set) var notice: Notice?
    /// Whether the scanner is connected.
    public internal(set) var isScannerConnected: Bool
    /// What inputs and measurements say that are no doors, in order of their names.
    public internal(set) var points: [PointReading]
    /// Numbers about the orders.
    public internal(set) var tally: Tally
    /// Grants that have opened doors here and could still.
    public internal(set) var grantsUsed: [GrantUse]
    /// Commands of HQ that are not done again.
    public internal(set) var commandsDone: [CommandUse]
    /// The customer at the kiosk has asked for support.
    public internal(set) var support: SupportTicket?
    /// When the store is open; empty: always.
    public internal(set) var calendar = OpeningCalendar(spans: [])

    /// A message on the screen and its end.
    public struct Notice: Hashable, Sendable, Codable {
        /// The message.
        public var notice: KioskNotice
        /// When it goes.
        public var until: Instant
    }

    /// What is remembered over a restart.
    public struct Memory: Hashable, Sendable, Codable {
        /// Every compartment that was ever recorded.
        public var compartments: [CompartmentRecord]
        /// Openings without an outcome.
        public var openings: [Opening]
        /// The wrong-code budget.
        public var codeBudget: CodeBudget
        /// Badges with wrong PINs.
        public var pinGuards: [PINGuard]
        /// What is used of the limit on openings.
        public var governor: Governor
        /// The latest station time that was committed.
        public var latestTime: StationTime
        /// The machine has not been restarted since: instants of before still mean something.
        public var isSameBoot: Bool
        /// Grants that have opened doors here.
        public var grantsUsed: [GrantUse]
        /// Commands of HQ that are not done again.
        public var commandsDone: [CommandUse]

        /// Nothing is remembered.
        public init(
            compartments: [CompartmentRecord] = [],
            openings: [Opening] = [],
            codeBudget: CodeBudget = CodeBudget(),
            pinGuards: [PINGuard] = [],
            governor: Governor = Governor(),
            latestTime: StationTime = StationTime(milliseconds: 0),
            isSameBoot: Bool = false,
            grantsUsed: [GrantUse] = [],
            commandsDone: [CommandUse] = []
        ) {
            self.compartments = compartments
            self.openings = openings
            self.codeBudget = codeBudget
            self.pinGuards = pinGuards
            self.governor = governor
            self.latestTime = latestTime
            self.isSameBoot = isSameBoot
            self.grantsUsed = grantsUsed
            self.commandsDone = commandsDone
        }
    }

    /// The state after a start: what is remembered, and nothing read yet.
    public init(
        plan: StationPlan,
        policy: Policy,
        memory: Memory,
        at instant: Instant
    ) {
        self.plan = plan
        self.policy = policy
        governor = memory.governor.resumed(isSameBoot: memory.isSameBoot, at: instant)
        compartments = plan.compartments.map { compartment in
            var state = CompartmentState(
                plan: compartment,
                record: memory.compartments.first { $0.id == compartment.id }
                    ?? CompartmentRecord(id: compartment.id)
            )
            // Nobody knows when a coil went on before the last run ended: it counts as late as can be.
            if memory.isSameBoot, let intent = state.record.lastIntent {
                let onAt = min(instant, intent.advanced(byMs: policy.pulseMaxAgeMs))
                let cool = onAt.advanced(byMs: compartment.pulseMs + compartment.coolDownMs)
                if cool > instant { state.coolsUntil = cool }
            }
            return state
        }
        openings = memory.openings.map { opening in
            var interrupted = opening
            let isRecent =
                memory.isSameBoot && instant.ms(since: opening.intendedInstant) < policy.visitMinMs
            interrupted.phase = .interrupted(
                wasOpened: opening.openedAt != nil,
                couldBeVisited: !isRecent,
                deadline: nil
            )
            return interrupted
        }
        session = nil
        clock = StationClock(floor: memory.latestTime, at: instant)
        codeBudget = memory.codeBudget
        pinGuards = memory.pinGuards
        notice = nil
        isScannerConnected = false
        points = []
        tally = Tally(liveTypedCodes: 0, parcelsToLoad: 0)
        grantsUsed = memory.grantsUsed
        commandsDone = memory.commandsDone
        support = nil
    }

    /// What would be remembered if the power were cut now.
    public var memory: Memory {
        Memory(
            compartments: compartments.map(\.record),
            openings: openings,
            codeBudget: codeBudget,
            pinGuards: pinGuards,
            governor: governor,
            grantsUsed: grantsUsed,
            commandsDone: commandsDone
        )
    }

    /// The compartment with this label.
    public func compartment(_ id: CompartmentID) -> CompartmentState? {
        index(of: id).map { compartments[$0] }
    }

    /// The opening with this id, if it is not over.
    public func opening(_ id: OpeningID) -> Opening? {
        openings.first { $0.id == id }
    }

    /// The opening of this door that is not over.
    public func opening(at compartment: CompartmentID) -> Opening? {
        openings.last { $0.compartment == compartment }
    }

    /// Binary search: compartments are in order of their labels.
    func index(of id: CompartmentID) -> Int? {
        var low = 0
        var high = compartments.count
        while low < high {
            let middle = (low + high) / 2
            if compartments[middle].plan.id < id { low = middle + 1 } else { high = middle }
        }
        return low < compartments.count && compartments[low].plan.id == id ? low : nil
    }
}

extension StationState: Hashable {
    /// Equal in everything that rules look at.
    public static func == (left: StationState, right: StationState) -> Bool {
        left.plan == right.plan && left.policy == right.policy && left.compartments == right.compartments
            && left.openings == right.openings && left.session == right.session && left.clock == right.clock
            && left.codeBudget == right.codeBudget && left.pinGuards == right.pinGuards
            && left.notice == right.notice && left.isScannerConnected == right.isScannerConnected
            && left.tally == right.tally && left.points == right.points && left.governor == right.governor
            && left.grantsUsed == right.grantsUsed && left.commandsDone == right.commandsDone
            && left.support == right.support && left.calendar == right.calendar
    }

    /// Feeds what ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(compartments)
        hasher.combine(openings)
        hasher.combine(session)
    }
}
