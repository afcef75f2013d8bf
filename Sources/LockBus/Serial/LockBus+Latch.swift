internal import DeviceIO
internal import Logging

// Pulses that their board does not answer: the lock's own switch is the proof. The watch reads it anyway, fast after
// a pulse, so nothing more is sent here, the command least of all.
extension LockBus {
    /// Waits until the lock is seen to let go.
    func seenOnLatch(
        _ place: DoorPlace,
        _ board: Board,
        sentAt: BootTime,
        until limit: BootTime,
        doubt: String?
    ) async -> PulseReport {
        let channel = place.channel
        guard board.latches.wasClosed(channel, before: sentAt) else {
            return .unknown(.noProof(reason: doubt ?? "its lock was not seen closed before"))
        }
        while BootTime.now() < limit, !portIsDown, board.isUp {
            if board.latches.hasOpened(channel, since: sentAt) { return .actuated(at: sentAt) }
            await Self.pause(until: BootTime.now().advanced(byMilliseconds: 10))
        }
        if board.latches.hasOpened(channel, since: sentAt) { return .actuated(at: sentAt) }
        if case .down(let reason, _) = board.state { return .unknown(.connectionLost(reason: reason)) }
        return .unknown(
            .noProof(reason: doubt ?? "the board does not answer an unlock, and its lock stayed shut")
        )
    }

    /// The command left and its answer is worth nothing.
    func seenOnLatch(
        _ place: DoorPlace,
        _ board: Board,
        _ request: PulseRequest,
        _ failure: WireFailure,
        sentAt: BootTime
    ) async -> PulseReport {
        logger.warning(
            "opening \(request.id): \(request.door): \(failure.fault.reason); looking at its lock"
        )
        failed(board, failure)
        return await seenOnLatch(
            place,
            board,
            sentAt: sentAt,
            until: BootTime.now().advanced(byMilliseconds: Pace.latchProofMs),
            doubt: failure.fault.reason
        )
    }
}

extension Pace {
    /// For so long a lock is looked at after an answer that proves nothing.
    static let latchProofMs: UInt64 = 1000
}
