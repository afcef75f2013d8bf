public import StationAPI

/// Orders of the stations' feeds.
extension BridgeStore {
    /// Who counts an order's versions.
    public enum Versioning: Hashable, Sendable {
        /// The store: a document that says something else than the stored one gets the next version, an equal one is
        /// no change. For sources that only see how things are now. The document's own version does not count.
        case byContent
        /// The source: an older version than the stored one is ignored.
        case bySource
    }

    /// What became of a document.
    public enum Written: Hashable, Sendable {
        /// It is the newest one, with this version.
        case stored(version: Int64)
        /// It says what is stored already, with this version.
        case unchanged(version: Int64)
        /// A newer one, of this version, is stored.
        case older(than: Int64)
    }

    /// An order as a station's feed has it.
    public struct HeldOrder: Hashable, Sendable {
        /// Whose feed.
        public var station: BridgeStationID
        /// The order.
        public var orderID: String
        /// Its version.
        public var version: Int64
        /// What the station was told last; nil if it was removed.
        public var document: OrderDocument?
        /// Why it was removed, if it was.
        public var removal: OrderRemoval?
    }

    /// Writes an order into a station's feed.
    ///
    /// An order that was removed comes back with the next version.
    /// - Throws: ``BridgeStoreError``; ``BridgeStoreError/notSendable(_:)`` names what breaks the contract.
    @discardableResult
    public func put(
        _ order: OrderDocument,
        at station: BridgeStationID,
        versioning: Versioning = .byContent
    ) async throws(BridgeStoreError) -> Written {
        try Self.check(order)
        let now = now
        let written = try await database.write { session in
            let writer = FeedWriter(session: session, station: station, now: now)
            try writer.lock()
            return try Self.put(order, with: writer, versioning)
        }
        if case .stored = written { news.tell(.feed(station)) }
        return written
    }

    /// Takes an order away from a station; one that the station does not have is left alone.
    @discardableResult
    public func remove(
        _ orderID: String,
        at station: BridgeStationID,
        reason: OrderRemoval.Reason,
        stationName: String? = nil
    ) async throws(BridgeStoreError) -> Written? {
        let now = now
        let written = try await database.write { session in
            let writer = FeedWriter(session: session, station: station, now: now)
            try writer.lock()
            return try Self.remove(orderID, with: writer, reason, stationName)
        }
        if case .stored = written { news.tell(.feed(station)) }
        return written
    }

    /// Moves an order to another station in one transaction: neither both nor none of them has it.
    public func move(
        _ order: OrderDocument,
        from old: BridgeStationID,
        to new: BridgeStationID,
        stationName: String? = nil
    ) async throws(BridgeStoreError) {
        try Self.check(order)
        let now = now
        try await database.write { session in
            let giver = FeedWriter(session: session, station: old, now: now)
            let taker = FeedWriter(session: session, station: new, now: now)
            for writer in [giver, taker].sorted(by: { $0.station < $1.station }) { try writer.lock() }
            _ = try Self.remove(order.orderID, with: giver, .rerouted, stationName)
            _ = try Self.put(order, with: taker, .byContent)
        }
        news.tell(.feed(old))
        news.tell(.feed(new))
    }

    /// An order of one station; nil: the feed does not have it.
    public func order(
        _ orderID: String,
        at station: BridgeStationID
    ) async throws(BridgeStoreError) -> HeldOrder? {
        try await database.read { session in
            try session.run(
                "SELECT station, name, version, body FROM feedItem WHERE station = ?1 AND name = ?2",
                [.text(station.rawValue), .text("order/\(orderID)")]
            )
            .first.map(Self.held)
        }
    }

    /// An order at every station that has or had it.
    public func orders(named orderID: String) async throws(BridgeStoreError) -> [HeldOrder] {
        try await database.read { session in
            try session.run(
                "SELECT station, name, version, body FROM feedItem WHERE name = ?1 ORDER BY changedAt DESC",
                [.text("order/\(orderID)")]
            )
            .map(Self.held)
        }
    }

    /// The orders of a station's feed that are not removed.
    public func orders(at station: BridgeStationID) async throws(BridgeStoreError) -> [HeldOrder] {
        try await database.read { session in
            try session.run(
                """
                SELECT station, name, version, body FROM feedItem
                WHERE station = ?1 AND name LIKE 'order/%' AND isRemoval = 0 ORDER BY position
                """,
                [.text(station.rawValue)]
            )
            .map(Self.held)
        }
    }

