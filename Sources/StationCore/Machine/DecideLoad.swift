extension Draft {
    mutating func load(_ label: ShownCode.LabelMatch, by staff: StaffSession) {
        touch(staff)
        guard let parcel = label.order.parcel(label.parcel) else {
            notify(.labelUnknown)
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
        beginLoading(label.order, parcel.id, compartment.plan.id, attempt: 1, by: staff)
    }

    private func whyNotLoadable(_ order: OrderRecord, _ parcel: ParcelRecord) -> KioskNotice.Kind? {
        switch order.standing {
        case .cancelled: return .orderCancelled
        case .elsewhere: return .orderElsewhere
        case .onHold: return .orderOnHold
        case .completed: return .orderClosed
        case .live: break
        }
        if parcel.isWithdrawn { return .orderClosed }
        guard parcel.place == .awaited else { return parcel.place.isGone ? .orderClosed : .parcelAlreadyLoaded }
        if state.compartments.contains(where: { $0.record.contents.parcels.contains(parcel.id) }) {
            return .parcelAlreadyLoaded
        }
        if order.isExpired { return .orderClosed }
        if let end = order.expiresAt, state.clock.isTrusted, end < time { return .orderClosed }
        if order.deliveryMode != .locker { return .notForLockers }
        return nil
    }

    private mutating func wallIsFull(_ order: OrderRecord, _ parcel: ParcelRecord, by staff: StaffSession) {
        toTask(.wallFull(orderNumber: order.displayNumber, size: parcel.size), of: staff)
        report(.orderLoadFailed) {
            $0.order = order.id
            $0.parcels = [parcel.id]
            $0.staff = staff.staff
            $0.reason = "wallFull"
        }
    }

    mutating func beginLoading(
        _ order: OrderRecord,
        _ parcel: ParcelID,
        _ compartment: CompartmentID,
        attempt: Int,
        by staff: StaffSession
    ) {
        var loading = StaffSession.Loading(
            opening: nil,
            order: order,
            parcel: parcel,
            compartment: compartment,
            attempts: attempt,
            restsUntil: nil,
            asks: false
        )
        let pending = Contents.loading(
            Occupancy(
                order: order.id,
                displayNumber: order.displayNumber,
                parcels: [parcel],
                expiresAt: order.expiresAt,
                recall: nil
            )
        )
        if state.compartment(compartment)?.record.contents != pending {
            record(.contents(compartment, pending))
        }
        if let cool = state.compartment(compartment)?.coolsUntil, cool > now {
            loading.restsUntil = cool
            toTask(.loading(loading), of: staff)
            return
        }
        if case .refused = state.governor.verdict(for: .staff(staff.staff), purpose: .load, at: now) {
            record(.contents(compartment, .empty))
            notify(.tooLate)
            toTask(.menu, of: staff)
            return
        }
        loading.opening = intend(
            Request(
                compartment: compartment,
                purpose: .load,
                authority: .staff(staff.staff),
                order: order.id,
                displayNumber: order.displayNumber,
                parcels: [parcel],
                awaitedElsewhere: 0,
                handover: nil,
                attempt: attempt
            )
        )
        toTask(.loading(loading), of: staff)
    }

    mutating func loadAttemptFailed(
        _ staff: StaffSession,
        _ loading: StaffSession.Loading,
        _ opening: Opening,
        _ outcome: OpeningOutcome
    ) {
        switch outcome {
        case .notActuated(.coilBudget(let retryAfterMs)):
            var next = loading
            next.opening = nil
            next.restsUntil = now.advanced(byMs: retryAfterMs)
            toTask(.loading(next), of: staff)
            return
        case .failed where opening.attempt < policy.openAttemptsMax:
            beginLoading(loading.order, loading.parcel, loading.compartment, attempt: opening.attempt + 1, by: staff)
            return
        default:
            break
        }
        // This door does not open: the parcel goes into another one, without the label being scanned again.
        doorIsStuck(opening, outcome)
        if state.compartment(opening.compartment)?.record.outcomeUnknown == nil {
            record(.contents(opening.compartment, .empty))
        }
        tryAnother(loading, larger: nil, by: staff)
    }

    private mutating func tryAnother(_ loading: StaffSession.Loading, larger: Size?, by staff: StaffSession) {
        guard let parcel = loading.order.parcel(loading.parcel) else {
            toTask(.menu, of: staff)
            return
        }
        guard let compartment = state.bestFit(for: parcel.size, larger: larger, at: now) else {
            wallIsFull(loading.order, parcel, by: staff)
            return
        }
        beginLoading(loading.order, loading.parcel, compartment.plan.id, attempt: 1, by: staff)
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
            $0.reason = "doesNotFit"
        }
        tryAnother(loading, larger: size, by: staff)
    }

    /// The door of a load was opened and closed. A visit too short to put anything in is asked about (empty close).
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
            finishLoading(loading, opening: opening.id, evidence: .doorOpenedAndClosed, by: staff)
        } else {
            var next = loading
            next.opening = nil
            next.asks = true
            toTask(.loading(next), of: staff)
        }
    }

    mutating func finishLoading(
        _ loading: StaffSession.Loading,
        opening: OpeningID?,
        evidence: Evidence.Kind,
        by staff: StaffSession
    ) {
        let pending = Occupancy(
            order: loading.order.id,
            displayNumber: loading.order.displayNumber,
            parcels: [loading.parcel],
            expiresAt: loading.order.expiresAt,
            recall: loading.order.recallReason(for: [loading.parcel])
        )
        loaded(pending, into: loading.compartment, opening: opening, by: staff.staff, evidence: evidence)
        toTask(.scanning(lastLoaded: loading.compartment), of: staff)
    }

    /// These parcels are inside now.
    mutating func loaded(
        _ occupancy: Occupancy,
        into compartment: CompartmentID,
        opening: OpeningID?,
        by staff: StaffID,
        evidence: Evidence.Kind
    ) {
        record(.contents(compartment, .occupied(occupancy)))
        for parcel in occupancy.parcels {
            record(.parcelPlaced(occupancy.order, parcel, .inside(compartment)))
        }
        report(.orderLoaded) {
            $0.order = occupancy.order
            $0.compartment = compartment
            $0.opening = opening
            $0.parcels = occupancy.parcels
            $0.staff = staff
            $0.evidence = Evidence(kind: evidence, openedAt: nil, closedAt: nil, attempts: 1)
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
            $0.reason = "emptyClose"
        }
        toTask(.scanning(lastLoaded: nil), of: staff)
    }
}
