extension Draft {
    /// What a new opening is for.
    struct Request {
        var compartment: CompartmentID
        var purpose: OpeningPurpose
        var authority: Authority
        var order: OrderID?
        var displayNumber: String
        var parcels: [ParcelID]
        var awaitedElsewhere: Int
        var handover: HandoverID?
        var attempt: Int
        var isReopen = false
    }

    /// Records the intent of an opening and orders its pulse, which the shell sends after the commit (S1).
    mutating func intend(_ request: Request) -> OpeningID {
        let opening = opening(request, phase: .ordered(deadline: now.advanced(byMs: policy.pulseAnswerMs)))
        record(.openingIntended(opening))
        let durationMs = state.compartment(request.compartment)?.plan.pulseMs ?? 0
        perform(
            .pulse(
                Effect.Pulse(
                    opening: opening.id,
                    compartment: request.compartment,
                    durationMs: durationMs,
                    notAfter: now.advanced(byMs: policy.pulseMaxAgeMs)
                )
            )
        )
        return opening.id
    }

    private mutating func opening(_ request: Request, phase: Opening.Phase) -> Opening {
        Opening(
            id: OpeningID(makeID()),
            compartment: request.compartment,
            purpose: request.purpose,
            authority: request.authority,
            order: request.order,
            displayNumber: request.displayNumber,
            parcels: request.parcels,
            awaitedElsewhere: request.awaitedElsewhere,
            handover: request.handover,
            attempt: request.attempt,
            isReopen: request.isReopen,
            intendedAt: time,
            intendedInstant: now,
            phase: phase
        )
    }

    /// Until when to wait for a coil that must cool; nil if that would be too long or has been tried too often.
    func coilRest(_ retryAfterMs: Int, waits: Int) -> Instant? {
        guard waits < policy.openAttemptsMax, retryAfterMs <= policy.coilWaitMaxMs else { return nil }
        return now.advanced(byMs: max(100, retryAfterMs))
    }

