internal import Foundation
internal import GRDB
public import StationCore
internal import Synchronization

/// The station's memory: one SQLite file in WAL mode with `synchronous=FULL`, one writer, one process.
///
/// Every call blocks until it is done; the caller is an actor on a thread of its own. What ``write(_:)``
/// returned from is on
/// the disk (as far as the disk is honest).
public final class StationStore: Sendable {
    /// A store, and in what state it was found.
    public struct Opened: Sendable {
        /// The store.
        public var store: StationStore
        /// What the core remembers.
        public var memory: StationState.Memory
        /// Set when the file was damaged: it was moved there, and orders must be resynced. Set again at every
        /// start until a line of the journal with a start is committed.
        public var setAside: SetAside?
    }

    /// A damaged database that was moved away.
    public struct SetAside: Codable, Hashable, Sendable {
        /// Where the damaged files are now.
        public var path: String
        /// What was wrong.
        public var reason: String
        /// How many events for HQ were saved from it.
        public var savedEvents: Int
        /// How many compartments were saved from it.
        public var savedCompartments: Int
    }

    /// The folder of the state.
    public let folder: String

    let queue: DatabaseQueue
    private let checkpointer: Checkpointer
    private let lock: StationLock
    private let journalHead: Mutex<Data>

    init(
        folder: String,
        queue: DatabaseQueue,
        checkpointer: Checkpointer,
        lock: StationLock,
        journalHead: Data
    ) {
        self.folder = folder
        self.queue = queue
        self.checkpointer = checkpointer
        self.lock = lock
        self.journalHead = Mutex(journalHead)
    }

    /// Runs `body` in one transaction; returns once it is committed durably.
    ///
    /// - Throws: ``StoreError``; then nothing of it has happened.
    public func write<Value>(_ body: (StoreTransaction) throws -> Value) throws(StoreError) -> Value {
        do {
            // Head of the chain and commit under one turn of the queue: two writers that both began from the
            // same head would break the chain.
            return try queue.writeWithoutTransaction { db in
                let transaction = StoreTransaction(db: db, journalHead: journalHead.withLock { $0 })
                var result: Value?
                try db.inTransaction {
                    result = try body(transaction)
                    try transaction.saveTally()
                    return .commit
                }
                journalHead.withLock { $0 = transaction.journalHead }
                guard let result else {
                    throw StoreError.sqlite(code: 21, message: "a transaction did not run", isDamage: false)
                }
                return result
            }
        } catch {
            throw noted(StoreError(error))
        }
    }

    /// Runs `body` on the same connection without a transaction of its own.
    public func read<Value>(_ body: (StoreTransaction) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.unsafeRead { db in
                try body(StoreTransaction(db: db, journalHead: HashChain.start))
            }
        } catch {
            throw noted(StoreError(error))
        }
    }

    /// Runs many reads in one transaction: without one, each locks and unlocks the file.
    public func readMany<Value>(_ body: (StoreTransaction) throws -> Value) throws(StoreError) -> Value {
        do {
            return try queue.read { try body(StoreTransaction(db: $0, journalHead: HashChain.start)) }
        } catch {
            throw noted(StoreError(error))
        }
    }

    /// Commits a decision: its journal line, and the rows and outbox entries its changes make, in one
    /// transaction.
    ///
    /// - Parameters:
    ///   - decision: what was decided; its `state` is what the rows are written from.
    ///   - lines: journal lines of this decision and of earlier ones that had nothing durable.
    ///   - extra: rows of the caller's own that belong to the same transaction.
    public func commit(
        _ decision: Decision,
        lines: [JournalLine],
        alsoWriting extra: (StoreTransaction) throws -> Void = { _ in }
    ) throws(StoreError) {
        try write { transaction in
            for line in lines { try transaction.append(line) }
            for change in decision.changes { try transaction.persist(change, after: decision.state) }
            if lines.contains(where: \.isStart) { try transaction.clear(.setAside) }
            try extra(transaction)
        }
    }

    /// Damage met while serving is remembered beside the file: the check at a start does not read the orders.
    private func noted(_ error: StoreError) -> StoreError {
        if case .sqlite(let code, let message, isDamage: true) = error, code != 0 {
            DamageNote(folder: folder).leave("\(message) (SQLite code \(code))")
        }
        return error
    }

    /// What a scanned or typed text is, by its digest.
    public func match(_ digest: CodeDigest, form: ShownCode.Form) throws(StoreError) -> ShownCode {
        try read { try $0.match(digest, form: form) }
    }

    /// A setting of the connection as SQLite has it, such as `journal_mode`; nil if it has none of this name.
    public func pragma(_ name: String) throws(StoreError) -> String? {
        try read { transaction in
            let row = try Row.fetchOne(transaction.db, sql: "PRAGMA \(name)")
            return row.flatMap { ($0[0] as DatabaseValue).storage.value }.map { "\($0)" }
        }
    }

    /// Lets the file grow by so many pages and no further: the database then is as full as a full disk.
    public func limitPages(toPresentPlus pages: Int) throws(StoreError) {
        do {
            try queue.writeWithoutTransaction { db in
                let present = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
                try db.execute(sql: "PRAGMA max_page_count = \(present + pages)")
            }
        } catch {
            throw StoreError(error)
        }
    }

    /// How much of the write-ahead log is not folded into the file yet, in pages. It is folded in beside the
    /// writer; who writes much waits with ``foldLogIn()`` now and then, or the log grows without end.
    public var logPages: Int { checkpointer.logPages }

    /// Returns once what was committed before is folded into the file, nobody else being kept waiting.
    public func foldLogIn() async { await checkpointer.foldIn() }

    /// Closes the file after folding the write-ahead log into it.
    public func close() throws(StoreError) {
        do {
            try checkpointer.close()
            try queue.writeWithoutTransaction { db in
                _ = try db.checkpoint(.truncate)
            }
            try queue.close()
        } catch {
            throw StoreError(error)
        }
    }
}

extension StoreError {
    /// What SQLite said, in our words.
    init(_ error: any Error) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? DatabaseError {
            let code = error.resultCode
            self = .sqlite(
                code: Int(error.extendedResultCode.rawValue),
                message: error.message ?? code.description,
                isDamage: code == .SQLITE_CORRUPT || code == .SQLITE_NOTADB
            )
        } else {
            self = .sqlite(code: 0, message: String(describing: error), isDamage: error is DecodingError)
        }
    }
}
