internal import DeviceIO
internal import StationAPI
internal import StationCore
internal import StationStore

/// What the wall holds, to be asked for every order of a slice.
struct WallContents {
    private let orders: Set<OrderID>
    private let parcels: Set<ParcelID>

    init(_ state: StationState) {
        orders = state.concernedOrders
        parcels = Set(state.compartments.flatMap { $0.record.contents.parcels })
    }

    /// The order is at the wall, or a parcel of it is: for another order (a split), or from before a loss of
    /// the database.
    func concerns(_ order: OrderRecord) -> Bool {
        orders.contains(order.id) || order.parcels.contains { parcels.contains($0.id) }
    }
}

/// Walks over the items of a list until its time is over, somebody waits, or the list ends.
struct FeedSlice {
    private(set) var position: Int
    /// How much of it changed the database: what changed nothing needs no line in the journal.
    var changes = 0
    private let end: Int
    private let until: BootTime
    private let thread: DeviceThread
    private var isOver = false

    init(from position: Int, to end: Int, thread: DeviceThread) {
        self.position = position
        self.end = end
        self.thread = thread
        until = BootTime.now().advanced(byMilliseconds: Station.sliceMs)
    }

    /// The index of the next item; nil once the slice is over.
    mutating func next() -> Int? {
        guard !isOver, position < end else { return nil }
        defer { position += 1 }
        isOver = thread.hasUrgentWork || (position & 7 == 7 && BootTime.now() > until)
        return position
    }

    /// The item given last is not stored: the core decides it.
    mutating func giveBack() { isOver = true }
}

extension Station {
    /// Runs `body` over and over, each time in one transaction with one line in the journal, until `count`
    /// items are done. What `body` returns is called after the commit, which is none if nothing changed. Between
    /// two slices others have their turn.
    func inSlices(
        of count: Int,
        _ body: (StoreTransaction, inout FeedSlice) throws -> (() -> Void)?
    ) async throws {
        var done = 0
        while done < count {
            var slice = FeedSlice(from: done, to: count, thread: thread)
            let after = try store.write { transaction in
                let after = try body(transaction, &slice)
                if slice.changes > 0 {
                    try transaction.append(
                        JournalEntry(
                            moment: Moment(instant: .now(), uniqueID: "feed"),
                            time: state.clock.time(at: .now()),
                            event: nil,
                            changes: [],
                            note: "feed: \(slice.changes) changes"
                        )
                    )
                }
                return after
            }
            done = slice.position
            after?()
            if store.logPages > Self.longLogPages { await store.foldLogIn() } else { await Task.yield() }
        }
    }

    /// Adds the orders of a page that are not there yet, all at once; returns what is left to apply one by one.
    ///
    /// A snapshot is mostly such orders, or orders that have not changed. Most of the work of a new one is its
    /// tokens: digests come in no order, so that each lands on a page of its own of a large table. Sorted, over
    /// a whole feed page, each page is written once. The tokens go first: without its order a token says
    /// nothing, and an order without its tokens would be taken for whole.
    func addNewOrders(of items: [PreparedItem]) async throws -> [PreparedItem] {
        var (new, isDone) = try await sorted(items)
        var tokens = new.flatMap { entry in
            entry.order.tokens.map { (token: $0, owner: entry.order.record.id, index: entry.index) }
        }
        // Of two orders with the same code the earlier one has it.
        tokens.sort {
            $0.token.digest == $1.token.digest ? $0.index < $1.index : $0.token.digest < $1.token.digest
        }
        var contested: Set<OrderID> = []
        try await inSlices(of: tokens.count) { transaction, slice in
            while let index = slice.next() {
                let (token, owner, _) = tokens[index]
                slice.changes += 1
                if try !transaction.addAhead(token, owner: owner) { contested.insert(owner) }
            }
            return nil
        }
        new.removeAll { contested.contains($0.order.record.id) }
        try await inSlices(of: new.count) { transaction, slice in
            let wall = WallContents(state)
            while let index = slice.next() {
                // Meanwhile somebody may have come with a parcel of it.
                let (order, place) = new[index]
                guard !wall.concerns(order.record) else { continue }
                try transaction.add(order)
                slice.changes += 1
                isDone[place] = true
            }
            return nil
        }
        return items.indices.filter { !isDone[$0] }.map { items[$0] }
    }

    /// Orders that the database does not have, each with its index in the page (of one that comes twice, the
    /// first), and which items there is nothing to do for, because the database has them as they are.
    private func sorted(
        _ items: [PreparedItem]
    ) async throws -> (new: [(order: StoredOrder, index: Int)], isDone: [Bool]) {
        var new: [(order: StoredOrder, index: Int)] = []
        var isDone = Array(repeating: false, count: items.count)
        var seen: Set<OrderID> = []
        var next = 0
        while next < items.count {
            var slice = FeedSlice(from: next, to: items.count, thread: thread)
            let wall = WallContents(state)
            try store.readMany { transaction in
                while let index = slice.next() {
                    guard case .order(var order) = items[index] else { continue }
                    if let version = try transaction.version(of: order.record.id) {
                        isDone[index] = version >= order.record.version
                    } else if seen.insert(order.record.id).inserted, !wall.concerns(order.record),
                        let merged = OrderMerge.merged(order.record, into: nil)
                    {
                        order.record = merged
                        new.append((order, index))
                    }
                }
            }
            next = slice.position
            await Task.yield()
        }
        return (new, isDone)
    }
}

/// Which orders a snapshot has named so far. It is kept in memory and not in the rows: a snapshot that changes
/// nothing then writes nothing. After a restart in its middle it is read again from its beginning.
///
/// Hashes are enough: of 100 000 orders two have the same once in a billion snapshots, and then one that HQ has
/// forgotten stays until the next.
struct NamedOrders: Sendable {
    private var hashes: Set<Int> = []

    func contains(_ order: OrderID) -> Bool { hashes.contains(order.hashValue) }

    mutating func add(_ items: [PreparedItem]) {
        for item in items {
            switch item {
            case .order(let order): hashes.insert(order.record.id.hashValue)
            case .other(.removal(let removal)): hashes.insert(OrderID(removal.orderID).hashValue)
            case .other(.malformed(_, _, _, orderID: .some(let order))):
                hashes.insert(OrderID(order).hashValue)
            case .other: break
            }
        }
    }
}
