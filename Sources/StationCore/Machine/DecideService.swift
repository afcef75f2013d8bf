/// A technician's session at the wall: customers wait, doors are opened one after the other.
public struct ServiceSession: Hashable, Sendable, Codable {
    /// Who.
    public var technician: StaffID
    /// For one door only, by a number that the kiosk showed; else until they say that they are done.
    public var isOnce: Bool
    /// The door opened last.
    public var compartment: CompartmentID?
    /// Its opening, while it is not over.
    public var opening: OpeningID?
    /// What came of it.
    public var outcome: OpeningOutcome?
    /// Doors whose sensors were seen to open since it was pulsed, in that order. More than its own, or another
    /// one: wires are crossed.
    public var moved: [CompartmentID]
    /// The session ends then if no door is being opened.
    public var idleAt: Instant
    /// The walk along the wall, where it is done at the kiosk.
    public var walk: KioskWalk?
    /// What else is done from the kiosk.
    public var tool: ServiceTool?
    /// Whose badge it was, to go back to their menu.
    public var staff: StaffSession?
}

/// A walk that is done at the kiosk.
public struct KioskWalk: Hashable, Sendable, Codable {
    /// The door that is next; nil: all are through.
    public var door: CompartmentID?
    /// Doors that were left out.
    public var skipped: [CompartmentID]
}

/// Why a technician's door is not opened.
public enum ServiceRefusal: Error, Hashable, Sendable {
    /// There is no compartment of this name with a lock.
    case unknownCompartment
    /// Somebody is at the kiosk.
    case kioskInUse
    /// The session of before is over, or another's.
    case noSession
    /// The door opened before is not closed yet, or its outcome is not known yet.
    case openingUnderWay(CompartmentID)
    /// Its lock board does not answer.
    case boardDown
    /// Its coil stays on.
    case coilStuckOn
    /// An order is inside: that is for staff, at the kiosk.
    case occupied
    /// Its coil must rest.
    case coolingDown(ms: Int)
    /// The governor's budget is used up.
    case tooManyOpenings
    /// The mains are lost and the locks hang on them.
    case powerLost
}

extension StationState {
    /// Why a technician cannot begin to work at the wall now; nil if they can.
    public var serviceBeginRefusal: ServiceRefusal? {
        switch session {
        case .collecting, .identifying, .staff, .service: return .kioskInUse
        case .refusing, nil: break
        }
        return openings.first.map { .openingUnderWay($0.compartment) }
    }

    /// Why this door is not opened for a technician now; nil if it is.
    ///
    /// A door with an order inside is opened only while the wall is being walked, with a person at it, and
    /// what is inside is in doubt afterwards.
    ///
    /// - Parameter authority: by whose right; nil: the technician's.
    public func serviceRefusal(
        of id: CompartmentID,
        by technician: StaffID,
        isOnce: Bool,
        at instant: Instant,
        authority: Authority? = nil
    ) -> ServiceRefusal? {
        guard let compartment = compartment(id), compartment.plan.kind == .locker else {
            return .unknownCompartment
        }
        if isOnce {
            if let refusal = serviceBeginRefusal { return refusal }
            if compartment.record.contents != .empty { return .occupied }
        } else {
            guard case .service(let service) = session, service.technician == technician, !service.isOnce
            else { return .noSession }
            if let opening = openings.first { return .openingUnderWay(opening.compartment) }
        }
        if isWithoutPower { return .powerLost }
        if !compartment.isBoardUp { return .boardDown }
        if compartment.record.outOfService == .coilStuckOn { return .coilStuckOn }
        if let cool = compartment.coolsUntil, cool > instant {
            return .coolingDown(ms: Int(clamping: cool.ms(since: instant)))
        }
        let authority = authority ?? .technician(technician)
        let verdict = governorVerdict(for: authority, .service, of: id, at: instant)
        return verdict == .admitted ? nil : .tooManyOpenings
    }
}

