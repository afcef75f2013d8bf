internal import DeviceIO

// What the line is used for next: the earliest due goes first, with three exceptions. A coil that must go off
// is before everything, a door that is nearly overdue before everything else, and a look at the coils of a
// board waits, within bounds, for a moment in which nothing else is due.
extension LockBus {
    struct Job {
        let work: Work
        let dueAt: BootTime
    }

    /// What is due first, and when.
    func nextWork(at now: BootTime) -> (work: Work, dueAt: BootTime)? {
        guard let driver, !isLent else { return nil }
        if portIsDown { return (.open, portRetryAt) }
        let off = nextOff()
        if let off, off.dueAt <= now { return (off.work, off.dueAt) }
        guard var job = earliest(jobs(driver, at: now), off) else { return nil }
        if job.dueAt <= now, let read = overdueRead(driver, at: now) {
            job = read
        } else if job.dueAt <= now, case .setUp(let board) = job.work, !board.isInSetUp {
            job = pollBeforeProbe(driver, dueAt: job.dueAt, at: now) ?? job
        } else if job.dueAt > now, let spare = spareCheck(driver, before: job.dueAt) {
            job = spare
        }
        // Decided when the line is quiet, not before: what comes meanwhile may be more urgent.
        return (job.work, max(job.dueAt, driver.quietUntil))
    }

    /// How long the sensors of a board may wait for their next reading.
    func pollIntervalMs(of board: Board, at now: BootTime) -> UInt64 {
        if configuration.polling == .continuous { return 0 }
        return board.isBusy(at: now) ? Pace.fastPollMs : Pace.idlePollMs
    }

    private func earliest(_ jobs: [Job], _ other: Job?) -> Job? {
        let first = jobs.min { $0.dueAt < $1.dueAt }
        guard let other else { return first }
        return first.map { other.dueAt < $0.dueAt ? other : $0 } ?? other
    }

    /// The oldest debt of a board that can be talked to.
    private func nextOff() -> Job? {
        var first: Job?
        for board in boards where board.isUp || board.isInSetUp {
            guard let debt = board.nextDebt else { continue }
            let dueAt = max(debt.dueAt, board.gapEndsAt)
            if first.map({ dueAt < $0.dueAt }) ?? true { first = Job(work: .settle(board), dueAt: dueAt) }
        }
        return first
    }

    private func jobs(_ driver: any LockBoardDriver, at now: BootTime) -> [Job] {
        var jobs: [Job] = []
        func offer(_ work: Work, _ dueAt: BootTime, _ board: Board) {
            jobs.append(Job(work: work, dueAt: max(dueAt, free(board, driver))))
        }
        for board in boards {
            switch board.link {
            case .down: offer(.setUp(board), probeTime(of: board, at: now), board)
            case .setUp(let step):
                if step < 2 || !board.owesNow { offer(.setUp(board), BootTime(nanoseconds: 0), board) }
            case .up:
                if board.isPolled { offer(.poll(board), board.nextPoll, board) }
                if let output = nextOutput(of: board) {
                    offer(.switchOutput(board, output.index), output.dueAt, board)
                }
                if let register = nextRegister(of: board) {
                    offer(.readRegister(board, register.index), register.dueAt, board)
                }
                if board.profile.coilsCanBeRead { offer(.checkCoils(board), board.coilCheckBy, board) }
            }
        }
        return jobs
    }

    /// From when a board may be asked.
    private func free(_ board: Board, _ driver: any LockBoardDriver) -> BootTime {
        max(driver.readyAt(board.index), board.silentUntil, board.gapEndsAt)
    }

    /// The door that has waited longest, if it has nearly waited too long.
    private func overdueRead(_ driver: any LockBoardDriver, at now: BootTime) -> Job? {
        let board = boards.filter { board in
            board.isUp && board.isPolled && board.nextPoll <= now
                && now.milliseconds(since: board.lastRead) >= Pace.overdueMs && free(board, driver) <= now
        }.min { $0.lastRead < $1.lastRead }
        return board.map { Job(work: .poll($0), dueAt: now) }
    }

    /// A look at a board's coils in a moment that is free.
    private func spareCheck(_ driver: any LockBoardDriver, before moment: BootTime) -> Job? {
        let checks = boards.filter { $0.isUp && $0.profile.coilsCanBeRead }.map {
            Job(work: .checkCoils($0), dueAt: max($0.nextCoilCheck, free($0, driver)))
        }
        return checks.min { $0.dueAt < $1.dueAt }.flatMap { $0.dueAt < moment ? $0 : nil }
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
    /// before it, each once.
    private func pollBeforeProbe(
        _ driver: any LockBoardDriver,
        dueAt: BootTime,
        at now: BootTime
    ) -> Job? {
        let youngMs = UInt64(max(0, Pace.doorLimitMs - Pace.probeSlackMs - configuration.responseTimeoutMs))
        let board = boards.filter { board in
            board.isUp && board.isPolled && board.silentUntil <= now
                && board.lastRead < dueAt && now.milliseconds(since: board.lastRead) >= youngMs
        }.min { $0.lastRead < $1.lastRead }
        return board.map { Job(work: .poll($0), dueAt: max(now, free($0, driver))) }
    }
}
