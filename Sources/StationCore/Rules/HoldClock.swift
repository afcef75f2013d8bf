/// When the store is open, as the shell has worked it out of time zone, daylight saving and opening hours for the
/// next days: the core knows no calendar.
public struct OpeningCalendar: Hashable, Sendable, Codable {
    /// One span in which the store is open.
    public struct Span: Hashable, Sendable, Codable {
        /// It opens.
        public var opens: StationTime
        /// It closes.
        public var closes: StationTime

        /// A span.
        public init(opens: StationTime, closes: StationTime) {
            self.opens = opens
            self.closes = closes
        }
    }

    /// The spans, in order of time.
    public private(set) var spans: [Span]

    /// The spans that are none are left out, the others put in order.
    public init(spans: [Span]) {
        self.spans = spans.filter { $0.opens < $0.closes }.sorted { $0.opens < $1.opens }
    }

    /// The first closing time that is not before this moment; the moment itself where the calendar does not reach.
    public func closing(after moment: StationTime) -> StationTime {
        guard let first = spans.first, first.opens <= moment else { return moment }
        return spans.first { $0.closes >= moment }?.closes ?? moment
    }
}

extension StationState {
    /// Whether what is inside could be handed to a customer now, as far as this door is concerned.
    func couldServe(_ compartment: CompartmentState) -> Bool {
        // A door that is being opened is being served, or was a moment ago.
        opening(at: compartment.plan.id) != nil
            || (compartment.canOpen && compartment.record.alarm == nil
                && compartment.record.outcomeUnknown == nil && !isWithoutPower)
    }

    /// Whether any hold stands still that could run, or runs that should stand still: asked at every event.
    fileprivate var hasUnsettledHold: Bool {
        let mayThaw = clock.isTrusted
        return compartments.contains { compartment in
            guard let occupancy = compartment.record.contents.occupancy, occupancy.recall == nil,
                occupancy.expiresAt != nil
            else { return false }
            let isFrozen = occupancy.frozenSince != nil
            return couldServe(compartment) ? isFrozen && mayThaw : !isFrozen
        }
    }

    /// The end of a hold (S11): HQ's, later by the time in which the station could not have served the order, and
    /// then by the store's closing time if the retailer wants that. Nil: it has no end, or none that can be told
    /// while it stands still.
    func end(of occupancy: Occupancy) -> StationTime? {
        guard occupancy.frozenSince == nil else { return nil }
        return end(occupancy.expiresAt, outageMs: occupancy.outageMs ?? 0)
    }

    private func end(_ expiresAt: StationTime?, outageMs: Int64) -> StationTime? {
        guard let expiresAt else { return nil }
        let end = expiresAt.advanced(byMs: outageMs)
        return policy.holdEndsAtClosing ? calendar.closing(after: end) : end
    }

    /// The end of an order's hold as the station keeps it; nil: none, or it stands still now.
    public func deadline(of order: OrderRecord) -> StationTime? {
        var last: StationTime?
        var isInside = false
        for compartment in compartments {
            guard let occupancy = compartment.record.contents.occupancy, occupancy.order == order.id else {
                continue
            }
            isInside = true
            guard let end = end(of: occupancy) else { return nil }
            last = last.map { max($0, end) } ?? end
        }
        return isInside ? last : end(order.expiresAt, outageMs: 0)
    }

    /// The same, told while the hold stands still as well: as if the station could serve again at this moment.
    public func deadlineIfServedNow(of order: OrderRecord, at instant: Instant) -> StationTime? {
        let now = clock.time(at: instant)
        var last: StationTime?
        var isInside = false
        for compartment in compartments {
            guard let occupancy = compartment.record.contents.occupancy, occupancy.order == order.id else {
                continue
            }
            isInside = true
            let running = occupancy.frozenSince.map { max(0, now.ms(since: $0)) } ?? 0
            guard let end = end(occupancy.expiresAt, outageMs: (occupancy.outageMs ?? 0) + running) else {
                return nil
            }
            last = last.map { max($0, end) } ?? end
        }
        return isInside ? last : end(order.expiresAt, outageMs: 0)
    }
}

extension Draft {
    /// Lets the holds stand still of orders that cannot be handed over now, and run again of those that can.
    ///
    /// An order stands still while any door that holds some of it cannot serve. Nothing runs again before the time of
    /// day is known: the time that the station was down shows only then (S13).
    mutating func settleHolds() {
        guard state.hasUnsettledHold else { return }
        var seen: Set<OrderID> = []
        for compartment in state.compartments {
            guard let occupancy = compartment.record.contents.occupancy, occupancy.expiresAt != nil,
                occupancy.recall == nil, seen.insert(occupancy.order).inserted
            else { continue }
            let doors = state.compartments.filter { $0.record.contents.occupancy?.order == occupancy.order }
            if doors.allSatisfy({ state.couldServe($0) }) {
                thaw(doors)
            } else {
                freeze(doors)
            }
        }
    }

    private mutating func freeze(_ doors: [CompartmentState]) {
        for door in doors {
            guard case .occupied(var occupancy) = door.record.contents, occupancy.frozenSince == nil else {
                continue
            }
            occupancy.frozenSince = time
            record(.contents(door.plan.id, .occupied(occupancy)))
        }
    }

    private mutating func thaw(_ doors: [CompartmentState]) {
        guard state.clock.isTrusted else { return }
        let since = doors.compactMap { $0.record.contents.occupancy?.frozenSince }.min()
        guard let since else { return }
        let outage = time.ms(since: since)
        // A door that was away for a moment moves no deadline.
        let counted = outage >= Int64(policy.outageMinMs) ? outage : 0
        var told: Occupancy?
        for door in doors {
            guard case .occupied(var occupancy) = door.record.contents else { continue }
            occupancy.frozenSince = nil
            if counted > 0 { occupancy.outageMs = (occupancy.outageMs ?? 0) + counted }
            record(.contents(door.plan.id, .occupied(occupancy)))
            told = occupancy
        }
        guard counted > 0, let told, let end = state.end(of: told) else { return }
        report(.orderHoldExtended) {
            $0.order = told.order
            $0.parcels = doors.flatMap { $0.record.contents.parcels }
            $0.deadline = end
            $0.reason = "outage"
        }
    }

    /// After a restart every hold stands still since the last moment that is on the disk: until the doors answer and
    /// the time is known, nobody could have been served.
    mutating func freezeHoldsAtStart() {
        for compartment in state.compartments {
            guard case .occupied(let occupancy) = compartment.record.contents, occupancy.expiresAt != nil,
                occupancy.recall == nil
            else { continue }
            freeze([compartment])
        }
    }
}
