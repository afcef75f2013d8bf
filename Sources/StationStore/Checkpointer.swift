internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Synchronization

/// Folds the write-ahead log into the database beside the writer, on a connection and a thread of its own.
///
/// SQLite's automatic checkpoint runs inside a commit: now and then a customer would wait until hundreds of
/// pages are copied and two files are synced. A passive checkpoint (sqlite.org/wal.html, "Checkpointing")
/// blocks nobody, and the log starts anew at the next commit after one that copied everything.
final class Checkpointer: Sendable {
    /// A log of so many pages is folded in: small enough to be quick, large enough to be rare.
    private static let worthwhile = 500

    private let queue: DatabaseQueue
    private let pages = Atomic<Int>(0)
    private let isUnderWay = Atomic<Bool>(false)

    /// - Parameter path: the database, which is open already and in WAL mode.
    init(path: String) throws {
        var configuration = Configuration()
        configuration.label = "checkpoint"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA cache_size = -64")
        }
        queue = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// How many pages are in the log.
    var logPages: Int { pages.load(ordering: .relaxed) }

    /// Watches the writer's commits, and turns its automatic checkpoint off. The writer must be closed before
    /// this object goes.
    func watch(_ writer: Database) {
        // The hook gets this object's address; the store keeps it as long as the writer's connection.
        sqlite3_wal_hook(
            writer.sqliteConnection,
            { context, _, _, pages in
                if let context {
                    Unmanaged<Checkpointer>.fromOpaque(context).takeUnretainedValue().logGrew(to: Int(pages))
                }
                return SQLITE_OK
            },
            Unmanaged.passUnretained(self).toOpaque()
        )
    }

    private func logGrew(to count: Int) {
        pages.store(count, ordering: .relaxed)
        guard count >= Self.worthwhile, !isUnderWay.exchange(true, ordering: .acquiring) else { return }
        queue.asyncWriteWithoutTransaction { [self] db in
            // If it fails, the next commit tries again.
            _ = try? db.checkpoint(.passive)
            isUnderWay.store(false, ordering: .releasing)
        }
    }

    /// Returns after a checkpoint that began no earlier than now. Nobody but the caller is kept waiting.
    func foldIn() async {
        _ = try? await queue.writeWithoutTransaction { db in try db.checkpoint(.passive) }
    }

    /// Ends the checkpoint under way and closes the connection.
    func close() throws {
        try queue.close()
    }
}
