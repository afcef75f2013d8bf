extension Draft {
    mutating func load(_ label: ShownCode.LabelMatch, by staff: StaffSession) {
        touch(staff)
        guard let parcel = label.order.parcel(label.parcel) else {
            notify(.labelUnknown)
            return
        }
        if let left = doorLeftOpen(for: parcel) {
            goOnLoading(label.order, parcel.id, left, by: staff)
            return
        }
        if let notice = whyNotLoadable(label.order, parcel) {
            notify(notice, parcel.place.compartment)
            return
        }
        guard let compartment = state.bestFit(for: parcel.size, at: now) else {
            wallIsFull(label.order, parcel, by: staff)
            return
        }
        beginLoading(label.order, parcel.id, compartment.plan.id, by: staff)
    }

    /// The opening that waits with an open door for this parcel, of a session that is over: a power cut ended
    /// it, or somebody walked away.
    private func doorLeftOpen(for parcel: ParcelRecord) -> Opening? {
        guard parcel.place == .awaited else { return nil }
        return state.openings.first { opening in
            guard opening.purpose == .load, opening.isDoorOpen,
                case .loading(let occupancy) = state.compartment(opening.compartment)?.record.contents
            else { return false }
            return occupancy.parcels.contains(parcel.id)
        }
    }

    /// The door is open already: it is not pulsed again, and what comes next is as it would have been.
    private mutating func goOnLoading(
        _ order: OrderRecord,
        _ parcel: ParcelID,
        _ opening: Opening,
        by staff: StaffSession
    ) {
        let loading = StaffSession.Loading(
            opening: opening.id,
            order: order,
            parcel: parcel,
            compartment: opening.compartment,
            attempts: opening.attempt,
            restsUntil: nil,
            asks: false
        )
        toTask(.loading(loading), of: staff)
    }

    private func whyNotLoadable(_ order: OrderRecord, _ parcel: ParcelRecord) -> KioskNotice.Kind? {
        if let notice = whyClosed(order, parcel) { return notice }
        guard parcel.place == .awaited else {
            return parcel.place.isGone ? .orderClosed : .parcelAlreadyLoaded
        }
        if state.compartments.contains(where: { $0.record.contents.parcels.contains(parcel.id) }) {
            return .parcelAlreadyLoaded
        }
        return order.deliveryMode == .locker ? nil : .notForLockers
    }

    /// Why this parcel has no business in a locker any more; nil if it has.
    private func whyClosed(_ order: OrderRecord, _ parcel: ParcelRecord) -> KioskNotice.Kind? {
        switch order.standing {
        case .cancelled: return .orderCancelled
        case .elsewhere: return .orderElsewhere
        case .onHold: return .orderOnHold
        case .completed: return .orderClosed
        case .live: break
        }
        if parcel.isWithdrawn || order.isExpired { return .orderClosed }
        if let end = state.deadline(of: order), state.clock.isTrusted, end < time { return .orderClosed }
        return nil
    }

    private mutating func wallIsFull(_ order: OrderRecord, _ parcel: ParcelRecord, by staff: StaffSession) {
        toTask(.wallFull(orderNumber: order.displayNumber, size: parcel.size), of: staff)
        report(.orderLoadFailed) {
            $0.order = order.id
            $0.parcels = [parcel.id]
            $0.staff = staff.staff
            $0.reason = LoadFailure.wallFull.rawValue
        }
    }

    private mutating func beginLoading(
        _ order: OrderRecord,
        _ parcel: ParcelID,
        _ compartment: CompartmentID,
        tried: [CompartmentID] = [],
        by staff: StaffSession
    ) {
        let loading = StaffSession.Loading(
            opening: nil,
            order: order,
            parcel: parcel,
            compartment: compartment,
            attempts: 1,
            restsUntil: nil,
            asks: false,
            tried: tried
        )
        record(.contents(compartment, .loading(loading.occupancy)))
        openForLoading(loading, by: staff)
    }

    /// Opens the compartment that is kept for this parcel, or waits until its coil has cooled.
    private mutating func openForLoading(_ loading: StaffSession.Loading, by staff: StaffSession) {
        var next = loading
        next.restsUntil = nil
        if let cool = state.compartment(loading.compartment)?.coolsUntil, cool > now {
            next.restsUntil = cool
            toTask(.loading(next), of: staff)
            return
        }
        guard isAdmitted(.staff(staff.staff), .load, loading.compartment) else {
            record(.contents(loading.compartment, .empty))
            notify(state.isWithoutPower ? .powerLost : .tooManyOpenings)
            toTask(.menu, of: staff)
            return
        }
        next.opening = intend(
            Request(
                compartment: loading.compartment,
                purpose: .load,
                authority: .staff(staff.staff),
                order: loading.order.id,
                displayNumber: loading.order.displayNumber,
                parcels: [loading.parcel],
                awaitedElsewhere: 0,
                handover: nil,
                attempt: loading.attempts
            )
        )
        toTask(.loading(next), of: staff)
    }

    /// The next attempt at the same door, unless the order or the door has changed in between.
    mutating func loadAgain(_ loading: StaffSession.Loading, attempt: Int, by staff: StaffSession) {
        var next = loading
        next.opening = nil
        next.attempts = attempt
        next.visit = nil
        let parcel = loading.order.parcel(loading.parcel)
        if let closed = parcel.map({ whyClosed(loading.order, $0) }) ?? .orderClosed {
            record(.contents(loading.compartment, .empty))
            notify(closed)
            toTask(.scanning(lastLoaded: nil), of: staff)
            return
        }
        if let compartment = state.compartment(loading.compartment), state.isReadyToOpen(compartment) {
            openForLoading(next, by: staff)
        } else {
            record(.contents(loading.compartment, .empty))
            tryAnother(next, larger: nil, by: staff)
        }
    }

    mutating func loadAttemptFailed(
        _ staff: StaffSession,
        _ loading: StaffSession.Loading,
        _ opening: Opening,
        _ outcome: OpeningOutcome
    ) {
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            if let until = coilRest(retryAfterMs, waits: loading.waits) {
                var next = loading
                next.opening = nil
                next.waits += 1
                next.restsUntil = until
                toTask(.loading(next), of: staff)
                return
            }
        case .failed where opening.attempt < policy.openAttemptsMax:
            loadAgain(loading, attempt: opening.attempt + 1, by: staff)
            return
        case .unknown where state.compartment(opening.compartment)?.seesDoorClosed != true:
            // It may have opened, and the parcel may be inside: the compartment stays in doubt.
            toTask(.menu, of: staff)
            return
        case .failed, .unknown, .notActuated, .actuatedUnconfirmed, .opened, .openedAndClosed:
            break
        }
        // This door does not open: the parcel goes into another one, without the label being scanned again.
        doorIsStuck(opening, outcome)
        record(.contents(opening.compartment, .empty))
        report(.orderLoadFailed) {
            $0.order = loading.order.id
            $0.parcels = [loading.parcel]
            $0.compartment = opening.compartment
            $0.opening = opening.id
            $0.staff = staff.staff
            $0.reason = outcome.loadFailure.rawValue
        }
        tryAnother(loading, larger: nil, by: staff)
    }

    private mutating func tryAnother(_ loading: StaffSession.Loading, larger: Size?, by staff: StaffSession) {
        guard let parcel = loading.order.parcel(loading.parcel) else {
            toTask(.menu, of: staff)
            return
        }
        let tried = loading.tried + [loading.compartment]
        guard let compartment = state.bestFit(for: parcel.size, larger: larger, excluding: tried, at: now)
        else {
            wallIsFull(loading.order, parcel, by: staff)
            return
        }
        beginLoading(loading.order, loading.parcel, compartment.plan.id, tried: tried, by: staff)
    }

    /// "Does not fit": the compartment is free again at once, a larger one opens.
    mutating func doesNotFit(_ loading: StaffSession.Loading, by staff: StaffSession) {
        guard let size = state.compartment(loading.compartment)?.plan.size else { return }
        record(.contents(loading.compartment, .empty))
        report(.orderLoadFailed) {
            $0.order = loading.order.id
            $0.parcels = [loading.parcel]
            $0.compartment = loading.compartment
            $0.staff = staff.staff
            $0.reason = LoadFailure.doesNotFit.rawValue
        }
        tryAnother(loading, larger: size, by: staff)
    }

    /// The door of a load was opened and closed. A visit too short to put anything in is asked about (empty
    /// close).
    mutating func loadDoorClosed(_ opening: Opening, dwellMs: Int?) {
        let contents = state.compartment(opening.compartment)?.record.contents
        guard case .loading = contents else { return }
        guard case .staff(let staff) = state.session, case .loading(let loading) = staff.task,
            loading.opening == opening.id
        else {
            // Nobody is left who could be asked.
            markUnknown(opening)
            return
        }
        if let dwellMs, dwellMs >= policy.loadDwellMinMs {
            finishLoading(loading, opening: opening, evidence: .doorOpenedAndClosed, by: staff)
        } else {
            var next = loading
            next.opening = nil
            next.asks = true
            next.visit = visit(opening)
            toTask(.loading(next), of: staff)
        }
    }

    mutating func finishLoading(
        _ loading: StaffSession.Loading,
        opening: Opening?,
        evidence kind: Evidence.Kind,
        by staff: StaffSession
    ) {
        let seen = opening == nil ? loading.visit : nil
        let evidence =
            seen?.confirmed
            ?? evidence(kind, of: opening, in: loading.compartment, attempts: loading.attempts)
        let id = seen?.opening ?? opening?.id
        loaded(loading.occupancy, into: loading.compartment, opening: id, by: staff.staff, evidence)
        toTask(.scanning(lastLoaded: loading.compartment), of: staff)
    }

    /// These parcels are inside now.
    mutating func loaded(
        _ occupancy: Occupancy,
        into compartment: CompartmentID,
        opening: OpeningID?,
        by staff: StaffID,
        _ evidence: Evidence
    ) {
        var inside = occupancy
        // The order's other parcels have waited through an outage: its hold is one.
        let other = state.compartments.first { $0.record.contents.occupancy?.order == occupancy.order }
        inside.outageMs = other?.record.contents.occupancy?.outageMs
        inside.frozenSince = other?.record.contents.occupancy?.frozenSince
        if occupancy.order.isUnmatched {
            inside.untold = UntoldLoad(staff: staff, opening: opening, evidence: evidence)
        }
        record(.contents(compartment, .occupied(inside)))
        for parcel in occupancy.parcels {
            record(.parcelPlaced(occupancy.order, parcel, .inside(compartment)))
        }
        report(.orderLoaded) {
            $0.order = occupancy.order
            $0.compartment = compartment
            $0.opening = opening
            $0.parcels = occupancy.parcels
            $0.staff = staff
            $0.method = .staff
            $0.evidence = evidence
        }
    }

    /// The parcel was not put in after all: the compartment is free, the parcel still waits.
    mutating func notLoaded(_ loading: StaffSession.Loading, by staff: StaffSession) {
        record(.contents(loading.compartment, .empty))
        report(.orderLoadFailed) {
            $0.order = loading.order.id
            $0.parcels = [loading.parcel]
            $0.compartment = loading.compartment
            $0.staff = staff.staff
            $0.reason = LoadFailure.emptyClose.rawValue
        }
        toTask(.scanning(lastLoaded: nil), of: staff)
    }
}

extension StaffSession.Loading {
    /// What the compartment is kept for.
    var occupancy: Occupancy {
        Occupancy(
            order: order.id,
            displayNumber: order.displayNumber,
            parcels: [parcel],
            expiresAt: order.expiresAt,
            recall: order.recallReason(for: [parcel])
        )
    }
}

extension OpeningOutcome {
    /// What a load is told of that failed for this.
    fileprivate var loadFailure: LoadFailure {
        if case .notActuated = self { .compartmentUnavailable } else { .compartmentBroken }
    }
}

extension CompartmentState {
    /// A sensor that is believed reads closed now.
    var seesDoorClosed: Bool {
        hasTrustedSensor && isBoardUp && door == .closed
    }
}
