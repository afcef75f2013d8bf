internal import CPostgres
internal import Foundation
internal import Synchronization

/// PostgreSQL through libpq: a few threads, each with its own connection.
final class PostgresDatabase: BridgeDatabase {
    let dialect = SQLDialect.postgreSQL
    private let settings: String
    private let pool: BlockingPool<PostgresConnection>

    /// The deadlock that PostgreSQL ended, and a row that could not be serialised: the transaction is run again.
    private static let again: Set<String> = ["40P01", "40001"]
    private static let attempts = 5

    /// `settings`: a connection string or URI of libpq; what it leaves out comes from `PG…` in the environment.
    init(settings: String, connections: Int = 8) {
        self.settings = settings
        pool = BlockingPool(
            name: "bridge-pg",
            threads: connections,
            limit: 20_000,
            batch: 1,
            make: { PostgresConnection(settings: settings) },
            serve: { connection, work in
                for piece in work { piece.work(connection)(nil) }
            }
        )
    }

    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value {
        try await pool.run { connection in
            var attempt = 1
            while true {
                do {
                    return try Self.transaction(connection, body)
                } catch BridgeStoreError.failed(let code, _)
                    where Self.again.contains(code) && attempt < Self.attempts
                {
                    attempt += 1
                }
            }
        }
    }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLSession) throws -> Value
    ) async throws(BridgeStoreError) -> Value {
        try await pool.run { connection in
            do {
                return try body(connection)
            } catch BridgeStoreError.unreachable {
                // A connection that broke while it was idle is noticed by the first statement; reading twice harms
                // nobody.
                connection.close()
                return try body(connection)
            }
        }
    }

    private static func transaction<Value>(
        _ connection: PostgresConnection,
        _ body: (any SQLSession) throws -> Value
    ) throws -> Value {
        do {
            try connection.execute("BEGIN")
        } catch BridgeStoreError.unreachable {
            connection.close()
            try connection.execute("BEGIN")
        }
        do {
            let value = try body(connection)
            try connection.execute("COMMIT")
            return value
        } catch {
            // A connection in doubt is not used again.
            do { try connection.execute("ROLLBACK") } catch { connection.close() }
            throw error
        }
    }

    func listen(_ heard: @escaping @Sendable (BridgeNews?) -> Void) async {
        let listener = PostgresListener(settings: settings, heard: heard)
        await withTaskCancellationHandler {
            await listener.run()
        } onCancel: {
            listener.stop()
        }
    }

    func close() async {
        await pool.close()
    }
}

/// A connection on a thread of its own that waits for notifications.
private final class PostgresListener: Sendable {
    private let settings: String
    private let heard: @Sendable (BridgeNews?) -> Void
    private let isStopping = Atomic<Bool>(false)

    init(settings: String, heard: @escaping @Sendable (BridgeNews?) -> Void) {
        self.settings = settings
        self.heard = heard
    }

    func stop() { isStopping.store(true, ordering: .releasing) }

    func run() async {
        await withCheckedContinuation { continuation in
            let thread = Thread { [self] in
                while !isStopping.load(ordering: .acquiring) {
                    try? listen()
                    // What was said while nobody listened is lost: look at everything.
                    heard(nil)
                    if !isStopping.load(ordering: .acquiring) { Thread.sleep(forTimeInterval: 0.5) }
                }
                continuation.resume()
            }
            thread.name = "bridge-listen"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Returns when told to stop; throws when the connection is lost.
    private func listen() throws {
        let connection = PostgresConnection(settings: settings)
        defer { connection.close() }
        try connection.execute("LISTEN \(PostgresConnection.channel)")
        heard(nil)
        let raw = try connection.connected()
        while !isStopping.load(ordering: .acquiring) {
            var descriptor = pollfd(fd: PQsocket(raw), events: Int16(POLLIN), revents: 0)
            // Wakes up to see whether it is to stop.
            _ = poll(&descriptor, 1, 250)
            guard PQconsumeInput(raw) == 1 else {
                throw BridgeStoreError.unreachable("the listening connection was lost")
            }
            while let notice = PQnotifies(raw) {
                if let payload = notice.pointee.extra, let news = BridgeNews(text: String(cString: payload)) {
                    heard(news)
                }
                PQfreemem(notice)
            }
        }
    }
}
