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
        /// A lamp or a beeper.
        case switchOutput(Board, Int)
        /// A register with a measured value.
        case readRegister(Board, Int)

        var isSwitchingOff: Bool {
            if case .settle = self { true } else { false }
        }
    }

    /// Does what is due, one request at a time, and comes back when something is next.
    ///
    /// A plain step of the bus's thread and no task: an idle wall lives from these, some 20 a second on each
    /// bus, and a task's suspension costs more than the step.
    func keepWatch() {
        watchSteps += 1
        guard phase == .running || phase == .closing else { return }
        let now = BootTime.now()
        guard let next = nextWork(at: now) else {
            return keepWatch(from: now.advanced(byMilliseconds: 1000))
        }
        guard next.dueAt <= now else { return keepWatch(from: next.dueAt) }
        let quiet = BootTime(nanoseconds: expectedUntil.load(ordering: .relaxed))
        if quiet > now, !next.work.isSwitchingOff {
            let off = boards.compactMap { $0.nextDebt?.dueAt }.filter { $0 > now }.min()
            return keepWatch(from: min(quiet, off ?? quiet))
        }
        if arriving.load(ordering: .relaxed) == 0 { perform(next.work) }
        // What waits for this thread runs first.
        thread.perform(urgent: false) { self.assumeIsolated { $0.keepWatch() } }
    }

    /// Gives the thread away until `moment` or ``wake()``: a pulse that comes meanwhile runs at once.
    private func keepWatch(from moment: BootTime) {
        let step = watchSteps
        isDozing = true
        thread.perform(at: moment) {
            self.assumeIsolated { bus in
                // ``wake()`` may have overtaken it.
                guard bus.watchSteps == step else { return }
                bus.isDozing = false
                bus.keepWatch()
            }
        }
    }

    /// Makes the watch look again what is due.
    func wake() {
        guard isDozing else { return }
        isDozing = false
        watchSteps += 1
        // Not from within the caller, which is in the middle of something.
        thread.perform(urgent: false) { self.assumeIsolated { $0.keepWatch() } }
    }

    func perform(_ work: Work) {
        switch work {
        case .open: openPort()
        case .settle(let board): settleDebt(of: board)
        case .setUp(let board): setUp(board)
        case .poll(let board): poll(board)
        case .checkCoils(let board): checkCoils(board)
        case .switchOutput(let board, let index): switchOutput(index, of: board)
        case .readRegister(let board, let index): readRegister(index, of: board)
        }
    }

    private func poll(_ board: Board) {
        do throws(WireFailure) {
            let inputs = try ask(board) { driver throws(WireFailure) in try driver.readInputs(board.index) }
            let now = BootTime.now()
            observe(inputs, of: board, at: now)
            board.lastRead = now
            board.nextPoll = now.advanced(byMilliseconds: pollIntervalMs(of: board, at: now))
            restartIfTripped(board, at: now)
        } catch {
            board.lastRead = BootTime.now()
            board.nextPoll = board.lastRead.advanced(byMilliseconds: Pace.fastPollMs)
            failed(board, error)
        }
    }

    func observe(_ inputs: [Bool], of board: Board, at now: BootTime) {
        if !board.profile.coilsCanBeRead { board.latches.note(inputs, at: now) }
        observePoints(inputs, of: board, at: now)
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
            board.coilsRead(at: now)
            oweOff(coils, of: board, at: now)
            restartIfTripped(board, at: now)
            noteOutputs(coils, of: board)
        } catch {
            board.nextCoilCheck = BootTime.now().advanced(byMilliseconds: Pace.fastPollMs)
            board.coilCheckBy = board.nextCoilCheck
            failed(board, error)
        }
    }

    /// Waits on the bus's thread, which does other things meanwhile.
    func doze(until moment: BootTime) async {
        await withCheckedContinuation { continuation in
            thread.perform(at: moment) { continuation.resume() }
        }
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
