internal import StationCore

/// HQ's side of the wire: orders and changes go out, events come in, at least once.
extension Simulation {
    func hqTurn() throws {
        if !isHealed { isHQAway = random.chance(options[.hqAway]) }
        let crashesBefore = counts.crashes
        if !isHQAway {
            changeOrders()
            if faces(.commands) {
                try command()
            }
            if counts.crashes == crashesBefore { try hostilePolicy() }
            if counts.crashes == crashesBefore { try sendFeed() }
            if counts.crashes == crashesBefore { try takeEvents() }
        }
        schedule(afterMs: isHealed ? 1_000 : random.within(2_000...600_000), .hqTurn)
    }

    private func changeOrders() {
        if !isHealed, random.chance(650) { hq.place(&random, now: wall) }
        if !hq.orders.isEmpty, faces(.hqChanges) {
            hq.change(max(0, hq.orders.count - 1 - random.below(12)), &random, now: wall)
        }
        if faces(.oldVersion) { hq.repeatOld(&random) }
        for order in hq.unapplied where isHealed || random.chance(300) {
            hq.applyEvents(closing: order)
        }
    }

    /// The cursor moves only with its page; after a crash the page is read again.
    private func sendFeed() throws {
        while true {
            let cursor = try store.cursor()
            let page = hq.feed.dropFirst(cursor).prefix(6)
            guard !page.isEmpty else { break }
            let crashesBefore = counts.crashes
            for order in page {
                try send(order)
                guard counts.crashes == crashesBefore else { return }
            }
            try store.setCursor(cursor + page.count)
        }
        let tally = try store.tally()
        if tally != state.tally { try decide(.tallied(tally)) }
    }

    private func send(_ order: SimOrder) throws {
        let id = order.record.id
        let existing = try store.order(id)
        let parcels = order.record.parcels.map(\.id)
        let holders = state.compartments.filter { compartment in
            compartment.record.contents.parcels.contains { parcels.contains($0) }
        }
        guard existing?.isTouched == true || state.isConcerned(with: id) || !holders.isEmpty else {
            guard let merged = OrderMerge.merged(order.record, into: existing) else { return }
            try store.store(merged, order)
            if existing != nil { try store.confirmed(id) }
            return
        }
        var others: [OrderRecord] = []
        for holder in holders {
            guard let owner = holder.record.contents.order, owner != id,
                !others.contains(where: { $0.id == owner }), let other = try store.order(owner)
            else { continue }
            others.append(other)
        }
        let isNewer = existing.map { order.record.version > $0.version } ?? true
        try decide(
            .orderReceived(OrderUpdate(incoming: order.record, existing: existing, others: others)),
            attaching: isNewer ? order : nil
        )
    }

    // MARK: Events

    private func takeEvents() throws {
        if isHealed || random.chance(100) { try store.retryParked() }
        for _ in 0..<40 {
            let heads = try store.outboxHeads(limit: 4)
            guard !heads.isEmpty else { return }
            for report in heads { try deliver(report) }
        }
    }

    private func deliver(_ report: Report) throws {
        if faces(.parked) {
            witness.parked.append(report.id)
            try store.park(report.id)
            return
        }
        if !hq.take(report) {
            counts.redelivered += 1
            note("HQ has \(report.id) already")
        }
        if faces(.lostReply) { return }
        // Of a station's own event the feed never says that it was applied.
        if let order = report.order, faces(.pendingAtHQ) {
            try store.delivered(report.id, isPending: true)
            hq.unapplied.append(order)
            return
        }
        try store.delivered(report.id, isPending: false)
        if let order = report.order, report.type == .pickupCompleted, !isHealed, random.chance(400) {
            hq.applyEvents(closing: order)
        }
    }
}
