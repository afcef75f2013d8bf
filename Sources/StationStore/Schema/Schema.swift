internal import GRDB

/// The tables, as frozen migrations: one that was released is never edited, a new one is added.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 station") { db in
            try db.execute(sql: first)
        }
        // What an event says of its order is what was known when it happened: HQ may change the order, or
        // forget it, before the event is delivered, and an event's bytes are the same at every attempt.
        migrator.registerMigration("2 outbox keeps the order's version and document") { db in
            try db.execute(
                sql: """
                    ALTER TABLE outbox ADD COLUMN orderVersion INTEGER;
                    ALTER TABLE outbox ADD COLUMN document BLOB;
                    -- The oldest ones first, however many wait.
                    CREATE INDEX outboxByAge ON outbox (state, sequence, owner);
                    """
            )
        }
        return migrator
    }

    private static let first = """
        -- Single values: feed cursor, snapshot under way, wrong-code budget, tally, the boot this was written in.
        CREATE TABLE setting (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;

        -- HQ's facts and the station's own of each order. `parcels` is a list of (id, size, place), see ParcelList.
        CREATE TABLE customerOrder (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL CHECK (version >= 1),
            number TEXT NOT NULL,
            standing INTEGER NOT NULL,
            storeName TEXT,
            mode INTEGER NOT NULL,
            notBefore INTEGER,
            expiresAt INTEGER,
            flags INTEGER NOT NULL DEFAULT 0,
            parcels TEXT NOT NULL,
            tokens BLOB NOT NULL,
            document BLOB
        ) WITHOUT ROWID, STRICT;

        -- What a scanned or typed text may be. `kind`: 0 pickup code, 1 parcel label, 2 staff badge.
        CREATE TABLE token (
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            kind INTEGER NOT NULL,
            owner TEXT NOT NULL,
            parcel TEXT,
            PRIMARY KEY (digest, kind)
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE staff (
            id TEXT PRIMARY KEY,
            version INTEGER NOT NULL,
            roles TEXT NOT NULL,
            isRevoked INTEGER NOT NULL,
            badge BLOB,
            verifier BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE pinGuard (
            staff TEXT PRIMARY KEY,
            record BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;

        CREATE TABLE compartment (
            id TEXT PRIMARY KEY,
            record BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;

        -- Openings without an outcome.
        CREATE TABLE opening (
            id TEXT PRIMARY KEY,
            position INTEGER NOT NULL,
            record BLOB NOT NULL
        ) WITHOUT ROWID, STRICT;

        -- Events that HQ has not acknowledged. `state`: 0 to deliver, 1 delivered and not applied yet, 2 parked.
        CREATE TABLE outbox (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            owner TEXT,
            report BLOB NOT NULL,
            state INTEGER NOT NULL DEFAULT 0,
            problem TEXT
        ) STRICT;
        CREATE INDEX outboxByState ON outbox (state, owner, sequence);

        -- What the station decided and saw. hash = SHA-256(previous hash, entry).
        CREATE TABLE journal (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            entry BLOB NOT NULL,
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;

        -- What HQ sent and could not be used.
        CREATE TABLE quarantine (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            owner TEXT,
            reason TEXT NOT NULL,
            excerpt TEXT NOT NULL,
            at INTEGER NOT NULL
        ) STRICT;
        """
}
