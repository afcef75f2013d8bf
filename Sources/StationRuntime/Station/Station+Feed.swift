internal import DeviceIO
internal import Foundation
internal import HQLink
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

/// How the order feed stands.
struct FeedProgress: Sendable {
    var appliedAt: StationTime?
    var malformedItems: Int64 = 0
    /// What the snapshot that is being read has named; nil: none is.
    var named: NamedOrders?
    /// The snapshot being read has an item whose order is not known: nothing may be taken for forgotten.
    var isSnapshotDoubtful = false
}

/// One thing of a feed page, as far as it can be prepared off the station's thread.
enum PreparedItem: Sendable {
    case order(StoredOrder)
    case other(FeedItem)

    static func prepare(_ items: [FeedItem], key: StationKey, station: StationID) -> [PreparedItem] {
        items.map { item in
            guard case .order(let document) = item else { return .other(item) }
            return .order(OrderTranslation.order(document, key: key, station: station))
        }
    }
}

extension Station {
    /// How long one slice of a feed page may hold the station's thread, in milliseconds, when nobody is
    /// waiting.
    static let sliceMs: UInt64 = 15

    /// With a log of so many pages (32 MB) the feed waits, not the customers, until it is folded in.
    static let longLogPages = 8_000

    /// Applies a page of the feed in slices; returns once page and cursor are durable. Whoever shows a code
    /// in between is served between two rows.
    func applyFeed(_ page: FeedPage, prepared items: [PreparedItem]) async throws {
        if page.beginsSnapshot {
            try store.write { try $0.setSnapshotUnderWay(true) }
            feed.named = NamedOrders()
            feed.isSnapshotDoubtful = false
        }
        feed.named?.add(items)
        if let serverTime = page.serverTime {
            handle(.clockRead(StationTime(milliseconds: serverTime.milliseconds), .hq))
        }
        let rest = try await addNewOrders(of: items)
        try await inSlices(of: rest.count) { transaction, slice in
            let wall = WallContents(self.state)
            while let index = slice.next() {
                if try !self.applyPlainly(rest[index], wall, in: transaction) {
                    slice.giveBack()
                    return { self.decide(rest[index]) }
                }
                slice.changes += 1
            }
            return nil
        }
        if page.isEndOfSnapshot { try await closeForgottenOrders() }
        let cursor = page.nextCursor
        try store.write { transaction in
            if page.isEndOfSnapshot { try transaction.setSnapshotUnderWay(false) }
            try transaction.setCursor(cursor)
        }
        if page.isEndOfSnapshot { feed.named = nil }
        feed.appliedAt = state.clock.time(at: .now())
        try refreshTally()
    }

    /// Stores what concerns nothing physical; false if the core must decide.
    private func applyPlainly(
        _ item: PreparedItem,
        _ wall: WallContents,
        in transaction: StoreTransaction
    ) throws -> Bool {
        switch item {
        case .order(let order):
            return try store(order, wall, in: transaction)
        case .other(.removal(let removal)):
            return try remove(removal, in: transaction)
        case .other(.staff(let document)):
            try store(document, in: transaction)
            return true
        case .other:
            return false
        }
    }

    private func store(_ order: StoredOrder, _ wall: WallContents, in transaction: StoreTransaction) throws
        -> Bool
    {
        let id = order.record.id
        let existing = try transaction.order(id)
        if existing?.isTouched == true || wall.concerns(order.record) { return false }
        guard let merged = OrderMerge.merged(order.record, into: existing) else { return true }
        var stored = order
        stored.record = merged
        do {
            try transaction.store(stored)
            if existing != nil { try transaction.confirmed(id) }
        } catch OrderConflict.codeInUse {
            return false
        }
        return true
    }

    private func remove(_ removal: OrderRemoval, in transaction: StoreTransaction) throws -> Bool {
        let id = OrderID(removal.orderID)
        guard let existing = try transaction.order(id), removal.version > existing.version else {
            return true
        }
        if existing.isTouched || state.isConcerned(with: id) { return false }
        try transaction.setStanding(OrderTranslation.removed(existing, removal))
        try transaction.confirmed(id)
        return true
    }

    private func store(_ document: StaffDocument, in transaction: StoreTransaction) throws {
        let record = StaffRecord(
            id: StaffID(document.staffID),
            version: document.version,
            roles: document.roles.compactMap { StaffRecord.Role(rawValue: $0.rawValue) },
            isRevoked: document.revoked
        )
        let verifier = try document.pin.map { try JSONEncoder().encode(PINCheck.Stored($0)) } ?? Data()
        try transaction.store(
            record,
            badge: document.badge.flatMap { CodeDigest(bytes: $0) },
            verifier: verifier
        )
    }

