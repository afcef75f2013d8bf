internal import Foundation
internal import GRDB
internal import StationCore

/// What can still be read of a damaged database: what is in the wall, and what HQ has not been told.
///
/// It reads row by row without writing, and takes what it gets; a row that cannot be read is left. A page
/// that cannot be read ends a walk over its table: the walk is repeated from the table's other end, and what
/// lies between two such pages is asked for row by row.
struct Salvage {
    private(set) var compartments: [CompartmentRecord] = []
    private(set) var reports: [(sequence: Int64, report: Report)] = []
    private var lastSequence: Int64 = 0

    /// More rows than a station ever has waiting; numbers beyond are themselves damage.
    private static let sequenceMax: Int64 = 1 << 48
    private static let pointReadsMax: Int64 = 200_000

    init(readingFrom path: String) {
        var configuration = Configuration()
        configuration.readonly = true
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else { return }
        readCompartments(queue)
        readReports(queue)
    }

    private mutating func readCompartments(_ queue: DatabaseQueue) {
        var found: [CompartmentID: CompartmentRecord] = [:]
        for direction in ["ASC", "DESC"] {
            Self.walk(queue, "SELECT record FROM compartment ORDER BY id \(direction)") { row in
                guard let record = Self.decode(CompartmentRecord.self, row[0]) else { return }
                if found[record.id] == nil { found[record.id] = record }
            }
        }
        compartments = found.values.sorted { $0.id < $1.id }
    }

    private mutating func readReports(_ queue: DatabaseQueue) {
        var found: [Int64: Report] = [:]
        var ends: [Int64] = []
        func take(_ row: Row) {
            // A column that is damaged may be of any type.
            guard let sequence = Int64.fromDatabaseValue(row[0]), (1..<Self.sequenceMax).contains(sequence)
            else { return }
            ends.append(sequence)
            guard Int.fromDatabaseValue(row[2]) != 1, let report = Self.decode(Report.self, row[1]) else {
                return
            }
            found[sequence] = report
        }
        let sql = "SELECT sequence, report, state FROM outbox"
        let isWhole = Self.walk(queue, sql + " ORDER BY sequence", take)
        let forward = ends.max() ?? 0
        Self.walk(queue, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'") { row in
            guard let last = Int64.fromDatabaseValue(row[0]), last < Self.sequenceMax else { return }
            lastSequence = last
        }
        if !isWhole {
            ends.removeAll()
            Self.walk(queue, sql + " ORDER BY sequence DESC", take)
            let backward = ends.min() ?? lastSequence + 1
            let between = (forward + 1)..<max(forward + 1, backward)
            for sequence in between.suffix(Int(Self.pointReadsMax)) {
                Self.walk(queue, sql + " WHERE sequence = \(sequence)", take)
            }
        }
        // A tree that leads to one page twice gives its events twice.
        var seen: Set<EventID> = []
        reports = found.sorted { $0.key < $1.key }.filter { seen.insert($0.value.id).inserted }
            .map { (sequence: $0.key, report: $0.value) }
        lastSequence = max(lastSequence, reports.last?.sequence ?? 0)
    }

    /// Whether the end was reached.
    @discardableResult
    private static func walk(_ queue: DatabaseQueue, _ sql: String, _ take: (Row) -> Void) -> Bool {
        do {
            try queue.read { db in
                let cursor = try Row.fetchCursor(db, sql: sql)
                while let row = try cursor.next() { take(row) }
            }
            return true
        } catch {
            return false
        }
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ value: DatabaseValue) -> Value? {
        Data.fromDatabaseValue(value).flatMap { try? JSONDecoder().decode(type, from: $0) }
    }

    func save(into transaction: StoreTransaction) throws {
        for var compartment in compartments {
            // Whatever the file says of it may be old: a person looks before anybody is given it.
            if compartment.outcomeUnknown == nil { compartment.outcomeUnknown = .service }
            try transaction.save(compartment)
        }
        for (sequence, report) in reports { try transaction.restore(report, sequence: sequence) }
        try transaction.countEvents(from: lastSequence)
    }
}
