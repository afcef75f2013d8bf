internal import StationCore

/// Locks, doors, sensors and boards.
extension Simulation {
    func pulse(_ pulse: Effect.Pulse, cause: Event) throws {
        let door = index(of: pulse.compartment)
        let opening = try checkPulse(pulse, door: door, cause: cause)
        witness.pulsed.append(pulse.opening)
        witness.pulses.append(SimPulse(compartment: pulse.compartment, atMs: now.nanoseconds / 1_000_000))
        counts.pulses += 1
        guard truth.isUp(door) else {
            schedule(afterMs: random.within(20...300), .answer(pulse.opening, .notActuated(.boardDown)))
            return
        }
        let (answer, isActuated) = drawAnswer()
        if isActuated { try energise(opening, door: door) }
        let isSilent = faces(.oddPulse, scale: 6)
        if !isSilent {
            let delay = faces(.slowAnswer) ? random.within(1_200...14_000) : random.within(10...500)
            schedule(afterMs: delay, .answer(pulse.opening, answer))
        }
        let isStuck = truth.doors[door].isStuck || faces(.stuckLatch)
        guard isActuated, !isStuck else { return }
        let delay = faces(.lateDoor) ? random.within(4_000...40_000) : random.within(60...900)
        schedule(afterMs: delay, .swing(door, opening.authority, opening.id))
    }

    private func drawAnswer() -> (PulseAnswer, isActuated: Bool) {
        guard faces(.oddPulse) else { return (.actuated, true) }
        switch random.below(5) {
        case 0: return (.notActuated(.boardDown), false)
        case 1: return (.notActuated(.coilBudget(retryAfterMs: random.within(0...4_000))), false)
        case 2: return (.unknown, true)
        case 3: return (.notActuated(.boardRefused(code: 4)), false)
        default: return (.unknown, false)
        }
    }

    // MARK: Doors

    func swingOpen(_ door: Int, _ authority: Authority?, _ opening: OpeningID?) {
        guard !truth.doors[door].isOpen else { return }
        truth.doors[door].isOpen = true
        truth.doors[door].openedBy = authority
        truth.doors[door].lastOpenedBy = authority
        truth.doors[door].openedAt = now
        truth.doors[door].swings += 1
        if let opening { witness.swung.append(opening) }
        note("door \(door) opens")
        schedule(afterMs: random.within(5...450), .read(door, nil))
    }

    func close(_ door: Int) {
        guard truth.doors[door].isOpen else { return }
        truth.doors[door].isOpen = false
        truth.doors[door].openedBy = nil
        note("door \(door) is closed")
        schedule(afterMs: random.within(5...450), .read(door, nil))
    }

    /// The bus reads a door; `reading`: a late reply is taken for it.
    func read(_ door: Int, as reading: DoorReading?) throws {
        guard truth.doors[door].hasSensor, truth.isUp(door) else { return }
        let real: DoorReading = truth.doors[door].isOpen ? .open : .closed
        let said = reading ?? truth.doors[door].cutReads ?? real
        let id = state.compartments[door].plan.id
        let before = state
        let crashesBefore = counts.crashes
        try decide(.doorRead(id, said))
        guard counts.crashes == crashesBefore, said == .open else { return }
        // S7: an open edge that no opening explains is an alarm, at once.
        if before.compartments[door].door != .open, before.compartments[door].hasTrustedSensor,
            before.opening(at: id) == nil, state.opening(at: id) == nil,
            state.compartments[door].record.alarm == nil
        {
            throw broken("S7: \(id) opened without an opening, and there is no alarm")
        }
    }

    // MARK: Faults

    func hardwareFails() throws {
        let door = random.below(truth.doors.count)
        if faces(.flicker), truth.doors[door].hasSensor, !truth.doors[door].isOpen {
            note("door \(door) flickers")
            witness.flickers.append((door, truth.doors[door].swings))
            let crashesBefore = counts.crashes
            try read(door, as: .open)
            guard counts.crashes == crashesBefore else { return }
            schedule(afterMs: random.within(50...490), .read(door, nil))
        }
        if faces(.cutSensor), truth.doors[door].hasSensor {
            note("the sensor of door \(door) is cut")
            truth.doors[door].cutReads = random.chance(500) ? .open : .closed
            doubtful += truth.doors[door].items
            schedule(afterMs: random.within(5...450), .read(door, nil))
        }
        if faces(.boardLoss) {
            try loseBoard(random.below(options.boards), forMs: random.within(500...60_000))
        }
        if faces(.outage) {
            // An hour, or up to three weeks.
            let hours = random.chance(500) ? 1 : random.within(2...500)
            try loseBoard(random.below(options.boards), forMs: hours * 3_600_000)
        }
    }

    private func loseBoard(_ board: Int, forMs duration: Int) throws {
        guard truth.isBoardUp[board] else { return }
        truth.isBoardUp[board] = false
        schedule(afterMs: duration, .boardBack(board))
        let crashesBefore = counts.crashes
        try decide(.boardChanged(Self.boardID(board), isUp: false))
        for door in truth.doors.indices
        where counts.crashes == crashesBefore && truth.doors[door].hasSensor
            && truth.doors[door].board == board
        {
            try decide(.doorRead(state.compartments[door].plan.id, .unknown))
        }
    }

    func boardBack(_ board: Int) throws {
        guard !truth.isBoardUp[board] else { return }
        truth.isBoardUp[board] = true
        for door in truth.doors.indices where truth.doors[door].board == board {
            schedule(afterMs: random.within(5...300), .read(door, nil))
        }
        try decide(.boardChanged(Self.boardID(board), isUp: true))
    }
}
