import Foundation
import StationCore
import StationStore

/// A station's days without HQ: its rules and its store, people who load and collect, and a clock that runs as fast as
/// it can. Every order is loaded and collected; HQ hears of nothing.
struct LifeWithoutHQ {
    struct NothingOpens: Error {
        var order: OrderID
    }

    private static let staff = StaffRecord(id: "S1", version: 1, roles: [.associate], isRevoked: false)
    private static let doors = 20

    let store: StationStore
    private(set) var state: StationState
    private(set) var now = Instant(nanoseconds: 60_000_000_000)
    private var pulses: [Effect.Pulse] = []
    private var events = 0
    private let start: StationTime

    /// - Parameter start: the time of day at which the days begin.
    init(folder: String, station: StationID, start: StationTime) throws {
        store = try StationStore.open(folder: folder, bootID: "the boot without HQ", now: 0).store
        self.start = start
        let plan = StationPlan(
            station: station,
            compartments: (1...Self.doors).map { number in
                CompartmentPlan(
                    id: CompartmentID("A-\(number < 10 ? "0" : "")\(number)"),
                    kind: .locker,
                    bank: "wall-a",
                    board: "A",
                    size: .medium,
                    hasDoorSensor: true,
                    pulseMs: 400,
                    coolDownMs: 1_000
                )
            }
        )
        state = StationState(plan: plan, policy: Policy(), memory: StationState.Memory(), at: now)
        try send(.started(lostMemory: false))
        try send(.clockRead(start, .systemSynchronised))
        try send(.boardChanged("A", isUp: true))
        for door in plan.compartments { try send(.doorRead(door.id, .closed)) }
    }

    /// One day: the orders of that day are loaded in batches as large as the wall, and collected.
    mutating func day(_ number: Int, pickups: Int) throws {
        let midnight = Instant(nanoseconds: 60_000_000_000).advanced(byMs: number * 86_400_000)
        let batches = (pickups + Self.doors - 1) / Self.doors
        for batch in 0..<batches {
            try pass(until: midnight.advanced(byMs: batch * 86_000_000 / batches))
            let numbers = batch * Self.doors..<min(pickups, (batch + 1) * Self.doors)
            let orders = try numbers.map { try order("GEN-D\(number)-\($0)") }
            try load(orders)
            for order in orders { try collect(order) }
        }
    }

    // MARK: People

    private func order(_ id: String) throws -> OrderID {
        let parcel = ParcelRecord(id: ParcelID("\(id)-1"), size: .medium)
        let record = OrderRecord(id: OrderID(id), version: 3, displayNumber: id, parcels: [parcel])
        let document = """
            {"lines":[{"lineId":"1","sku":"1042","quantity":2}],"externalRefs":{"salesId":"\(id)"},\
            "parcels":[{"parcelId":"\(id)-1","lines":[{"lineId":"1","quantity":2}]}]}
            """
        try store.write {
            try $0.store(StoredOrder(record: record, tokens: [], document: Data(document.utf8)))
        }
        return record.id
    }

    private mutating func load(_ orders: [OrderID]) throws {
        try send(.codeShown(ShownCode(form: .scanned(bits: 100), badge: Self.staff)))
        try send(.pinTyped(Self.staff.id, isRight: true))
        try send(.buttonPressed(.startLoading))
        for id in orders {
            guard let record = try store.read({ try $0.order(id) }) else { throw NothingOpens(order: id) }
            let label = ShownCode.LabelMatch(order: record, parcel: record.parcels[0].id)
            try send(.codeShown(ShownCode(form: .scanned(bits: 60), parcel: label)))
            try visit(id, openMs: 4_000)
            try pass(20_000)
        }
        try send(.buttonPressed(.finish))
        try pass(60_000)
    }

    private mutating func collect(_ id: OrderID) throws {
        guard let record = try store.read({ try $0.order(id) }) else { throw NothingOpens(order: id) }
        try send(.codeShown(ShownCode(form: .scanned(bits: 128), pickup: record)))
        try visit(id, openMs: 5_000)
        try pass(150_000)
    }

    /// The door that is pulsed opens and is closed again.
    private mutating func visit(_ order: OrderID, openMs: Int) throws {
        if pulses.isEmpty { try pass(3_000) }
        guard !pulses.isEmpty else { throw NothingOpens(order: order) }
        let pulse = pulses.removeFirst()
        try send(.pulseAnswered(pulse.opening, .actuated))
        try pass(200)
        try send(.doorRead(pulse.compartment, .open))
        try pass(openMs)
        try send(.doorRead(pulse.compartment, .closed))
    }

    // MARK: Time and disk

    private mutating func pass(_ milliseconds: Int) throws {
        try pass(until: now.advanced(byMs: milliseconds))
    }

    private mutating func pass(until target: Instant) throws {
        while let deadline = state.nextDeadline(at: now), deadline <= target {
            now = max(now, deadline)
            try send(.timeCame)
        }
        now = max(now, target)
    }

    private mutating func send(_ event: Event) throws {
        events += 1
        let moment = Moment(instant: now, uniqueID: "away-\(events)")
        let decision = state.decide(event, at: moment)
        if decision.isDurable {
            let line = JournalEntry(
                moment: moment,
                time: decision.state.clock.time(at: now),
                event: event,
                changes: decision.changes.filter(\.isDurable)
            )
            try store.commit(decision, lines: [try JournalLine(line)]) { _ in }
        }
        state = decision.state
        for case .pulse(let pulse) in decision.effects { pulses.append(pulse) }
    }
}
