internal import Foundation
internal import GRDB
internal import StationCore

/// The first place at which the journal's chain does not hold.
public struct BrokenChain: Hashable, Sendable {
    /// The line's number.
    public var sequence: Int64
    /// What is wrong.
    public var reason: String
}

extension StoreTransaction {
    /// Adds a line to the journal.
    public func append(_ entry: JournalEntry) throws {
        try append(JournalLine(entry))
    }

    /// Adds a line to the journal.
    public func append(_ line: JournalLine) throws {
        journalHead = HashChain.next(after: journalHead, entry: line.bytes)
        try run("INSERT INTO journal (entry, hash) VALUES (?, ?)", [line.bytes, journalHead])
    }

    /// Lines of the journal after `sequence`, oldest first.
    public func journal(after sequence: Int64, limit: Int) throws -> [(sequence: Int64, entry: JournalEntry)]
    {
        let sql = "SELECT sequence, entry FROM journal WHERE sequence > ? ORDER BY sequence LIMIT ?"
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [sequence, limit]).map { row in
            (row[0], try JSONDecoder().decode(JournalEntry.self, from: row[1] as Data))
        }
    }

    /// The first line of the last `limit` whose hash does not follow from the one before, or after which
    /// lines are missing; nil if the chain holds.
    public func firstBrokenLink(last limit: Int) throws -> BrokenChain? {
        // One line more: the oldest that is looked at needs the hash before it.
        let sql = """
            SELECT sequence, entry, hash FROM (
                SELECT sequence, entry, hash FROM journal ORDER BY sequence DESC LIMIT ?) ORDER BY sequence
            """
        var previous: (sequence: Int64, hash: Data)?
        var count = 0
        let cursor = try Row.fetchCursor(db, sql: sql, arguments: [limit + 1])
        while let row = try cursor.next() {
            count += 1
            let line: (sequence: Int64, hash: Data) = (row[0], row[2])
            if count == 1, line.sequence > 1 {
                previous = line
                continue
            }
            let before = previous ?? (0, HashChain.start)
            guard before.sequence + 1 == line.sequence else {
                return BrokenChain(sequence: line.sequence, reason: "lines before it are missing")
            }
            guard HashChain.next(after: before.hash, entry: row[1]) == line.hash else {
                return BrokenChain(
                    sequence: line.sequence,
                    reason: "its hash does not follow from the line before"
                )
            }
            previous = line
        }
        return try missingEnd(after: previous?.sequence ?? 0, count: count, limit: limit)
    }

    /// Lines cut off at either end leave a chain that holds; the table's own count of its lines tells.
    private func missingEnd(after last: Int64, count: Int, limit: Int) throws -> BrokenChain? {
        if count <= limit, last != count {
            return BrokenChain(sequence: 1, reason: "lines at the beginning are missing")
        }
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'journal'"
        let given = try first(sql, []) { $0.int64(0) } ?? last
        guard given == last else {
            return BrokenChain(sequence: last + 1, reason: "lines at the end are missing")
        }
        return nil
    }

    func lastHash() throws -> Data {
        try first("SELECT hash FROM journal ORDER BY sequence DESC LIMIT 1", []) { $0.data(0) }
            ?? HashChain.start
    }
}