    /// What is not just a row: the core decides it, with the rows of the shell in the same transaction.
    private func decide(_ item: PreparedItem) {
        switch item {
        case .order(let order): decide(order)
        case .other(let item): decide(item)
        }
    }

    private func decide(_ item: FeedItem) {
        switch item {
        case .removal(let removal):
            guard let existing = try? store.read({ try $0.order(OrderID(removal.orderID)) }) else { return }
            let removed = OrderTranslation.removed(existing, removal)
            handle(.orderReceived(OrderUpdate(incoming: removed, existing: existing))) {
                try $0.confirmed(existing.id)
            }
        case .policy(let document):
            adopt(document)
        case .command(let command):
            carryOut(command)
        case .key(let key): adopt(key)
        case .revocation(let revocation): adopt(revocation)
        case .stationKey(let key): adopt(key)
        case .malformed(let reason, let pointer, let excerpt, let orderID):
            quarantine(
                order: orderID.map { OrderID($0) },
                reason: "\(pointer): \(reason)",
                excerpt: excerpt
            )
        case .order, .staff:
            break
        }
    }

    private func decide(_ order: StoredOrder) {
        do {
            let (existing, others) = try store.read { transaction in
                let parcels = order.record.parcels.map(\.id)
                let others = state.compartments.compactMap { compartment -> OrderID? in
                    let contents = compartment.record.contents
                    guard contents.parcels.contains(where: parcels.contains),
                        contents.order != order.record.id
                    else {
                        return nil
                    }
                    return contents.order
                }
                return (
                    try transaction.order(order.record.id),
                    try others.compactMap { try transaction.order($0) }
                )
            }
            if let conflict = try store.read({ try $0.conflict(of: order) }) {
                quarantine(
                    order: order.record.id,
                    reason: "a pickup code opens order \(conflict) too",
                    excerpt: ""
                )
                return
            }
            handle(.orderReceived(OrderUpdate(incoming: order.record, existing: existing, others: others))) {
                guard existing.map({ order.record.version > $0.version }) ?? true else { return }
                try $0.attach(order)
                try $0.confirmed(order.record.id)
            }
        } catch {
            logger.error(
                "an order could not be read",
                metadata: ["order": "\(order.record.id)", "error": "\(error)"]
            )
        }
    }

    /// An item that could not be read. If not even its order is known, the snapshot may have named any.
    private func quarantine(order: OrderID?, reason: String, excerpt: String) {
        if order == nil { feed.isSnapshotDoubtful = true }
        setAside(order: order, reason: reason, excerpt: excerpt)
    }

    func setAside(order: OrderID?, reason: String, excerpt: String) {
        feed.malformedItems += 1
        logger.warning(
            "set aside an item of HQ's feed",
            metadata: [
                "order": "\(order?.rawValue ?? "-")", "reason": "\(reason)",
            ]
        )
        let time = state.clock.time(at: .now())
        handle(.itemQuarantined(order: order, reason: reason)) {
            try $0.quarantine(order: order, reason: reason, excerpt: excerpt, at: time)
        }
    }

    /// Values of the retailer's that came through the feed; what is unknown or out of range is set aside by
    /// name.
    private func adopt(_ document: PolicyDocument) {
        do {
            let known = KeptPolicy.decoded(try store.read { try $0.hqPolicy() })
            if let known, document.version <= known.version { return }
            let (policy, unusable) = PolicySetting.applied(document.values, to: configuration.policy)
            for name in unusable {
                setAside(order: nil, reason: "policy \(name): unknown name or impossible value", excerpt: "")
            }
            let kept = try KeptPolicy(document).encoded()
            handle(.policyReceived(policy)) { try $0.setHQPolicy(kept) }
        } catch {
            logger.error("HQ's policy could not be read or kept", metadata: ["error": "\(error)"])
        }
    }

    /// The end of a snapshot: an order that HQ does not name any more and that was never here is forgotten.
    /// One that is, or
    /// was, here stays in the books.
    private func closeForgottenOrders() async throws {
        guard !feed.isSnapshotDoubtful, let named = feed.named else { return }
        var last: OrderID?
        while true {
            let after = last
            let ids = try store.readMany { try $0.unfinishedOrders(after: after, limit: 500) }
            let forgotten = ids.filter { !named.contains($0) }
            if !forgotten.isEmpty { try forget(forgotten) }
            guard let end = ids.last else { return }
            last = end
            await Task.yield()
        }
    }

    private func forget(_ orders: [OrderID]) throws {
        let concerned = state.concernedOrders
        try store.write { transaction in
            for id in orders where !concerned.contains(id) {
                guard let order = try transaction.order(id), !order.isTouched else { continue }
                try transaction.forget(id)
            }
        }
    }
}
