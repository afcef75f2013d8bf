internal import Foundation
internal import GRDB
internal import StationCore

extension StationStore {
    /// Opens the station's database, creating it in an empty folder.
    ///
    /// A damaged file is moved into a folder beside it, never deleted; what can still be read of the wall and
    /// the outbox is
    /// saved into the new one, every saved compartment marked as doubtful. A power cut in the middle of that
    /// is made good at the next start.
    ///
    /// - Parameters:
    ///   - folder: where the state lives; exists, and belongs to the service user.
    ///   - bootID: which boot of the machine this is (`/proc/sys/kernel/random/boot_id`).
    ///   - now: the time of day for the name of a damaged file's folder, in milliseconds since 1970.
    public static func open(folder: String, bootID: String, now: Int64) throws(StoreError) -> Opened {
        let lock = try StationLock(folder: folder)
        if let unfinished = Replacement.unfinished(in: folder) { try unfinished.finish() }
        do throws(StoreError) {
            if let reason = DamageNote(folder: folder).reason {
                throw StoreError.sqlite(code: 11, message: reason, isDamage: true)
            }
            return try openChecked(folder: folder, lock: lock, bootID: bootID)
        } catch .sqlite(let code, let message, isDamage: true) {
            try replace(folder: folder, lock: lock, now: now, reason: "\(message) (SQLite code \(code))")
            return try openChecked(folder: folder, lock: lock, bootID: bootID)
        }
    }

    /// How many orders the database of a station has that may be running: reads from outside, locks nothing.
    public static func countOrders(in folder: String) throws(StoreError) -> Int {
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: databasePath(in: folder), configuration: configuration)
            return try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM customerOrder") ?? 0 }
        } catch {
            throw StoreError(error)
        }
    }

    static func databasePath(in folder: String) -> String { folder + "/station.sqlite" }

    private static func openChecked(
        folder: String,
        lock: StationLock,
        bootID: String
    ) throws(StoreError) -> Opened {
        let path = databasePath(in: folder)
        do {
            // SQLite takes a file of no bytes for a new one; the station's has never been that short.
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            if (attributes?[.size] as? Int) == 0 {
                throw StoreError.sqlite(code: 26, message: "the file is empty", isDamage: true)
            }
            let store = try connected(path: path, folder: folder, lock: lock)
            return try store.write { transaction in
                let memory = try transaction.memory(bootID: bootID)
                try transaction.setBoot(bootID)
                let setAside = try transaction.setting(.setAside, as: SetAside.self)
                return Opened(store: store, memory: memory, setAside: setAside)
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// The database at `path`, with every table there and checked.
    private static func connected(
        path: String,
        folder: String,
        lock: StationLock
    ) throws -> StationStore {
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // GRDB sets NORMAL together with WAL, after `prepareDatabase`: a power cut would lose the last
        // commits.
        try queue.inDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let hasNewer = try queue.read { try Schema.migrator.hasBeenSuperseded($0) }
        if hasNewer { throw StoreError.newerSchema(path: path) }
        try Schema.migrator.migrate(queue)
        let head = try queue.read { db in
            try check(db)
            return try StoreTransaction(db: db, journalHead: HashChain.start).lastHash()
        }
        let checkpointer = try Checkpointer(path: path)
        queue.inDatabase { checkpointer.watch($0) }
        return StationStore(
            folder: folder,
            queue: queue,
            checkpointer: checkpointer,
            lock: lock,
            journalHead: head
        )
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        configuration.label = "station"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_size_limit = 33554432")
            try db.execute(sql: "PRAGMA cache_size = -4096")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        return configuration
    }

    /// What must hold before anybody is served. The tables that say what is in the wall are checked whole;
    /// the orders,
    /// which HQ can send again, are checked page by page as they are read.
    private static func check(_ db: Database) throws {
        for table in [
            "compartment", "opening", "outbox", "setting", "staff", "pinGuard", "grantUse", "commandUse",
        ] {
            let finding = try String.fetchOne(db, sql: "PRAGMA quick_check(\(table))") ?? "no answer"
            guard finding == "ok" else {
                throw StoreError.sqlite(code: 11, message: "\(table): \(finding)", isDamage: true)
            }
        }
        if let broken = try StoreTransaction(db: db, journalHead: HashChain.start).firstBrokenLink(last: 200)
        {
            throw StoreError.sqlite(
                code: 11,
                message: "journal line \(broken.sequence): \(broken.reason)",
                isDamage: true
            )
        }
    }

    // MARK: Damage

    /// Makes a new database with what can be saved of the damaged one, and lets them change places.
    private static func replace(
        folder: String,
        lock: StationLock,
        now: Int64,
        reason: String
    ) throws(StoreError) {
        let replacement = try Replacement.begin(in: folder, now: now)
        let salvage = Salvage(readingFrom: databasePath(in: folder))
        let setAside = SetAside(
            path: replacement.away,
            reason: reason,
            savedEvents: salvage.reports.count,
            savedCompartments: salvage.compartments.count
        )
        do {
            let store = try connected(path: replacement.part, folder: folder, lock: lock)
            try store.write { transaction in
                try salvage.save(into: transaction)
                try transaction.set(.setAside, setAside)
            }
            try store.close()
        } catch {
            throw StoreError(error)
        }
        try replacement.partIsWhole()
        try replacement.finish()
    }
}
