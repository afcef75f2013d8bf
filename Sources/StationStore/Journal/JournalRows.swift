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

    /// The first line of the last `limit` whose hash does not follow from the one before; nil if the chain
    /// holds.
    public func firstBrokenLink(last limit: Int) throws -> BrokenChain? {
        let sql = """
            SELECT sequence, entry, hash FROM (
                SELECT sequence, entry, hash FROM journal ORDER BY sequence DESC LIMIT ?) ORDER BY sequence
            """
        var previous: (sequence: Int64, hash: Data)?
        let cursor = try Row.fetchCursor(db, sql: sql, arguments: [limit])
        while let row = try cursor.next() {
            let sequence: Int64 = row[0]
            let hash: Data = row[2]
            let before: Data
            if let known = previous {
                guard known.sequence + 1 == sequence else {
                    return BrokenChain(sequence: sequence, reason: "lines before it are missing")
                }
                before = known.hash
            } else if sequence == 1 {
                before = HashChain.start
            } else {
                previous = (sequence, hash)
                continue
            }
            guard HashChain.next(after: before, entry: row[1]) == hash else {
                return BrokenChain(
                    sequence: sequence,
                    reason: "its hash does not follow from the line before"
                )
            }
            previous = (sequence, hash)
        }
        return nil
    }

    func lastHash() throws -> Data {
        try first("SELECT hash FROM journal ORDER BY sequence DESC LIMIT 1", []) { $0.data(0) }
            ?? HashChain.start
    }
}