extension Draft {
    mutating func beginService(_ technician: StaffID) {
        guard state.serviceBeginRefusal == nil else { return }
        record(.session(.service(newSession(technician, isOnce: false))))
    }

    /// Ends the session; an opening under way is seen to its end without it.
    mutating func endService() {
        if case .service = state.session { endSession() }
    }

    mutating func openForService(
        _ id: CompartmentID,
        by technician: StaffID,
        isOnce: Bool,
        authority: Authority? = nil
    ) {
        let authority = authority ?? .technician(technician)
        let refusal = state.serviceRefusal(
            of: id,
            by: technician,
            isOnce: isOnce,
            at: now,
            authority: authority
        )
        guard refusal == nil || refusal == .tooManyOpenings,
            // Asked here too, so that going beyond the budget is an alarm.
            isAdmitted(authority, .service, id), let compartment = state.compartment(id)
        else { return }
        let contents = compartment.record.contents
        var session = newSession(technician, isOnce: isOnce)
        if case .service(let before) = state.session {
            session.walk = before.walk
            session.tool = before.tool
            session.staff = before.staff
        }
        session.compartment = id
        session.opening = intend(
            Request(
                compartment: id,
                purpose: .service,
                authority: authority,
                order: contents.order,
                displayNumber: contents.occupancy?.displayNumber ?? "",
                parcels: contents.parcels,
                awaitedElsewhere: 0,
                handover: nil,
                attempt: 1
            )
        )
        record(.session(.service(session)))
    }

    func newSession(_ technician: StaffID, isOnce: Bool) -> ServiceSession {
        ServiceSession(
            technician: technician,
            isOnce: isOnce,
            moved: [],
            idleAt: now.advanced(byMs: policy.serviceIdleMs)
        )
    }

    /// A sensor was seen to open: the technician is told of every one, believed or not.
    mutating func noteMoved(_ id: CompartmentID) {
        guard case .service(var service) = state.session, service.compartment != nil,
            !service.moved.contains(id)
        else { return }
        service.moved.append(id)
        record(.session(.service(service)))
    }

    mutating func serviceOpeningEnded(_ service: ServiceSession, _ outcome: OpeningOutcome) {
        var next = service
        next.opening = nil
        next.outcome = outcome
        next.idleAt = now.advanced(byMs: service.isOnce ? policy.doneMs : policy.serviceIdleMs)
        record(.session(.service(next)))
        openingOfAllEnded(outcome)
    }

    mutating func serviceDoorClosed(_ opening: Opening) {
        markUnknown(opening)
        if case .service(let service) = state.session, service.opening == opening.id {
            serviceOpeningEnded(service, .openedAndClosed)
        }
    }

    /// A person has seen this door, and no other, open by its own lock: an alarm of it, and a lock or sensor
    /// that was given up, were the wiring's.
    mutating func walked(_ id: CompartmentID, by technician: StaffID) {
        guard let compartment = state.compartment(id), compartment.plan.kind == .locker else { return }
        if let opening = state.opening(at: id), opening.isAwaitingWord {
            record(.openingEnded(opening.id, opening.outcomeByWord))
            markUnknown(opening)
            if case .service(let service) = state.session, service.opening == opening.id {
                serviceOpeningEnded(service, opening.outcomeByWord)
            }
        }
        record(.walked(id))
        let known = compartment.record
        let isCleared = known.alarm != nil || known.outOfService == .doorStuck || known.isSensorSuspect
        if known.alarm != nil { record(.alarm(id, nil)) }
        if known.outOfService == .doorStuck { record(.service(id, nil)) }
        if known.isSensorSuspect { record(.sensorSuspect(id, false)) }
        goOnWalking()
        guard isCleared else { return }
        report(.compartmentFault) {
            $0.compartment = id
            $0.staff = technician
            $0.reason = "cleared.walked"
        }
    }
}
