internal import StationCore

/// HQ's side: orders and changes go out, events come in, at least once.
extension Simulation {
    func hqTurn() throws {
        if !isHealed { isHQAway = random.chance(options.hqAway) }
        if !isHQAway || isHealed {
            if !isHealed, random.chance(600) { feed.append(hq.place(&random, now: wall)) }
            if !isHealed, !hq.orders.isEmpty, random.chance(options.hqChanges) {
                let index = max(0, hq.orders.count - 1 - random.below(12))
                feed += hq.change(index, &random, now: wall)
            }
            try sendFeed()
            try takeEvents()
        }
        schedule(afterMs: isHealed ? 1_000 : random.within(2_000...600_000), .hqTurn)
    }

    private func sendFeed() throws {
        let crashesBefore = crashes
        while let index = feed.first, crashes == crashesBefore {
            try send(hq.orders[index])
            // The cursor moves only with the page; after a crash it is read again.
            if crashes == crashesBefore { feed.removeFirst() }
        }
    }

    private func send(_ order: SimOrder) throws {
        let existing = try store.order(order.record.id)
        let parcels = order.record.parcels.map(\.id)
        let holders = state.compartments.filter { compartment in
            compartment.record.contents.parcels.contains { parcels.contains($0) }
        }
        if existing?.isTouched == true || state.isConcerned(with: order.record.id) || !holders.isEmpty {
            var others: [OrderRecord] = []
            for holder in holders {
                guard let id = holder.record.contents.order, id != order.record.id,
                    !others.contains(where: { $0.id == id }),
                    let other = try store.order(id)
                else { continue }
                others.append(other)
            }
            let crashesBefore = crashes
            try decide(
                .orderReceived(OrderUpdate(incoming: order.record, existing: existing, others: others))
            )
            if crashes == crashesBefore { try store.attach(order, version: order.record.version) }
        } else if let merged = OrderMerge.merged(order.record, into: existing) {
            try store.store(merged, order)
        }
    }

    private func takeEvents() throws {
        for _ in 0..<40 {
            let heads = try store.outboxHeads(limit: 4)
            guard !heads.isEmpty else { return }
            for report in heads {
                if !hq.take(report) { note("HQ has \(report.id) already") }
                if !isHealed, random.chance(options.lostReply) { continue }
                try store.delivered(report.id)
            }
        }
    }
}
