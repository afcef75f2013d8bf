/// Grants: codes that HQ has signed, for orders that the feed may never have brought.
extension Draft {
    mutating func showGrant(_ reading: GrantReading) {
        switch state.session {
        case nil, .refusing, .identifying:
            serve(reading)
        case .collecting(let collecting):
            switch collecting.step {
            case .done, .stuck:
                finish(collecting)
                endSession()
                serve(reading)
            case .opening, .resting:
                let isSame = reading.grant?.order.id == collecting.order.id
                notify(isSame ? .alreadyServing : .sessionInUse, collecting.door)
            }
        case .staff(let staff):
            takeNote(of: reading, by: staff)
        case .service(let service):
            notify(.sessionInUse, service.compartment)
        }
    }

    private mutating func serve(_ reading: GrantReading) {
        let grant: ShownGrant
        switch reading {
        case .refused(let refusal):
            refuse(.grant(refusal))
            return
        case .signed(let signed): grant = signed
        }
        if let refusal = refusal(of: grant) {
            refuse(refusal)
            return
        }
        guard let order = grant.known else {
            match(grant)
            return
        }
        if let reopened = reopenable(order) {
            reopen(order, reopened, isTyped: false)
            return
        }
        if let refusal = standing(of: order) {
            refuse(refusal)
            if case .alreadyCollected = refusal { reportReuse(of: grant) }
            return
        }
        let hold = GrantHold(id: grant.id, parcels: grant.order.parcels.map(\.id), notAfter: grant.notAfter)
        beginCollecting(order, isTyped: false, grant: hold)
    }

    /// Makes the grant's order a row, of parcels that were loaded before anybody knew whose they are. Without one there
    /// is nothing to hand over, and nothing is kept of the grant. It opens no door yet: whose parcels are where is
    /// committed first, and then the shell shows the grant again, with its row.
    private mutating func match(_ grant: ShownGrant) {
        let number = grant.order.displayNumber
        if let use = state.grantsUsed.first(where: { $0.id == grant.id }) {
            // It has handed out what it is for, and the order is forgotten; parcels that came back since are not
            // its own.
            reportReuse(of: grant)
            refuse(.alreadyCollected(orderNumber: number, at: use.at))
            return
        }
        let isInside = state.compartments.contains { $0.record.contents.order == grant.order.id }
        guard isInside || !grant.unmatched.isEmpty else {
            refuse(.notReadyYet(orderNumber: number))
            return
        }
        adopt(grant)
    }

    /// Makes the grant's order a row of the station's, with the parcels that are here already.
    private mutating func adopt(_ grant: ShownGrant) {
        receive(OrderUpdate(incoming: grant.order, existing: nil, others: grant.unmatched))
    }

    /// Why it opens nothing here and now; nil if it may.
    private func refusal(of grant: ShownGrant) -> Refusal? {
        let number = grant.order.displayNumber
        guard grant.stations.contains(state.plan.station) else {
            return .wrongStore(orderNumber: number, storeName: nil)
        }
        guard state.clock.isTrusted else { return .grant(.clockUntrusted) }
        if time < grant.notBefore { return .tooEarly(orderNumber: number, from: grant.notBefore) }
        return grant.notAfter < time ? .expired(orderNumber: number) : nil
    }

    /// Why a session that goes by a grant may open no further door; nil if it may.
    func standing(of grant: GrantHold?, orderNumber: String) -> Refusal? {
        guard let grant else { return nil }
        guard state.clock.isTrusted else { return .grant(.clockUntrusted) }
        return grant.notAfter < time ? .expired(orderNumber: orderNumber) : nil
    }

    /// The first door of it is about to be opened: journalled with the intent, and told to HQ.
    mutating func use(_ grant: GrantHold, _ collecting: Collecting) {
        guard !state.grantsUsed.contains(where: { $0.id == grant.id }) else { return }
        for old in state.grantsUsed where old.until < time { record(.grantForgotten(old.id)) }
        record(
            .grantUsed(GrantUse(id: grant.id, order: collecting.order.id, at: time, until: grant.notAfter))
        )
        report(.grantUsed) {
            $0.order = collecting.order.id
            $0.handover = collecting.handover
            $0.parcels = grant.parcels
            $0.grant = grant.id
            $0.method = .grant
        }
    }

    /// Told once per grant: somebody has a copy of it, or did not see that they were done.
    private mutating func reportReuse(of grant: ShownGrant) {
        guard var use = state.grantsUsed.first(where: { $0.id == grant.id }), !use.isReuseReported else {
            return
        }
        use.isReuseReported = true
        record(.grantUsed(use))
        report(.grantRefused) {
            $0.order = use.order
            $0.grant = grant.id
            $0.reason = "used"
        }
    }

    /// HQ says that this order is not to be had here, and a grant has handed it over meanwhile: HQ hears of both.
    mutating func reportGrantConflict(_ order: OrderRecord) {
        let word: String
        switch order.standing {
        case .cancelled: word = "orderCancelled"
        case .elsewhere: word = "orderRerouted"
        case .live, .onHold, .completed: return
        }
        for use in state.grantsUsed where use.order == order.id {
            report(.grantUsed) {
                $0.order = order.id
                $0.grant = use.id
                $0.parcels = order.parcels.filter(\.place.isGone).map(\.id)
                $0.method = .grant
                $0.reason = word
            }
        }
    }

    // MARK: Staff

    /// Staff scan the grant on the slip: from now on the labels of its parcels are known.
    private mutating func takeNote(of reading: GrantReading, by staff: StaffSession) {
        touch(staff)
        guard staff.compartment == nil else {
            notify(.closeDoorFirst, staff.compartment)
            return
        }
        guard let grant = reading.grant, grant.stations.contains(state.plan.station) else {
            notify(reading.grant == nil ? .labelUnknown : .orderElsewhere)
            return
        }
        let isOver = state.clock.isTrusted && grant.notAfter < time
        guard !isOver, !state.grantsUsed.contains(where: { $0.id == grant.id }) else {
            notify(.orderClosed)
            return
        }
        if grant.known == nil { adopt(grant) }
        notify(.grantNoted)
    }

    /// A label that no order has. Where the retailer allows it, the parcel goes into a compartment under a row of its
    /// own.
    mutating func loadUnmatched(_ parcel: ParcelID, by staff: StaffSession) {
        guard state.takesUnmatchedLabels else {
            touch(staff)
            notify(.labelUnknown)
            return
        }
        let end = state.clock.isTrusted ? time.advanced(byMs: Int64(policy.unmatchedHoldMs)) : nil
        let order = OrderRecord(
            id: OrderID(unmatched: parcel),
            version: 0,
            displayNumber: parcel.rawValue,
            expiresAt: end,
            parcels: [ParcelRecord(id: parcel, size: .medium)]
        )
        load(ShownCode.LabelMatch(order: order, parcel: parcel), by: staff)
        if state.compartments.contains(where: { $0.record.contents.order == order.id }) {
            record(.orderStored(order))
        }
    }
}

extension StationState {
    /// Whether a scanned text that matches nothing may be a parcel's label: only then does the shell hand it on. At any
    /// other moment it may be somebody's pickup code, and no event carries one (S12).
    public var takesUnmatchedLabels: Bool {
        guard policy.loadUnmatched, case .staff(let staff) = session, staff.compartment == nil else {
            return false
        }
        return staff.roles.may(.load)
    }
}

extension GrantReading {
    /// The grant, if HQ has signed it.
    var grant: ShownGrant? {
        if case .signed(let grant) = self { grant } else { nil }
    }
}
