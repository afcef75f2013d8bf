extension StationState {
    /// Takes a fact in. The only way that state changes; it decides nothing and cannot fail.
    public mutating func apply(_ change: Change) {
        switch change {
        case .openingIntended, .openingPulsed, .openingOpened, .openingReported, .openingEnded,
            .openingPhase:
            applyToOpenings(change)
        case .contents, .alarm, .service, .outcomeUnknown, .sensorSuspect, .door, .board, .coolsUntil,
            .sensorTrial, .released, .unwalked, .walked:
            applyToCompartments(change)
        case .parcelPlaced, .orderExpired, .orderStored:
            applyToOrderAtKiosk(change)
        case .reported:
            break
        case .codeBudget(let budget):
            codeBudget = budget
        case .pinGuard(let pinGuard):
            pinGuards.removeAll { $0.staff == pinGuard.staff }
            if pinGuard.wrong > 0 { pinGuards.append(pinGuard) }
        case .policy(let policy):
            self.policy = policy
        case .governorTripped(let key, let instant):
            governor.trip(key, at: instant)
        case .session(let session):
            self.session = session
        case .grantUsed, .grantForgotten, .commandDone, .commandForgotten, .support:
            applyFromHQ(change)
        case .calendar(let calendar):
            self.calendar = calendar
        case .notice(let kioskNotice, let until):
            notice = kioskNotice.map { Notice(notice: $0, until: until) }
        case .point(let reading):
            points.removeAll { $0.id == reading.id }
            points.append(reading)
            points.sort { $0.id < $1.id }
        case .scanner(let isConnected):
            isScannerConnected = isConnected
        case .clock(let clock):
            self.clock = clock
        case .tally(let tally):
            self.tally = tally
        }
    }

    private mutating func applyFromHQ(_ change: Change) {
        switch change {
        case .grantUsed(let use):
            grantsUsed.removeAll { $0.id == use.id }
            grantsUsed.append(use)
        case .grantForgotten(let id): grantsUsed.removeAll { $0.id == id }
        case .commandDone(let use): commandsDone.append(use)
        case .commandForgotten(let id): commandsDone.removeAll { $0.id == id }
        case .support(let ticket): support = ticket
        default: break
        }
    }

    private mutating func applyToOpenings(_ change: Change) {
        switch change {
        case .openingIntended(let opening):
            let claims = claims(
                of: opening.authority,
                opening.purpose,
                opening.compartment,
                isFirstHandover: opening.purpose == .collect && !opening.isReopen
            )
            governor.charge(claims, at: opening.intendedInstant)
            openings.append(opening)
            update(opening.compartment) { $0.record.lastIntent = opening.intendedInstant }
        case .openingPulsed(let id, let at):
            update(id) { $0.pulsedAt = at }
        case .openingOpened(let id, let at):
            update(id) { $0.openedAt = at }
        case .openingReported(let id):
            update(id) { $0.isReported = true }
        case .openingEnded(let id, _):
            openings.removeAll { $0.id == id }
        case .openingPhase(let id, let phase):
            update(id) { $0.phase = phase }
        default:
            break
        }
    }

    private mutating func applyToCompartments(_ change: Change) {
        switch change {
        case .contents(let id, let contents):
            update(id) { $0.record.contents = contents }
        case .alarm(let id, let alarm):
            update(id) { $0.record.alarm = alarm }
        case .service(let id, let reason):
            update(id) { $0.record.outOfService = reason }
        case .outcomeUnknown(let id, let purpose):
            let opening = purpose == nil ? nil : opening(at: id)
            update(id) {
                $0.record.outcomeUnknown = purpose
                $0.record.unresolved = opening
            }
        case .sensorSuspect(let id, let isSuspect):
            update(id) { $0.record.isSensorSuspect = isSuspect }
        case .door(let id, let reading):
            update(id) {
                $0.door = reading
                $0.wasRead = $0.wasRead || reading != .unknown
            }
        case .board(let board, let isUp):
            for index in compartments.indices where compartments[index].plan.board == board {
                compartments[index].isBoardUp = isUp
            }
        case .coolsUntil(let id, let instant):
            update(id) { $0.coolsUntil = instant }
        case .sensorTrial(let id, let trial):
            update(id) { $0.sensorTrial = trial }
        case .released(let id, let released):
            update(id) { $0.released = released }
        case .unwalked(let ids):
            for index in compartments.indices {
                compartments[index].isWalked = !ids.contains(compartments[index].plan.id)
            }
        case .walked(let id):
            update(id) { $0.isWalked = true }
        default:
            break
        }
    }

    /// The order at the kiosk is kept up to date, so that a late cancel stops the doors not yet open.
    private mutating func applyToOrderAtKiosk(_ change: Change) {
        if case .staff(var staff) = session, case .loading(var loading) = staff.task,
            case .orderStored(let record) = change, record.id == loading.order.id
        {
            loading.order = record
            staff.task = .loading(loading)
            session = .staff(staff)
        }
        guard case .collecting(var collecting) = session else { return }
        switch change {
        case .parcelPlaced(let order, let parcel, let place) where order == collecting.order.id:
            for index in collecting.order.parcels.indices where collecting.order.parcels[index].id == parcel {
                collecting.order.parcels[index].place = place
            }
        case .orderExpired(let order, let isExpired) where order == collecting.order.id:
            collecting.order.isExpired = isExpired
        case .orderStored(let record) where record.id == collecting.order.id:
            collecting.order = record
        default:
            return
        }
        session = .collecting(collecting)
    }

    private mutating func update(_ id: CompartmentID, _ body: (inout CompartmentState) -> Void) {
        guard let index = index(of: id) else { return }
        body(&compartments[index])
    }

    private mutating func update(_ id: OpeningID, _ body: (inout Opening) -> Void) {
        guard let index = openings.firstIndex(where: { $0.id == id }) else { return }
        body(&openings[index])
    }
}
