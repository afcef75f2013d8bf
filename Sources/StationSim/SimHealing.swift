internal import StationCore

/// The second half of a world: no more faults, and everything must come right.
extension Simulation {
    /// Latches, sensors, boards, clock and HQ work again, staff look after every door, and every customer
    /// who may comes for their order.
    func heal() throws {
        note("HEAL")
        isHealed = true
        isHQAway = false
        agenda.removeAll { appointment in
            switch appointment.action {
            case .visitorActs, .hqTurn: true
            default: false
            }
        }
        // A latch that was to give way late gives way now: nothing opens by itself any more.
        for appointment in agenda {
            if case .swing(let door, let authority, let opening) = appointment.action {
                swingOpen(door, authority, opening)
            }
        }
        agenda.removeAll { if case .swing = $0.action { true } else { false } }
        for door in truth.doors.indices {
            truth.doors[door].isStuck = false
            mend(door)
            close(door)
        }
        for board in truth.isBoardUp.indices { try boardBack(board) }
        try readClock()
        try giveDoorsBack()
        schedule(afterMs: 1_000, .hqTurn)
        schedule(afterMs: 2_000, .visitorActs)
        try settle()
        try everybodyCollects()
        try settle()
        try checkBooks()
        try checkRows()
        try checkHandovers()
        try checkOrderOfEvents()
        try checkPicture()
        try checkTally()
        if let link = try store.brokenLink() { throw broken("the journal's chain is broken: \(link)") }
        if let code = try store.firstFound(of: hq.allCodes) {
            throw broken("S12: the clear code \(code) is in the files")
        }
        let handled = witness.loaded.reduce(into: [ParcelID]()) { if !$0.contains($1) { $0.append($1) } }
        counts.doubtful += handled.count { doubtful.contains($0) }
    }

    private func settle() throws {
        for _ in 0..<12 {
            counts.visits += 1
            visitor = SimVisitor(kind: .staff, patience: 400)
            try play(forMs: 3_000_000)
            if try unrest().isEmpty { return }
        }
        throw broken("it does not come to rest: \(try unrest())")
    }

    /// Plays on while the present visitor stays, at most for so long.
    private func play(forMs duration: Int) throws {
        let end = now.advanced(byMs: duration)
        while now < end, visitor != nil { try step() }
        visitor = nil
    }

    private func unrest() throws -> String {
        var reasons: [String] = []
        if state.session != nil {
            reasons.append("a session is open: \(state.kioskView(revision: 0, at: now).screen)")
        }
        if !state.openings.isEmpty { reasons.append("openings are not over: \(state.openings)") }
        let outbox = try store.outbox()
        if outbox.waiting > 0 { reasons.append("\(outbox.waiting) events wait") }
        if outbox.pending > 0 { reasons.append("\(outbox.pending) events are not applied") }
        if outbox.parked > 0 { reasons.append("\(outbox.parked) events are parked") }
        if try store.cursor() < hq.feed.count { reasons.append("the feed is not read") }
        for compartment in state.compartments {
            let record = compartment.record
            if record.alarm != nil || record.outcomeUnknown != nil || record.outOfService != nil {
                reasons.append("\(record.id) still needs a person")
            }
            if case .loading = record.contents { reasons.append("\(record.id) is kept for a parcel") }
            if record.contents.occupancy?.recall != nil {
                reasons.append("\(record.id) waits to be recalled")
            }
        }
        return reasons.joined(separator: "; ")
    }

    /// Every order that is in the wall is collectable, or something of HQ's stands against it; and who comes
    /// for a collectable one gets it.
    private func everybodyCollects() throws {
        for number in hq.orders.indices {
            let id = hq.orders[number].record.id
            guard let row = try store.order(id), row.standing == .live,
                row.parcels.contains(where: { !$0.isWithdrawn && $0.place.compartment != nil })
            else { continue }
            switch state.refusal(of: row, at: now) {
            case nil: try collect(number, row)
            case .expired, .paymentDue, .tooEarly: continue
            case .some(let refusal): throw broken("\(id) is in the wall and cannot be collected: \(refusal)")
            }
        }
    }

    private func collect(_ number: Int, _ row: OrderRecord) throws {
        // A typed code waits until the keypad is back; a day later its hold may be over.
        if hq.orders[number].isTyped, state.keypadWaitSeconds(at: now) > 0 { return }
        let inside = row.parcels.filter { !$0.isWithdrawn && $0.place.compartment != nil }.map(\.id)
        counts.visits += 1
        visitor = SimVisitor(kind: .customer(number), patience: 200)
        try play(forMs: 1_200_000)
        guard let after = try store.order(row.id) else { throw broken("\(row.id) is gone") }
        for parcel in inside where after.parcel(parcel)?.place.compartment != nil {
            // In between its hold may have ended.
            if after.isExpired { continue }
            throw broken("the customer of \(row.id) came for \(parcel) and did not get it")
        }
        for parcel in inside where !doubtful.contains(parcel) && !after.isExpired {
            guard truth.taken.contains(where: { $0.parcel == parcel && $0.by == row.id }) else {
                throw broken("\(parcel) is reported as collected and was not taken")
            }
        }
    }

