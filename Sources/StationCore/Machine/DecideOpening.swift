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
        var grant: GrantID?
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

    mutating func opening(_ request: Request, phase: Opening.Phase) -> Opening {
        var opening = Opening(
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
        opening.grant = request.grant
        return opening
    }

    /// Until when to wait for a coil that must cool; nil if that would be too long or has been tried too
    /// often.
    func coilRest(_ retryAfterMs: Int, waits: Int) -> Instant? {
        guard waits < policy.openAttemptsMax, retryAfterMs <= policy.coilWaitMaxMs else { return nil }
        return now.advanced(byMs: max(100, retryAfterMs))
    }

    mutating func answerPulse(_ id: OpeningID, _ answer: PulseAnswer) {
        guard let opening = state.opening(id), let compartment = state.compartment(opening.compartment) else {
            return
        }
        if answer != .unknown, case .notActuated = answer {
        } else {
            let rest = compartment.plan.pulseMs + compartment.plan.coolDownMs
            record(.coolsUntil(compartment.plan.id, now.advanced(byMs: rest)))
        }
        if answer == .actuated { record(.openingPulsed(id, at: time)) }
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
                record(
                    .openingPhase(id, .awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs)))
                )
            }
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
            if proven { countSilentPulse(opening) }
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
            if opening.purpose == .remote {
                remoteDoorLeftOpen(opening)
            } else if opening.purpose == .collect {
                // The policy for a sensed door is "closed", or "opened" plus this timeout: the parcel is out.
                collected(opening, .doorOpened)
            } else if state.session?.opening == opening.id {
                // Staff walked away from an open door: the kiosk is for customers again, and nobody else's
                // sign-in.
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
        // Nothing was inside of what a technician or HQ opened: nothing is in doubt.
        let mayBeEmpty = opening.purpose == .service || opening.purpose == .remote
        if mayBeEmpty, state.compartment(opening.compartment)?.record.contents == .empty {
            return
        }
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
        case .service(let service) where service.opening == opening.id:
            serviceOpeningEnded(service, outcome)
        default:
            nothingHappened(opening)
            if opening.purpose == .remote { doorIsStuck(opening, outcome) }
        }
    }

    private mutating func nobodyAnswered(_ opening: Opening) {
        switch state.session {
        case .collecting(let collecting) where collecting.step == .opening(opening.id):
            endSession()
        case .staff(let staff) where staff.opening == opening.id:
            toTask(.menu, of: staff)
        case .service(let service) where service.opening == opening.id:
            serviceOpeningEnded(service, opening.outcomeByWord)
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
