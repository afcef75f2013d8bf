extension StationState {
    /// Turns an event, the time and the state into facts and things to do. Pure: the same arguments give the
    /// same decision on every machine, for ever.
    ///
    /// The caller commits the durable changes in one transaction, replaces its state by the decision's, and
    /// only then performs the effects.
    public func decide(_ event: Event, at moment: Moment) -> Decision {
        var draft = Draft(state: self, moment: moment)
        draft.take(event)
        draft.settleHolds()
        if draft.state.support != nil, draft.state.isSupportOver { draft.endSupport("sessionOver") }
        let violations = Invariants.violations(before: self, draft: draft, event: event)
        if !violations.isEmpty {
            return quarantining(violations, of: event, at: moment)
        }
        return draft.decision(violations: [])
    }

    /// A decision that would break a rule is not taken: what it concerns leaves service, and HQ is told.
    ///
    /// The openings and the session that led there end, so that the same deadline does not lead there again
    /// and again.
    func quarantining(_ violations: [Violation], of event: Event, at moment: Moment) -> Decision {
        var draft = Draft(state: self, moment: moment)
        for violation in violations {
            if let id = violation.compartment {
                for opening in openings where opening.compartment == id { draft.leaveUnknown(opening) }
                if compartment(id)?.record.outOfService == nil { draft.record(.service(id, .ruleViolated)) }
            }
            draft.report(.compartmentFault) {
                $0.compartment = violation.compartment
                $0.order = violation.order
                $0.reason = "ruleViolated.\(violation.rule.rawValue)"
            }
        }
        let isAboutSession = violations.contains { session?.isAbout($0) ?? false }
        if isAboutSession || event == .timeCame { draft.abandonSession() }
        return draft.decision(violations: violations)
    }
}

extension Draft {
    func decision(violations: [Violation]) -> Decision {
        var effects = effects
        if !changes.isEmpty { effects.append(.showKiosk) }
        return Decision(changes: changes, effects: effects, state: state, violations: violations)
    }

    mutating func take(_ event: Event) {
        switch event {
        case .started(let lostMemory): start(lostMemory: lostMemory)
        case .clockRead(let time, let source): readClock(time, source)
        case .timeCame: passTime()
        case .codeShown(let code): showCode(code)
        case .scanUnreadable: notify(.scanUnreadable)
        case .pinTyped(let staff, let isRight): typePIN(staff, isRight: isRight)
        case .buttonPressed(let button): press(button)
        case .scannerChanged(let isConnected): record(.scanner(isConnected: isConnected))
        case .pulseAnswered(let opening, let answer): answerPulse(opening, answer)
        case .doorRead(let compartment, let reading): readDoor(compartment, reading)
        case .boardChanged(let board, let isUp): record(.board(board, isUp: isUp))
        case .coilStuck(let compartment): reportStuckCoil(compartment)
        case .pointChanged(let reading): readPoint(reading)
        case .orderReceived(let update): receive(update)
        case .itemQuarantined(let order, let reason): reportQuarantine(order, reason)
        case .commandReceived(let command): receiveCommand(command)
        case .grantShown(let reading): showGrant(reading)
        case .calendarRead(let calendar): record(.calendar(calendar))
        case .doorMapRead(let unwalked): record(.unwalked(unwalked))
        case .serviceBegan(let technician): beginService(technician)
        case .serviceEnded: endService()
        case .serviceOpening(let compartment, let technician, let isOnce):
            openForService(compartment, by: technician, isOnce: isOnce)
        case .compartmentWalked(let compartment, let technician): walked(compartment, by: technician)
        case .tallied(let tally): record(.tally(tally))
        case .policyReceived(let policy): record(.policy(policy))
        }
    }

    /// Ends the session, whatever it is in the middle of; what it leaves behind is for staff.
    fileprivate mutating func abandonSession() {
        for opening in state.openings where state.session?.opening == opening.id { leaveUnknown(opening) }
        if case .staff(let staff) = state.session, let id = staff.compartment,
            let known = state.compartment(id)?.record, known.outcomeUnknown == nil, known.contents != .empty
        {
            if case .loading = staff.task { doubt(id, .load, nil) } else { doubt(id, .recall, nil) }
        }
        endSession()
    }

    private mutating func start(lostMemory: Bool) {
        report(.stationStarted) { if lostMemory { $0.reason = "databaseSetAside" } }
        freezeHoldsAtStart()
        if lostMemory {
            // Nobody is given a compartment of which nobody knows what is inside: a person looks first.
            for compartment in state.compartments
            where compartment.plan.kind == .locker && compartment.record.outcomeUnknown == nil {
                record(.outcomeUnknown(compartment.plan.id, .service))
            }
        }
        // Without a believable sensor no reading will ever tell: what an interrupted opening did is for
        // staff.
        for opening in state.openings {
            guard let compartment = state.compartment(opening.compartment) else {
                record(.openingEnded(opening.id, .unknown))
                continue
            }
            if !compartment.hasTrustedSensor { leaveUnknown(opening) }
        }
        // A compartment kept for a parcel between two attempts, or while staff were asked: nobody is left to
        // ask.
        for compartment in state.compartments {
            guard case .loading = compartment.record.contents, compartment.record.outcomeUnknown == nil,
                state.opening(at: compartment.plan.id) == nil
            else { continue }
            doubt(compartment.plan.id, .load, nil)
        }
    }

    private mutating func readClock(_ time: StationTime, _ source: StationClock.Source) {
        let clock = state.clock.observing(time, from: source, at: now, stepMaxMs: policy.clockStepMaxMs)
        if clock != state.clock { record(.clock(clock)) }
        expireHolds()
    }

    private mutating func reportStuckCoil(_ compartment: CompartmentID) {
        guard let known = state.compartment(compartment), known.record.outOfService != .coilStuckOn else {
            return
        }
        record(.service(compartment, .coilStuckOn))
        report(.compartmentFault) {
            $0.compartment = compartment
            $0.reason = "coilStuckOn"
        }
    }

    private mutating func reportQuarantine(_ order: OrderID?, _ reason: String) {
        report(.orderQuarantined) {
            $0.order = order
            $0.reason = reason
        }
    }
}
