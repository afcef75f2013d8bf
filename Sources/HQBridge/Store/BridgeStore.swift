internal import Crypto
internal import Foundation
public import StationAPI
internal import Synchronization

/// What HQ's side remembers: stations, their feeds, the inbox of events and what is left to do with them.
///
/// One database, SQLite (a file) or PostgreSQL; on PostgreSQL several bridge processes share it. Every call returns
/// once it is durable, and every write may be repeated.
public final class BridgeStore: Sendable {
    /// Where the data is.
    public enum Place: Hashable, Sendable {
        /// A file of SQLite, made if it is not there.
        case sqlite(path: String)
        /// PostgreSQL 13 or newer: a connection string or URI of libpq, and how many connections to make (from 1).
        case postgreSQL(String, connections: Int = 8)
    }

    /// How the stored data ages.
    public struct Retention: Hashable, Sendable {
        /// How long an event is known, so that a repeat is no news; the contract asks for at least 30 days.
        public var eventDays = 45
        /// How long a removal stays in the feed; a station that was away longer reads a snapshot.
        public var removalDays = 45

        /// 45 days each.
        public init() {}
    }

    /// How the stored data ages.
    public let retention: Retention
    let database: any BridgeDatabase
    let news = NewsDesk()
    /// A random word of this process; who holds a lease.
    let holder = UUID().uuidString
    private let clock: @Sendable () -> WireTime
    private let listening: Mutex<Task<Void, Never>?>
    private let eraCache = Mutex<String?>(nil)

    private init(
        database: any BridgeDatabase,
        retention: Retention,
        clock: @escaping @Sendable () -> WireTime
    ) {
        self.database = database
        self.retention = retention
        self.clock = clock
        listening = Mutex(nil)
    }

    /// Opens the store, brings its tables up to date and listens for what other processes change.
    ///
    /// - Parameters:
    ///   - clock: the time, the machine's if nil; the clocks of bridge machines must agree within seconds (NTP), since leases are
    ///     compared by it.
    /// - Throws: ``BridgeStoreError``.
    public static func open(
        _ place: Place,
        retention: Retention = Retention(),
        clock: (@Sendable () -> WireTime)? = nil
    ) async throws(BridgeStoreError) -> BridgeStore {
        let database: any BridgeDatabase =
            switch place {
            case .sqlite(let path): try SQLiteDatabase(path: path)
            case .postgreSQL(let settings, let connections):
                PostgresDatabase(settings: settings, connections: max(connections, 1))
            }
        let store = BridgeStore(database: database, retention: retention, clock: clock ?? { .now })
        do {
            let era = Self.randomWord()
            try await database.write { try Schema.migrate($0, newEra: era) }
        } catch {
            await database.close()
            throw error
        }
        let news = store.news
        store.listening.withLock { task in
            task = Task { await database.listen { news.tell($0) } }
        }
        return store
    }

    /// Lets what is under way end, and closes.
    public func close() async {
        let task = listening.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        await task?.value
        await database.close()
        news.tell(nil)
    }

    var now: Int64 { clock().milliseconds }

    /// The era of the cursors; other cursors are not known (any more).
    func era() async throws(BridgeStoreError) -> String {
        if let era = eraCache.withLock({ $0 }) { return era }
        let era = try await database.read { session in
            try session.run("SELECT value FROM setting WHERE name = 'era'").first?.text(0) ?? ""
        }
        eraCache.withLock { $0 = era }
        return era
    }

    /// Forgets every cursor that was given out: each station reads a snapshot next. For a database that was restored
    /// from a backup, where positions that stations have seen would be made a second time. Restart the bridges then.
    public func expireCursors() async throws(BridgeStoreError) {
        let era = Self.randomWord()
        try await database.write { session in
            _ = try session.run("UPDATE setting SET value = ?1 WHERE name = 'era'", [.text(era)])
        }
        eraCache.withLock { $0 = era }
    }

    static func randomWord() -> String {
        Base64URL.encode((0..<9).map { _ in UInt8.random(in: 0...255) })
    }

    static func hash(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        Array(SHA256.hash(data: Array(bytes)))
    }

    // MARK: What sources and sinks keep

    /// What an owner keeps under a name; nil: nothing.
    public func memory(_ name: String, of owner: String) async throws(BridgeStoreError) -> [UInt8]? {
        try await database.read { session in
            try session.run(
                "SELECT value FROM memory WHERE owner = ?1 AND name = ?2",
                [.text(owner), .text(name)]
            )
            .first?.bytes(0)
        }
    }

    /// Everything an owner keeps whose name begins so.
    public func memories(of owner: String, prefix: String = "") async throws(BridgeStoreError) -> [String:
        [UInt8]]
    {
        try await database.read { session in
            let rows = try session.run("SELECT name, value FROM memory WHERE owner = ?1", [.text(owner)])
            var found: [String: [UInt8]] = [:]
            for row in rows {
                let name = try row.text(0)
                if name.hasPrefix(prefix) { found[name] = try row.bytes(1) }
            }
            return found
        }
    }

    /// Keeps something for an owner (a source or a sink) under a name; nil forgets it.
    public func remember(_ value: [UInt8]?, _ name: String, for owner: String) async throws(BridgeStoreError)
    {
        try await database.write { session in
            guard let value else {
                try session.run(
                    "DELETE FROM memory WHERE owner = ?1 AND name = ?2",
                    [.text(owner), .text(name)]
                )
                return
            }
            try session.run(
                """
                INSERT INTO memory (owner, name, value) VALUES (?1, ?2, ?3)
                ON CONFLICT (owner, name) DO UPDATE SET value = excluded.value
                """,
                [.text(owner), .text(name), .bytes(value)]
            )
        }
    }

    /// Takes or renews a lease: while this process has it, no other one does. False: another one has it.
    public func lease(_ name: String, seconds: Int) async throws(BridgeStoreError) -> Bool {
        let (now, holder) = (now, holder)
        return try await database.write { session in
            try !session.run(
                """
                INSERT INTO lease (name, holder, until) VALUES (?1, ?2, ?3)
                ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
                WHERE lease.holder = excluded.holder OR lease.until < ?4
                RETURNING holder
                """,
                [.text(name), .text(holder), .integer(now + Int64(seconds) * 1000), .integer(now)]
            ).isEmpty
        }
    }

    /// Gives a lease back.
    public func release(_ name: String) async throws(BridgeStoreError) {
        let holder = holder
        try await database.write { session in
            _ = try session.run(
                "DELETE FROM lease WHERE name = ?1 AND holder = ?2",
                [.text(name), .text(holder)]
            )
        }
    }
}

extension WireTime {
    /// The machine's time of day.
    public static var now: WireTime {
        WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
    }
}
