/// HQ's newer version of an order, merged with what physically happened here. HQ owns that an order exists,
/// is cancelled, and its hold; the station owns where its parcels are.
public enum OrderMerge {
    /// The merged row; nil if the incoming version is not newer.
    ///
    /// - Parameters:
    ///   - incoming: what HQ says; its places are ignored.
    ///   - existing: the row the station has.
    ///   - given: parcels of the incoming order that come over from another order with their place.
    public static func merged(
        _ incoming: OrderRecord,
        into existing: OrderRecord?,
        given: [ParcelRecord] = []
    ) -> OrderRecord? {
        if let existing, incoming.version <= existing.version { return nil }
        var merged = incoming
        // The same hold does not end twice; a longer one begins anew.
        let isSameHold =
            incoming.expiresAt != nil && existing?.isExpired == true
            && existing?.expiresAt == incoming.expiresAt
        merged.isExpired = incoming.isExpired || isSameHold
        merged.parcels = incoming.parcels.map { parcel in
            var kept = parcel
            let known = existing?.parcel(parcel.id) ?? given.first { $0.id == parcel.id }
            kept.place = known?.place ?? .awaited
            kept.isWithdrawn = false
            return kept
        }
        for parcel in existing?.parcels ?? []
        where incoming.parcel(parcel.id) == nil && parcel.place != .awaited {
            // HQ took it out of the order, but it is, or was, here: it must not vanish from the books.
            var withdrawn = parcel
            if parcel.place.compartment != nil { withdrawn.isWithdrawn = true }
            merged.parcels.append(withdrawn)
        }
        return merged
    }
}

extension Draft {
    /// An order that this station has a physical part in has changed at HQ.
    mutating func receive(_ update: OrderUpdate) {
        if let existing = update.existing, update.incoming.version <= existing.version { return }
        var given: [ParcelRecord] = []
        for other in update.others {
            given += release(update.incoming, from: other)
        }
        if update.existing == nil { given += parcelsOfUnknownOrder(update.incoming) }
        guard var merged = OrderMerge.merged(update.incoming, into: update.existing, given: given) else {
            return
        }
        if let existing = update.existing { merged.parcels += heldBack(existing, from: merged) }
        let isHQsOldWord = merged.expiresAt == update.existing?.expiresAt
        let end = isHQsOldWord ? state.deadline(of: merged) : merged.expiresAt
        if !update.incoming.isExpired, state.clock.isTrusted, let end, end >= time {
            // It was HQ that said expired, not the clock; and HQ takes it back.
            merged.isExpired = false
        }
        record(.orderStored(merged))
        for parcel in given {
            guard let id = parcel.place.compartment, let before = state.compartment(id)?.record.contents,
                before.order != merged.id
            else { continue }
            let occupancy = Occupancy(
                order: merged.id,
                displayNumber: merged.displayNumber,
                parcels: [parcel.id],
                expiresAt: merged.expiresAt,
                recall: nil
            )
            record(.contents(id, .occupied(occupancy)))
            if let load = before.occupancy?.untold { report(load, of: parcel.id, merged.id, in: id) }
        }
        for compartment in state.compartments { follow(merged, in: compartment) }
        reportGrantConflict(merged)
        expireHolds()
    }

    /// What was loaded before anybody knew whose it is has its order now.
    private mutating func report(
        _ load: UntoldLoad,
        of parcel: ParcelID,
        _ order: OrderID,
        in compartment: CompartmentID
    ) {
        report(.orderLoaded) {
            $0.order = order
            $0.parcels = [parcel]
            $0.compartment = compartment
            $0.opening = load.opening
            $0.staff = load.staff
            $0.method = .staff
            $0.evidence = load.evidence
        }
    }

    /// After a loss of the database the wall may be known although the order's row is not.
    private func parcelsOfUnknownOrder(_ incoming: OrderRecord) -> [ParcelRecord] {
        state.compartments.flatMap { compartment -> [ParcelRecord] in
            guard let occupancy = compartment.record.contents.occupancy, occupancy.order == incoming.id else {
                return []
            }
            return incoming.parcels.filter { occupancy.parcels.contains($0.id) }.map { parcel in
                ParcelRecord(id: parcel.id, size: parcel.size, place: .inside(compartment.plan.id))
            }
        }
    }