    mutating func answerPulse(_ id: OpeningID, _ answer: PulseAnswer) {
        guard let opening = state.opening(id), let compartment = state.compartment(opening.compartment) else { return }
        if answer != .unknown, case .notActuated = answer {} else {
            let rest = compartment.plan.pulseMs + compartment.plan.coolDownMs
            record(.coolsUntil(compartment.plan.id, now.advanced(byMs: rest)))
        }
        // The door's edge may overtake the bus's answer: then the opening is further on already.
        guard case .ordered = opening.phase else { return }
        switch answer {
        case .notActuated(let cause):
            record(.openingEnded(id, .notActuated(cause)))
            attemptFailed(opening, .notActuated(cause))
        case .actuated, .unknown:
            let isLast = opening.attempt >= policy.openAttemptsMax
            let timeout = isLast ? policy.lastOpenTimeoutMs : policy.openTimeoutMs
            if compartment.hasTrustedSensor {
                let deadline = now.advanced(byMs: timeout)
                record(.openingPhase(id, .pulsed(proven: answer == .actuated, deadline: deadline)))
            } else {
                record(.openingPhase(id, .awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs))))
            }
        }
    }

    mutating func readDoor(_ id: CompartmentID, _ reading: DoorReading) {
        guard let before = state.compartment(id) else { return }
        guard before.door != reading || !before.wasRead else { return }
        record(.door(id, reading))
        // What a sensor says that is not believed is shown, and decides nothing.
        guard before.hasTrustedSensor else { return }
        switch reading {
        case .open: doorOpened(before)
        case .closed: doorClosed(before)
        case .unknown: break
        }
    }

    private mutating func doorOpened(_ before: CompartmentState) {
        let id = before.plan.id
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

    /// The latch gave way after its pulse's time was over, and the customer it was pulsed for still stands there: it is
    /// their door, not a forced one. The opening that this is gets an intent of its own, and no pulse.
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
            // Seen open once, and nobody can have taken anything in so short a time: one reading frees nothing (S14).
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

    /// S14: one reading "open", which may be a late reply of the bus, is no visit. A door that was seen open before a
    /// restart and after it was read open more than once.
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
        record(.openingPhase(opening.id, .awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs))))
    }

    /// The door was opened and closed again.
    private mutating func visitEnded(_ opening: Opening, dwellMs: Int?) {
        switch opening.purpose {
        case .collect: collected(opening, .doorOpenedAndClosed)
        case .load: loadDoorClosed(opening, dwellMs: dwellMs)
        case .recall: recallDoorClosed(opening)
        case .return, .service, .remote: break
        }
    }

    /// A deadline of an opening has come.
    mutating func openingTimedOut(_ opening: Opening) {
        switch opening.phase {
        case .ordered:
            // The bus never answered: nobody knows whether the coil was energised.
            leaveUnknown(opening)
            attemptFailed(opening, .unknown)
        case .pulsed where state.compartment(opening.compartment)?.door == .unknown:
            // Its board fell silent after the pulse: nobody saw whether the door opened.
            leaveUnknown(opening)
            attemptFailed(opening, .unknown)
        case .pulsed(let proven, _):
            let failure: OpeningFailure = proven ? .doorStayedShut : .pulseUnproven
            record(.openingEnded(opening.id, .failed(failure)))
            attemptFailed(opening, .failed(failure))
        case .awaitingWord:
            markUnknown(opening)
            record(.openingEnded(opening.id, opening.outcomeByWord))
            nobodyAnswered(opening)
        case .open(let since, let stage, _):
            doorStaysOpen(opening, since: since, stage: stage)
        case .interrupted(_, let couldBeVisited, _):
            if couldBeVisited {
                leaveUnknown(opening)
            } else {
                record(.openingEnded(opening.id, .unknown))
                nothingHappened(opening)
            }
        }
    }

    private mutating func doorStaysOpen(_ opening: Opening, since: Instant, stage: Opening.OpenStage) {
        switch stage {
        case .fresh:
            let deadline = since.advanced(byMs: policy.doorLeftOpenMs)
            record(.openingPhase(opening.id, .open(since: since, stage: .reminded, deadline: deadline)))
        case .reminded:
            record(.openingPhase(opening.id, .open(since: since, stage: .leftOpen, deadline: nil)))
            report(.doorLeftOpen) {
                $0.compartment = opening.compartment
                $0.order = opening.order
                $0.opening = opening.id
            }
            if opening.purpose == .collect {
                // The policy for a sensed door is "closed", or "opened" plus this timeout: the parcel is out.
                collected(opening, .doorOpened)
            } else if case .staff(let staff) = state.session, staff.opening == opening.id {
                // Staff walked away from an open door: the kiosk is for customers again, and nobody else's sign-in.
                endSession()
            }
        case .leftOpen:
            break
        }
    }

    /// Ends an opening about which nothing can be said any more; staff must look.
    mutating func leaveUnknown(_ opening: Opening) {
        markUnknown(opening)
        record(.openingEnded(opening.id, .unknown))
    }

    /// A reopened door of which nothing is known leaves nothing in doubt: its parcels were reported before.
    mutating func markUnknown(_ opening: Opening) {
        guard !opening.isReopen, !opening.isReported else { return }
        doubt(opening.compartment, opening.purpose, opening)
    }

    /// What is in this compartment is for staff to say, and HQ is told.
    mutating func doubt(_ id: CompartmentID, _ purpose: OpeningPurpose, _ opening: Opening?) {
        let contents = state.compartment(id)?.record.contents
        record(.outcomeUnknown(id, purpose))
        report(.compartmentFault) {
            $0.compartment = id
            $0.order = opening?.order ?? contents?.order
            $0.opening = opening?.id
            $0.parcels = opening?.parcels ?? contents?.parcels ?? []
            $0.reason = "outcomeUnknown.\(purpose.rawValue)"
        }
    }

    /// The door surely never opened: what was inside is inside, what was to be put in is not.
    mutating func nothingHappened(_ opening: Opening) {
        guard opening.purpose == .load, let known = state.compartment(opening.compartment)?.record,
            case .loading = known.contents, known.outcomeUnknown == nil
        else { return }
        record(.contents(opening.compartment, .empty))
    }

    /// An attempt ended without the door opening: whose session is it, and what next?
    mutating func attemptFailed(_ opening: Opening, _ outcome: OpeningOutcome) {
        switch state.session {
        case .collecting(let collecting) where collecting.step == .opening(opening.id):
            collectAttemptFailed(collecting, opening, outcome)
        case .staff(let staff) where staff.opening == opening.id:
            staffAttemptFailed(staff, opening, outcome)
        default:
            nothingHappened(opening)
        }
    }

    private mutating func nobodyAnswered(_ opening: Opening) {
        switch state.session {
        case .collecting(let collecting) where collecting.step == .opening(opening.id):
            endSession()
        case .staff(let staff) where staff.opening == opening.id:
            toTask(.menu, of: staff)
        default:
            break
        }
    }

    /// Takes a door that stays shut out of service and calls staff.
    mutating func doorIsStuck(_ opening: Opening, _ outcome: OpeningOutcome) {
        if case .failed = outcome { record(.service(opening.compartment, .doorStuck)) }
        // That it is in doubt was said already.
        if outcome == .unknown, !opening.isReopen { return }
        report(.compartmentFault) {
            $0.compartment = opening.compartment
            $0.order = opening.order
            $0.opening = opening.id
            $0.handover = opening.handover
            $0.reason = outcome.reason
        }
    }
}

extension Opening {
    /// How an opening ends about which a person was asked.
    var outcomeByWord: OpeningOutcome {
        openedAt == nil ? .actuatedUnconfirmed : .openedAndClosed
    }
}

extension OpeningOutcome {
    /// A stable word for HQ.
    public var reason: String {
        switch self {
        case .notActuated(.boardDown): "boardDown"
        case .notActuated(.stale): "stale"
        case .notActuated(.coilBudget): "coilBudget"
        case .notActuated(.boardRefused(let code)): "boardRefused.\(code)"
        case .notActuated(.notAvailable): "notAvailable"
        case .actuatedUnconfirmed: "actuatedUnconfirmed"
        case .opened: "opened"
        case .openedAndClosed: "openedAndClosed"
        case .failed(let failure): failure.rawValue
        case .unknown: "unknown"
        }
    }
}