    // MARK: The books

    /// The books say what is really in the wall.
    private func checkBooks() throws {
        for door in truth.doors.indices {
            let compartment = state.compartments[door]
            let books = compartment.record.contents.parcels.filter { !doubtful.contains($0) }
            let real = truth.doors[door].items.filter { !doubtful.contains($0) }
            guard books.sorted() == real.sorted() else {
                throw broken("\(compartment.plan.id): the books say \(books), inside is \(real)")
            }
        }
    }

    /// Rows and wall agree, and no parcel that was ever loaded has fallen out of the rows.
    private func checkRows() throws {
        var seen: [ParcelID] = []
        for order in hq.orders {
            guard let row = try store.order(order.record.id) else { continue }
            for parcel in row.parcels {
                if parcel.place != .awaited { seen.append(parcel.id) }
                guard let id = parcel.place.compartment else { continue }
                guard let contents = state.compartment(id)?.record.contents, contents.order == row.id,
                    contents.parcels.contains(parcel.id)
                else { throw broken("by its row \(parcel.id) is in \(id), by the wall it is not") }
            }
        }
        for compartment in state.compartments {
            for parcel in compartment.record.contents.parcels {
                guard let order = compartment.record.contents.order, let row = try store.order(order),
                    row.parcel(parcel)?.place == .inside(compartment.plan.id)
                else { throw broken("\(parcel) is in \(compartment.plan.id), its order's row differs") }
            }
        }
        for parcel in witness.loaded where !seen.contains(parcel) {
            // Nobody at HQ has said whose it is.
            let row = try store.order(OrderID(unmatched: parcel))?.parcel(parcel)
            if let row, row.place != .awaited { continue }
            throw broken("\(parcel) was loaded and is lost in the books")
        }
    }

    // MARK: HQ

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

    /// S3: HQ has every event once, and those of one order in their order, unless it refused one itself.
    private func checkOrderOfEvents() throws {
        guard hq.inbox.count == witness.committed.count else {
            throw broken("S3: \(witness.committed.count) events were committed, HQ has \(hq.inbox.count)")
        }
        var owners: [OrderID?] = []
        for report in witness.committed where !owners.contains(report.order) { owners.append(report.order) }
        for owner in owners {
            func events(_ all: [Report]) -> [EventID] {
                all.filter { $0.order == owner && !witness.parked.contains($0.id) }.map(\.id)
            }
            guard events(witness.committed) == events(hq.inbox) else {
                throw broken("S3: events of \(owner?.rawValue ?? "the station") out of order")
            }
        }
        for report in witness.committed where !hq.inbox.contains(report) {
            throw broken("S3: HQ has another \(report.id) than was committed")
        }
    }

    /// What HQ makes of the events is what the station's rows say, parcel by parcel.
    private func checkPicture() throws {
        for order in hq.orders {
            guard let row = try store.order(order.record.id) else { continue }
            for parcel in row.parcels {
                // It went over to another order, whose row tells.
                if let heir = hq.heir(of: parcel.id, after: row.id),
                    try store.order(heir)?.parcel(parcel.id) != nil
                {
                    continue
                }
                let books: SimHQ.Picture?
                switch parcel.place {
                case .awaited: books = nil
                case .inside(let id): books = .inside(id)
                case .collected: books = .collected
                case .recalled: books = .recalled
                case .missing: books = .missing
                }
                let picture = hq.picture(of: parcel.id, in: row.id)
                guard picture == books else {
                    throw broken(
                        "HQ has \(String(describing: picture)) for \(parcel.id) of \(row.id), "
                            + "the station \(String(describing: books))"
                    )
                }
            }
        }
    }

    /// The numbers that are kept with every row are those that one gets by counting.
    private func checkTally() throws {
        var counted = Tally(liveTypedCodes: 0, parcelsToLoad: 0)
        for order in hq.orders {
            guard let row = try store.order(order.record.id), row.standing == .live else { continue }
            let waiting = row.parcels.count { $0.place == .awaited && !$0.isWithdrawn }
            if row.deliveryMode == .locker { counted.parcelsToLoad += waiting }
            let isOver = row.parcels.allSatisfy { $0.place != .awaited && $0.place.compartment == nil }
            if order.isTyped, !isOver { counted.liveTypedCodes += 1 }
        }
        guard try store.tally() == counted else {
            throw broken("the tally says \(try store.tally()), and there are \(counted)")
        }
    }
}
