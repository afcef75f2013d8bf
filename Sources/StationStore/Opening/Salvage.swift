internal import Foundation
internal import GRDB
internal import StationCore

/// What can still be read of a damaged database: what is in the wall, and what HQ has not been told.
///
/// It reads row by row from a copy that nobody writes to, and takes what it gets; a row that cannot be read
/// is left.
struct Salvage {
    private(set) var compartments: [CompartmentRecord] = []
    private(set) var reports: [Report] = []

    init(readingFrom path: String) {
        var configuration = Configuration()
        configuration.readonly = true
        guard let queue = try? DatabaseQueue(path: path, configuration: configuration) else { return }
        compartments = Self.rows(queue, "SELECT record FROM compartment", as: CompartmentRecord.self)
        reports = Self.rows(
            queue,
            "SELECT report FROM outbox WHERE state <> 1 ORDER BY sequence",
            as: Report.self
        )
    }

    private static func rows<Value: Decodable>(_ queue: DatabaseQueue, _ sql: String, as type: Value.Type)
        -> [Value]
    {
        var values: [Value] = []
        try? queue.read { db in
            let cursor = try Data.fetchCursor(db, sql: sql)
            while let data = try cursor.next() {
                if let value = try? JSONDecoder().decode(type, from: data) { values.append(value) }
            }
        }
        return values
    }

    func save(into transaction: StoreTransaction) throws {
        for var compartment in compartments {
            // Whatever the file says of it may be old: a person looks before anybody is given it.
            if compartment.outcomeUnknown == nil { compartment.outcomeUnknown = .service }
            try transaction.save(compartment)
        }
        for report in reports { try transaction.enqueue(report) }
    }
}
