/// Opening the last door again within the grace time after a handover.
extension Draft {
    /// The compartment that this order's customer may open again.
    func reopenable(_ order: OrderRecord) -> CompartmentState? {
        guard order.parcels.allSatisfy({ $0.isWithdrawn || $0.place.compartment == nil }) else { return nil }
        return state.lastReopenable(for: order.id, at: now)
    }

    mutating func reopen(_ order: OrderRecord, _ compartment: CompartmentState, isTyped: Bool) {
        guard let released = compartment.released else { return }
        let collecting = Collecting(
            handover: released.handover,
            order: order,
            isTyped: isTyped,
            doors: [compartment.plan.id],
            index: 0,
            attempts: 0,
            step: .resting(attempt: 1, until: now),
            stuck: []
        )
        tryDoor(collecting, attempt: 1)
    }
}

extension CompartmentState {
    /// Whether this order's handover has just ended here, and nothing else has come in.
    func isInGrace(of order: OrderID, at instant: Instant) -> Bool {
        guard let released, released.order == order, released.until > instant else { return false }
        return record.contents == .empty && record.alarm == nil
    }
}

extension StationState {
    /// Whether the customer of this order may open this compartment again now.
    func isReopenable(_ compartment: CompartmentState, for order: OrderID, at instant: Instant) -> Bool {
        compartment.isInGrace(of: order, at: instant) && isReadyToOpen(compartment)
    }

    /// The compartment that this order's customer may open again: the last of its handover.
    func lastReopenable(for order: OrderID, at instant: Instant) -> CompartmentState? {
        compartments.filter { isReopenable($0, for: order, at: instant) }
            .max { left, right in (left.released?.until ?? instant) < (right.released?.until ?? instant) }
    }
}
