internal import StationCore

/// HQ: makes orders, changes its mind, and takes events at least once.
struct SimHQ {
    /// Each order as it is now.
    private(set) var orders: [SimOrder] = []
    /// Everything that goes into the order feed, oldest first; the cursor counts its entries.
    private(set) var feed: [SimOrder] = []
    /// Every order a parcel ever belonged to, in order of time.
    private(set) var owners: [(parcel: ParcelID, order: OrderID)] = []
    /// Events by first arrival.
    private(set) var inbox: [Report] = []
    /// Orders of which HQ was told something that it has not applied yet.
    var unapplied: [OrderID] = []
    /// Codes by order and version; looked up, never walked through.
    private var codes: [String: String] = [:]
    private var known: Set<EventID> = []
    private var parcelsMade = 0

    // MARK: Orders

    mutating func place(_ random: inout SimRandom, now: StationTime) {
        let number = orders.count + 1
        let parcels = (0..<(random.chance(250) ? random.within(2...3) : 1)).map { _ in makeParcel(&random) }
        let id = OrderID("O\(number)")
        var record = OrderRecord(id: id, version: 1, displayNumber: "\(1000 + number)", parcels: parcels)
        record.expiresAt = now.advanced(byMs: Int64(random.within(1...200)) * 600_000)
        if random.chance(30) { record.isPaymentDue = true }
        if random.chance(30) { record.deliveryMode = .counter }
        if random.chance(60) { record.notBefore = now.advanced(byMs: Int64(random.within(1...300)) * 60_000) }
        owners += parcels.map { ($0.id, id) }
        let isTyped = random.chance(400)
        orders.append(SimOrder(record: record, code: makeCode(isTyped, &random), isTyped: isTyped))
        publish(orders.count - 1)
    }

    private mutating func makeParcel(_ random: inout SimRandom) -> ParcelRecord {
        parcelsMade += 1
        let size = random.pick([Size.small, .small, .medium, .medium, .large]) ?? .small
        return ParcelRecord(id: ParcelID("P\(parcelsMade)"), size: size)
    }

    private func makeCode(_ isTyped: Bool, _ random: inout SimRandom) -> String {
        while true {
            let code =
                isTyped ? "\(10_000_000 + random.below(89_999_999))" : "S\(random.next())\(random.next())"
            if !orders.contains(where: { $0.code == code }) { return code }
        }
    }

    private mutating func publish(_ index: Int) {
        let order = orders[index]
        codes["\(order.record.id)/\(order.record.version)"] = order.code
        feed.append(order)
    }

    /// The code that an order had at a version.
    func code(of order: OrderID, version: Int64) -> String? { codes["\(order)/\(version)"] }

    /// The newest code of this order that it has no more.
    func formerCode(of order: SimOrder) -> String? {
        feed.last { $0.record.id == order.record.id && $0.code != order.code }?.code
    }

    /// Every code there ever was.
    var allCodes: [String] { feed.map(\.code) }

    // MARK: Changes

    /// Every order may be collected at once, and until then.
    mutating func holdAll(until end: StationTime) {
        for index in orders.indices {
            orders[index].record.expiresAt = end
            orders[index].record.notBefore = nil
            revise(index)
        }
    }

    mutating func change(_ index: Int, _ random: inout SimRandom, now: StationTime) {
        switch random.below(9) {
        case 0: orders[index].record.standing = .cancelled
        case 1: orders[index].record.standing = .elsewhere(storeName: "Harbour")
        case 2, 3:
            orders[index].record.expiresAt = now.advanced(byMs: Int64(random.within(5...3000)) * 60_000)
        case 4: orders[index].record.standing = random.chance(500) ? .onHold : .live
        case 5: orders[index].code = makeCode(orders[index].isTyped, &random)
        case 6 where orders[index].record.parcels.count > 1:
            split(index, &random)
            return
        case 7 where orders[index].record.parcels.count > 1:
            orders[index].record.parcels.removeLast()
        case 8:
            let parcel = makeParcel(&random)
            owners.append((parcel.id, orders[index].record.id))
            orders[index].record.parcels.append(parcel)
        default:
            if orders[index].record.standing == .onHold { orders[index].record.standing = .live }
            orders[index].record.isPaymentDue = false
            orders[index].record.notBefore = nil
        }
        revise(index)
    }

    private mutating func revise(_ index: Int) {
        orders[index].record.version += 1
        publish(index)
    }

    /// One parcel becomes an order of its own; either may be heard of first.
    private mutating func split(_ index: Int, _ random: inout SimRandom) {
        let moved = orders[index].record.parcels.removeLast()
        let id = OrderID("O\(orders.count + 1)")
        var record = orders[index].record
        record.id = id
        record.version = 1
        record.displayNumber = "\(1001 + orders.count)"
        record.parcels = [moved]
        owners.append((moved.id, id))
        orders.append(SimOrder(record: record, code: makeCode(false, &random), isTyped: false))
        if random.chance(500) {
            revise(index)
            publish(orders.count - 1)
        } else {
            publish(orders.count - 1)
            revise(index)
        }
    }

    /// Sends an old version once more.
    mutating func repeatOld(_ random: inout SimRandom) {
        if let old = random.pick(feed) { feed.append(old) }
    }

    func owns(_ order: OrderID, _ parcel: ParcelID) -> Bool {
        owners.contains { $0.parcel == parcel && $0.order == order }
    }

    /// The order that a parcel went over to after this one.
    func heir(of parcel: ParcelID, after order: OrderID) -> OrderID? {
        let line = owners.filter { $0.parcel == parcel }.map(\.order)
        guard let place = line.firstIndex(of: order), place + 1 < line.count else { return nil }
        return line[place + 1]
    }

    // MARK: Events

    /// Takes an event; false if it was had before.
    mutating func take(_ report: Report) -> Bool {
        guard known.insert(report.id).inserted else { return false }
        inbox.append(report)
        return true
    }

    /// Does what an event says: an order that was collected is closed, and the feed shows it.
    mutating func applyEvents(closing order: OrderID) {
        guard let index = orders.firstIndex(where: { $0.record.id == order }) else { return }
        let isCollected = inbox.contains { $0.order == order && $0.type == .pickupCompleted }
        if isCollected, orders[index].record.standing == .live {
            orders[index].record.standing = .completed
        }
        unapplied.removeAll { $0 == order }
        revise(index)
    }

    /// Where HQ thinks a parcel of an order is, by the events that it has: what ends a parcel's stay ends it
    /// for good. One that came over from another order is where that left it.
    func picture(of parcel: ParcelID, in order: OrderID) -> Picture? {
        let line = owners.filter { $0.parcel == parcel }.map(\.order)
        for owner in line.prefix(while: { $0 != order }).reversed() where picture(parcel, order) == nil {
            if let left = picture(parcel, owner) { return left.isOver ? nil : left }
        }
        return picture(parcel, order)
    }

    private func picture(_ parcel: ParcelID, _ order: OrderID) -> Picture? {
        var picture: Picture?
        for report in inbox where report.order == order && report.parcels.contains(parcel) {
            switch report.type {
            case .orderLoaded where picture?.isOver != true:
                picture = report.compartment.map { .inside($0) }
            case .pickupCompleted, .pickupPartial: picture = .collected
            case .orderRecalled: picture = .recalled
            case .compartmentFault where report.reason == "contentsMissing": picture = .missing
            default: break
            }
        }
        return picture
    }

    enum Picture: Equatable {
        case inside(CompartmentID), collected, recalled, missing

        var isOver: Bool {
            if case .inside = self { false } else { true }
        }
    }
}
