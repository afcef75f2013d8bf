public import Foundation
internal import GRDB
public import StationCore

extension StoreTransaction {
    /// How far the order feed has been read; nil: ask for a snapshot.
    public func cursor() throws -> String? {
        try setting(.cursor, as: String.self)
    }

    /// Notes how far the feed has been read, in the transaction that makes it true.
    public func setCursor(_ cursor: String?) throws {
        if let cursor {
            try set(.cursor, cursor)
        } else {
            try run("DELETE FROM setting WHERE name = ?", [Setting.cursor.rawValue])
        }
    }

    /// The number of the snapshot that is being read; rows of an older one that it does not name are closed
    /// at its end.
    public func generation() throws -> Int64 {
        try setting(.generation, as: Int64.self) ?? 1
    }

    /// Begins a snapshot.
    public func beginGeneration() throws -> Int64 {
        let next = try generation() + 1
        try set(.generation, next)
        return next
    }

    /// Notes that the snapshot names an order whose row stays as it is.
    public func confirm(_ order: OrderID, generation: Int64) throws {
        try run("UPDATE customerOrder SET generation = ? WHERE id = ?", [generation, order.rawValue])
    }

    /// Orders that a finished snapshot did not name and that are not over yet, oldest row first.
    public func ordersNotIn(generation: Int64, limit: Int) throws -> [OrderRecord] {
        let sql = """
            SELECT \(Self.recordColumns) FROM customerOrder WHERE generation < ? AND standing IN (0, 1) LIMIT ?
            """
        var orders: [OrderRecord] = []
        try each(sql, [generation, limit]) { orders.append(try record($0)) }
        return orders
    }

    /// The values that HQ has set, as the runtime encoded them; nil if it has set none.
    public func hqPolicy() throws -> Data? {
        try setting(.hqPolicy, as: Data.self)
    }

    /// Keeps the values that HQ has set.
    public func setHQPolicy(_ values: Data) throws {
        try set(.hqPolicy, values)
    }

    /// Sets aside something of the feed that cannot be used; the newest thousand are kept.
    public func quarantine(order: OrderID?, reason: String, excerpt: String, at time: StationTime) throws {
        try run(
            "INSERT INTO quarantine (owner, reason, excerpt, at) VALUES (?, ?, ?, ?)",
            [order?.rawValue, reason, String(excerpt.prefix(500)), time.milliseconds]
        )
        try run("DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - 1000", [])
    }

    /// How many things are set aside.
    public func quarantineCount() throws -> Int {
        try first("SELECT count(*) FROM quarantine", []) { $0.int(0) } ?? 0
    }

    /// How many orders there are.
    public func orderCount() throws -> Int {
        try first("SELECT count(*) FROM customerOrder", []) { $0.int(0) } ?? 0
    }
}
