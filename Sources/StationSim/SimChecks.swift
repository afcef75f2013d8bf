internal import StationCore

/// What must hold of every decision, judged from outside the core.
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

    func judge(_ decision: Decision, _ event: Event, before: StationState) throws {
        guard state.clock.time(at: now) >= before.clock.time(at: now) else {
            throw broken("S13: station time went back")
        }
        if before.session == nil, state.session != nil { countSession() }
        try checkHeldOnce()
        try checkVisit(event, before: before)
        for change in decision.changes {
            switch change {
            case .contents(let id, let contents): try checkFreed(id, contents, event, before: before)
            case .alarm(let id, nil): try checkCleared(id, event)
            case .orderExpired(let order, true): try checkExpired(order, event)
            case .openingIntended(let opening) where opening.purpose == .load:
                try checkOffered(opening, before: before)
            case .reported(let report):
                try checkReport(report, event)
                try checkCommand(report)
            default: break
            }
        }
    }

    private func countSession() {
        guard let present = visitor, !present.isCounted else { return }
        switch present.kind {
        case .customer, .staff:
            visitor?.isCounted = true
            counts.sessions += 1
        case .vandal, .guesser: break
        }
    }

    /// S2 in the books.
    private func checkHeldOnce() throws {
        var seen: [ParcelID] = []
        for compartment in state.compartments {
            for parcel in compartment.record.contents.parcels {
                guard !seen.contains(parcel) else {
                    throw broken("S2: \(parcel) is in two compartments in the books")
                }
                seen.append(parcel)
            }
        }
    }

    /// While a door is being opened for one customer nobody else's code changes the session.
    private func checkVisit(_ event: Event, before: StationState) throws {
        switch event {
        case .codeShown, .grantShown, .commandReceived: break
        default: return
        }
        guard case .collecting(let one) = before.session, case .opening = one.step else { return }
        guard case .collecting(let other) = state.session, other.handover == one.handover,
            other.step == one.step
        else { throw broken("a code changed the session of \(one.order.id) while its door was open") }
    }

    /// S14: one reading alone frees nothing.
    private func checkFreed(
        _ id: CompartmentID,
        _ contents: Contents,
        _ event: Event,
        before: StationState
    ) throws {
        guard contents == .empty, let old = before.compartment(id), old.record.contents.occupancy != nil
        else {
            return
        }
        if case .buttonPressed = event { return }
        guard before.openings.contains(where: { $0.compartment == id && $0.openedAt != nil }) else {
            throw broken("S14: \(id) was freed by \(event)")
        }
    }

    /// S7: an alarm is latched until staff clear it.
    private func checkCleared(_ id: CompartmentID, _ event: Event) throws {
        if case .buttonPressed(.clear(id, _)) = event { return }
        throw broken("S7: the alarm of \(id) was cleared by \(event)")
    }

    /// S13: nothing expires by a time that is not trusted, or before its end.
    private func checkExpired(_ order: OrderID, _ event: Event) throws {
        guard state.clock.isTrusted else { throw broken("S13: \(order) expired by an untrusted clock") }
        if case .commandReceived = event { return }
        guard let end = try store.order(order)?.expiresAt else { return }
        // Trusted sources are up to 90 s off here, and station time may be 120 s ahead of them.
        guard wall.ms(since: end) > -300_000 else {
            throw broken("S13: \(order) expired \(-wall.ms(since: end) / 1_000) s before its end")
        }
    }

    /// A parcel is offered only a compartment that is empty in the books and whose door is seen closed.
    private func checkOffered(_ opening: Opening, before: StationState) throws {
        guard let offered = before.compartment(opening.compartment) else { return }
        let isKept: Bool
        switch offered.record.contents {
        case .empty: isKept = true
        case .loading(let occupancy): isKept = occupancy.parcels == opening.parcels
        case .occupied: isKept = false
        }
        guard isKept, offered.record.alarm == nil, offered.record.outOfService == nil else {
            throw broken("\(opening.compartment) was offered for \(opening.parcels): \(offered.record)")
        }
        guard !offered.hasTrustedSensor || offered.door == .closed else {
            throw broken("\(opening.compartment) was offered while its door was \(offered.door)")
        }
    }

    /// S5: a pickup is reported once, and only if the door was seen open, or a person said so.
    private func checkReport(_ report: Report, _ event: Event) throws {
        guard report.type == .pickupCompleted || report.type == .pickupPartial else { return }
        for parcel in report.parcels {
            guard !witness.pickedUp.contains(parcel) else {
                throw broken("S3: \(parcel) is reported as picked up twice")
            }
            witness.pickedUp.append(parcel)
        }
        // Nobody has taken it, and by the policy of that door it counts as collected: no rule can know better.
        if let door = report.compartment.map(index(of:)) {
            doubtful += report.parcels.filter(truth.doors[door].items.contains)
        }
        switch report.evidence?.kind {
        case .customerConfirmed:
            guard event == .buttonPressed(.taken) else { throw broken("S5: \(event) confirmed a pickup") }
        case .staffConfirmed:
            guard case .buttonPressed(.clear) = event else { throw broken("S5: \(event) confirmed a pickup") }
        case .doorOpened, .doorOpenedAndClosed:
            guard let opening = report.opening, let compartment = report.compartment else {
                throw broken("S5: a pickup of nothing")
            }
            let door = index(of: compartment)
            let swings = truth.doors[door].swings
            // Two wrong readings of one visit, or a cut sensor, cannot be told from a visit.
            let isFooled =
                truth.doors[door].cutReads != nil
                || witness.flickers.count { $0.door == door && $0.swings == swings } > 1
            // A door that opened before its opening was intended is late, not never.
            guard witness.swung.contains(opening) || isFooled || isLate(report, door: door) else {
                throw broken("S5: \(compartment) never opened, and its pickup is reported")
            }
        case nil:
            throw broken("S5: a pickup without evidence")
        }
    }

    /// The opening of a latch that gave way late is not the one whose pulse did it.
    private func isLate(_ report: Report, door: Int) -> Bool {
        // HQ's openings belong to no handover: the door was opened last by one of them.
        if report.handover == nil, case .hq = truth.doors[door].lastOpenedBy { return true }
        return witness.energised.contains { $0.handover == report.handover && $0.door == door }
            && truth.doors[door].swings > 0
    }

    // MARK: Codes

    /// Wrong short codes that were answered in the last 24 hours of station time.
    func recentGuesses() -> Int {
        witness.guesses.count { stationTime.ms(since: $0) < 86_400_000 }
    }

    /// S9, counted by hand: live codes × tries ÷ 10^8 ≤ 0.0024 %, and never more than 40.
    func isKeypadLocked() -> Bool {
        recentGuesses() >= min(40, 2_400 / max(1, state.tally.liveTypedCodes))
    }

    /// A text is what HQ says it is at the version that the station has, and nothing else.
    func checkMatch(_ text: String, _ code: ShownCode) throws {
        if let row = code.pickup, hq.code(of: row.id, version: row.version) != text {
            throw broken("a code that is not that of version \(row.version) opens \(row.id)")
        }
    }

    /// The answer to a code fits what the station knows.
    func checkAnswer(_ code: ShownCode, before: StationState, wasLocked: Bool) throws {
        let isKnown = code.pickup != nil || code.badge != nil || code.parcel != nil
        switch state.session {
        case .refusing(.unknownCode, _) where !code.isLong && !isKnown && before.isAtRest:
            guard !wasLocked else { throw broken("S9: one more wrong code was answered than S9 allows") }
            witness.guesses.append(stationTime)
        case .refusing(.keypadLockedOut, _):
            counts.lockouts += 1
            guard !code.isLong else { throw broken("S9: a long code met the locked keypad") }
        case .refusing(.tooManyOpenings, _) where before.isAtRest: try checkStarved(code)
        case .refusing where before.isAtRest && !wasLocked:
            if let row = code.pickup, code.badge == nil, before.refusal(of: row, at: now) == nil,
                !before.openings.contains(where: { $0.order == row.id })
            {
                throw broken("\(row.id) was refused although nothing stands against it")
            }
        default: break
        }
    }
}

extension StationState {
    /// Nobody's door is in the way of a code.
    var isAtRest: Bool {
        switch session {
        case nil, .refusing, .identifying: true
        case .collecting, .staff, .service: false
        }
    }
}
