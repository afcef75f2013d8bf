internal import DeviceIO
internal import Synchronization

// What the bus does when nobody asks for a pulse: one request per job, so that a pulse waits for one at most.
extension LockBus {
    enum Work {
        /// Open the port again.
        case open
        /// Switch off, or read back, a coil that must be off.
        case settle(Board)
        /// The next request of a board's set-up; the first one of a dead board is its probe.
        case setUp(Board)
        case poll(Board)
        case checkCoils(Board)

        var isSwitchingOff: Bool {
            if case .settle = self { true } else { false }
        }
    }

    func watch() async {
        while phase == .running || phase == .closing {
            let now = BootTime.now()
            guard let next = nextWork(at: now) else {
                await doze(until: now.advanced(byMilliseconds: 1000))
                continue
            }
            let quiet = BootTime(nanoseconds: expectedUntil.load(ordering: .relaxed))
            if next.dueAt <= now, quiet > now, !next.work.isSwitchingOff {
                let off = boards.compactMap { $0.nextDebt?.dueAt }.filter { $0 > now }.min()
                await doze(until: min(quiet, off ?? quiet))
            } else if arriving.load(ordering: .relaxed) == 0, next.dueAt <= now {
                perform(next.work)
                await Task.yield()
            } else if next.dueAt <= now {
                await Task.yield()
            } else {
                await doze(until: next.dueAt)
            }
        }
    }

    func perform(_ work: Work) {
        switch work {
        case .open: openPort()
        case .settle(let board): settleDebt(of: board)
        case .setUp(let board): setUp(board)
        case .poll(let board): poll(board)
        case .checkCoils(let board): checkCoils(board)
        }
    }

    /// What is due first, and when. A coil that must go off is before everything.
    func nextWork(at now: BootTime) -> (work: Work, dueAt: BootTime)? {
        guard let driver else { return nil }
        if portIsDown { return (.open, portRetryAt) }
        var best: (work: Work, dueAt: BootTime)?
        func offer(_ work: Work, _ dueAt: BootTime, _ board: Board) {
            let dueAt = max(dueAt, driver.readyAt(board.index), board.silentUntil)
            if best.map({ dueAt < $0.dueAt }) ?? true { best = (work, dueAt) }
        }
        var off: (work: Work, dueAt: BootTime)?
        for board in boards {
            if let debt = board.nextDebt, board.isUp || board.isInSetUp,
                off.map({ debt.dueAt < $0.dueAt }) ?? true
            {
                off = (.settle(board), debt.dueAt)
            }
            switch board.link {
            case .down: offer(.setUp(board), probeTime(of: board, at: now), board)
            case .setUp(let step):
                if step < 2 || !board.owesNow { offer(.setUp(board), BootTime(nanoseconds: 0), board) }
            case .up:
                if board.isPolled { offer(.poll(board), board.nextPoll, board) }
                if board.profile.coilsCanBeRead { offer(.checkCoils(board), board.nextCoilCheck, board) }
            }
        }
        if let off, off.dueAt <= now { return off }
        if let found = best, found.dueAt <= now, case .setUp(let board) = found.work, !board.isInSetUp {
            best = pollBeforeProbe(dueAt: found.dueAt, at: now) ?? found
        }
        if let off, best.map({ off.dueAt < $0.dueAt }) ?? true { return off }
        return best
    }

    /// When a dead board may be asked again: not while a coil is timed by us, and rather not right after a
    /// pulse.
    private func probeTime(of board: Board, at now: BootTime) -> BootTime {
        let latest = board.retryAt.advanced(byMilliseconds: Pace.probeDelayMs)
        let lastPulse = boards.compactMap { $0.running?.endsAt }.max() ?? BootTime(nanoseconds: 0)
        let calm = min(lastPulse.advanced(byMilliseconds: Pace.probeHoldMs), latest)
        let isTiming = boards.contains { $0.isUp && $0.owesNow }
        let soon = isTiming ? now.advanced(byMilliseconds: 50) : BootTime(nanoseconds: 0)
        return max(board.retryAt, calm, soon)
    }

    /// A probe may cost a whole response time: sensors that would wait too long meanwhile are read just
    /// before
    /// it, each once.
    private func pollBeforeProbe(dueAt: BootTime, at now: BootTime) -> (work: Work, dueAt: BootTime)? {
        let youngMs = UInt64(max(0, Pace.doorLimitMs - Pace.probeSlackMs - configuration.responseTimeoutMs))
        let board = boards.filter { board in
            board.isUp && board.isPolled && board.silentUntil <= now
                && board.lastRead < dueAt && now.milliseconds(since: board.lastRead) >= youngMs
        }.min { $0.lastRead < $1.lastRead }
        guard let board, let driver else { return nil }
        return (.poll(board), max(now, driver.readyAt(board.index)))
    }

    private func poll(_ board: Board) {
        do throws(WireFailure) {
            let inputs = try ask(board) { driver throws(WireFailure) in try driver.readInputs(board.index) }
            let now = BootTime.now()
            observe(inputs, of: board, at: now)
            board.lastRead = now
            board.nextPoll = now.advanced(byMilliseconds: board.pollIntervalMs(at: now))
        } catch {
            board.lastRead = BootTime.now()
            board.nextPoll = board.lastRead.advanced(byMilliseconds: Pace.fastPollMs)
            failed(board, error)
        }
    }

    func observe(_ inputs: [Bool], of board: Board, at now: BootTime) {
        if !board.profile.coilsCanBeRead { board.latches.note(inputs, at: now) }
        for index in board.sensors.indices where board.sensors[index].input < inputs.count {
            let door = board.sensors[index]
            let isOpen = inputs[door.input] == door.openIsOn
            if let news = board.sensors[index].filter.observe(isOpen: isOpen) {
                emit(.door(door.name, news, at: timeOfChange(door.input, of: board, readAt: now)))
            }
        }
    }

    /// Looks for coils that nobody switched on, and for pulses that did not end.
    private func checkCoils(_ board: Board) {
        do throws(WireFailure) {
            let coils = try ask(board) { driver throws(WireFailure) in
                try driver.readCoils(board.index, hasty: false)
            }
            let now = BootTime.now()
            board.nextCoilCheck = now.advanced(byMilliseconds: board.coilCheckMs)
            oweOff(coils, of: board, at: now)
        } catch {
            board.nextCoilCheck = BootTime.now().advanced(byMilliseconds: Pace.fastPollMs)
            failed(board, error)
        }
    }

    /// Sleeps off the thread until `moment` or ``wake()``.
    private func doze(until moment: BootTime) async {
        let sleeper = Task.detached(priority: .medium) { await Self.pause(until: moment) }
        self.sleeper = sleeper
        await sleeper.value
        self.sleeper = nil
    }

    /// Makes the watch look again what is due.
    func wake() {
        sleeper?.cancel()
    }

    /// Sleeps off the bus's thread; ends early when the task is cancelled. In steps, for one long sleep may
    /// be late by a tenth.
    static func pause(until moment: BootTime) async {
        while true {
            let now = BootTime.now()
            guard now < moment else { return }
            let left = moment.nanoseconds - now.nanoseconds
            let part = left > 10_000_000 ? left / 10 * 9 : left
            do {
                try await Task.sleep(for: .nanoseconds(Int64(clamping: part)), tolerance: .zero)
            } catch {
                return
            }
        }
    }
}
