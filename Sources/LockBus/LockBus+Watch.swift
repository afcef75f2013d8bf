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
                await giveWay()
            } else if next.dueAt <= now {
                await giveWay()
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

    /// Lets what waits for this thread run first.
    private func giveWay() async {
        await withCheckedContinuation { continuation in
            thread.perform(urgent: false) { continuation.resume() }
        }
    }

    /// Gives the thread away until `moment` or ``wake()``: a pulse that comes meanwhile runs at once.
    func doze(until moment: BootTime) async {
        dozes += 1
        let number = dozes
        await withCheckedContinuation { continuation in
            dozing = continuation
            thread.perform(at: moment) {
                self.assumeIsolated { bus in
                    if bus.dozes == number { bus.wake() }
                }
            }
        }
    }

    /// Makes the watch look again what is due.
    func wake() {
        let watch = dozing
        dozing = nil
        watch?.resume()
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
