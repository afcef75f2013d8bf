internal import Foundation
internal import GRDB
internal import StationCore

extension StationStore {
    /// Opens the station's database, creating it in an empty folder.
    ///
    /// A damaged file is moved into a folder beside it, never deleted; what can still be read of the wall and
    /// the outbox is
    /// saved into the new one, every saved compartment marked as doubtful.
    ///
    /// - Parameters:
    ///   - folder: where the state lives; exists, and belongs to the service user.
    ///   - bootID: which boot of the machine this is (`/proc/sys/kernel/random/boot_id`).
    ///   - now: the time of day for the name of a damaged file's folder, in milliseconds since 1970.
    public static func open(folder: String, bootID: String, now: Int64) throws(StoreError) -> Opened {
        let lock = try StationLock(folder: folder)
        do {
            return try openChecked(folder: folder, lock: lock, bootID: bootID)
        } catch .sqlite(let code, let message, isDamage: true) {
            return try openAnew(
                folder: folder,
                lock: lock,
                bootID: bootID,
                now: now,
                reason: "\(message) (SQLite code \(code))"
            )
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
        do {
            let path = databasePath(in: folder)
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
            let store = StationStore(
                folder: folder,
                queue: queue,
                checkpointer: checkpointer,
                lock: lock,
                journalHead: head
            )
            let memory = try store.write { transaction in
                let memory = try transaction.memory(bootID: bootID)
                try transaction.setBoot(bootID)
                return memory
            }
            return Opened(store: store, memory: memory, setAside: nil)
        } catch {
            throw StoreError(error)
        }
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
        for table in ["compartment", "opening", "outbox", "setting", "staff", "pinGuard"] {
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

    private static func openAnew(
        folder: String,
        lock: StationLock,
        bootID: String,
        now: Int64,
        reason: String
    ) throws(StoreError) -> Opened {
        let away = folder + "/damaged-\(now)"
        let files = FileManager.default
        do {
            try files.createDirectory(atPath: away, withIntermediateDirectories: true)
            for suffix in ["", "-wal", "-shm"] {
                let path = databasePath(in: folder) + suffix
                guard files.fileExists(atPath: path) else { continue }
                try files.moveItem(atPath: path, toPath: away + "/station.sqlite" + suffix)
            }
        } catch {
            throw .folder(path: folder, reason: (error as NSError).localizedDescription)
        }
        let salvage = Salvage(readingFrom: away + "/station.sqlite")
        var opened = try openChecked(folder: folder, lock: lock, bootID: bootID)
        try opened.store.write { try salvage.save(into: $0) }
        opened.memory = try opened.store.read { try $0.memory(bootID: bootID) }
        opened.setAside = SetAside(
            path: away,
            reason: reason,
            savedEvents: salvage.reports.count,
            savedCompartments: salvage.compartments.count
        )
        return opened
    }
}
