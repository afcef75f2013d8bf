internal import StationCore

/// Locks, doors, sensors and the board, and what must hold of every pulse.
extension Simulation {
    func pulse(_ pulse: Effect.Pulse, before: StationState) throws {
        guard let opening = state.opening(pulse.opening) else {
            throw broken("S1: a pulse for \(pulse.compartment) without an opening")
        }
        // S1, read back from the disk.
        guard try store.openIntents().contains(pulse.opening) else {
            throw broken("S1: the intent of \(pulse.opening) is not on the disk")
        }
        guard !pulsed.contains(pulse.opening) else { throw broken("\(pulse.opening) was pulsed twice") }
        guard pulse.notAfter >= now, pulse.notAfter.ms(since: now) <= state.policy.pulseMaxAgeMs else {
            throw broken("S10: the age limit of \(pulse.opening) is out of range")
        }
        pulsed.append(pulse.opening)
        pulses += 1
        let door = index(of: pulse.compartment)
        truth.doors[door].pulses += 1
        try checkAuthority(opening, door: door)
        guard truth.isBoardUp else {
            schedule(afterMs: random.within(20...300), .answer(pulse.opening, .notActuated(.boardDown)))
            return
        }
        var answer = PulseAnswer.actuated
        var isActuated = true
        if !isHealed, random.chance(options.oddPulse) {
            switch random.below(4) {
            case 0: (answer, isActuated) = (.notActuated(.boardDown), false)
            case 1: (answer, isActuated) = (.notActuated(.coilBudget(retryAfterMs: 700)), false)
            case 2: (answer, isActuated) = (.unknown, true)
            default: (answer, isActuated) = (.unknown, false)
            }
        }
        if isHealed || !random.chance(options.oddPulse / 6) {
            schedule(afterMs: random.within(10...500), .answer(pulse.opening, answer))
        }
        let isStuck = truth.doors[door].isStuck || (!isHealed && random.chance(options.stuckLatch))
        guard isActuated, !isStuck else { return }
        let isLate = !isHealed && random.chance(options.lateDoor)
        schedule(
            afterMs: isLate ? random.within(4_000...40_000) : random.within(60...900),
            .swing(door, opening.authority)
        )
    }

    /// S4 from outside: whose parcels are really behind the door that a code opens.
    private func checkAuthority(_ opening: Opening, door: Int) throws {
        guard case .pickupCode(let order, _) = opening.authority else { return }
        for item in truth.doors[door].items where !hq.owns(order, item) {
            throw broken("S4: the code of \(order) opens \(opening.compartment), where \(item) is")
        }
    }

    func swingOpen(_ door: Int, _ authority: Authority?) {
        guard !truth.doors[door].isOpen else { return }
        truth.doors[door].isOpen = true
        truth.doors[door].openedBy = authority
        truth.doors[door].openedAt = now
        note("door \(door) opens")
        schedule(afterMs: random.within(5...450), .read(door))
    }

    func close(_ door: Int) {
        guard truth.doors[door].isOpen else { return }
        truth.doors[door].isOpen = false
        truth.doors[door].openedBy = nil
        note("door \(door) is closed")
        schedule(afterMs: random.within(5...450), .read(door))
    }

    func read(_ door: Int) throws {
        guard truth.doors[door].hasSensor, truth.isBoardUp else { return }
        let id = state.compartments[door].plan.id
        let before = state
        let isOpen = truth.doors[door].isOpen
        let crashesBefore = crashes
        try decide(.doorRead(id, isOpen ? .open : .closed))
        // S7: an open edge that no opening explains is an alarm, at once.
        if isOpen, crashes == crashesBefore, before.compartments[door].door != .open,
            before.opening(at: id) == nil,
            state.compartments[door].record.alarm == nil
        {
            throw broken("S7: \(id) opened without an opening, and there is no alarm")
        }
    }

    func loseBoard() throws {
        guard truth.isBoardUp else { return }
        truth.isBoardUp = false
        try decide(.boardChanged("board", isUp: false))
        for door in truth.doors.indices where truth.doors[door].hasSensor {
            try decide(.doorRead(state.compartments[door].plan.id, .unknown))
        }
        schedule(afterMs: random.within(500...60_000), .boardBack)
    }

    func boardBack() throws {
        guard !truth.isBoardUp else { return }
        truth.isBoardUp = true
        try decide(.boardChanged("board", isUp: true))
        for door in truth.doors.indices { schedule(afterMs: random.within(5...300), .read(door)) }
    }
}
