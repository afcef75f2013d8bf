internal import StationCore

/// What must hold, judged from outside the core.
extension Simulation {
    /// The changes alone must give the state of the decision.
    func checkApply(_ decision: Decision) throws {
        guard number % 8 == 0 else { return }
        var replayed = state
        for change in decision.changes { replayed.apply(change) }
        guard replayed == decision.state else {
            throw broken("applying the changes does not give the decided state")
        }
    }

    func checkState(_ event: Event, before: StationState) throws {
        // S2
        var seen: [ParcelID] = []
        for compartment in state.compartments {
            for parcel in compartment.record.contents.parcels {
                guard !seen.contains(parcel) else {
                    throw broken("S2: \(parcel) is in two compartments in the books")
                }
                seen.append(parcel)
            }
        }
        // S13
        guard state.clock.time(at: now) >= before.clock.time(at: now) else {
            throw broken("S13: station time went back")
        }
        // S14: one reading alone frees nothing.
        if case .doorRead(let id, .closed) = event, let old = before.compartment(id),
            old.record.contents.occupancy != nil, state.compartment(id)?.record.contents == .empty,
            !before.openings.contains(where: { $0.compartment == id && $0.openedAt != nil })
        {
            throw broken("S14: \(id) was freed by one reading")
        }
    }

    /// Everything works again: latches, sensors, boards, clock, HQ. Staff look after every door. Then all
    /// must be right.
    func heal() throws {
        note("HEAL")
        isHealed = true
        isHQAway = false
        try boardBack()
        try readClock()
        for door in truth.doors.indices {
            truth.doors[door].isStuck = false
            close(door)
        }
        for _ in 0..<12 {
            visitor = SimVisitor(kind: .staff, patience: 400)
            let end = now.advanced(byMs: 3_000_000)
            while now < end, visitor != nil { try step() }
            visitor = nil
            if try isSettled() { break }
        }
        guard try isSettled() else { throw broken("it does not come to rest: \(try unrest())") }
        try checkBooks()
        try checkHandovers()
        try checkOrderOfEvents()
    }

    private func isSettled() throws -> Bool { try unrest().isEmpty }

    private func unrest() throws -> String {
        var reasons: [String] = []
        if state.session != nil {
            reasons.append("a session is open: \(state.kioskView(revision: 0, at: now).screen)")
        }
        if !state.openings.isEmpty { reasons.append("openings are not over: \(state.openings)") }
        let waiting = try store.waiting()
        if waiting > 0 { reasons.append("\(waiting) events wait") }
        for compartment in state.compartments {
            let record = compartment.record
            if record.alarm != nil || record.outcomeUnknown != nil || record.outOfService != nil {
                reasons.append("\(record.id) still needs a person")
            }
            if record.contents.occupancy?.recall != nil {
                reasons.append("\(record.id) waits to be recalled")
            }
        }
        return reasons.joined(separator: "; ")
    }

    /// The books say what is really in the wall.
    private func checkBooks() throws {
        for (door, compartment) in state.compartments.enumerated() {
            let books = compartment.record.contents.parcels.filter { !doubtful.contains($0) }
            let real = truth.doors[door].items.filter { !doubtful.contains($0) }
            guard books.sorted() == real.sorted() else {
                throw broken("\(compartment.plan.id): the books say \(books), inside is \(real)")
            }
            for parcel in books {
                guard let order = compartment.record.contents.order, let row = try store.order(order),
                    row.parcel(parcel)?.place == .inside(compartment.plan.id)
                else {
                    throw broken("\(parcel) is in \(compartment.plan.id), its order's row says otherwise")
                }
            }
        }
    }

    /// S3 and S5: every parcel that a customer took by code is reported once; none else is.
    private func checkHandovers() throws {
        let pickups = hq.inbox.filter { $0.type == .pickupCompleted || $0.type == .pickupPartial }
        for (parcel, by) in truth.taken where !doubtful.contains(parcel) {
            let reports = pickups.count { $0.parcels.contains(parcel) }
            if by != nil {
                guard reports == 1 else {
                    throw broken("S3: \(parcel) was collected and is reported \(reports) times")
                }
            } else if reports > 0 {
                throw broken("S5: \(parcel) was not collected by a code and is reported as picked up")
            }
        }
    }

    /// S3: HQ has every event once, and those of one order in their order.
    private func checkOrderOfEvents() throws {
        guard hq.inbox.count == committed.count else {
            throw broken("S3: \(committed.count) events were committed, HQ has \(hq.inbox.count)")
        }
        var owners: [OrderID?] = []
        for report in committed where !owners.contains(report.order) { owners.append(report.order) }
        for owner in owners {
            let sent = committed.filter { $0.order == owner }.map(\.id)
            let arrived = hq.inbox.filter { $0.order == owner }.map(\.id)
            guard sent == arrived else {
                throw broken("S3: events of \(owner?.rawValue ?? "the station") out of order")
            }
        }
    }
}
