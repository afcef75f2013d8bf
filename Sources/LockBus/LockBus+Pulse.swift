internal import DeviceIO
internal import Logging
internal import Synchronization

// The way of a pulse. Between the arrival on the thread and the frame there is no suspension, unless the
// board or the line is busy with another pulse or not yet quiet after a failure.
extension LockBus {
    func take(_ request: PulseRequest) async -> PulseReport {
        arriving.subtract(1, ordering: .relaxed)
        guard let place = doors[request.door] else {
            return .notActuated(.notConfigured(reason: configurationFault ?? "no door at \(request.door)"))
        }
        let board = boards[place.board]
        if let problem = configuration.pulseProblem(
            of: board.profile,
            channel: place.channel,
            durationMs: request.durationMs
        ) {
            return .notActuated(.notConfigured(reason: problem))
        }
        pulsesInProgress += 1
        defer { pulsesInProgress -= 1 }
        if let refusal = await turn(place, board, request) { return .notActuated(refusal) }
        let report = await fire(place, board, request, isSecondConnection: false)
        if case .notActuated = report { board.supply?.release(board.coil(place.channel)) }
        return report
    }

    /// Waits until the board and its supply are free, and then has its place at the supply; returns why the
    /// pulse may not be given.
    private func turn(_ place: DoorPlace, _ board: Board, _ request: PulseRequest) async -> PulseRefusal? {
        var ticket: UInt64?
        defer { if let ticket { board.queue.removeAll { $0 == ticket } } }
        let atSupply = board.supply?.enqueue()
        defer { if let atSupply { board.supply?.leave(atSupply) } }
        while true {
            let now = BootTime.now()
            if let refusal = refusal(place, board, request, at: now) { return refusal }
            let isMyTurn = board.queue.first.map { $0 == ticket } ?? true
            let readyAt = max(board.freeAt, board.gapEndsAt, driver?.readyAt(board.index) ?? now)
            if isMyTurn, readyAt <= now, !board.mayBeOn(at: now),
                atSupply.map({ board.supply?.take(board.coil(place.channel), $0, at: now) ?? true }) ?? true
            {
                return nil
            }
            if ticket == nil {
                nextTicket += 1
                ticket = nextTicket
                board.queue.append(nextTicket)
            }
            let soon = now.advanced(byMilliseconds: 5)
            let wait = isMyTurn && readyAt > soon ? readyAt : soon
            await Self.pause(until: min(wait, request.notAfter.advanced(byMilliseconds: 1)))
        }
    }

    private func refusal(
        _ place: DoorPlace,
        _ board: Board,
        _ request: PulseRequest,
        at now: BootTime
    ) -> PulseRefusal? {
        guard phase == .running else { return .busShutDown }
        guard now <= request.notAfter else { return .stale }
        guard board.isUp, board.stuckChannels.isEmpty else {
            if case .down(let reason, _) = board.state { return .boardDown(reason: reason) }
            return .boardDown(reason: "the board is being set up")
        }
        let coldAt = board.heat[place.channel - 1].coldAt
        guard coldAt <= now else {
            return .coilBudget(retryAfterMs: Int(clamping: coldAt.milliseconds(since: now)) + 1)
        }
        return nil
    }

    private func fire(
        _ place: DoorPlace,
        _ board: Board,
        _ request: PulseRequest,
        isSecondConnection: Bool
    ) async -> PulseReport {
        let now = BootTime.now()
        for other in boards where other.isUp && other.nextDebt.map({ $0.dueAt <= now }) ?? false {
            settleDebt(of: other)
            if let refusal = refusal(place, board, request, at: now) { return .notActuated(refusal) }
        }
        restartIfTripped(board, at: now)
        if let refusal = refusal(place, board, request, at: now) { return .notActuated(refusal) }
        do throws(WireFailure) {
            let isAnswered = if case .answer = board.profile.pulseProof { true } else { false }
            let sentAt = try ask(board, isAnswered: isAnswered) { driver throws(WireFailure) in
                try driver.pulse(
                    board.index,
                    channel: place.channel,
                    durationMs: request.durationMs,
                    notAfter: request.notAfter
                )
            }
            started(place, board, request, at: sentAt)
            logger.debug("opening \(request.id): \(request.door) pulsed for \(request.durationMs) ms")
            guard case .latch(let withinMs) = board.profile.pulseProof else { return .actuated(at: sentAt) }
            let limit = sentAt.advanced(byMilliseconds: UInt64(withinMs))
            return await seenOnLatch(place, board, sentAt: sentAt, until: limit, doubt: nil)
        } catch {
            return await resolve(place, board, request, error, isSecondConnection, triedAt: now)
        }
    }

