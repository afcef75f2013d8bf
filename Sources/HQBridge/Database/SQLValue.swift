/// A value that goes into or comes out of a statement; the three types that both databases have alike.
enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    init(_ text: String?) { self = text.map { .text($0) } ?? .null }
    init(_ bytes: [UInt8]?) { self = bytes.map { .bytes($0) } ?? .null }
    init(_ number: Int64?) { self = number.map { .integer($0) } ?? .null }
    init(_ flag: Bool) { self = .integer(flag ? 1 : 0) }
}

/// One row of an answer.
struct SQLRow: Sendable {
    let values: [SQLValue]

    /// A number; a column of another type is a mistake of ours, and says so.
    func integer(_ column: Int) throws -> Int64 {
        guard case .integer(let value) = values[column] else { throw mismatch(column, "a number") }
        return value
    }

    func optionalInteger(_ column: Int) throws -> Int64? {
        values[column] == .null ? nil : try integer(column)
    }

    func text(_ column: Int) throws -> String {
        guard case .text(let value) = values[column] else { throw mismatch(column, "a text") }
        return value
    }

    func optionalText(_ column: Int) throws -> String? {
        values[column] == .null ? nil : try text(column)
    }

    func bytes(_ column: Int) throws -> [UInt8] {
        guard case .bytes(let value) = values[column] else { throw mismatch(column, "bytes") }
        return value
    }

    func optionalBytes(_ column: Int) throws -> [UInt8]? {
        values[column] == .null ? nil : try bytes(column)
    }

    private func mismatch(_ column: Int, _ wanted: String) -> BridgeStoreError {
        .failed(code: "type", message: "column \(column) of an answer is not \(wanted)")
    }
}

/// What differs between the two databases' SQL.
enum SQLDialect: Sendable {
    case sqlite
    case postgreSQL

    /// Statements are written with `?1`, and `{…}` where the types differ.
    func translate(_ sql: String) -> String {
        switch self {
        case .sqlite:
            return
                sql
                .replacing("{bytes}", with: "BLOB")
                .replacing("{count}", with: "INTEGER PRIMARY KEY AUTOINCREMENT")
                .replacing("{lock}", with: "")
                .replacing("{lock passing by}", with: "")
        case .postgreSQL:
            return
                sql
                .replacing("{bytes}", with: "BYTEA")
                .replacing("{count}", with: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
                // SQLite has one writer at a time: only here has a row to be locked.
                .replacing("{lock}", with: "FOR UPDATE")
                .replacing("{lock passing by}", with: "FOR UPDATE SKIP LOCKED")
                .replacing("?", with: "$")
        }
    }
}

/// One connection while a body runs on it; never leaves the thread it is on.
protocol SQLSession: AnyObject {
    var dialect: SQLDialect { get }

    /// Runs one statement; its parameters are written `?1`, `?2`, …
    @discardableResult
    func run(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow]

    /// Tells every bridge process that listens, once the transaction is committed.
    func announce(_ news: BridgeNews) throws
}

extension SQLSession {
    @discardableResult
    func run(_ sql: String) throws -> [SQLRow] { try run(sql, []) }
}

/// What one bridge process tells the others.
enum BridgeNews: Hashable, Sendable {
    /// A station's feed has something new.
    case feed(BridgeStationID)
    /// A sink has something to do.
    case work
    /// A station's sign-in changed: what is remembered of it is out of date.
    case station(BridgeStationID)

    /// The payload on the wire.
    var text: String {
        switch self {
        case .feed(let station): "feed \(station)"
        case .work: "work"
        case .station(let station): "station \(station)"
        }
    }

    init?(text: String) {
        let words = text.split(separator: " ", maxSplits: 1)
        switch words.first {
        case "work": self = .work
        case "feed":
            guard words.count == 2, let station = BridgeStationID(words[1]) else { return nil }
            self = .feed(station)
        case "station":
            guard words.count == 2, let station = BridgeStationID(words[1]) else { return nil }
            self = .station(station)
        default: return nil
        }
    }
}
