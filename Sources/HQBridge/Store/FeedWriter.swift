internal import Foundation
internal import StationAPI

/// Writes into one station's feed, within one transaction.
///
/// **Why a cursor never skips a row.** A cursor is a position: the station has everything at or before it. Were
/// positions drawn from a sequence, two writers could commit in another order than they drew: a reader between the two
/// commits would see 8, take 8 as its cursor, and never see 7. So a position is not drawn, it is counted in the
/// station's own row: `UPDATE station SET head = head + 1 … RETURNING head`. The update locks that row until the
/// transaction ends. Position n + 1 can therefore be made only after the transaction that made n has committed (or has
/// rolled back: then n is made again, and there is no gap). PostgreSQL makes a transaction visible before it gives its
/// locks back, so whoever sees n + 1 committed sees n as well, in any snapshot of the primary. SQLite has one writer at
/// a time, so there the same holds by itself. The price is that writers of *one* station take turns; stations do not
/// wait for each other.
///
/// **Deadlocks**: who writes to several stations in one transaction begins with the smallest id.
///
/// Only the newest of each thing is kept, at the position of its last change: a station that was away reads each order
/// once, however often it changed. A removal stays as a row until nobody needs it; `floor` is then raised to the highest
/// position that was cleared away, and a cursor below it is too old to be told what is gone.
struct FeedWriter {
    let session: any SQLSession
    let station: BridgeStationID
    let now: Int64

    /// One thing of the feed as it is stored.
    struct Item {
        /// `order/ID`, `staff/ID`, `policy`, `key/ID`, …: what a newer one replaces.
        var name: String
        var version: Int64
        var isRemoval: Bool
        /// The item as JSON, as it goes over the wire.
        var body: [UInt8]
        /// What it says apart from its version: equal hashes are no change.
        var contentHash: [UInt8]
        /// When it is no use any more: it then leaves the feed without a word. For commands.
        var validUntil: Int64?
    }

    /// What is there of a thing.
    struct Existing {
        var version: Int64
        var isRemoval: Bool
        var contentHash: [UInt8]
    }

    /// Locks the station's feed, so that what is read of it stays true until the end of the transaction.
    func lock() throws {
        let rows = try session.run("SELECT id FROM station WHERE id = ?1 {lock}", [.text(station.rawValue)])
        guard !rows.isEmpty else { throw BridgeStoreError.unknownStation(station.rawValue) }
    }

    func existing(_ name: String) throws -> Existing? {
        try session.run(
            "SELECT version, isRemoval, contentHash FROM feedItem WHERE station = ?1 AND name = ?2",
            [.text(station.rawValue), .text(name)]
        )
        .first.map {
            Existing(
                version: try $0.integer(0),
                isRemoval: try $0.integer(1) == 1,
                contentHash: try $0.bytes(2)
            )
        }
    }

    /// Writes a thing at the next position.
    func write(_ item: Item) throws {
        let rows = try session.run(
            "UPDATE station SET head = head + 1 WHERE id = ?1 RETURNING head",
            [.text(station.rawValue)]
        )
        guard let position = try rows.first?.integer(0) else {
            throw BridgeStoreError.unknownStation(station.rawValue)
        }
        try session.run(
            """
            INSERT INTO feedItem
                (station, name, position, version, isRemoval, body, contentHash, changedAt, validUntil)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (station, name) DO UPDATE SET
                position = excluded.position, version = excluded.version, isRemoval = excluded.isRemoval,
                body = excluded.body, contentHash = excluded.contentHash, changedAt = excluded.changedAt,
                validUntil = excluded.validUntil
            """,
            [
                .text(station.rawValue), .text(item.name), .integer(position), .integer(item.version),
                SQLValue(item.isRemoval), .bytes(item.body), .bytes(item.contentHash), .integer(now),
                SQLValue(item.validUntil),
            ]
        )
        try session.announce(.feed(station))
    }

    /// JSON with its members in alphabetical order, so that equal values are equal bytes.
    static func json(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}
