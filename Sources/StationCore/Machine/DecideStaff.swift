extension Draft {
    // MARK: Signing in

    mutating func identify(_ badge: StaffRecord) {
        guard !badge.isRevoked else {
            notify(.badgeUnknown)
            return
        }
        if let guarded = state.pinGuards.first(where: { $0.staff == badge.id }),
            let until = guarded.lockedUntil,
            until > time
        {
            notify(.staffLockedOut)
            return
        }
        record(.session(.identifying(badge, until: now.advanced(byMs: policy.staffIdleMs))))
    }

    mutating func typePIN(_ staff: StaffID, isRight: Bool) {
        guard case .identifying(let badge, _) = state.session, badge.id == staff else {
            notify(.tooLate)
            return
        }
        var pinGuard = state.pinGuards.first { $0.staff == staff } ?? PINGuard(staff: staff)
        // The lock is checked again here: a PIN may have been on its way when the badge was locked.
        if let until = pinGuard.lockedUntil, until > time {
            notify(.staffLockedOut)
            endSession()
            return
        }
        guard isRight else {
            pinGuard.wrong += 1
            if pinGuard.wrong >= policy.pinTriesMax {
                pinGuard.lockedUntil = time.advanced(byMs: Int64(policy.pinLockoutMs))
                pinGuard.wrong = 1
                record(.pinGuard(pinGuard))
                notify(.staffLockedOut)
                endSession()
            } else {
                record(.pinGuard(pinGuard))
                notify(.pinWrong)
            }
            return
        }
        if pinGuard.wrong > 0 { record(.pinGuard(PINGuard(staff: staff))) }
        let session = StaffSession(
            staff: staff,
            roles: badge.roles,
            task: .menu,
            idleAt: now.advanced(byMs: policy.staffIdleMs)
        )
        record(.session(.staff(session)))
    }

    // MARK: Codes shown during a staff session

    mutating func showCode(_ code: ShownCode, to staff: StaffSession) {
        // A compartment that is kept for a parcel must not be forgotten, also while its coil rests.
        let isBusy = staff.compartment != nil
        if let badge = code.badge {
            if isBusy {
                notify(.closeDoorFirst, staff.compartment)
            } else if badge.id == staff.staff {
                endSession()
            } else {
                endSession()
                identify(badge)
            }
            return
        }
        guard let label = code.parcel else {
            if let parcel = code.unmatched, !isBusy {
                loadUnmatched(parcel, by: staff)
                return
            }
            touch(staff)
            notify(.labelUnknown)
            return
        }
        guard !isBusy else {
            notify(.closeDoorFirst, staff.compartment)
            return
        }
        load(label, by: staff)
    }

    /// Something was done: the session does not idle.
    mutating func touch(_ staff: StaffSession) {
        toTask(staff.task, of: staff)
    }

    mutating func toTask(_ task: StaffSession.Task, of staff: StaffSession) {
        var next = staff
        next.task = task
        next.idleAt = now.advanced(byMs: policy.staffIdleMs)
        record(.session(.staff(next)))
    }

    mutating func staffAttemptFailed(_ staff: StaffSession, _ opening: Opening, _ outcome: OpeningOutcome) {
        switch staff.task {
        case .loading(let loading): loadAttemptFailed(staff, loading, opening, outcome)
        case .recalling(let recalling): recallAttemptFailed(staff, recalling, opening, outcome)
        case .menu, .scanning, .wallFull: break
        }
    }

    // MARK: Clearing what needs a person

    mutating func clear(_ id: CompartmentID, _ reason: ClearReason, by staff: StaffSession) {
        if reason == .doorIsClosed {
            clearFalseOpen(id, by: staff)
            return
        }
        guard let compartment = state.compartment(id), state.opening(at: id) == nil,
            compartment.record.needsPerson
        else {
            notify(.tooLate, id)
            return
        }
        touch(staff)
        let isDoorOpen = compartment.hasTrustedSensor && compartment.door == .open
        if isDoorOpen {
            notify(.closeDoorFirst, id)
            return
        }
        switch reason {
        case .contentsIntact: keepContents(compartment, by: staff.staff)
        case .empty, .contentsMissing: emptyContents(compartment, reason, by: staff.staff)
        case .repaired, .doorIsClosed: break
        }
        // A repair says nothing of what is inside (S7: it is suspect until somebody has looked).
        let isSuspect = reason == .repaired && compartment.record.contents != .empty
        if compartment.record.alarm != nil, !isSuspect { record(.alarm(id, nil)) }
        if compartment.record.outcomeUnknown != nil, reason != .repaired { record(.outcomeUnknown(id, nil)) }
        if reason == .repaired {
            if compartment.record.outOfService != nil { record(.service(id, nil)) }
            if compartment.record.isSensorSuspect { record(.sensorSuspect(id, false)) }
        }
        report(.compartmentFault) {
            $0.compartment = id
            $0.staff = staff.staff
            $0.reason = "cleared.\(reason.rawValue)"
        }
    }

    private mutating func keepContents(_ compartment: CompartmentState, by staff: StaffID) {
        guard case .loading(let pending) = compartment.record.contents else { return }
        let evidence = evidence(.staffConfirmed, of: nil, in: compartment.plan.id, attempts: 1)
        loaded(pending, into: compartment.plan.id, opening: nil, by: staff, evidence)
    }

    private mutating func emptyContents(
        _ compartment: CompartmentState,
        _ reason: ClearReason,
        by staff: StaffID
    ) {
        let id = compartment.plan.id
        guard case .occupied(let occupancy) = compartment.record.contents else {
            if compartment.record.contents != .empty { record(.contents(id, .empty)) }
            return
        }
        let wasForCustomer = [.collect, .remote].contains(compartment.record.outcomeUnknown)
        if wasForCustomer, reason == .empty {
            // A power cut hid the end of a visit; a person has looked, and the customer has their parcel.
            confirmCollected(occupancy, compartment, by: staff)
            return
        }
        for parcel in occupancy.parcels {
            record(.parcelPlaced(occupancy.order, parcel, .missing(at: time)))
        }
        record(.contents(id, .empty))
        report(.compartmentFault) {
            $0.compartment = id
            $0.order = occupancy.order
            $0.parcels = occupancy.parcels
            $0.staff = staff
            $0.reason = "contentsMissing"
        }
    }

    /// The opening whose end nobody saw is reported as the pickup that it was.
    private mutating func confirmCollected(
        _ occupancy: Occupancy,
        _ compartment: CompartmentState,
        by staff: StaffID
    ) {
        let before = compartment.record.unresolved
        let opening = Opening(
            id: before?.id ?? OpeningID(makeID()),
            compartment: compartment.plan.id,
            purpose: .collect,
            authority: .staff(staff),
            order: occupancy.order,
            displayNumber: occupancy.displayNumber,
            parcels: occupancy.parcels,
            awaitedElsewhere: before?.awaitedElsewhere ?? 0,
            handover: before?.handover,
            attempt: before?.attempt ?? 0,
            isReopen: false,
            intendedAt: before?.intendedAt ?? time,
            intendedInstant: before?.intendedInstant ?? now,
            phase: .awaitingWord(deadline: now)
        )
        handOver(opening, .staffConfirmed)
    }
}

extension CompartmentRecord {
    /// Something is wrong with it that a person can clear.
    var needsPerson: Bool {
        if case .loading = contents { return true }
        return alarm != nil || outOfService != nil || outcomeUnknown != nil || isSensorSuspect
    }
}

extension StaffSession {
    /// The compartment of the present task.
    var compartment: CompartmentID? {
        switch task {
        case .loading(let loading): loading.compartment
        case .recalling(let recalling): recalling.compartment
        case .menu, .scanning, .wallFull: nil
        }
    }
}
