internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// A value that can stand for a `?` of a statement.
protocol SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

/// One row of a result, valid only while it is being read. Columns count from 0.
struct SQLRow {
    let statement: OpaquePointer

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }
    func int64(_ column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }
    func int(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }
    func optionalInt64(_ column: Int32) -> Int64? { isNull(column) ? nil : int64(column) }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

    func bytes(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, column) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, column))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func data(_ column: Int32) -> Data {
        guard let start = sqlite3_column_blob(statement, column) else { return Data() }
        return Data(bytes: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    func optionalData(_ column: Int32) -> Data? { isNull(column) ? nil : data(column) }
}

/// Statements that are prepared once per connection, bound and stepped without a layer in between: a scan
/// waits for a dozen of them, the feed for a million. GRDB keeps the connection, the transactions and the
/// prepared statements.
extension StoreTransaction {
    /// Runs a statement that returns nothing.
    func run(_ sql: String, _ arguments: [(any SQLBindable)?]) throws {
        try each(sql, arguments) { _ in }
    }

    /// The first row of a result; nil if there is none.
    func first<Value>(
        _ sql: String,
        _ arguments: [(any SQLBindable)?],
        _ read: (SQLRow) throws -> Value
    ) throws -> Value? {
        let statement = try prepared(sql, arguments)
        defer { sqlite3_reset(statement) }
        return try step(statement) ? try read(SQLRow(statement: statement)) : nil
    }

    /// Calls `read` for every row. It must not run the same statement again.
    func each(_ sql: String, _ arguments: [(any SQLBindable)?], _ read: (SQLRow) throws -> Void) throws {
        let statement = try prepared(sql, arguments)
        defer { sqlite3_reset(statement) }
        while try step(statement) { try read(SQLRow(statement: statement)) }
    }

    /// Calls `read` for one row after the other as long as it returns true. It must not run the same statement
    /// again.
    func some(_ sql: String, _ arguments: [(any SQLBindable)?], _ read: (SQLRow) throws -> Bool) throws {
        let statement = try prepared(sql, arguments)
        defer { sqlite3_reset(statement) }
        while try step(statement) {
            guard try read(SQLRow(statement: statement)) else { return }
        }
    }

    /// How many rows the last insert, update or delete changed.
    var changedRows: Int { Int(sqlite3_changes(db.sqliteConnection)) }

    private func prepared(_ sql: String, _ arguments: [(any SQLBindable)?]) throws -> OpaquePointer {
        let statement = try db.cachedStatement(sql: sql).sqliteStatement
        var index: Int32 = 0
        for argument in arguments {
            index += 1
            let status =
                argument.map { $0.bind(to: statement, at: index) } ?? sqlite3_bind_null(statement, index)
            guard status == SQLITE_OK else { throw failure(status, statement) }
        }
        return statement
    }

    /// Whether there is another row.
    private func step(_ statement: OpaquePointer) throws -> Bool {
        let status = sqlite3_step(statement)
        switch status {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure(status, statement)
        }
    }

    private func failure(_ status: Int32, _ statement: OpaquePointer) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
            message: String(cString: sqlite3_errmsg(db.sqliteConnection)),
            sql: String(cString: sqlite3_sql(statement))
        )
    }
}

/// SQLite copies what is bound before the call returns (SQLITE_TRANSIENT, which C writes as a cast of -1).
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

private func bindBlob(_ bytes: UnsafeRawBufferPointer, _ statement: OpaquePointer, _ index: Int32) -> Int32 {
    // A blob without bytes has no address, and would be NULL.
    guard let start = bytes.baseAddress, !bytes.isEmpty else {
        return sqlite3_bind_zeroblob(statement, index, 0)
    }
    return sqlite3_bind_blob(statement, index, start, Int32(clamping: bytes.count), copied)
}

extension String: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        var text = self
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                guard let start = $0.baseAddress else {
                    return sqlite3_bind_text(statement, index, "", 0, copied)
                }
                return sqlite3_bind_text(statement, index, start, Int32(clamping: $0.count), copied)
            }
        }
    }
}

extension Int64: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self)
    }
}

extension Int: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, Int64(self))
    }
}

extension Bool: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        sqlite3_bind_int64(statement, index, self ? 1 : 0)
    }
}

extension Data: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes { bindBlob($0, statement, index) }
    }
}

extension [UInt8]: SQLBindable {
    func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
        withUnsafeBytes { bindBlob($0, statement, index) }
    }
}
