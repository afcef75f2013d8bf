internal import StationCore

/// Starts, kills and the clock.
extension Simulation {
    func begin(isSameBoot: Bool) throws {
        let memory = try store.open(isSameBoot: isSameBoot)
        try checkMemory(memory)
        state = StationState(plan: state.plan, policy: state.policy, memory: memory, at: now)
        let crashesBefore = counts.crashes
        try decide(.started(lostMemory: false))
        guard counts.crashes == crashesBefore else { return }
        try readClock()
        for board in truth.isBoardUp.indices where counts.crashes == crashesBefore {
            try decide(.boardChanged(Self.boardID(board), isUp: truth.isBoardUp[board]))
        }
        guard counts.crashes == crashesBefore else { return }
        try decide(.scannerChanged(isConnected: true))
        guard counts.crashes == crashesBefore else { return }
        try decide(.tallied(try store.tally()))
        guard counts.crashes == crashesBefore else { return }
        for door in truth.doors.indices { schedule(afterMs: random.within(5...400), .read(door, nil)) }
    }

    /// The station is killed, and started again a little later; the doors and the people stay.
    func crash() throws {
        counts.crashes += 1
        note("CRASH")
        let isSameBoot = !random.chance(options[.reboot])
        agenda.removeAll { appointment in
            switch appointment.action {
            case .answer, .read, .boardBack: true
            case .swing, .visitorActs, .hqTurn, .clock: false
            }
        }
        try store.crash()
        now = now.advanced(byMs: isSameBoot ? random.within(200...4_000) : random.within(20_000...200_000))
        // What was to happen at the wall meanwhile has happened.
        for appointment in agenda where appointment.at <= now {
            if case .swing(let door, let authority, let opening) = appointment.action {
                swingOpen(door, authority, opening)
            }
        }
        agenda.removeAll { appointment in
            if case .swing = appointment.action { appointment.at <= now } else { false }
        }
        if !isSameBoot {
            boot()
            witness.rebootedAt = wall.milliseconds
            // The coils have cooled while the machine came up.
            for door in truth.doors.indices { truth.doors[door].energisedAt = nil }
        }
        for board in truth.isBoardUp.indices { truth.isBoardUp[board] = true }
        try begin(isSameBoot: isSameBoot)
    }

    /// The clock of the new boot starts again: instants of the old one mean nothing.
    private func boot() {
        note("BOOT")
        let sinceBoot = Instant(nanoseconds: UInt64(random.within(15_000...90_000)) * 1_000_000)
        let wall = wall
        func moved(_ instant: Instant) -> Instant {
            Instant(nanoseconds: sinceBoot.nanoseconds).advanced(byMs: instant.ms(since: now))
        }
        for index in agenda.indices { agenda[index].at = moved(agenda[index].at) }
        for door in truth.doors.indices {
            truth.doors[door].openedAt = Instant(nanoseconds: 0)
        }
        now = sinceBoot
        bootedAt = wall.milliseconds - Int64(sinceBoot.nanoseconds / 1_000_000)
    }

    func readClock() throws {
        guard options.isClockTrusted || isHealed else {
            let wrong = faces(.wrongClock) ? Int64(random.within(-86_400_000...86_400_000)) : 0
            return try decide(.clockRead(wall.advanced(byMs: wrong), .systemUnsynchronised))
        }
        let source: StationClock.Source = random.chance(300) ? .hq : .systemSynchronised
        if faces(.wrongClock, scale: 4) {
            // Slightly off, as trusted sources are; or a machine without a battery whose clock begins anew.
            if random.chance(500) {
                let skew = Int64(random.within(-90_000...90_000))
                try decide(.clockRead(wall.advanced(byMs: skew), source))
            } else {
                try decide(.clockRead(StationTime(milliseconds: 946_684_800_000), .systemUnsynchronised))
            }
        } else {
            try decide(.clockRead(wall, source))
        }
    }
}
