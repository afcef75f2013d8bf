import StationCore
import Testing

/// An HQ that changes its mind.
extension Chaos {
    mutating func hqChanges() {
        if world.orders.count < 12 || roll(6) == 0 {
            ordersMade += 1
            let count = 1 + roll(3)
            var order = OrderRecord(
                id: OrderID("O\(ordersMade)"),
                version: 1,
                displayNumber: "#\(ordersMade)",
                parcels: []
            )
            order.parcels = (1...count).map {
                ParcelRecord(
                    id: ParcelID("\(order.id)-\($0)"),
                    size: pick(Size.allCases.dropLast()) ?? .small
                )
            }
            if roll(3) == 0 { order.expiresAt = soon() }
            world.store(order)
            if world.orders.count > 30 {
                world.orders.removeAll { !$0.isTouched && !world.state.isConcerned(with: $0.id) }
            }
            return
        }
        guard let order = pick(world.orders) else { return }
        if roll(8) == 0 {
            split(order)
            return
        }
        let kind = roll(9)
        let standing =
            pick([.live, .live, .onHold, .cancelled, .elsewhere(storeName: nil), .completed])
            ?? OrderStanding.live
        let end = soon()
        world.change(order.id) { incoming in
            switch kind {
            case 0: incoming.isPaymentDue.toggle()
            case 1: incoming.expiresAt = end
            case 2: incoming.expiresAt = nil
            case 3: incoming.notBefore = end
            case 4: if !incoming.parcels.isEmpty { incoming.parcels.removeLast() }
            case 5:
                incoming.parcels.append(
                    ParcelRecord(id: ParcelID("\(order.id)-v\(order.version)"), size: .small)
                )
            default: incoming.standing = standing
            }
        }
    }

    private mutating func split(_ order: OrderRecord) {
        guard let parcel = pick(order.parcels.filter { !$0.isWithdrawn && !$0.place.isOver }) else { return }
        ordersMade += 1
        world.change(OrderID("O\(ordersMade)"), others: [order.id]) {
            $0.parcels = [ParcelRecord(id: parcel.id, size: parcel.size)]
        }
    }

    private mutating func soon() -> StationTime {
        world.state.clock.time(at: world.now).advanced(byMs: Int64(roll(900_000)) - 100_000)
    }
}

extension ParcelPlace {
    /// It is not here any more.
    var isOver: Bool {
        switch self {
        case .awaited, .inside: false
        case .collected, .recalled, .missing: true
        }
    }
}