    /// Writes anything else into a station's feed: staff, policy, a command. Versions count as the items say.
    public func publish(_ item: FeedItem, at station: BridgeStationID) async throws(BridgeStoreError) {
        switch item {
        case .order(let order): try await put(order, at: station, versioning: .bySource)
        case .removal(let removal):
            try await remove(
                removal.orderID,
                at: station,
                reason: removal.reason,
                stationName: removal.stationName
            )
        case .staff(let staff):
            try await publish(item, as: "staff/\(staff.staffID)", version: staff.version, at: station)
        case .policy(let policy): try await publish(item, as: "policy", version: policy.version, at: station)
        case .command(let command):
            try await publish(item, as: "command/\(command.commandID)", version: 1, at: station)
        case .task(let task):
            try await publish(item, as: "task/\(task.taskID)", version: 1, at: station)
        case .key(let key): try await publish(key: key, at: station)
        case .revocation(let revocation): try await revoke(revocation, at: station)
        default: throw .notSendable("an item of this kind is not sent")
        }
    }

    /// Writes an item under a name: a newer one of the same name replaces it.
    func publish(
        _ item: some Encodable & Sendable,
        as name: String,
        version: Int64,
        validUntil: Int64? = nil,
        at station: BridgeStationID
    ) async throws(BridgeStoreError) {
        let body: [UInt8]
        do { body = try FeedWriter.json(item) } catch {
            throw .notSendable("the item cannot be written: \(error)")
        }
        let now = now
        let contentHash = Self.hash(body)
        try await database.write { session in
            let writer = FeedWriter(session: session, station: station, now: now)
            try writer.lock()
            if let existing = try writer.existing(name) {
                if existing.version > version { return }
                if existing.version == version, existing.contentHash == contentHash { return }
            }
            try writer.write(
                FeedWriter.Item(
                    name: name,
                    version: version,
                    isRemoval: false,
                    body: body,
                    contentHash: contentHash,
                    validUntil: validUntil
                )
            )
        }
        news.tell(.feed(station))
    }

    // MARK: Within a transaction

    private static func put(
        _ order: OrderDocument,
        with writer: FeedWriter,
        _ versioning: Versioning
    ) throws -> Written {
        var order = order
        let name = "order/\(order.orderID)"
        let existing = try writer.existing(name)
        var unversioned = order
        unversioned.version = 0
        let contentHash = hash(try FeedWriter.json(unversioned))
        switch versioning {
        case .byContent:
            if let existing, !existing.isRemoval, existing.contentHash == contentHash {
                return .unchanged(version: existing.version)
            }
            order.version = (existing?.version ?? 0) + 1
        case .bySource:
            if let existing, existing.version > order.version { return .older(than: existing.version) }
            if let existing, existing.version == order.version { return .unchanged(version: order.version) }
        }
        try writer.write(
            FeedWriter.Item(
                name: name,
                version: order.version,
                isRemoval: false,
                body: try FeedWriter.json(FeedItem.order(order)),
                contentHash: contentHash
            )
        )
        return .stored(version: order.version)
    }

    static func remove(
        _ orderID: String,
        with writer: FeedWriter,
        _ reason: OrderRemoval.Reason,
        _ stationName: String?
    ) throws -> Written? {
        let name = "order/\(orderID)"
        guard let existing = try writer.existing(name) else { return nil }
        var removal = OrderRemoval(orderID: orderID, version: 0, reason: reason, stationName: stationName)
        let contentHash = hash(try FeedWriter.json(FeedItem.removal(removal)))
        if existing.isRemoval, existing.contentHash == contentHash {
            return .unchanged(version: existing.version)
        }
        removal.version = existing.version + 1
        try writer.write(
            FeedWriter.Item(
                name: name,
                version: removal.version,
                isRemoval: true,
                body: try FeedWriter.json(FeedItem.removal(removal)),
                contentHash: contentHash
            )
        )
        return .stored(version: removal.version)
    }

    private static func held(_ row: SQLRow) throws -> HeldOrder {
        let name = try row.text(1)
        var held = HeldOrder(
            station: BridgeStationID(stored: try row.text(0)),
            orderID: String(name.dropFirst("order/".count)),
            version: try row.integer(2)
        )
        switch try item(try row.bytes(3)) {
        case .order(let order): held.document = order
        case .removal(let removal): held.removal = removal
        default: break
        }
        return held
    }

    /// Reads a stored item with the reader that the stations use.
    static func item(_ body: [UInt8]) throws -> FeedItem? {
        let page = Array(#"{"nextCursor":"x","items":["#.utf8) + body + Array("]}".utf8)
        return try FeedPage(json: page).items.first
    }

    /// Whether the stations will read the order: checked with their own reader, so that what breaks the contract is told
    /// to the source and not found at a wall.
    static func check(_ order: OrderDocument) throws(BridgeStoreError) {
        var order = order
        order.version = max(order.version, 1)
        let item: FeedItem?
        do {
            item = try Self.item(try FeedWriter.json(FeedItem.order(order)))
        } catch {
            throw .notSendable("order \(order.orderID.prefix(64)) cannot be written: \(error)")
        }
        if case .malformed(let reason, let pointer, _, _) = item {
            throw .notSendable(
                "order \(order.orderID.prefix(64)) breaks the contract at \(pointer): \(reason)"
            )
        }
    }
}
