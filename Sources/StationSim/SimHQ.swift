internal import StationCore

/// HQ: makes orders, changes its mind, and takes events at least once.
struct SimHQ {
    private(set) var orders: [SimOrder] = []
    /// Every order a parcel ever belonged to.
    private(set) var owners: [(parcel: ParcelID, order: OrderID)] = []
    /// Events by first arrival.
    private(set) var inbox: [Report] = []
    private var parcelsMade = 0

    mutating func place(_ random: inout SimRandom, now: StationTime) -> Int {
        let number = orders.count + 1
        let parcels = (0..<(random.chance(250) ? random.within(2...3) : 1)).map { _ -> ParcelRecord in
            parcelsMade += 1
            let size = random.pick([Size.small, .small, .medium, .medium, .large]) ?? .small
            return ParcelRecord(id: ParcelID("P\(parcelsMade)"), size: size)
        }
        let id = OrderID("O\(number)")
        var record = OrderRecord(id: id, version: 1, displayNumber: "\(1000 + number)", parcels: parcels)
        record.expiresAt = now.advanced(byMs: Int64(random.within(1...200)) * 600_000)
        if random.chance(30) { record.isPaymentDue = true }
        let isTyped = random.chance(400)
        let code = isTyped ? "\(10_000_000 + random.below(89_999_999))" : "S\(random.next())\(random.next())"
        owners += parcels.map { ($0.id, id) }
        orders.append(SimOrder(record: record, code: code, isTyped: isTyped))
        return orders.count - 1
    }

    /// Changes its mind about an order; returns the indices of the orders that have a new version.
    mutating func change(_ index: Int, _ random: inout SimRandom, now: StationTime) -> [Int] {
        orders[index].record.version += 1
        switch random.below(6) {
        case 0: orders[index].record.standing = .cancelled
        case 1: orders[index].record.standing = .elsewhere(storeName: "Harbour")
        case 2: orders[index].record.expiresAt = now.advanced(byMs: Int64(random.within(60...3000)) * 60_000)
        case 3: orders[index].record.standing = random.chance(500) ? .onHold : .live
        case 4 where orders[index].record.parcels.count > 1:
            return [split(index), index]
        default:
            if orders[index].record.standing == .onHold { orders[index].record.standing = .live }
            orders[index].record.isPaymentDue = false
        }
        return [index]
    }

    private mutating func split(_ index: Int) -> Int {
        let moved = orders[index].record.parcels.removeLast()
        let id = OrderID("O\(orders.count + 1)")
        var record = orders[index].record
        record.id = id
        record.version = 1
        record.displayNumber = "\(1001 + orders.count)"
        record.parcels = [moved]
        owners.append((moved.id, id))
        orders.append(SimOrder(record: record, code: "S\(id)-\(moved.id)-split-code", isTyped: false))
        return orders.count - 1
    }

    func owns(_ order: OrderID, _ parcel: ParcelID) -> Bool {
        owners.contains { $0.parcel == parcel && $0.order == order }
    }

    /// Takes an event; false if it was had before.
    mutating func take(_ report: Report) -> Bool {
        guard !inbox.contains(where: { $0.id == report.id }) else { return false }
        inbox.append(report)
        return true
    }
}