    private func resolve(
        _ place: DoorPlace,
        _ board: Board,
        _ request: PulseRequest,
        _ failure: WireFailure,
        _ isSecondConnection: Bool,
        triedAt: BootTime
    ) async -> PulseReport {
        if case .refused = failure.fault { board.mayHaveTripped = true }
        switch failure.fault {
        case .expired:
            return .notActuated(.stale)
        case .coilBudget(let retryAfterMs):
            return .notActuated(.coilBudget(retryAfterMs: retryAfterMs))
        case .lost where !failure.wasSent && !isSecondConnection:
            // An idle connection that the board had closed: nothing was sent, so a new one may carry the
            // pulse.
            portLost(failure.fault.reason)
            revive(board)
            if let refusal = refusal(place, board, request, at: BootTime.now()) {
                return .notActuated(refusal)
            }
            return await fire(place, board, request, isSecondConnection: true)
        case .refused(let code, let isCertain) where isCertain:
            if board.profile.isHostTimed {
                board.debts.append(OffDebt(channel: place.channel, dueAt: BootTime.now()))
                wake()
            }
            return .notActuated(.exception(code: code))
        case _ where !failure.wasSent:
            failed(board, failure)
            return .notActuated(.boardDown(reason: failure.fault.reason))
        default:
            started(place, board, request, at: triedAt)
            guard board.profile.coilsCanBeRead else {
                return await seenOnLatch(place, board, request, failure, sentAt: triedAt)
            }
            return await readBack(place, board, request, failure, sentAt: triedAt)
        }
    }

    /// The command left and its answer is worth nothing: quiet, flush, and look at the coil. Never sends it
    /// again.
    private func readBack(
        _ place: DoorPlace,
        _ board: Board,
        _ request: PulseRequest,
        _ failure: WireFailure,
        sentAt: BootTime
    ) async -> PulseReport {
        logger.warning(
            "opening \(request.id): \(request.door): \(failure.fault.reason); reading the coil back"
        )
        var connectionLost: String?
        if case .lost(let reason) = failure.fault { connectionLost = reason } else { failed(board, failure) }
        await Self.pause(until: BootTime.now().advanced(byMilliseconds: 50))
        var last = failure
        for _ in 0..<2 where !portIsDown {
            do throws(WireFailure) {
                let coils = try ask(board) { driver throws(WireFailure) in
                    try driver.readCoils(board.index, hasty: true)
                }
                if place.channel <= coils.count, coils[place.channel - 1] { return .actuated(at: sentAt) }
                connectionLost = nil
                break
            } catch {
                last = error
                if case .lost = error.fault { break }
                failed(board, error)
            }
        }
        if case .lost(let reason) = last.fault, !portIsDown { portLost(reason) }
        if let connectionLost { return .unknown(.connectionLost(reason: connectionLost)) }
        return .unknown(.noProof(reason: failure.fault.reason))
    }

    /// Books a pulse that left: its coil's duty, its end, and the doors to watch.
    private func started(_ place: DoorPlace, _ board: Board, _ request: PulseRequest, at sentAt: BootTime) {
        let onMs = board.profile.timeOnMs(for: request.durationMs)
        let endsAt = sentAt.advanced(byMilliseconds: UInt64(onMs))
        board.running = Board.RunningPulse(channel: place.channel, endsAt: endsAt)
        board.freeAt = endsAt.advanced(byMilliseconds: UInt64(board.profile.gapMs))
        board.heat[place.channel - 1].pulsed(from: sentAt, until: endsAt)
        let surelyOffMs = board.profile.isHostTimed ? board.profile.maximumOnMs : onMs
        // The coil went on at the latest now that the board has answered, or has not.
        let surelyOff = BootTime.now().advanced(byMilliseconds: UInt64(surelyOffMs))
        board.supply?.hold(board.coil(place.channel), until: surelyOff)
        switch board.profile.timing {
        case .host(let watchdogMs):
            let silenceMs = UInt64(max(onMs, board.profile.maximumOnMs - watchdogMs))
            let silenceBy = sentAt.advanced(byMilliseconds: silenceMs)
            board.debts.append(OffDebt(channel: place.channel, dueAt: endsAt, silenceBy: silenceBy))
        case .unguarded:
            board.debts.append(OffDebt(channel: place.channel, dueAt: endsAt))
        case .board:
            board.nextCoilCheck = endsAt.advanced(byMilliseconds: Pace.flashMarginMs)
            board.coilCheckBy = board.nextCoilCheck
        }
        watchClosely(board, until: endsAt)
        if let sensorBoard = place.sensorBoard {
            let sensing = boards[sensorBoard]
            watchClosely(sensing, until: endsAt)
            for index in sensing.sensors.indices where sensing.sensors[index].name == request.door {
                sensing.sensors[index].filter.doubt()
            }
        }
        wake()
    }

    private func watchClosely(_ board: Board, until endsAt: BootTime) {
        board.fastUntil = endsAt.advanced(byMilliseconds: Pace.fastSpanMs)
        board.nextPoll = min(board.nextPoll, BootTime.now().advanced(byMilliseconds: 30))
    }

    /// Opens the port again and sets this board up at once, for a pulse that waits.
    private func revive(_ board: Board) {
        openPort()
        setUpNow(board)
    }
}
