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
            try clear(.cursor)
        }
    }

    /// Whether a snapshot was begun and not read to its end.
    public func isSnapshotUnderWay() throws -> Bool {
        try setting(.snapshotUnderWay, as: Bool.self) ?? false
    }

    /// Notes that a snapshot has begun, or is read to its end.
    public func setSnapshotUnderWay(_ isUnderWay: Bool) throws {
        try set(.snapshotUnderWay, isUnderWay)
    }

    /// Ids of orders that are not over yet, in the order of the rows, after this one (nil: from the first).
    public func unfinishedOrders(after id: OrderID?, limit: Int) throws -> [OrderID] {
        let sql = "SELECT id FROM customerOrder WHERE id > ? AND standing IN (0, 1) ORDER BY id LIMIT ?"
        var ids: [OrderID] = []
        try each(sql, [id?.rawValue ?? "", limit]) { ids.append(OrderID($0.text(0))) }
        return ids
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
