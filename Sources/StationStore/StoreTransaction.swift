internal import Foundation
internal import GRDB
public import StationCore

/// The reads and writes of one transaction; valid only inside ``StationStore/write(_:)`` and
/// ``StationStore/read(_:)``.
///
/// Its extensions are by topic: orders, staff, the core's memory, the outbox, the journal, the feed.
public final class StoreTransaction {
    let db: Database
    var journalHead: Data
    private var tally: Tally?
    private var isTallyChanged = false

    init(db: Database, journalHead: Data) {
        self.db = db
        self.journalHead = journalHead
    }

    // MARK: Settings

    func setting<Value: Decodable>(_ name: Setting, as type: Value.Type) throws -> Value? {
        try first("SELECT value FROM setting WHERE name = ?", [name.rawValue]) { $0.data(0) }
            .map { try JSONDecoder().decode(type, from: $0) }
    }

    func set(_ name: Setting, _ value: some Encodable) throws {
        try run(
            "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)",
            [name.rawValue, try FastJSON.bytes(value)]
        )
    }

    func clear(_ name: Setting) throws {
        try run("DELETE FROM setting WHERE name = ?", [name.rawValue])
    }

    // MARK: Tally

    /// Numbers about the orders, kept up to date with every row written.
    public func currentTally() throws -> Tally {
        if let tally { return tally }
        let stored = try setting(.tally, as: Tally.self) ?? Tally(liveTypedCodes: 0, parcelsToLoad: 0)
        tally = stored
        return stored
    }

    func count(liveTypedCodes: Int, parcelsToLoad: Int) throws {
        guard liveTypedCodes != 0 || parcelsToLoad != 0 else { return }
        var next = try currentTally()
        next.liveTypedCodes += liveTypedCodes
        next.parcelsToLoad += parcelsToLoad
        tally = next
        isTallyChanged = true
    }

    func saveTally() throws {
        guard isTallyChanged, let tally else { return }
        try set(.tally, tally)
    }
}

/// The names of single values.
enum Setting: String {
    case bootID, codeBudget, codeKeys, cursor, governor, hqKeys, hqPolicy, setAside, snapshotUnderWay, tally
}
