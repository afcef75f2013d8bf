internal import Foundation
internal import GRDB
internal import Synchronization

/// SQLite in WAL mode with `synchronous=FULL`: one writer thread, a few that read beside it.
///
/// Writes that wait together become durable together: one transaction with a savepoint for each, so that a fleet's
/// heartbeats cost one sync of the disk and not one each.
final class SQLiteDatabase: BridgeDatabase {
    let dialect = SQLDialect.sqlite
    private let writer: BlockingPool<DatabaseQueue>
    private let readers: BlockingPool<DatabaseQueue>
    private let watcher: DatabaseQueue

    /// Most writes that share a sync of the disk.
    private static let batch = 64
    private static let waiting = 20_000

    /// Opens the file, or makes it.
    init(path: String, readers count: Int = 3) throws(BridgeStoreError) {
        do {
            let main = try Self.open(path, isReader: false)
            watcher = try Self.open(path, isReader: true)
            let queues = try (0..<count).map { _ in try Self.open(path, isReader: true) }
            writer = BlockingPool(
                name: "bridge-write",
                threads: 1,
                limit: Self.waiting,
                batch: Self.batch,
                make: { main },
                serve: Self.write
            )
            let free = FreeList(queues)
            readers = BlockingPool(
                name: "bridge-read",
                threads: count,
                limit: Self.waiting,
                batch: 1,
                make: { free.take(orElse: main) },
                serve: { queue, work in
                    for piece in work { piece.work(queue)(nil) }
                }
            )
        } catch {
            throw BridgeStoreError(sqlite: error)
        }
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value {
        try await writer.run { queue in
            try Self.guarded {
                // Within the batch's transaction, on the batch's thread: `unsafeReentrantWrite` only hands out the
                // connection that is held already.
                try queue.unsafeReentrantWrite { db in
                    var value: Value?
                    try db.inSavepoint {
                        value = try body(SQLiteSession(db: db))
                        return .commit
                    }
                    guard let value else { throw BridgeStoreError.closed }
                    return value
                }
            }
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value {
        try await readers.run { queue in
            try Self.guarded { try queue.inDatabase { try body(SQLiteSession(db: $0)) } }
        }
    }

    /// SQLite does not say what changed, only that something did: `PRAGMA data_version` differs once another
    /// connection has committed. Then the stations' heads say whose feed it was. Looked at four times a second.
    func listen(_ heard: @escaping @Sendable (BridgeNews?) -> Void) async {
        var last: Int64?
        var seen: [String: [Int64]] = [:]
        while !Task.isCancelled {
            let (known, before) = (last, seen)
            let found = try? await watcher.read { db -> (Int64, [String: [Int64]]) in
                let version = try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
                guard version != known else { return (version, before) }
                var stations: [String: [Int64]] = [:]
                for row in try Row.fetchAll(db, sql: "SELECT id, head, changedAt FROM station") {
                    stations[row[0]] = [row[1], row[2]]
                }
                return (version, stations)
            }
            if let (version, stations) = found, version != last {
                if last != nil {
                    for (id, values) in stations where seen[id] != values {
                        let station = BridgeStationID(stored: id)
                        if seen[id]?.last != values.last { heard(.station(station)) }
                        if seen[id]?.first != values.first { heard(.feed(station)) }
                    }
                    heard(.work)
                }
                (last, seen) = (version, stations)
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    func close() async {
        await writer.close()
        await readers.close()
    }

    // MARK: The writer's thread

    @Sendable private static func write(
        _ queue: DatabaseQueue,
        _ work: [(work: BlockingPool<DatabaseQueue>.Work, refuse: BlockingPool<DatabaseQueue>.Settle)]
    ) {
        var settle: [BlockingPool<DatabaseQueue>.Settle] = []
        var begun = false
        do {
            try queue.inDatabase { db in
                try db.inTransaction(.immediate) {
                    begun = true
                    settle = work.map { $0.work(queue) }
                    return .commit
                }
            }
            for settle in settle { settle(nil) }
        } catch {
            let error = BridgeStoreError(sqlite: error)
            if begun {
                for settle in settle { settle(error) }
            } else {
                for piece in work { piece.refuse(error) }
            }
        }
    }

    private static func guarded<Value>(_ body: () throws -> Value) throws(BridgeStoreError) -> Value {
        do {
            return try body()
        } catch {
            throw BridgeStoreError(sqlite: error)
        }
    }

    private static func open(_ path: String, isReader: Bool) throws -> DatabaseQueue {
        var configuration = Configuration()
        // Another process of the bridge (a command line) may write at the same time.
        configuration.busyMode = .timeout(10)
        configuration.journalMode = isReader ? .default : .wal
        configuration.label = isReader ? "bridge-read" : "bridge-write"
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -16384") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        // GRDB sets NORMAL together with WAL, after `prepareDatabase`: a power cut would lose the last commits.
        try queue.inDatabase {
            try $0.execute(sql: "PRAGMA synchronous = FULL")
            if isReader { try $0.execute(sql: "PRAGMA query_only = 1") }
        }
        return queue
    }
}

/// Connections that the pool's threads take one of each.
private final class FreeList: Sendable {
    private let queues: [DatabaseQueue]
    private let next = Mutex(0)

    init(_ queues: [DatabaseQueue]) { self.queues = queues }

    func take(orElse other: DatabaseQueue) -> DatabaseQueue {
        next.withLock { next in
            guard next < queues.count else { return other }
            next += 1
            return queues[next - 1]
        }
    }
}

/// A connection of SQLite while a body runs.
private final class SQLiteSession: SQLSession {
    let dialect = SQLDialect.sqlite
    private let db: Database

    init(db: Database) { self.db = db }

    func run(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        let statement = try db.cachedStatement(sql: dialect.translate(sql))
        let values = arguments.map { argument -> DatabaseValue in
            switch argument {
            case .null: .null
            case .integer(let value): value.databaseValue
            case .text(let value): value.databaseValue
            case .bytes(let value): Data(value).databaseValue
            }
        }
        return try Row.fetchAll(statement, arguments: StatementArguments(values)).map { row in
            SQLRow(
                values: row.databaseValues.map { value in
                    switch value.storage {
                    case .null: .null
                    case .int64(let number): .integer(number)
                    case .double(let number): .integer(Int64(number))
                    case .string(let text): .text(text)
                    case .blob(let data): .bytes(Array(data))
                    }
                }
            )
        }
    }

    /// The others see it by `data_version`.
    func announce(_ news: BridgeNews) throws {}
}

extension BridgeStoreError {
    fileprivate init(sqlite error: any Error) {
        if let error = error as? DatabaseError {
            let message = error.message ?? "no words"
            self =
                error.resultCode == .SQLITE_BUSY || error.resultCode == .SQLITE_IOERR
                    || error.resultCode == .SQLITE_FULL
                ? .unreachable(message)
                : .failed(code: "\(error.extendedResultCode.rawValue)", message: message)
        } else {
            self.init(error)
        }
    }
}
