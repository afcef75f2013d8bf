internal import DeviceIO
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
    /// items are done. What `body` returns is called after the commit. Between two slices others have their turn.
    func inSlices(
        of count: Int,
        _ body: (StoreTransaction, inout FeedSlice) throws -> (() -> Void)?
    ) async throws {
        var done = 0
        while done < count {
            var slice = FeedSlice(from: done, to: count, thread: thread)
            let after = try store.write { transaction in
                let after = try body(transaction, &slice)
                let stored = slice.position - done - (after == nil ? 0 : 1)
                if stored > 0 {
                    try transaction.append(
                        JournalEntry(
                            moment: Moment(instant: .now(), uniqueID: "feed"),
                            time: state.clock.time(at: .now()),
                            event: nil,
                            changes: [],
                            note: "feed: \(stored) items"
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

    /// Adds the orders of a page that are not there yet, all at once; returns the indices of those added.
    ///
    /// A snapshot is mostly such orders, and most of its work is their tokens: digests come in no order, so
    /// that each lands on a page of its own of a large table. Sorted, over a whole feed page, each page is
    /// written once. The tokens go first: without its order a token says nothing, and an order without its
    /// tokens would be taken for whole.
    func addNewOrders(of items: [PreparedItem]) async throws -> Set<Int> {
        var new = try await newOrders(of: items)
        guard !new.isEmpty else { return [] }
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
                if try !transaction.addAhead(token, owner: owner) { contested.insert(owner) }
            }
            return nil
        }
        new.removeAll { contested.contains($0.order.record.id) }
        var added: Set<Int> = []
        try await inSlices(of: new.count) { transaction, slice in
            let wall = WallContents(state)
            while let index = slice.next() {
                // Meanwhile somebody may have come with a parcel of it.
                let (order, place) = new[index]
                guard !wall.concerns(order.record) else { continue }
                try transaction.add(order, generation: feed.generation)
                added.insert(place)
            }
            return nil
        }
        return added
    }

    /// Orders that the database does not have, each with its index in the page; of one that comes twice, the
    /// first.
    private func newOrders(of items: [PreparedItem]) async throws -> [(order: StoredOrder, index: Int)] {
        var new: [(order: StoredOrder, index: Int)] = []
        var seen: Set<OrderID> = []
        var next = 0
        while next < items.count {
            var slice = FeedSlice(from: next, to: items.count, thread: thread)
            let wall = WallContents(state)
            try store.readMany { transaction in
                while let index = slice.next() {
                    guard case .order(let order) = items[index], seen.insert(order.record.id).inserted,
                        !wall.concerns(order.record), try !transaction.hasOrder(order.record.id),
                        let merged = OrderMerge.merged(order.record, into: nil)
                    else { continue }
                    var stored = order
                    stored.record = merged
                    new.append((stored, index))
                }
            }
            next = slice.position
            await Task.yield()
        }
        return new
    }
}
