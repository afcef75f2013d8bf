internal import StationAPI

/// Which events are sent when: the rules of delivery as a value, without I/O and without a clock.
///
/// One *lane* per order (the station's own events share one) keeps events of an order in line. The *gate*
/// stands
/// before all lanes:
///
/// ```
///           4 lanes fail in a row          4xx, HTML, 3xx, 401; Retry-After of 429, 503
///   open ──────────────────────► thin ──────────────────────────► shut
///     ▲                            │                                │
///     └──────── a success ─────────┴──────── a success ─────────────┘
/// ```
/// - open: up to `width` lanes at once.
/// - thin: HQ seems to be down. Lanes that failed keep their own times; a lane that has not been tried starts
///   only
///   one at a time, as a probe, at the gate's times: an outage does not walk through the whole outbox.
/// - shut: nothing starts but one probe at the gate's times, each time the event that was tried least: one
///   that HQ
///   will never take cannot starve the others.
struct DeliverySchedule {
    typealias Instant = ContinuousClock.Instant

    /// An order's id, or nil for the station's own events.
    typealias LaneID = String?

    /// A question to the outbox for its heads.
    struct Question {
        /// How many heads: every lane that is known may be among them.
        var limit: Int
        /// Lanes whose event was on its way when the question was asked: what the answer says of them may be
        /// out
        /// of date by the time it comes, and a delivered event must not go again.
        fileprivate var busy: Set<LaneID>
    }

    private struct Lane {
        var failures = 0
        /// Nil while its event is on its way.
        var due: Instant?
        /// HQ's own wish for this event.
        var notBefore: Instant?
        /// Whether a sign of life of HQ brings the next try forward.
        var isHasty = false
        /// Whether its trouble is an alarm.
        var needsPerson = false
    }

    private enum Gate {
        case open
        case thin(until: Instant)
        /// `isOrdered`: HQ asked for this time, nothing cuts it short.
        case shut(until: Instant, isOrdered: Bool)
    }

    /// Most lanes that are remembered as failed; beyond it no new one starts.
    static let laneLimit = 1_024
    /// Most lanes of an outage: beyond it those that failed are probes enough.
    static let thinLaneLimit = 64

    private let width: Int
    private let backoff: HQLinkTiming.Backoff
    private let probes: HQLinkTiming.Backoff
    private var lanes: [LaneID: Lane] = [:]
    private var gate = Gate.open
    /// Lanes that failed since the last success.
    private var failing: Set<LaneID> = []
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

    // MARK: Starting

    /// What to ask the outbox for; nil: nothing can start.
    func question(now: Instant) -> Question? {
        let busy = Set(lanes.filter { $0.value.due == nil }.keys)
        let free: Int
        switch gate {
        case .open, .thin: free = width - busy.count
        case .shut(let until, _): free = until <= now && busy.isEmpty ? 1 : 0
        }
        return free > 0 ? Question(limit: lanes.count + free, busy: busy) : nil
    }

    /// Takes the events that start now out of the outbox's answer, and marks their lanes as on their way.
    mutating func start(_ heads: [OutboundEvent], of question: Question, now: Instant) -> [OutboundEvent] {
        forgetGone(heads, question)
        let heads = heads.filter { !question.busy.contains($0.orderID) }
        var started: [OutboundEvent] = []
        switch gate {
        case .open, .thin:
            let free = width - inFlight
            for event in heads where started.count < free {
                let isReady =
                    lanes[event.orderID].map { lane in lane.due.map { $0 <= now } ?? false }
                    ?? mayStartNew(now: now, started: started.count)
                if isReady { started.append(event) }
            }
        case .shut(let until, _):
            if until <= now, inFlight == 0, let probe = probe(heads, now: now) { started = [probe] }
        }
        for event in started { lanes[event.orderID, default: Lane()].due = nil }
        return started
    }

    /// The head that was tried least; among those the oldest.
    private func probe(_ heads: [OutboundEvent], now: Instant) -> OutboundEvent? {
        heads
            .filter { head in lanes[head.orderID]?.notBefore.map { $0 <= now } ?? true }
            .min { lanes[$0.orderID]?.failures ?? 0 < lanes[$1.orderID]?.failures ?? 0 }
    }

    private func mayStartNew(now: Instant, started: Int) -> Bool {
        switch gate {
        case .open, .shut: lanes.count + started < Self.laneLimit
        case .thin(let until):
            until <= now && started == 0 && inFlight == 0 && lanes.count < Self.thinLaneLimit
        }
    }