    /// Parcels that HQ took out of the order while they were being put in, or while nobody knew whether they
    /// were: they stay in its row, withdrawn, so that the wall holds nothing that no row knows.
    private func heldBack(_ existing: OrderRecord, from merged: OrderRecord) -> [ParcelRecord] {
        existing.parcels.filter { merged.parcel($0.id) == nil && isHeld($0.id, for: existing.id) }.map {
            parcel in
            var withdrawn = parcel
            withdrawn.isWithdrawn = true
            return withdrawn
        }
    }

    private func isHeld(_ parcel: ParcelID, for order: OrderID) -> Bool {
        state.compartments.contains { compartment in
            let contents = compartment.record.contents
            return contents.order == order && contents.parcels.contains(parcel)
        }
    }

    /// Takes the parcels that moved to another order (a split) out of the order they were in. One that is
    /// alone in its compartment goes over with its place; one that shares a compartment stays until staff
    /// have moved it (S2).
    private mutating func release(_ incoming: OrderRecord, from other: OrderRecord) -> [ParcelRecord] {
        var given: [ParcelRecord] = []
        var kept = other
        kept.parcels = []
        for var parcel in other.parcels {
            guard incoming.parcel(parcel.id) != nil, other.id != incoming.id else {
                kept.parcels.append(parcel)
                continue
            }
            switch parcel.place {
            case .awaited:
                guard isHeld(parcel.id, for: other.id) else { continue }
                parcel.isWithdrawn = true
                kept.parcels.append(parcel)
            case .inside(let id):
                let isBusy = state.opening(at: id) != nil
                if state.compartment(id)?.record.contents.parcels == [parcel.id], !isBusy {
                    given.append(parcel)
                } else {
                    parcel.isWithdrawn = true
                    kept.parcels.append(parcel)
                }
            case .collected, .recalled, .missing:
                kept.parcels.append(parcel)
            }
        }
        if kept != other { record(.orderStored(kept)) }
        for compartment in state.compartments { follow(kept, in: compartment, except: given) }
        return given
    }

    /// What is in this compartment follows its order: its hold, and whether it must be taken out.
    mutating func follow(
        _ order: OrderRecord,
        in compartment: CompartmentState,
        except given: [ParcelRecord] = []
    ) {
        guard compartment.record.contents.order == order.id,
            !given.contains(where: { $0.place.compartment == compartment.plan.id })
        else { return }
        func followed(_ occupancy: Occupancy) -> Occupancy {
            var next = occupancy
            next.displayNumber = order.displayNumber
            // HQ's new word counts from when it was said.
            if next.expiresAt != order.expiresAt { next.outageMs = nil }
            next.expiresAt = order.expiresAt
            next.recall = order.recallReason(for: occupancy.parcels)
            return next
        }
        let contents: Contents
        switch compartment.record.contents {
        case .empty: return
        case .loading(let occupancy): contents = .loading(followed(occupancy))
        case .occupied(let occupancy): contents = .occupied(followed(occupancy))
        }
        if contents != compartment.record.contents {
            record(.contents(compartment.plan.id, contents))
        }
    }
}

extension OrderRecord {
    /// Why these parcels must be taken out of a compartment; nil if they may stay.
    func recallReason(for parcels: [ParcelID]) -> RecallReason? {
        switch standing {
        case .cancelled: return .cancelled
        case .elsewhere: return .rerouted
        case .completed: return .completed
        case .live, .onHold: break
        }
        if parcels.allSatisfy({ parcel($0)?.isWithdrawn ?? true }) { return .withdrawn }
        return isExpired ? .expired : nil
    }
}

extension StationState {
    /// Orders that the wall or the person at the kiosk has to do with: a change of one is decided, not just
    /// stored.
    public var concernedOrders: Set<OrderID> {
        var orders: Set<OrderID> = []
        for compartment in compartments {
            if let order = compartment.record.contents.order { orders.insert(order) }
            if let order = compartment.released?.order { orders.insert(order) }
        }
        for opening in openings {
            if let order = opening.order { orders.insert(order) }
        }
        switch session {
        case .collecting(let collecting): orders.insert(collecting.order.id)
        case .staff(let staff):
            if case .loading(let loading) = staff.task { orders.insert(loading.order.id) }
        case .refusing, .identifying, .service, nil: break
        }
        return orders
    }

    /// Whether this order is one of ``concernedOrders``.
    public func isConcerned(with order: OrderID) -> Bool {
        concernedOrders.contains(order)
    }
}
