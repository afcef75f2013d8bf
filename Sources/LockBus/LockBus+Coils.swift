internal import DeviceIO
internal import Logging

// Coils that must be off: the end of host-timed pulses, and coils found on that nobody switched on.
extension LockBus {
    /// The next frame of the oldest debt: "off", then the proof.
    func settleDebt(of board: Board) {
        guard let debt = board.nextDebt,
            let index = board.debts.firstIndex(where: { $0.channel == debt.channel })
        else { return }
        guard !debt.isHopeless(at: BootTime.now()) else {
            return giveUp(index, of: board, at: BootTime.now())
        }
        do throws(WireFailure) {
            switch debt.step {
            case .switchOff:
                try ask(board) { driver throws(WireFailure) in
                    try driver.switchOff(board.index, channel: debt.channel)
                }
                board.debts[index].offSent(at: BootTime.now(), confirmed: true)
            case .readBack:
                let coils = try ask(board) { driver throws(WireFailure) in
                    try driver.readCoils(board.index, hasty: true)
                }
                settle(coils, of: board, at: BootTime.now())
            }
        } catch {
            if debt.step == .switchOff {
                board.debts[index].offSent(at: BootTime.now(), confirmed: false)
            } else {
                board.debts[index].missed(at: BootTime.now())
            }
            failed(board, error)
        }
    }

    /// Strikes out what now reads off; what stays on is tried again, and called stuck after a few tries.
    func settle(_ coils: [Bool], of board: Board, at now: BootTime) {
        for index in board.debts.indices.reversed() where board.debts[index].step == .readBack {
            let channel = board.debts[index].channel
            if channel <= coils.count, coils[channel - 1] {
                board.debts[index].missed(at: now)
                if board.debts[index].isHopeless(at: now) { giveUp(index, of: board, at: now) }
                continue
            }
            board.debts.remove(at: index)
            if board.running?.channel == channel { board.running?.endsAt = now }
            board.freeAt = max(board.freeAt, now.advanced(byMilliseconds: UInt64(board.profile.gapMs)))
        }
        if board.isUp { tell(board) }
    }

    /// Calls a coil stuck. Where the board has a watchdog, silence may do what "off" did not: once, for its
    /// time.
    private func giveUp(_ index: Int, of board: Board, at now: BootTime) {
        let channel = board.debts[index].channel
        board.debts[index].isStuck = true
        board.debts[index].dueAt = now.advanced(byMilliseconds: 1000)
        if case .host(let watchdogMs) = board.profile.timing {
            board.silentUntil = now.advanced(byMilliseconds: UInt64(watchdogMs + 300))
            board.debts[index].step = .readBack
            board.debts[index].dueAt = board.silentUntil
        }
        logger.error("output \(channel) of \(board.name.rawValue) stays on")
        emit(.coilStuckOn(name(of: channel, on: board), at: now))
        if board.isUp { tell(board) }
    }

    /// Makes every coil that is on without a pulse a debt.
    func oweOff(_ coils: [Bool], of board: Board, at now: BootTime) {
        for channel in 1...board.profile.channels where channel <= coils.count && coils[channel - 1] {
            if board.debts.contains(where: { $0.channel == channel }) { continue }
            if board.isUp, board.points.contains(where: { $0.output == channel }) { continue }
            if let running = board.running, running.channel == channel,
                now < running.endsAt.advanced(byMilliseconds: Pace.flashMarginMs)
            {
                continue
            }
            board.debts.append(OffDebt(channel: channel, dueAt: now))
        }
    }
}
