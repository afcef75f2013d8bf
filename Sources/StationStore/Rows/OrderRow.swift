public import Foundation
internal import GRDB
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
    private static let columns =
        "id, version, number, standing, storeName, mode, notBefore, expiresAt, flags, parcels, tokens, document, generation"

    /// The order with this id.
    public func order(_ id: OrderID) throws -> OrderRecord? {
        try row("SELECT \(Self.columns) FROM customerOrder WHERE id = ?", [id.rawValue]).map {
            try record($0)
        }
    }

    /// HQ's own references and lines of an order; JSON.
    public func document(of id: OrderID) throws -> Data? {
        try row("SELECT document FROM customerOrder WHERE id = ?", [id.rawValue])?[0]
    }

    /// Writes an order with its tokens.
    ///
    /// - Throws: ``OrderConflict`` if a pickup code of it opens another order that is live.
    public func store(_ order: StoredOrder, generation: Int64) throws {
        let old = try row(
            "SELECT \(Self.columns) FROM customerOrder WHERE id = ?",
            [order.record.id.rawValue]
        )
        let tokens = TokenList.bytes(order.tokens)
        let isSameTokens = old.map { ($0["tokens"] as Data) == Data(tokens) } ?? false
        if !isSameTokens {
            try refuseConflicts(order)
            if let old { try removeTokens(of: order.record.id, old["tokens"]) }
            for token in order.tokens { try insert(token, owner: order.record.id) }
        } else if order.record.takesItsCode {
            // While it was over, its code may have become another order's.
            try refuseConflicts(order)
            for token in order.tokens where try owner(of: token) != order.record.id {
                try insert(token, owner: order.record.id)
            }
        }
        try write(order.record, tokens: Data(tokens), document: order.document, generation: generation)
        try recount(from: old, to: order.record, tokens: tokens)
    }

    /// Gives an order that the core has just stored its tokens and HQ's references.
    public func attach(_ order: StoredOrder, generation: Int64) throws {
        guard let merged = try self.order(order.record.id) else { return }
        try store(
            StoredOrder(record: merged, tokens: order.tokens, document: order.document),
            generation: generation
        )
    }

    /// Writes an order that HQ has removed and that was never here; its tokens stay, so that its code is
    /// answered.
    public func setStanding(_ record: OrderRecord, generation: Int64) throws {
        try update(record)
        try confirm(record.id, generation: generation)
    }

    /// Forgets an order and its tokens.
    public func forget(_ id: OrderID) throws {
        guard let old = try row("SELECT \(Self.columns) FROM customerOrder WHERE id = ?", [id.rawValue])
        else { return }
        let tokens: Data = old["tokens"]
        try removeTokens(of: id, tokens)
        try run("DELETE FROM customerOrder WHERE id = ?", [id.rawValue])
        let before = try record(old).share(typedCodes: TokenList.entries([UInt8](tokens)).typedCodes)
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
        let sql = "SELECT \(Self.columns) FROM customerOrder WHERE id = ?"
        let old = try row(sql, [record.id.rawValue])
        let tokens: Data = old?["tokens"] ?? Data()
        try write(record, tokens: tokens, document: old?["document"], generation: old?["generation"] ?? 0)
        try recount(from: old, to: record, tokens: [UInt8](tokens))
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
        try row(
            "SELECT owner FROM token WHERE digest = ? AND kind = ?",
            [token.digest.data, token.tableKind]
        )
        .map { OrderID($0[0]) }
    }

    private func insert(_ token: Token, owner: OrderID) throws {
        var parcel: String?
        if case .label(let id) = token.kind { parcel = id.rawValue }
        try run(
            "INSERT OR REPLACE INTO token (digest, kind, owner, parcel) VALUES (?, ?, ?, ?)",
            [token.digest.data, token.tableKind, owner.rawValue, parcel]
        )
    }

    private func removeTokens(of id: OrderID, _ tokens: Data) throws {
        for (kind, digest) in TokenList.entries([UInt8](tokens)).entries {
            try run(
                "DELETE FROM token WHERE digest = ? AND kind = ? AND owner = ?",
                [digest.data, kind, id.rawValue]
            )
        }
    }

    private func write(_ record: OrderRecord, tokens: Data, document: Data?, generation: Int64) throws {
        let (standing, storeName) = record.standing.columns
        let flags = (record.isExpired ? 1 : 0) | (record.isPaymentDue ? 2 : 0)
        let arguments: [(any DatabaseValueConvertible)?] = [
            record.id.rawValue, record.version, record.displayNumber, standing, storeName,
            record.deliveryMode.column,
            record.notBefore?.milliseconds, record.expiresAt?.milliseconds, flags,
            ParcelList.text(record.parcels),
            tokens, document, generation,
        ]
        try run(
            """
            INSERT OR REPLACE INTO customerOrder (\(Self.columns))
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            StatementArguments(arguments)
        )
    }

    func record(_ row: Row) throws -> OrderRecord {
        let flags: Int = row["flags"]
        return OrderRecord(
            id: OrderID(row["id"]),
            version: row["version"],
            displayNumber: row["number"],
            standing: OrderStanding(column: row["standing"], storeName: row["storeName"]),
            deliveryMode: DeliveryMode(column: row["mode"]),
            notBefore: (row["notBefore"] as Int64?).map { StationTime(milliseconds: $0) },
            expiresAt: (row["expiresAt"] as Int64?).map { StationTime(milliseconds: $0) },
            isExpired: flags & 1 != 0,
            isPaymentDue: flags & 2 != 0,
            parcels: try ParcelList.parcels(row["parcels"])
        )
    }

    private func recount(from old: Row?, to new: OrderRecord, tokens: [UInt8]) throws {
        var before = (codes: 0, parcels: 0)
        if let old {
            before = try record(old).share(
                typedCodes: TokenList.entries([UInt8](old["tokens"] as Data)).typedCodes
            )
        }
        let after = new.share(typedCodes: TokenList.entries(tokens).typedCodes)
        try count(
            liveTypedCodes: after.codes - before.codes,
            parcelsToLoad: after.parcels - before.parcels
        )
    }
}

extension OrderRecord {
    /// Live, and some of it is still to come or to be collected: its pickup code is its own.
    fileprivate var takesItsCode: Bool {
        standing == .live && parcels.contains { $0.place == .awaited || $0.place.compartment != nil }
    }

    /// What this order adds to the tally.
    fileprivate func share(typedCodes: Int) -> (codes: Int, parcels: Int) {
        guard standing == .live else { return (0, 0) }
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
