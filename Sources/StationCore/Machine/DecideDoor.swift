/// What door sensors say, and what it means for the opening of that door, if there is one.
extension Draft {
    mutating func readDoor(_ id: CompartmentID, _ reading: DoorReading) {
        guard let before = state.compartment(id) else { return }
        guard before.door != reading || !before.wasRead else { return }
        record(.door(id, reading))
        if reading == .open { noteMoved(id) }
        // What a sensor says that is not believed is shown, and decides nothing.
        guard before.hasTrustedSensor else {
            watchSuspect(before, reading)
            return
        }
        switch reading {
        case .open: doorOpened(before)
        case .closed: doorClosed(before)
        case .unknown: break
        }
    }

    private mutating func doorOpened(_ before: CompartmentState) {
        let id = before.plan.id
        sensorMoved(before)
        guard let opening = state.opening(at: id) else {
            if openedLate(before) { return }
            // S7: an open edge without an intent, or a door found open at start.
            guard before.record.alarm == nil else { return }
            let kind: DoorAlarm.Kind = before.wasRead ? .forcedOpen : .foundOpen
            record(.alarm(id, DoorAlarm(kind: kind, at: time)))
            report(.doorForcedOpen) {
                $0.compartment = id
                $0.order = before.record.contents.order
                $0.parcels = before.record.contents.parcels
                $0.reason = kind.rawValue
            }
            return
        }
        if case .open = opening.phase { return }
        if opening.openedAt == nil { record(.openingOpened(opening.id, at: time)) }
        let deadline = now.advanced(byMs: policy.closeReminderMs)
        record(.openingPhase(opening.id, .open(since: now, stage: .fresh, deadline: deadline)))
    }

    /// The latch gave way after its pulse's time was over, and the customer it was pulsed for still stands
    /// there: it is their door, not a forced one. The opening that this is gets an intent of its own, and no
    /// pulse.
    private mutating func openedLate(_ door: CompartmentState) -> Bool {
        guard case .collecting(let collecting) = state.session, collecting.awaitsLateDoor(door.plan.id),
            door.wasRead, door.record.alarm == nil, door.holdsForCustomer(of: collecting.order.id),
            standing(of: collecting.order) == nil
        else { return false }
        var next = collecting
        next.stuck.removeAll { $0 == door.plan.id }
        let opening = opening(
            collectRequest(collecting, door, attempt: collecting.attempts),
            phase: .open(since: now, stage: .fresh, deadline: now.advanced(byMs: policy.closeReminderMs))
        )
        record(.openingIntended(opening))
        record(.openingOpened(opening.id, at: time))
        next.step = .opening(opening.id)
        record(.session(.collecting(next)))
        return true
    }

    private mutating func doorClosed(_ before: CompartmentState) {
        guard let opening = state.opening(at: before.plan.id) else { return }
        switch opening.phase {
        case .open(let since, _, _):
            let dwellMs = now.ms(since: since)
            if isFlicker(opening, dwellMs: dwellMs) {
                askAboutFlicker(opening)
                return
            }
            record(.openingEnded(opening.id, .openedAndClosed))
            visitEnded(opening, dwellMs: dwellMs)
        case .interrupted(let wasOpened, let couldBeVisited, deadline: nil):
            let couldBeVisited = couldBeVisited || now.ms(since: opening.intendedInstant) >= policy.visitMinMs
            closedAfterRestart(opening, wasOpened: wasOpened, couldBeVisited: couldBeVisited)
        case .interrupted, .ordered, .pulsed, .awaitingWord:
            break
        }
    }

    /// The first reading after a restart says closed.
    private mutating func closedAfterRestart(_ opening: Opening, wasOpened: Bool, couldBeVisited: Bool) {
        switch (wasOpened, couldBeVisited) {
        case (true, true):
            record(.openingEnded(opening.id, .openedAndClosed))
            visitEnded(opening, dwellMs: nil)
        case (true, false):
            // Seen open once, and nobody can have taken anything in so short a time: one reading frees
            // nothing (S14).
            leaveUnknown(opening)
        case (false, _):
            // A latch released just before the restart may let the door go a moment later.
            let deadline = now.advanced(byMs: policy.openTimeoutMs)
            record(
                .openingPhase(
                    opening.id,
                    .interrupted(wasOpened: false, couldBeVisited: couldBeVisited, deadline: deadline)
                )
            )
        }
    }

    /// S14: one reading "open", which may be a late reply of the bus, is no visit. A door that was seen open
    /// before a restart and after it was read open more than once.
    private func isFlicker(_ opening: Opening, dwellMs: Int) -> Bool {
        guard opening.purpose == .collect, !opening.isReopen, !opening.isReported else { return false }
        let seenMs = opening.openedAt.map { time.ms(since: $0) } ?? 0
        return max(Int64(dwellMs), seenMs) < Int64(policy.collectDwellMinMs)
    }

    private mutating func askAboutFlicker(_ opening: Opening) {
        guard case .collecting(let collecting) = state.session, collecting.step == .opening(opening.id) else {
            leaveUnknown(opening)
            return
        }
        record(
            .openingPhase(opening.id, .awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs)))
        )
    }

    /// The door was opened and closed again.
    mutating func visitEnded(_ opening: Opening, dwellMs: Int?) {
        switch opening.purpose {
        case .collect: collected(opening, .doorOpenedAndClosed)
        case .load: loadDoorClosed(opening, dwellMs: dwellMs)
        case .recall: recallDoorClosed(opening)
        case .service: serviceDoorClosed(opening)
        case .remote: remoteDoorClosed(opening)
        case .return: break
        }
    }
}
