public import Foundation
internal import GRDB
public import StationCore

/// An event for HQ as it waits.
public struct OutboxEntry: Sendable {
    /// Its number, per station, without gaps.
    public var sequence: Int64
    /// The event.
    public var report: Report
    /// The version of its order when it happened.
    public var orderVersion: Int64?
    /// HQ's own references and lines of its order when it happened; JSON.
    public var document: Data?

    /// An event as it waits.
    public init(sequence: Int64, report: Report, orderVersion: Int64?, document: Data?) {
        self.sequence = sequence
        self.report = report
        self.orderVersion = orderVersion
        self.document = document
    }
}

/// How the outbox stands.
public struct OutboxSummary: Hashable, Sendable {
    /// Events to deliver.
    public var waiting: Int
    /// Events delivered that HQ has not applied yet.
    public var pendingAtHQ: Int
    /// Events that HQ refused for good; kept and shown.
    public var parked: Int
    /// When the oldest event to deliver happened.
    public var oldest: StationTime?
}

/// An event that HQ refused for good.
public struct ParkedEvent: Sendable {
    /// Its number.
    public var sequence: Int64
    /// The event.
    public var report: Report
    /// What HQ said.
    public var problem: String
}

extension StoreTransaction {
    private enum State {
        static let waiting = 0
        static let pendingAtHQ = 1
        static let parked = 2
    }

    func enqueue(_ report: Report) throws {
        try run(
            """
            INSERT INTO outbox (id, owner, report, orderVersion, document) VALUES (?1, ?2, ?3,
                (SELECT version FROM customerOrder WHERE id = ?2),
                (SELECT document FROM customerOrder WHERE id = ?2))
            """,
            [report.id.rawValue, report.order?.rawValue ?? "", try FastJSON.bytes(report)]
        )
    }

    /// Puts back an event that was saved from a damaged file, under its old number if that is free.
    func restore(_ report: Report, sequence: Int64) throws {
        let sql = "INSERT OR IGNORE INTO outbox (sequence, id, owner, report) VALUES (?, ?, ?, ?)"
        try run(
            sql,
            [sequence, report.id.rawValue, report.order?.rawValue ?? "", try JSONEncoder().encode(report)]
        )
    }

    /// The next event's number is greater than this.
    func countEvents(from number: Int64) throws {
        try run("DELETE FROM sqlite_sequence WHERE name = 'outbox'", [])
        try run("INSERT INTO sqlite_sequence (name, seq) VALUES ('outbox', ?)", [number])
    }

    /// The oldest event to deliver of each of at most `limit` orders, oldest first; events of the station itself
    /// are one queue too. An order with a parked event has none: what came after that event waits (S3).
    ///
    /// Reads from the old end and stops, so that it takes no longer after a month without HQ.
    public func outboxHeads(limit: Int) throws -> [OutboxEntry] {
        var owners: Set<String> = []
        var heads: [Int64] = []
        guard limit > 0 else { return [] }
        try some("SELECT sequence, owner FROM outbox WHERE state = 0 ORDER BY sequence", []) { row in
            let owner = row.text(1)
            guard owners.insert(owner).inserted else { return true }
            if try owner.isEmpty || !isHeldBack(owner) { heads.append(row.int64(0)) }
            return heads.count < limit
        }
        return try heads.compactMap { sequence in
            try first(
                "SELECT report, orderVersion, document FROM outbox WHERE sequence = ?",
                [sequence]
            ) { row in
                OutboxEntry(
                    sequence: sequence,
                    report: try JSONDecoder().decode(Report.self, from: row.data(0)),
                    orderVersion: row.optionalInt64(1),
                    document: row.optionalData(2)
                )
            }
        }
    }

    /// Whether an event of this order is parked.
    private func isHeldBack(_ owner: String) throws -> Bool {
        try first("SELECT 1 FROM outbox WHERE state = 2 AND owner = ? LIMIT 1", [owner]) { _ in true }
            ?? false
    }

    /// HQ has the event. Delivered and applied: it leaves. Delivered only (202): it stays until the feed
    /// confirms.
    public func delivered(_ id: EventID, isPendingAtHQ: Bool) throws {
        if isPendingAtHQ {
            try run("UPDATE outbox SET state = ? WHERE id = ?", [State.pendingAtHQ, id.rawValue])
            // The feed may never mention a station's own event, and a fleet's orders end: the newest are
            // enough.
            try run(
                """
                DELETE FROM outbox WHERE state = 1 AND sequence <= (
                    SELECT sequence FROM outbox WHERE state = 1 ORDER BY sequence DESC LIMIT 1 OFFSET 10000)
                """,
                []
            )
        } else {
            try run("DELETE FROM outbox WHERE id = ?", [id.rawValue])
        }
    }

    /// The feed shows that HQ has applied what it was told of this order.
    public func confirmed(_ order: OrderID) throws {
        try run("DELETE FROM outbox WHERE state = 1 AND owner = ?", [order.rawValue])
    }

    /// HQ refused the event for good: it is kept and shown, and can be tried again.
    public func park(_ id: EventID, problem: String) throws {
        try run(
            "UPDATE outbox SET state = ?, problem = ? WHERE id = ?",
            [State.parked, String(problem.prefix(1000)), id.rawValue]
        )
    }

    /// Puts every parked event back into the queue.
    public func retryParked() throws {
        try run("UPDATE outbox SET state = 0, problem = NULL WHERE state = 2", [])
    }

    /// Events that HQ refused for good, newest first.
    public func parkedEvents(limit: Int) throws -> [ParkedEvent] {
        let sql =
            "SELECT sequence, report, problem FROM outbox WHERE state = 2 ORDER BY sequence DESC LIMIT ?"
        return try Row.fetchAll(try db.cachedStatement(sql: sql), arguments: [limit]).map { row in
            ParkedEvent(
                sequence: row[0],
                report: try JSONDecoder().decode(Report.self, from: row[1] as Data),
                problem: row[2] ?? ""
            )
        }
    }

    /// How the outbox stands.
    public func outboxSummary() throws -> OutboxSummary {
        var summary = OutboxSummary(waiting: 0, pendingAtHQ: 0, parked: 0, oldest: nil)
        for row in try Row.fetchAll(
            db,
            sql: "SELECT state, count(*), min(sequence) FROM outbox GROUP BY state"
        ) {
            let count: Int = row[1]
            switch row[0] as Int {
            case State.waiting:
                summary.waiting = count
                summary.oldest = try first("SELECT report FROM outbox WHERE sequence = ?", [row[2] as Int64])
                {
                    $0.data(0)
                }.map { try JSONDecoder().decode(Report.self, from: $0).at }
            case State.pendingAtHQ: summary.pendingAtHQ = count
            default: summary.parked = count
            }
        }
        return summary
    }
}
