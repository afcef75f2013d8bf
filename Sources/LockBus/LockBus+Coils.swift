internal import DeviceIO
internal import Logging

// Coils that must be off: the end of host-timed pulses, and coils found on that nobody switched on.
extension LockBus {
    /// The next frame of the oldest debt: "off", then the proof.
    func settleDebt(of board: Board) {
        guard let debt = board.nextDebt,
            let index = board.debts.firstIndex(where: { $0.channel == debt.channel })
        else { return }
        do throws(WireFailure) {
            switch debt.step {
            case .switchOff:
                try ask(board) { driver throws(WireFailure) in
                    try driver.switchOff(board.index, channel: debt.channel)
                }
                board.debts[index].step = .readBack
                board.debts[index].dueAt = BootTime.now()
            case .readBack:
                let coils = try ask(board) { driver throws(WireFailure) in
                    try driver.readCoils(board.index, hasty: true)
                }
                settle(coils, of: board, at: BootTime.now())
            }
        } catch {
            board.debts[index].missed(at: BootTime.now())
            failed(board, error)
        }
    }

    /// Strikes out what now reads off; what stays on is tried again, and called stuck after a few tries.
    func settle(_ coils: [Bool], of board: Board, at now: BootTime) {
        for index in board.debts.indices.reversed() where board.debts[index].step == .readBack {
            let channel = board.debts[index].channel
            guard channel <= coils.count, coils[channel - 1] else {
                board.debts.remove(at: index)
                if board.running?.channel == channel { board.running?.endsAt = now }
                board.freeAt = max(board.freeAt, now.advanced(byMilliseconds: UInt64(board.profile.gapMs)))
                continue
            }
            board.debts[index].missed(at: now)
            let debt = board.debts[index]
            guard debt.attempts >= Pace.offAttempts, !debt.isStuck else { continue }
            board.debts[index].isStuck = true
            board.debts[index].dueAt = now.advanced(byMilliseconds: 1000)
            if case .host(let watchdogMs) = board.profile.timing {
                // Silence, once: the board's watchdog may do what "off" did not.
                board.silentUntil = now.advanced(byMilliseconds: UInt64(watchdogMs + 300))
                board.debts[index].dueAt = board.silentUntil
            }
            logger.error("output \(channel) of \(board.name.rawValue) stays on")
            emit(.coilStuckOn(name(of: channel, on: board), at: now))
        }
        if board.isUp { tell(board) }
    }

    /// Makes every coil that is on without a pulse a debt.
    func oweOff(_ coils: [Bool], of board: Board, at now: BootTime) {
        for channel in 1...board.profile.channels where channel <= coils.count && coils[channel - 1] {
            if board.debts.contains(where: { $0.channel == channel }) { continue }
            if let running = board.running, running.channel == channel,
                now < running.endsAt.advanced(byMilliseconds: Pace.flashMarginMs)
            {
                continue
            }
            board.debts.append(OffDebt(channel: channel, dueAt: now))
        }
    }
}
