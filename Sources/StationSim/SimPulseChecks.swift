internal import StationCore

/// What must hold of every pulse, judged from outside the core.
extension Simulation {
    func checkPulse(_ pulse: Effect.Pulse, door: Int, cause: Event) throws -> Opening {
        guard let opening = state.opening(pulse.opening), opening.compartment == pulse.compartment else {
            throw broken("S1: a pulse for \(pulse.compartment) without an opening")
        }
        guard state.compartments[door].plan.kind == .locker else {
            throw broken("S1: a pulse for \(pulse.compartment), which has no lock")
        }
        // S1, read back from the disk: the row, and the journal.
        guard try store.openIntents().contains(pulse.opening) else {
            throw broken("S1: the intent of \(pulse.opening) is not on the disk")
        }
        let isInJournal = try store.newestLine().contains { change in
            if case .openingIntended(let intent) = change { intent == opening } else { false }
        }
        guard isInJournal else { throw broken("S1: the intent of \(pulse.opening) is not in the journal") }
        guard !witness.pulsed.contains(pulse.opening) else {
            throw broken("\(pulse.opening) was pulsed twice")
        }
        guard pulse.notAfter >= now, pulse.notAfter.ms(since: now) <= state.policy.pulseMaxAgeMs else {
            throw broken("S10: the age limit of \(pulse.opening) is out of range")
        }
        try checkCause(cause, opening)
        try checkBudget(opening)
        if case .pickupCode(let order, _) = opening.authority {
            try checkContents(order, opening, door: door)
            try checkWindow(order, opening)
        }
        try checkSigned(opening, door: door)
        return opening
    }

    /// Only people open doors, and time that goes on with what a person began: no clock, no start, no command
    /// and no order (S10, S13).
    private func checkCause(_ cause: Event, _ opening: Opening) throws {
        switch cause {
        case .codeShown, .grantShown, .buttonPressed, .timeCame, .pulseAnswered, .doorRead, .serviceOpening:
            break
        case .started, .clockRead, .scanUnreadable, .pinTyped, .scannerChanged, .boardChanged, .coilStuck,
            .pointChanged, .orderReceived, .itemQuarantined, .commandReceived, .doorMapRead, .serviceBegan,
            .serviceEnded, .compartmentWalked, .tallied, .policyReceived, .calendarRead:
            throw broken("S10: \(cause) opened \(opening.compartment)")
        }
        // S9: a short code opens nothing while the keypad is locked out.
        if case .codeShown(let code) = cause, case .pickupCode = opening.authority, !code.isLong,
            isKeypadLocked()
        {
            throw broken("S9: a short code opened \(opening.compartment) while the keypad was locked out")
        }
    }

    /// S4 and S2 from outside: whose parcels are really behind the door that a code opens.
    private func checkContents(_ order: OrderID, _ opening: Opening, door: Int) throws {
        for item in truth.doors[door].items where !overlooked.contains(item) {
            guard hq.owns(order, item) else {
                throw broken("S4: the code of \(order) opens \(opening.compartment), where \(item) is")
            }
            // Once the station knows that a parcel went over to another order, the first may not open it.
            guard let heir = hq.heir(of: item, after: order), let row = try store.order(heir),
                row.parcel(item)?.place == .inside(opening.compartment)
            else { continue }
            throw broken("S4: \(item) went over to \(heir); the code of \(order) opens it")
        }
    }

    /// S4: only inside its window, and not after completion bar the grace period. S11: by the order's row.
    private func checkWindow(_ order: OrderID, _ opening: Opening) throws {
        guard let row = try store.order(order) else { throw broken("S4: nobody knows \(order)") }
        let gone = row.parcels.compactMap { parcel -> StationTime? in
            if case .collected(let at) = parcel.place { at } else { nil }
        }
        if opening.isReopen {
            let last = gone.max() ?? StationTime(milliseconds: 0)
            let sinceMs = stationTime.ms(since: last)
            // A step of the clock may lie in between, and nothing is inside that could be lost.
            guard
                sinceMs <= Int64(state.policy.reopenGraceMs) || !options.isClockTrusted
                    || !hasOwnInside(opening)
            else { throw broken("S4: \(order) was opened again after its grace time") }
            return
        }
        guard row.standing == .live, !row.isPaymentDue, !row.isExpired else {
            throw broken("S4: \(order) is \(row.standing), payment due \(row.isPaymentDue), and was opened")
        }
        try checkHold(row, opening)
        if let start = row.notBefore, stationTime < start {
            throw broken("S4: \(order) was opened too early")
        }
        guard opening.parcels.allSatisfy({ row.parcel($0)?.place == .inside(opening.compartment) }) else {
            throw broken("S4: \(opening.parcels) are not in \(opening.compartment) by the rows")
        }
    }

    private func hasOwnInside(_ opening: Opening) -> Bool {
        state.compartment(opening.compartment)?.record.contents != .empty
    }

    // MARK: Coils

    /// A coil rests between two pulses, and one handover does not hammer a door.
    func energise(_ opening: Opening, door: Int) throws {
        let plan = state.compartments[door].plan
        if let last = truth.doors[door].energisedAt {
            let restMs = now.ms(since: last)
            guard restMs >= plan.pulseMs + plan.coolDownMs else {
                throw broken("the coil of \(plan.id) rested for \(restMs) ms only")
            }
        }
        truth.doors[door].energisedAt = now
        guard let handover = opening.handover, !opening.isReopen else { return }
        let known = witness.energised.firstIndex { $0.handover == handover && $0.door == door }
        guard let known else {
            witness.energised.append((handover, door, 1))
            return
        }
        witness.energised[known].count += 1
        guard witness.energised[known].count <= state.policy.openAttemptsMax + 2 else {
            throw broken("\(plan.id) was pulsed \(witness.energised[known].count) times for one handover")
        }
    }
}

extension ShownCode {
    /// A scanned code that cannot be guessed.
    var isLong: Bool {
        if case .scanned(let bits) = form { bits >= 80 } else { false }
    }
}
