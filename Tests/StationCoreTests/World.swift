import StationCore
import Testing

/// A station, its order rows, its disk and the people before it, all in one value that a test can copy.
///
/// It plays the shell: commits what is durable, keeps the rows, answers pulses when told to. After every
/// event it checks what must always hold.
struct World {
    /// What would be found after the power was cut.
    struct Disk: Equatable {
        var compartments: [CompartmentRecord] = []
        var openings: [Opening] = []
        var codeBudget = CodeBudget()
        var pinGuards: [PINGuard] = []
        var governor = Governor()
        var grantsUsed: [GrantUse] = []
        var commandsDone: [CommandUse] = []
        var latestTime = StationTime(milliseconds: 0)
    }

    static let staff = StaffRecord(id: "S1", version: 1, roles: [.associate], isRevoked: false)
    static let dayStart = StationTime(milliseconds: 1_790_000_000_000)

    var state: StationState
    var now = Instant(nanoseconds: 5_000_000_000)
    var orders: [OrderRecord] = []
    var disk = Disk()
    var reports: [Report] = []
    var pulses: [Effect.Pulse] = []
    var outcomes: [OpeningOutcome] = []
    var expectsViolations = false
    private var events = 0

    init(plan: StationPlan = World.wall, policy: Policy = Policy(), isReady: Bool = true) {
        state = StationState(plan: plan, policy: policy, memory: StationState.Memory(), at: now)
        if isReady { start() }
    }

    /// Small, medium and large doors with sensors on board `a`; two doors without sensors on board `b`; a
    /// shelf.
    static let wall = StationPlan(
        station: "T1",
        compartments: [
            door("A-01", .small), door("A-02", .small), door("A-03", .small),
            door("A-05", .medium), door("A-06", .medium), door("A-07", .large),
            door("B-01", .small, board: "b", hasSensor: false),
            door("B-02", .medium, board: "b", hasSensor: false),
            CompartmentPlan(
                id: "C-01",
                kind: .shelf,
                bank: "c",
                board: nil,
                size: .extraLarge,
                hasDoorSensor: false,
                pulseMs: 0,
                coolDownMs: 0
            ),
        ]
    )

    /// Only two doors, both without sensors.
    static let blindWall = StationPlan(
        station: "T1",
        compartments: [
            door("B-01", .small, board: "b", hasSensor: false),
            door("B-02", .medium, board: "b", hasSensor: false),
        ]
    )

    static func door(
        _ id: CompartmentID,
        _ size: Size,
        board: BoardID = "a",
        hasSensor: Bool = true,
        coolDownMs: Int = 1000
    ) -> CompartmentPlan {
        CompartmentPlan(
            id: id,
            kind: .locker,
            bank: "bank",
            board: board,
            size: size,
            hasDoorSensor: hasSensor,
            pulseMs: 500,
            coolDownMs: coolDownMs
        )
    }

    /// The station starts: boards answer, all doors read closed, the clock is right.
    mutating func start() {
        send(.started(lostMemory: false))
        send(.clockRead(Self.dayStart, .systemSynchronised))
        wake()
    }

    /// Boards answer and doors are read.
    mutating func wake(open: [CompartmentID] = []) {
        send(.scannerChanged(isConnected: true))
        send(.boardChanged("a", isUp: true))
        send(.boardChanged("b", isUp: true))
        for door in state.plan.compartments where door.hasDoorSensor {
            send(.doorRead(door.id, open.contains(door.id) ? .open : .closed))
        }
    }

    // MARK: The shell

    @discardableResult
    mutating func send(_ event: Event, sourceLocation: SourceLocation = #_sourceLocation) -> Decision {
        events += 1
        let moment = Moment(instant: now, uniqueID: "e\(events)")
        let decision = state.decide(event, at: moment)
        check(decision, of: event, sourceLocation)
        commit(decision)
        state = decision.state
        for effect in decision.effects {
            if case .pulse(let pulse) = effect { pulses.append(pulse) }
        }
        return decision
    }