    /// Lanes that the outbox no longer has anything for. Only a full answer can tell.
    private mutating func forgetGone(_ heads: [OutboundEvent], _ question: Question) {
        guard heads.count < question.limit else { return }
        let present = Set(heads.map(\.orderID))
        lanes = lanes.filter { $0.value.due == nil || present.contains($0.key) }
    }

    // MARK: What became of them

    /// HQ has answered for the lane's event, with a receipt or by refusing it for good: the gate opens, and
    /// what
    /// waited only because HQ was away is tried now.
    ///
    /// - Returns: whether no other event needs a person.
    mutating func finished(_ lane: LaneID, now: Instant) -> Bool {
        lanes[lane] = nil
        failing = []
        streak = 0
        switch gate {
        case .open: break
        case .shut(let until, isOrdered: true) where until > now: break
        case .thin, .shut:
            gate = .open
            alarms = 0
            makeHastyDue(now)
        }
        return !lanes.values.contains(where: \.needsPerson)
    }

    /// HQ, or the network, could not take the lane's event now.
    ///
    /// `after` is HQ's wish, for the whole station if `everyone`. `hasty`: HQ was simply not there.
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
        failing.insert(lane)
        let due = postpone(lane, now: now, after: after, hasty: hasty, needsPerson: false, random: random)
        if everyone, let after {
            shut(until: now + after, isOrdered: true)
        } else if case .shut(let until, _) = gate {
            // The probe failed in another way: the gate's next time follows, or it would be tried in a
            // circle.
            let next = now + probes.wait(failures: streak, random: random)
            if until <= now { gate = .shut(until: next, isOrdered: false) }
        } else if failing.count >= width {
            gate = .thin(until: now + probes.wait(failures: streak - width + 1, random: random))
        }
        return due
    }

    /// A person has to mend something.
    ///
    /// `hasty`: it is the station's or the network's trouble, not this event's.
    /// - Returns: when one event is tried again.
    mutating func paused(
        _ lane: LaneID,
        now: Instant,
        after: Duration?,
        hasty: Bool,
        random: Double
    ) -> Instant {
        // Several that were on their way together are one alarm.
        if !isShut(now: now) { alarms += 1 }
        _ = postpone(lane, now: now, after: after, hasty: hasty, needsPerson: true, random: random)
        let wait = max(after ?? .zero, backoff.wait(failures: alarms, random: random))
        shut(until: now + wait, isOrdered: after != nil)
        guard case .shut(let until, _) = gate else { return now + wait }
        return until
    }

    /// Something else shows that HQ is back: what waits only because HQ was away is tried now.
    mutating func hasten(now: Instant) {
        makeHastyDue(now)
        switch gate {
        case .open, .shut(_, isOrdered: true): break
        case .thin(let until): gate = .thin(until: min(until, now))
        case .shut(let until, isOrdered: false): gate = .shut(until: min(until, now), isOrdered: false)
        }
    }

    /// When something can start next without an event from outside; nil: never.
    func nextDue(now: Instant) -> Instant? {
        let free = width - inFlight
        let lane = lanes.values.compactMap(\.due).min()
        switch gate {
        case .shut(let until, _): return free == width ? until : nil
        case .open: return free > 0 ? lane : nil
        case .thin(let until):
            guard free > 0 else { return nil }
            return until > now ? min(until, lane ?? until) : lane
        }
    }

    private func isShut(now: Instant) -> Bool {
        guard case .shut(let until, _) = gate else { return false }
        return until > now
    }

    private mutating func postpone(
        _ lane: LaneID,
        now: Instant,
        after: Duration?,
        hasty: Bool,
        needsPerson: Bool,
        random: Double
    ) -> Instant {
        let failures = (lanes[lane]?.failures ?? 0) + 1
        let due = now + max(after ?? .zero, backoff.wait(failures: failures, random: random))
        lanes[lane] = Lane(
            failures: failures,
            due: due,
            notBefore: after.map { now + $0 },
            isHasty: hasty && after == nil,
            needsPerson: needsPerson
        )
        return due
    }

    private mutating func shut(until: Instant, isOrdered: Bool) {
        if case .shut(let other, _) = gate, other > until { return }
        gate = .shut(until: until, isOrdered: isOrdered)
    }

    private mutating func makeHastyDue(_ now: Instant) {
        for (id, lane) in lanes where lane.isHasty {
            guard let due = lane.due, due > now else { continue }
            lanes[id]?.due = now
        }
    }
}
