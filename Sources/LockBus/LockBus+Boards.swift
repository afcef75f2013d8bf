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
            noteRequest(driver, board, wasGood: true)
            if isAnswered { board.counters.answers += 1 }
            if isAnswered { board.counters.noteReply(microseconds: driver.replyMicroseconds) }
            if isAnswered { answered(board) }
            return value
        } catch {
            if error.wasSent { noteRequest(driver, board, wasGood: error.fault.isAnswer) }
            if error.wasSent, error.fault.isAnswer { board.counters.answers += 1 }
            noteLeftovers(driver, board)
            count(error.fault, board)
            throw error
        }
    }

    private func answered(_ board: Board) {
        if board.hasBeenLeftAlone(at: BootTime.now()) { board.mayHaveTripped = true }
        board.failures = 0
        board.hasAnswered = true
        board.isProbe = false
        board.lastGood = BootTime.now()
    }

    private func noteRequest(_ driver: any LockBoardDriver, _ board: Board, wasGood: Bool) {
        board.counters.requests += 1
        noteLeftovers(driver, board)
        let now = BootTime.now()
        board.gapEndsAt = now.advanced(byMilliseconds: UInt64(max(0, board.profile.needs.requestGapMs)))
        let isBesidePulse = boards.contains { other in
            other.running.map { now < $0.endsAt.advanced(byMilliseconds: Pace.pulseEchoMs) } ?? false
        }
        guard isBesidePulse else { return }
        board.counters.requestsBesidePulses += 1
        if !wasGood { board.counters.failuresBesidePulses += 1 }
    }

    /// What was found on the line before a request belongs to the board asked before it.
    private func noteLeftovers(_ driver: any LockBoardDriver, _ board: Board) {
        let owner = lastAsked ?? board
        owner.counters.lateReplies += driver.lateReplies - lateRepliesSeen
        owner.counters.leadingGarbage += driver.strayBytes - strayBytesSeen
        owner.counters.secondReplies += driver.secondReplies - secondRepliesSeen
        lateRepliesSeen = driver.lateReplies
        strayBytesSeen = driver.strayBytes
        secondRepliesSeen = driver.secondReplies
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
        case .leadingGarbage: board.counters.leadingGarbage += 1
        case .headLost: board.counters.headsLost += 1
        case .ownEcho: board.counters.ownEchoes += 1
        case .wrongMode: board.counters.wrongMode += 1
        case .refused: board.counters.exceptions += 1
        case .expired, .lost, .wrongSetting, .coilBudget: break
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
        doubtPoints(of: board)
        board.failures += 1
        if case .wrongSetting = failure.fault { board.failures = max(board.failures, board.failureLimit) }
        guard board.failures >= board.failureLimit else { return }
        takeDown(board, reason: reason(for: board, failure.fault))
    }

    private func reason(for board: Board, _ fault: WireFault) -> String {
        guard fault == .timeout, !board.hasAnswered, !board.wasDiagnosed else { return fault.reason }
        board.wasDiagnosed = true
        guard let found = driver?.diagnose(board.index) else { return fault.reason }
        count(found, board)
        return found.reason
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
        losePoints(of: board, at: now)
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
                board.mayHaveTripped = false
            case 1:
                let coils = try ask(board) { driver throws(WireFailure) in
                    try driver.readCoils(board.index, hasty: false)
                }
                board.running = nil
                for index in board.debts.indices { board.debts[index].step = .readBack }
                let now = BootTime.now()
                settle(coils, of: board, at: now)
                noteOutputs(coils, of: board)
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

    /// Sets a board up at once, instead of request by request between the others' requests.
    func setUpNow(_ board: Board) {
        var requests = 0
        while !portIsDown, board.isInSetUp, requests < 24 {
            requests += 1
            if board.owesNow, board.isPastCoils { settleDebt(of: board) } else { setUp(board) }
        }
    }

    /// Lets a board whose output watchdog may have run out take commands again, before one is due.
    func restartIfTripped(_ board: Board, at now: BootTime) {
        guard board.isUp, board.mayHaveTripped || board.hasBeenLeftAlone(at: now), let driver,
            driver.restartCount(board.index) > 0
        else { return }
        board.link = .setUp(step: 0)
        setUpNow(board)
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
        board.lastRead = BootTime.now()
        observe(inputs, of: board, at: board.lastRead)
    }

    private func finishSetUp(_ board: Board) {
        let now = BootTime.now()
        board.link = .up
        board.backoff.succeeded()
        board.nextPoll = now.advanced(byMilliseconds: pollIntervalMs(of: board, at: now))
        board.coilsRead(at: now)
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
