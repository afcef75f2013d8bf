internal import CPostgres
internal import Foundation

/// One connection to PostgreSQL through libpq, for one thread. Every call blocks.
///
/// Answers come in the binary format (int8 is 8 bytes, big end first; text and bytea are their bytes), so nothing is
/// printed and parsed on the way: <https://www.postgresql.org/docs/15/libpq-exec.html>.
final class PostgresConnection: SQLSession {
    let dialect = SQLDialect.postgreSQL
    private let settings: String
    private var connection: OpaquePointer?
    private var prepared: [String: String] = [:]

    /// Connects at the first statement. `settings` is a connection string or URI of libpq.
    init(settings: String) {
        self.settings = settings
    }

    deinit { close() }

    func close() {
        if let connection { PQfinish(connection) }
        connection = nil
        prepared = [:]
    }

    /// The connection, made if there is none; one that broke is made anew.
    func connected() throws(BridgeStoreError) -> OpaquePointer {
        if let connection {
            if PQstatus(connection) == CONNECTION_OK { return connection }
            close()
        }
        let made = PQconnectdb(settings)
        guard let made, PQstatus(made) == CONNECTION_OK else {
            let why = made.map { Self.words(PQerrorMessage($0)) } ?? "no memory"
            if let made { PQfinish(made) }
            throw .unreachable(why)
        }
        // Nobody reads what the server only remarks.
        _ = PQsetNoticeProcessor(made, { _, _ in }, nil)
        connection = made
        return made
    }

    func run(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        let connection = try connected()
        let name = try prepare(sql, on: connection)
        let result = Self.send(arguments) { values, lengths, formats in
            PQexecPrepared(connection, name, Int32(arguments.count), values, lengths, formats, 1)
        }
        defer { PQclear(result) }
        try check(result)
        return try Self.rows(result)
    }

    /// A statement without parameters that is run once: a migration, BEGIN, LISTEN.
    func execute(_ sql: String) throws(BridgeStoreError) {
        let result = PQexec(try connected(), sql)
        defer { PQclear(result) }
        try check(result)
    }

    func announce(_ news: BridgeNews) throws {
        _ = try run("SELECT pg_notify('\(Self.channel)', ?1)", [.text(news.text)])
    }

    /// The channel of LISTEN and NOTIFY.
    static let channel = "pickup_bridge"

    private func prepare(_ sql: String, on connection: OpaquePointer) throws(BridgeStoreError) -> String {
        if let name = prepared[sql] { return name }
        let name = "s\(prepared.count)"
        let result = PQprepare(connection, name, dialect.translate(sql), 0, nil)
        defer { PQclear(result) }
        try check(result)
        prepared[sql] = name
        return name
    }

    private func check(_ result: OpaquePointer?) throws(BridgeStoreError) {
        let status = PQresultStatus(result)
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK { return }
        let code = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) } ?? ""
        let message = Self.words(PQresultErrorMessage(result))
        // 57P0x: the server shuts down or crashed; 08xxx and no code at all: the connection is gone; 53xxx: it is full.
        let isAway =
            code.isEmpty || code.hasPrefix("08") || code.hasPrefix("57P") || code.hasPrefix("53")
            || connection.map { PQstatus($0) != CONNECTION_OK } ?? true
        throw isAway ? .unreachable(message) : .failed(code: code, message: message)
    }

    private static func words(_ text: UnsafePointer<CChar>?) -> String {
        let text = text.map { String(cString: $0) } ?? "no words"
        return text.split(separator: "\n").joined(separator: " ").trimmingCharacters(in: .whitespaces)
    }

    // MARK: Values

    private static func send(
        _ arguments: [SQLValue],
        _ body: ([UnsafePointer<CChar>?], [Int32], [Int32]) -> OpaquePointer?
    ) -> OpaquePointer? {
        var storage: [UInt8] = []
        var places: [Int?] = []
        var lengths: [Int32] = []
        var formats: [Int32] = []
        for argument in arguments {
            var bytes: [UInt8]?
            var isBinary: Int32 = 0
            switch argument {
            case .null: bytes = nil
            case .integer(let value): bytes = Array(String(value).utf8)
            case .text(let value): bytes = Array(value.utf8)
            case .bytes(let value):
                bytes = value
                isBinary = 1
            }
            places.append(bytes.map { _ in storage.count })
            lengths.append(Int32(bytes?.count ?? 0))
            formats.append(isBinary)
            // The text format ends with a NUL.
            if let bytes { storage += bytes + [0] }
        }
        return storage.withUnsafeBufferPointer { buffer in
            let start = buffer.baseAddress.map { UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self) }
            return body(places.map { place in place.flatMap { start?.advanced(by: $0) } }, lengths, formats)
        }
    }

    private static func rows(_ result: OpaquePointer?) throws -> [SQLRow] {
        let columns = PQnfields(result)
        return try (0..<PQntuples(result)).map { row in
            SQLRow(values: try (0..<columns).map { try value(result, row, $0) })
        }
    }

    private static func value(_ result: OpaquePointer?, _ row: Int32, _ column: Int32) throws -> SQLValue {
        guard PQgetisnull(result, row, column) == 0, let start = PQgetvalue(result, row, column) else {
            return .null
        }
        let bytes = Array(
            UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(result, row, column)))
        )
        // The object ids of PostgreSQL's own types (pg_type.dat) never change.
        switch PQftype(result, column) {
        case 20, 21, 23:
            let isNegative = (bytes.first ?? 0) & 0x80 != 0
            return .integer(bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) })
        case 16: return .integer(Int64(bytes.first ?? 0))
        case 17: return .bytes(bytes)
        case 19, 25, 1043, 2278: return .text(String(decoding: bytes, as: UTF8.self))
        case let other: throw BridgeStoreError.failed(code: "type", message: "type \(other) is not read")
        }
    }
}
