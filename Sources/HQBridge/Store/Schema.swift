/// The tables, as a list of steps that every database has taken up to some point. A step is never changed once it
/// has been released.
enum Schema {
    static let steps: [[String]] = [first]

    /// **station** one row a station; `head` is the position of the newest item of its feed. Positions are made only
    /// by `UPDATE station SET head = head + 1 … RETURNING head`, see `FeedWriter`.
    ///
    /// **feedItem** the newest of each thing of a station's feed, at the position where it changed last.
    ///
    /// **event** the inbox. **work** what a sink has not done yet. **lane** one row for each order (of a station, at a
    /// sink) that has work: whoever holds the lane may do its oldest work.
    private static let first = [
        "CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
        """
        CREATE TABLE station (
            id TEXT PRIMARY KEY,
            status TEXT NOT NULL,
            head BIGINT NOT NULL,
            floor BIGINT NOT NULL,
            tokenHash {bytes},
            oldTokenHash {bytes},
            replacedTokenHash {bytes},
            certificateFingerprint TEXT,
            eventKey TEXT,
            box TEXT,
            stationKeyID TEXT,
            enrolledAt BIGINT,
            changedAt BIGINT NOT NULL
        )
        """,
        """
        CREATE TABLE feedItem (
            station TEXT NOT NULL,
            name TEXT NOT NULL,
            position BIGINT NOT NULL,
            version BIGINT NOT NULL,
            isRemoval BIGINT NOT NULL,
            body {bytes} NOT NULL,
            contentHash {bytes} NOT NULL,
            changedAt BIGINT NOT NULL,
            validUntil BIGINT,
            PRIMARY KEY (station, name)
        )
        """,
        "CREATE UNIQUE INDEX feedItemByPosition ON feedItem (station, position)",
        "CREATE INDEX feedItemByName ON feedItem (name)",
        "CREATE INDEX feedItemByEnd ON feedItem (validUntil) WHERE validUntil IS NOT NULL",
        """
        CREATE TABLE event (
            arrival {count},
            source TEXT NOT NULL,
            id TEXT NOT NULL,
            station TEXT NOT NULL,
            orderID TEXT,
            type TEXT NOT NULL,
            body {bytes} NOT NULL,
            contentHash {bytes} NOT NULL,
            status BIGINT NOT NULL,
            receivedAt BIGINT NOT NULL
        )
        """,
        "CREATE UNIQUE INDEX eventByName ON event (source, id)",
        "CREATE INDEX eventByOrder ON event (orderID)",
        "CREATE INDEX eventByTime ON event (receivedAt)",
        "CREATE INDEX eventOfCommand ON event (station, arrival) WHERE type IN ('command.executed', 'command.refused')",
        "CREATE TABLE sink (name TEXT PRIMARY KEY)",
        """
        CREATE TABLE work (
            sink TEXT NOT NULL,
            lane TEXT NOT NULL,
            arrival BIGINT NOT NULL,
            attempts BIGINT NOT NULL,
            reason TEXT,
            PRIMARY KEY (sink, lane, arrival)
        )
        """,
        "CREATE INDEX workByArrival ON work (arrival)",
        """
        CREATE TABLE lane (
            sink TEXT NOT NULL,
            lane TEXT NOT NULL,
            pending BIGINT NOT NULL,
            dueAt BIGINT NOT NULL,
            holder TEXT,
            isException BIGINT NOT NULL,
            PRIMARY KEY (sink, lane)
        )
        """,
        "CREATE INDEX laneByDue ON lane (sink, isException, dueAt)",
        "CREATE TABLE state (station TEXT PRIMARY KEY, receivedAt BIGINT NOT NULL, body {bytes} NOT NULL)",
        """
        CREATE TABLE memory (
            owner TEXT NOT NULL, name TEXT NOT NULL, value {bytes} NOT NULL, PRIMARY KEY (owner, name)
        )
        """,
        "CREATE TABLE lease (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL)",
        """
        CREATE TABLE enrolment (
            codeHash {bytes} PRIMARY KEY,
            station TEXT NOT NULL,
            expiresAt BIGINT NOT NULL,
            usedAt BIGINT,
            box TEXT
        )
        """,
        "CREATE TABLE wrongTry (caller TEXT PRIMARY KEY, tries BIGINT NOT NULL, since BIGINT NOT NULL)",
    ]

    /// Takes the steps that are missing. Two processes that start at once: the second waits for the first (a lock of
    /// the transaction on PostgreSQL, SQLite's one writer) and finds nothing left to do.
    static func migrate(_ session: any SQLSession, newEra: String) throws {
        if session.dialect == .postgreSQL {
            // Any number that nobody else takes; released with the transaction.
            try session.run("SELECT pg_advisory_xact_lock(5270419)")
        }
        try session.run("CREATE TABLE IF NOT EXISTS bridgeSchema (step BIGINT NOT NULL)")
        let rows = try session.run("SELECT step FROM bridgeSchema")
        let done = try rows.first.map { Int(try $0.integer(0)) } ?? 0
        guard done <= steps.count else { throw BridgeStoreError.newerSchema }
        for step in steps[done...] {
            for statement in step { try session.run(statement) }
        }
        if rows.isEmpty {
            try session.run("INSERT INTO bridgeSchema (step) VALUES (?1)", [.integer(Int64(steps.count))])
            try session.run("INSERT INTO setting (name, value) VALUES ('era', ?1)", [.text(newEra)])
        } else {
            try session.run("UPDATE bridgeSchema SET step = ?1", [.integer(Int64(steps.count))])
        }
    }
}
