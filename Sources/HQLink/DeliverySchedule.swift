internal import StationAPI

/// Which events are sent when: the rules of delivery as a value, without I/O and without a clock.
///
/// One *lane* per order (the station's own events share one) keeps events of an order in line. The *gate* stands
/// before all lanes:
///
/// ```
///           4 failures in a row           4xx, HTML, 3xx, 401, 429
///   open ──────────────────────► thin ──────────────────────────► shut
///     ▲                            │                                │
///     └──────── a success ─────────┴──────── a success ─────────────┘
/// ```
/// - open: up to `width` lanes at once.
/// - thin: HQ seems to be down. Lanes that failed keep their own times; a lane that has not been tried starts only
///   one at a time, as a probe, at the gate's times: an outage does not walk through the whole outbox.
/// - shut: nothing starts but one probe at the gate's times.
struct DeliverySchedule {
    typealias Instant = ContinuousClock.Instant

    /// An order's id, or nil for the station's own events.
    typealias LaneID = String?

    private struct Lane {
        var failures = 0
        /// Nil while its event is on its way.
        var due: Instant?
        /// Whether a sign of life of HQ brings the next try forward (not if HQ asked for patience).
        var isHasty = false
    }

    private enum Gate {
        case open
        case thin(until: Instant)
        case shut(until: Instant)
    }

    /// Most lanes that are remembered as failed; beyond it no new one starts.
    static let laneLimit = 1_024

    private let width: Int
    private let backoff: HQLinkTiming.Backoff
    private let probes: HQLinkTiming.Backoff
    private var lanes: [LaneID: Lane] = [:]
    private var gate = Gate.open
    /// Failures since the last success, over all lanes.
    private var streak = 0
    /// Alarms since the last success.
    private var alarms = 0

    init(width: Int, backoff: HQLinkTiming.Backoff, probes: HQLinkTiming.Backoff) {
        self.width = max(1, width)
        self.backoff = backoff
        self.probes = probes
    }

    private var inFlight: Int { lanes.values.count { $0.due == nil } }

    /// How many heads of the outbox to ask for: every lane that is known may be among them. 0: none can start.
    func headsWanted(now: Instant) -> Int {
        let free = starts(now: now)
        return free == 0 ? 0 : lanes.count + free
    }

    /// Takes the events that start now out of the outbox's heads, and marks their lanes as on their way.
    mutating func start(_ heads: [OutboundEvent], asked: Int, now: Instant) -> [OutboundEvent] {
        forgetGone(heads, asked: asked)
        var free = starts(now: now)
        var started: [OutboundEvent] = []
        for event in heads where free > 0 {
            let lane = lanes[event.orderID]
            guard lane.map({ isDue($0, now: now) }) ?? mayStartNew(now: now, started: started.count) else {
                continue
            }
            lanes[event.orderID, default: Lane()].due = nil
            started.append(event)
            free -= 1
        }
        return started
    }

    /// HQ has answered for the lane's event, with a receipt or by refusing it for good: the gate opens, and what
    /// waited only because HQ was away is tried now.
    mutating func finished(_ lane: LaneID, now: Instant) {
        lanes[lane] = nil
        let wasOpen = isOpen
        gate = .open
        streak = 0
        alarms = 0
        if !wasOpen { makeHastyDue(now) }
    }

    /// HQ, or the network, could not take the lane's event now.
    ///
    /// - Returns: when the lane is tried again.
    mutating func failed(
        _ lane: LaneID,
        now: Instant,
        after: Duration?,
        everyone: Bool,
        hasty: Bool,
        random: Double
    ) -> Instant {
        streak += 1
        let due = postpone(lane, now: now, after: after, hasty: hasty && after == nil, random: random)
        if everyone, let after {
            shut(until: now + after)
        } else if streak >= width, !isShut(now: now) {
            gate = .thin(until: now + probes.wait(failures: streak - width + 1, random: random))
        }
        return due
    }

    /// The operation needs a person.
    ///
    /// - Returns: when one event is tried again.
    mutating func paused(_ lane: LaneID, now: Instant, after: Duration?, random: Double) -> Instant {
        alarms += 1
        let wait = max(after ?? .zero, backoff.wait(failures: alarms, random: random))
        _ = postpone(lane, now: now, after: after, hasty: true, random: 0)
        gate = .shut(until: now + wait)
        return now + wait
    }

    /// Something else shows that HQ is back: what waits only because HQ was away is tried now.
    mutating func hasten(now: Instant) {
        makeHastyDue(now)
        if case .thin = gate { gate = .thin(until: now) }
    }

    /// When something can start next without an event from outside; nil: never.
    func nextDue(now: Instant) -> Instant? {
        switch gate {
        case .shut(let until): return inFlight > 0 ? nil : until
        case .open: return inFlight >= width ? nil : lanes.values.compactMap(\.due).min()
        case .thin(let until):
            let lane = lanes.values.compactMap(\.due).min()
            guard inFlight < width else { return nil }
            return until > now ? min(until, lane ?? until) : lane
        }
    }

    private var isOpen: Bool {
        if case .open = gate { return true }
        return false
    }

    private func isShut(now: Instant) -> Bool {
        guard case .shut(let until) = gate else { return false }
        return until > now
    }

    private func starts(now: Instant) -> Int {
        switch gate {
        case .open, .thin: max(0, width - inFlight)
        case .shut(let until): until <= now && inFlight == 0 ? 1 : 0
        }
    }

    private func isDue(_ lane: Lane, now: Instant) -> Bool {
        guard let due = lane.due else { return false }
        // The probe of a shut gate goes first come, first served: the gate's time has come, and that is enough.
        if case .shut = gate { return lane.isHasty || due <= now }
        return due <= now
    }

    private func mayStartNew(now: Instant, started: Int) -> Bool {
        guard lanes.count < Self.laneLimit else { return false }
        switch gate {
        case .open, .shut: return true
        case .thin(let until): return until <= now && started == 0 && inFlight == 0
        }
    }

    private mutating func postpone(
        _ lane: LaneID,
        now: Instant,
        after: Duration?,
        hasty: Bool,
        random: Double
    ) -> Instant {
        let failures = (lanes[lane]?.failures ?? 0) + 1
        let due = now + max(after ?? .zero, backoff.wait(failures: failures, random: random))
        lanes[lane] = Lane(failures: failures, due: due, isHasty: hasty)
        return due
    }

    private mutating func shut(until: Instant) {
        if case .shut(let other) = gate, other > until { return }
        gate = .shut(until: until)
    }

    private mutating func makeHastyDue(_ now: Instant) {
        for (id, lane) in lanes where lane.isHasty {
            guard let due = lane.due, due > now else { continue }
            lanes[id]?.due = now
        }
    }

    /// Lanes that the outbox no longer has anything for. Only a full answer can tell.
    private mutating func forgetGone(_ heads: [OutboundEvent], asked: Int) {
        guard heads.count < asked else { return }
        let present = Set(heads.map(\.orderID))
        lanes = lanes.filter { $0.value.due == nil || present.contains($0.key) }
    }
}
