internal import DeviceIO
internal import Logging

// Boards coming, going and being set up.
extension LockBus {
    /// Makes one request to a board and keeps its books.
    /// - Parameter isAnswered: whether the board answers this kind of request; silence is no sign of life.
    func ask<Value>(
        _ board: Board,
        isAnswered: Bool = true,
        _ request: (any LockBoardDriver) throws(WireFailure) -> Value
    ) throws(WireFailure) -> Value {
        guard let driver else { throw WireFailure(fault: .lost("not configured"), wasSent: false) }
        do throws(WireFailure) {
            let value = try request(driver)
            board.counters.requests += 1
            noteLateReplies(driver, board)
            if isAnswered { answered(board) }
            return value
        } catch {
            if error.wasSent { board.counters.requests += 1 }
            noteLateReplies(driver, board)
            count(error.fault, board)
            throw error
        }
    }

    private func answered(_ board: Board) {
        board.failures = 0
        board.hasAnswered = true
        board.isProbe = false
        board.lastGood = BootTime.now()
    }

    private func noteLateReplies(_ driver: any LockBoardDriver, _ board: Board) {
        let late = driver.lateReplies
        if late != lateRepliesSeen {
            (lastAsked ?? board).counters.lateReplies += late - lateRepliesSeen
            lateRepliesSeen = late
        }
        lastAsked = board
    }

    private func count(_ fault: WireFault, _ board: Board) {
        switch fault {
        case .timeout: board.counters.timeouts += 1
        case .crc: board.counters.crcErrors += 1
        case .wrongUnit: board.counters.wrongSlave += 1
        case .shortFrame, .unusable: board.counters.shortFrames += 1
        case .wrongEcho: board.counters.wrongEchoes += 1
        case .lateReply: board.counters.lateReplies += 1
        case .refused: board.counters.exceptions += 1
        case .expired, .lost, .wrongSetting: break
        }
    }

    /// After a failed request: the next "closed" needs two readings, and enough failures take the board down.
    func failed(_ board: Board, _ failure: WireFailure) {
        logger.debug("\(board.name.rawValue): \(failure.fault.reason)")
        if case .lost(let reason) = failure.fault {
            portLost(reason)
            return
        }
        for index in board.sensors.indices { board.sensors[index].filter.doubt() }
        board.failures += 1
        if case .wrongSetting = failure.fault { board.failures = max(board.failures, board.failureLimit) }
        guard board.failures >= board.failureLimit else { return }
        takeDown(board, reason: reason(for: board, failure.fault))
    }

    private func reason(for board: Board, _ fault: WireFault) -> String {
        guard fault == .timeout, !board.hasAnswered, !board.wasDiagnosed else { return fault.reason }
        board.wasDiagnosed = true
        return driver?.diagnose(board.index)?.reason ?? fault.reason
    }

    func takeDown(_ board: Board, reason: String) {
        let now = BootTime.now()
        let since = if case .down(_, let since) = board.told { since } else { now }
        board.link = .down(reason: reason, since: since)
        let retryAt = board.backoff.failed(at: now)
        // A coil that may be on is worth a try each second, however long the board has been away.
        board.retryAt = board.owesNow ? min(retryAt, now.advanced(byMilliseconds: 1000)) : retryAt
        board.failures = 0
        for index in board.sensors.indices {
            if let news = board.sensors[index].filter.lose() {
                emit(.door(board.sensors[index].name, news, at: now))
            }
        }
        tell(board)
    }

    func portLost(_ reason: String) {
        driver?.close()
        portIsDown = true
        portRetryAt = portBackoff.failed(at: BootTime.now())
        for board in boards { takeDown(board, reason: reason) }
    }

    /// Opens the port; then every board is set up before it is used.
    func openPort() {
        guard let driver else { return }
        do throws(WireFailure) {
            try driver.open()
        } catch {
            portLost(error.fault.reason)
            return
        }
        portIsDown = false
        portBackoff.succeeded()
        for board in boards {
            board.link = .setUp(step: board.firstStep)
            board.failures = 0
            board.hasAnswered = false
            board.isProbe = false
            board.backoff.succeeded()
        }
    }

    /// One request of a board's set-up: coils off, coils read, preparation, sensors twice.
    func setUp(_ board: Board) {
        let step: Int
        if case .setUp(let reached) = board.link {
            step = reached
        } else {
            step = board.firstStep
            board.isProbe = true
            board.link = .setUp(step: step)
        }
        let sensorStep = 2 + (driver?.preparationCount(board.index) ?? 0)
        do throws(WireFailure) {
            switch step {
            case 0:
                try switchAllOff(board)
            case 1:
                let coils = try ask(board) { driver throws(WireFailure) in
                    try driver.readCoils(board.index, hasty: false)
                }
                board.running = nil
                for index in board.debts.indices { board.debts[index].step = .readBack }
                let now = BootTime.now()
                settle(coils, of: board, at: now)
                oweOff(coils, of: board, at: now)
            case ..<sensorStep:
                try ask(board) { driver throws(WireFailure) in try driver.prepare(board.index, step: step - 2)
                }
            case sensorStep where board.isPolled:
                try readSensors(of: board)
            default:
                if board.isPolled { try readSensors(of: board) }
                finishSetUp(board)
                return
            }
            board.link = .setUp(step: step + 1)
        } catch {
            failed(board, error)
        }
    }

    /// A board whose output watchdog has tripped refuses this until it is restarted. Its outputs are off then
    /// already; "off" goes first all the same, so that the restart cannot bring back what was on.
    private func switchAllOff(_ board: Board) throws(WireFailure) {
        do throws(WireFailure) {
            try ask(board) { driver throws(WireFailure) in try driver.allOff(board.index) }
        } catch {
            guard case .refused = error.fault, let count = driver?.restartCount(board.index), count > 0 else {
                throw error
            }
            for step in 0..<count {
                try ask(board) { driver throws(WireFailure) in try driver.restart(board.index, step: step) }
            }
            try ask(board) { driver throws(WireFailure) in try driver.allOff(board.index) }
        }
    }

    private func readSensors(of board: Board) throws(WireFailure) {
        let inputs = try ask(board) { driver throws(WireFailure) in try driver.readInputs(board.index) }
        observe(inputs, of: board, at: BootTime.now())
    }

    private func finishSetUp(_ board: Board) {
        let now = BootTime.now()
        board.link = .up
        board.backoff.succeeded()
        board.nextPoll = now.advanced(byMilliseconds: board.pollIntervalMs(at: now))
        board.nextCoilCheck = now.advanced(byMilliseconds: board.coilCheckMs)
        if board.hasBeenUp { board.counters.reconnects += 1 }
        board.hasBeenUp = true
        tell(board)
    }

    /// Reports a board whose state changed.
    func tell(_ board: Board) {
        let state = board.state
        guard state != board.told else { return }
        board.told = state
        if case .down(let reason, _) = state {
            logger.warning("lock board \(board.name.rawValue) is down: \(reason)")
        } else {
            logger.info("lock board \(board.name.rawValue) is up")
        }
        emit(.board(report(board)))
    }

    func report(_ board: Board) -> BoardReport {
        BoardReport(
            bus: configuration.name,
            board: board.name,
            state: board.told,
            counters: board.counters,
            lastGood: board.lastGood
        )
    }

    func name(of channel: Int, on board: Board) -> DoorChannel {
        DoorChannel(bus: configuration.name, board: board.name, channel: channel)
    }
}
