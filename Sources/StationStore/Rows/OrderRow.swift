public import Foundation
public import StationCore

/// What is stored of an order beside what the core sees of it.
public struct StoredOrder: Sendable {
    /// What the core sees.
    public var record: OrderRecord
    /// Its pickup codes and labels.
    public var tokens: [Token]
    /// HQ's own references and lines, kept for the events about it; JSON.
    public var document: Data?

    /// An order to be stored.
    public init(record: OrderRecord, tokens: [Token], document: Data?) {
        self.record = record
        self.tokens = tokens
        self.document = document
    }
}

/// Why an order of the feed was not stored.
public enum OrderConflict: Error, Hashable, Sendable {
    /// One of its pickup codes opens another live order.
    case codeInUse(by: OrderID)
}

extension StoreTransaction {
    static let recordColumns =
        "id, version, number, standing, storeName, mode, notBefore, expiresAt, flags, parcels"
    private static let selectRecord = "SELECT \(recordColumns) FROM customerOrder WHERE id = ?"
    private static let selectAll =
        "SELECT \(recordColumns), tokens, document FROM customerOrder WHERE id = ?"
    private static let insertOrder = """
        INSERT OR REPLACE INTO customerOrder (\(recordColumns), tokens, document)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    /// A row as it is, with what the core does not see.
    private struct Kept {
        var record: OrderRecord
        var tokens: [UInt8]
        var document: Data?
    }

    /// The order with this id.
    public func order(_ id: OrderID) throws -> OrderRecord? {
        try first(Self.selectRecord, [id.rawValue]) { try record($0) }
    }

    private func kept(_ id: OrderID) throws -> Kept? {
        try first(Self.selectAll, [id.rawValue]) { row in
            Kept(
                record: try record(row),
                tokens: row.bytes(10),
                document: row.optionalData(11)
            )
        }
    }

    /// HQ's own references and lines of an order; JSON.
    public func document(of id: OrderID) throws -> Data? {
        try first("SELECT document FROM customerOrder WHERE id = ?", [id.rawValue]) { $0.optionalData(0) }
            ?? nil
    }

    /// Writes an order with its tokens.
    ///
    /// - Throws: ``OrderConflict`` if a pickup code of it opens another order that is live.
    public func store(_ order: StoredOrder) throws {
        let old = try kept(order.record.id)
        let tokens = TokenList.bytes(order.tokens)
        if old?.tokens != tokens {
            try refuseConflicts(order)
            if let old { try removeTokens(of: order.record.id, old.tokens) }
            for token in order.tokens { try insert(token, owner: order.record.id) }
        } else if order.record.takesItsCode {
            // While it was over, its code may have become another order's.
            try refuseConflicts(order)
            for token in order.tokens where try owner(of: token) != order.record.id {
                try insert(token, owner: order.record.id)
            }
        }
        try write(order.record, tokens: tokens, document: order.document)
        try recount(from: old, to: order.record, tokens: tokens)
    }

    /// Gives an order that the core has just stored its tokens and HQ's references.
    public func attach(_ order: StoredOrder) throws {
        guard let merged = try self.order(order.record.id) else { return }
        try store(StoredOrder(record: merged, tokens: order.tokens, document: order.document))
    }

    /// Writes an order that HQ has removed and that was never here; its tokens stay, so that its code is
    /// answered.
    public func setStanding(_ record: OrderRecord) throws {
        try update(record)
    }

    /// Forgets an order and its tokens.
    public func forget(_ id: OrderID) throws {
        guard let old = try kept(id) else { return }
        try removeTokens(of: id, old.tokens)
        try run("DELETE FROM customerOrder WHERE id = ?", [id.rawValue])
        let before = old.record.share(typedCodes: TokenList.typedCodes(old.tokens))
        try count(liveTypedCodes: -before.codes, parcelsToLoad: -before.parcels)
    }

    /// Another live order that a pickup code of this one opens, if any.
    public func conflict(of order: StoredOrder) throws -> OrderID? {
        do {
            try refuseConflicts(order)
            return nil
        } catch OrderConflict.codeInUse(let other) {
            return other
        }
    }

    /// Writes what the core changed of an order; its tokens and document stay.
    func update(_ record: OrderRecord) throws {
        let old = try kept(record.id)
        let tokens = old?.tokens ?? []
        try write(record, tokens: tokens, document: old?.document)
        try recount(from: old, to: record, tokens: tokens)
    }

    func changeOrder(_ id: OrderID, _ body: (inout OrderRecord) -> Void) throws {
        guard var record = try order(id) else { return }
        body(&record)
        try update(record)
    }

    /// The order that this pickup code opens, if any.
    private func refuseConflicts(_ order: StoredOrder) throws {
        for token in order.tokens {
            guard case .pickupCode = token.kind,
                let owner = try owner(of: token), owner != order.record.id,
                let other = try self.order(owner)
            else { continue }
            if other.takesItsCode { throw OrderConflict.codeInUse(by: owner) }
        }
    }

    private func owner(of token: Token) throws -> OrderID? {
        try first(
            "SELECT owner FROM token WHERE digest = ? AND kind = ?",
            [token.digest.bytes, token.tableKind]
        ) { OrderID($0.text(0)) }
    }

    private func insert(_ token: Token, owner: OrderID) throws {
        try run(
            "INSERT OR REPLACE INTO token (digest, kind, owner, parcel) VALUES (?, ?, ?, ?)",
            [token.digest.bytes, token.tableKind, owner.rawValue, token.parcel?.rawValue]
        )
    }

    private func removeTokens(of id: OrderID, _ tokens: [UInt8]) throws {
        for (kind, digest) in TokenList.entries(tokens) {
            try run(
                "DELETE FROM token WHERE digest = ? AND kind = ? AND owner = ?",
                [digest.bytes, kind, id.rawValue]
            )
        }
    }

    private func write(_ record: OrderRecord, tokens: [UInt8], document: Data?) throws {
        let (standing, storeName) = record.standing.columns
        // Version 0 is an order that the feed has not brought: of a grant, or of a label that nobody knows.
        let isUnheardOf = record.version < 1
        let flags = (record.isExpired ? 1 : 0) | (record.isPaymentDue ? 2 : 0) | (isUnheardOf ? 4 : 0)
        try run(
            Self.insertOrder,
            [
                record.id.rawValue, max(1, record.version), record.displayNumber, standing, storeName,
                record.deliveryMode.column, record.notBefore?.milliseconds, record.expiresAt?.milliseconds,
                flags, ParcelList.text(record.parcels), tokens, document,
            ]
        )
    }

    /// Reads a row that begins with ``recordColumns``.
    func record(_ row: SQLRow) throws -> OrderRecord {
        let flags = row.int(8)
        return OrderRecord(
            id: OrderID(row.text(0)),
            version: flags & 4 == 0 ? row.int64(1) : 0,
            displayNumber: row.text(2),
            standing: OrderStanding(column: row.int(3), storeName: row.optionalText(4)),
            deliveryMode: DeliveryMode(column: row.int(5)),
            notBefore: row.optionalInt64(6).map { StationTime(milliseconds: $0) },
            expiresAt: row.optionalInt64(7).map { StationTime(milliseconds: $0) },
            isExpired: flags & 1 != 0,
            isPaymentDue: flags & 2 != 0,
            parcels: try ParcelList.parcels(row.text(9))
        )
    }

    private func recount(from old: Kept?, to new: OrderRecord, tokens: [UInt8]) throws {
        let before =
            old.map { $0.record.share(typedCodes: TokenList.typedCodes($0.tokens)) } ?? (codes: 0, parcels: 0)
        let after = new.share(typedCodes: TokenList.typedCodes(tokens))
        try count(
            liveTypedCodes: after.codes - before.codes,
            parcelsToLoad: after.parcels - before.parcels
        )
    }
}

// MARK: New orders of the feed, many at once

extension StoreTransaction {
    /// Which version of an order there is; nil: none.
    public func version(of id: OrderID) throws -> Int64? {
        let sql = "SELECT CASE WHEN flags & 4 THEN 0 ELSE version END FROM customerOrder WHERE id = ?"
        return try first(sql, [id.rawValue]) { $0.int64(0) }
    }

    /// Writes a token of an order that is not there yet, ahead of the order. Until the order is there too, the
    /// token says nothing.
    ///
    /// - Returns: false, with nothing written, if it belongs to somebody else already.
    public func addAhead(_ token: Token, owner: OrderID) throws -> Bool {
        try run(
            "INSERT INTO token (digest, kind, owner, parcel) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [token.digest.bytes, token.tableKind, owner.rawValue, token.parcel?.rawValue]
        )
        if changedRows > 0 { return true }
        // A page that was cut short by a restart comes again: its tokens are here.
        return try self.owner(of: token) == owner
    }

    /// Writes an order that is not there yet and whose tokens ``addAhead(_:owner:)`` has written.
    public func add(_ order: StoredOrder) throws {
        let tokens = TokenList.bytes(order.tokens)
        try write(order.record, tokens: tokens, document: order.document)
        try recount(from: nil, to: order.record, tokens: tokens)
    }
}

extension OrderRecord {
    /// Live, and some of it is still to come or to be collected: its pickup code is its own.
    fileprivate var takesItsCode: Bool {
        standing == .live && parcels.contains { $0.place == .awaited || $0.place.compartment != nil }
    }

    /// What this order adds to the tally.
    fileprivate func share(typedCodes: Int) -> (codes: Int, parcels: Int) {
        guard standing == .live, !id.isUnmatched else { return (0, 0) }
        let toLoad = deliveryMode == .locker ? parcels.count { $0.place == .awaited && !$0.isWithdrawn } : 0
        return (takesItsCode ? typedCodes : 0, toLoad)
    }
}

extension OrderStanding {
    fileprivate var columns: (standing: Int, storeName: String?) {
        switch self {
        case .live: (0, nil)
        case .onHold: (1, nil)
        case .cancelled: (2, nil)
        case .elsewhere(let storeName): (3, storeName)
        case .completed: (4, nil)
        }
    }

    fileprivate init(column: Int, storeName: String?) {
        switch column {
        case 0: self = .live
        case 2: self = .cancelled
        case 3: self = .elsewhere(storeName: storeName)
        case 4: self = .completed
        default: self = .onHold
        }
    }
}

extension DeliveryMode {
    fileprivate var column: Int {
        switch self {
        case .locker: 0
        case .counter: 1
        case .curbside: 2
        }
    }

    fileprivate init(column: Int) {
        switch column {
        case 1: self = .counter
        case 2: self = .curbside
        default: self = .locker
        }
    }
}