    private mutating func commit(_ decision: Decision) {
        let after = decision.state
        for change in decision.changes {
            switch change {
            case .openingIntended(let opening):
                if let opening = after.opening(opening.id) { disk.openings.append(opening) }
            case .openingOpened(let id, _), .openingReported(let id):
                guard let opening = after.opening(id) else { continue }
                disk.openings = disk.openings.map { $0.id == id ? opening : $0 }
            case .openingEnded(let id, let outcome):
                disk.openings.removeAll { $0.id == id }
                outcomes.append(outcome)
            case .parcelPlaced(let order, let parcel, let place):
                changeRow(order) { row in
                    for index in row.parcels.indices where row.parcels[index].id == parcel {
                        row.parcels[index].place = place
                    }
                }
            case .orderExpired(let order, let isExpired): changeRow(order) { $0.isExpired = isExpired }
            case .orderStored(let row): store(row)
            case .reported(let report): reports.append(report)
            case .codeBudget(let budget): disk.codeBudget = budget
            default: break
            }
            switch change {
            case .pinGuard: disk.pinGuards = after.pinGuards
            case .openingIntended, .governorTripped: disk.governor = after.governor
            case .grantUsed, .grantForgotten: disk.grantsUsed = after.grantsUsed
            case .commandDone, .commandForgotten: disk.commandsDone = after.commandsDone
            default: break
            }
        }
        if decision.isDurable {
            disk.compartments = after.compartments.map(\.record)
            disk.latestTime = after.clock.time(at: now)
        }
    }

    private mutating func changeRow(_ id: OrderID, _ body: (inout OrderRecord) -> Void) {
        guard let index = orders.firstIndex(where: { $0.id == id }) else { return }
        body(&orders[index])
    }

    mutating func store(_ row: OrderRecord) {
        if let index = orders.firstIndex(where: { $0.id == row.id }) {
            orders[index] = row
        } else {
            orders.append(row)
        }
    }

    func order(_ id: OrderID) -> OrderRecord? { orders.first { $0.id == id } }

    // MARK: Time

    /// Lets time pass, handling every deadline at its instant. A deadline that its own handling does not
    /// consume would be a busy loop.
    mutating func advance(_ milliseconds: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let target = now.advanced(byMs: milliseconds)
        while let deadline = state.nextDeadline(at: now), deadline <= target {
            now = max(now, deadline)
            send(.timeCame, sourceLocation: sourceLocation)
            if let next = state.nextDeadline(at: now), next <= now {
                Issue.record("deadline not consumed: \(next)", sourceLocation: sourceLocation)
                return
            }
        }
        now = target
    }

    /// The station is killed and starts again from its disk.
    mutating func restart(
        sameBoot: Bool = true,
        afterMs: Int = 1000,
        open: [CompartmentID] = [],
        wakes: Bool = true
    ) {
        now = sameBoot ? now.advanced(byMs: afterMs) : Instant(nanoseconds: 3_000_000_000)
        let memory = StationState.Memory(
            compartments: disk.compartments,
            openings: disk.openings,
            codeBudget: disk.codeBudget,
            pinGuards: disk.pinGuards,
            governor: disk.governor,
            latestTime: disk.latestTime,
            isSameBoot: sameBoot,
            grantsUsed: disk.grantsUsed,
            commandsDone: disk.commandsDone
        )
        state = StationState(plan: state.plan, policy: state.policy, memory: memory, at: now)
        pulses = []
        send(.started(lostMemory: false))
        send(.clockRead(disk.latestTime.advanced(byMs: Int64(afterMs)), .systemSynchronised))
        if wakes { wake(open: open) }
    }

    // MARK: Reports

    func reports(_ type: ReportType) -> [Report] { reports.filter { $0.type == type } }
    func faults() -> [String] { reports(.compartmentFault).compactMap(\.reason) }
    var pickups: [Report] { reports.filter { $0.type == .pickupCompleted || $0.type == .pickupPartial } }
}
