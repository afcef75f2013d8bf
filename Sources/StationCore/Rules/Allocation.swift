extension StationState {
    /// Whether a parcel may be put into this compartment now.
    ///
    /// Its door must be known to be closed where a sensor can tell; a compartment in its reopen grace time,
    /// with a latched alarm or with doubts about an earlier opening is not offered.
    public func isFree(_ compartment: CompartmentState, at instant: Instant) -> Bool {
        guard compartment.canOpen, compartment.record.contents == .empty else { return false }
        guard compartment.record.alarm == nil, compartment.record.outcomeUnknown == nil else { return false }
        guard opening(at: compartment.plan.id) == nil else { return false }
        if compartment.hasTrustedSensor, compartment.door != .closed { return false }
        if let released = compartment.released, released.until > instant { return false }
        return true
    }

    /// Whether its lock may be pulsed for somebody now, leaving aside what is inside: in service, its board
    /// answering, no alarm latched, no opening under way, and its door not open already.
    public func isReadyToOpen(_ compartment: CompartmentState) -> Bool {
        compartment.canOpen && compartment.record.alarm == nil && opening(at: compartment.plan.id) == nil
            && !(compartment.hasTrustedSensor && compartment.door == .open)
    }

    /// The best-fitting free compartment: the smallest size that takes the parcel; among equals one whose
    /// coil is cool, then the first by label.
    ///
    /// - Parameters:
    ///   - larger: only sizes above this one are offered ("does not fit").
    ///   - tried: compartments that are not offered, because they did not open for this parcel.
    public func bestFit(
        for size: Size,
        larger: Size? = nil,
        excluding tried: [CompartmentID] = [],
        at instant: Instant
    ) -> CompartmentState? {
        var best: CompartmentState?
        for compartment in compartments {
            let offered = compartment.plan.size
            guard offered >= size, larger.map({ offered > $0 }) ?? true else { continue }
            guard isFree(compartment, at: instant), !tried.contains(compartment.plan.id) else { continue }
            guard let known = best else {
                best = compartment
                continue
            }
            if offered < known.plan.size
                || offered == known.plan.size && known.isHot(at: instant) && !compartment.isHot(at: instant)
            {
                best = compartment
            }
        }
        return best
    }

    /// How many compartments of each size are free, small first; sizes the wall does not have are absent.
    public func freeCounts(at instant: Instant) -> [StaffMenu.FreeCount] {
        Size.allCases.compactMap { size in
            let ofSize = compartments.filter { $0.plan.size == size && $0.plan.kind == .locker }
            guard !ofSize.isEmpty else { return nil }
            return StaffMenu.FreeCount(size: size, count: ofSize.filter { isFree($0, at: instant) }.count)
        }
    }
}

extension CompartmentState {
    /// Its coil must still rest.
    func isHot(at instant: Instant) -> Bool {
        coolsUntil.map { $0 > instant } ?? false
    }
}
