// Door sensors that say other than people and locks do. Such a door goes on in staff-confirmed
// mode: its lock is pulsed as before, and a person says what happened.

/// Why a sensor is not believed.
enum SensorDoubt: String {
    /// Its lock was pulsed again and again, the door is open, and it says closed.
    case staysClosed
    /// The door is closed, and it says open.
    case staysOpen
}

extension StationState {
    /// Whether a person's word that this door is open is taken: it was pulsed often enough without moving.
    func mayBeOpen(_ id: CompartmentID) -> Bool {
        guard let compartment = compartment(id), compartment.hasTrustedSensor else { return false }
        var pulses = compartment.sensorTrial.silentPulses
        if case .pulsed(proven: true, _) = opening(at: id)?.phase { pulses += 1 }
        return pulses >= max(1, policy.suspectPulses)
    }

    /// Whether a member of staff's word that this door is closed is taken: it has been asked for.
    func mayBeClosed(_ id: CompartmentID) -> Bool {
        guard let compartment = compartment(id), compartment.hasTrustedSensor, compartment.door == .open
        else { return false }
        switch opening(at: id)?.phase {
        case .open(_, .fresh, _): return false
        case .open: return true
        case .ordered, .pulsed, .awaitingWord, .interrupted: return false
        case nil: return compartment.record.needsPerson
        }
    }
}

extension Draft {
    /// A pulse that was proven moved nothing.
    mutating func countSilentPulse(_ opening: Opening) {
        guard var trial = state.compartment(opening.compartment)?.sensorTrial else { return }
        trial.silentPulses += 1
        record(.sensorTrial(opening.compartment, trial))
    }

    /// The sensor followed its door.
    mutating func sensorMoved(_ door: CompartmentState) {
        guard door.sensorTrial.silentPulses > 0 else { return }
        record(.sensorTrial(door.plan.id, CompartmentState.SensorTrial()))
    }

    mutating func doubtSensor(_ id: CompartmentID, _ doubt: SensorDoubt, by staff: StaffID? = nil) {
        let opening = state.opening(at: id)
        record(.sensorSuspect(id, true))
        record(.sensorTrial(id, CompartmentState.SensorTrial()))
        report(.sensorSuspect) {
            $0.compartment = id
            $0.order = opening?.order
            $0.opening = opening?.id
            $0.staff = staff
            $0.reason = doubt.rawValue
        }
    }

    /// A suspect sensor is watched: it is believed again once it has followed its door a few times.
    mutating func watchSuspect(_ door: CompartmentState, _ reading: DoorReading) {
        guard door.plan.hasDoorSensor, door.record.isSensorSuspect else { return }
        var trial = door.sensorTrial
        switch reading {
        case .open:
            // Only what its lock has let go counts.
            guard state.opening(at: door.plan.id) != nil else { return }
            trial.openSince = now
        case .closed:
            guard let since = trial.openSince else { return }
            trial.openSince = nil
            if now.ms(since: since) >= policy.collectDwellMinMs { trial.proofs += 1 }
        case .unknown:
            trial.openSince = nil
        }
        guard trial.proofs >= policy.sensorProofs else {
            if trial != door.sensorTrial { record(.sensorTrial(door.plan.id, trial)) }
            return
        }
        record(.sensorSuspect(door.plan.id, false))
        record(.sensorTrial(door.plan.id, CompartmentState.SensorTrial()))
        report(.sensorSuspect) {
            $0.compartment = door.plan.id
            $0.reason = "believedAgain"
        }
    }

    // MARK: What people say

    /// A customer says that the door is open although its sensor saw nothing: they are asked on.
    mutating func customerSaysOpen(_ collecting: Collecting) {
        guard let id = collecting.door, let door = state.compartment(id), state.mayBeOpen(id) else {
            notify(.tooLate)
            return
        }
        let word = Opening.Phase.awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs))
        if case .opening(let opening) = collecting.step {
            doubtSensor(id, .staysClosed)
            record(.openingPhase(opening, word))
            return
        }
        // It was given up: what they say of it is an opening with an intent of its own, and no pulse.
        guard collecting.isPulsed, state.opening(at: id) == nil, door.record.alarm == nil,
            door.holdsForCustomer(of: collecting.order.id), standing(of: collecting.order) == nil
        else {
            notify(.tooLate)
            return
        }
        doubtSensor(id, .staysClosed)
        if door.record.outOfService == .doorStuck { record(.service(id, nil)) }
        var next = collecting
        next.stuck.removeAll { $0 == id }
        let opening = opening(collectRequest(collecting, door, attempt: collecting.attempts), phase: word)
        record(.openingIntended(opening))
        next.step = .opening(opening.id)
        record(.session(.collecting(next)))
    }

    /// Staff say that the door they are at is open, or closed, although its sensor says otherwise.
    mutating func staffSay(_ doubt: SensorDoubt, of opening: Opening?, by staff: StaffSession) {
        guard let opening else {
            notify(.tooLate)
            return
        }
        let id = opening.compartment
        let isTaken: Bool
        switch doubt {
        case .staysClosed: isTaken = state.mayBeOpen(id)
        case .staysOpen: isTaken = state.mayBeClosed(id)
        }
        guard isTaken else {
            notify(.tooLate, id)
            return
        }
        doubtSensor(id, doubt, by: staff.staff)
        let word = Opening.Phase.awaitingWord(deadline: now.advanced(byMs: policy.confirmTimeoutMs))
        record(.openingPhase(opening.id, word))
    }

    /// Staff look along the wall and find a door shut that reads open. What was in it is theirs to say next.
    mutating func clearFalseOpen(_ id: CompartmentID, by staff: StaffSession) {
        guard state.mayBeClosed(id) else {
            notify(.tooLate, id)
            return
        }
        touch(staff)
        doubtSensor(id, .staysOpen, by: staff.staff)
        guard let opening = state.opening(at: id) else { return }
        record(.openingEnded(opening.id, .opened))
        visitEnded(opening, dwellMs: nil)
    }
}
