import Foundation
import StationCore
import StationStore
import Testing

/// A folder with a station's database in it, for one test.
final class Disk {
    let folder: URL
    let key: StationKey
    private(set) var opened: StationStore.Opened

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("store-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        key = try #require(StationKey(bytes: [UInt8](repeating: 9, count: 32)))
        opened = try StationStore.open(folder: folder.path, bootID: "one", now: 1)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    var store: StationStore { opened.store }
    var path: String { folder.appendingPathComponent("station.sqlite").path }

    /// Closes and opens again, as a restart does.
    func reopen(bootID: String = "one", between body: () throws -> Void = {}) throws {
        try store.close()
        let path = folder.path
        opened = try Self.replace(&opened) {
            try body()
            return try StationStore.open(folder: path, bootID: bootID, now: 2)
        }
    }

    /// The old store must be gone before the new one may have the lock.
    private static func replace(
        _ old: inout StationStore.Opened,
        _ make: () throws -> StationStore.Opened
    ) throws -> StationStore.Opened {
        let spare = FileManager.default.temporaryDirectory.appendingPathComponent("spare-\(UUID())")
        try FileManager.default.createDirectory(at: spare, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: spare) }
        old = try StationStore.open(folder: spare.path, bootID: "spare", now: 0)
        return try make()
    }

    /// Runs the sqlite3 program on the file, as somebody with the disk in their hands could.
    func sqlite3(_ sql: String) throws {
        _ = try sqlite3Output(sql)
    }

    /// The same, and what it prints.
    func sqlite3Output(_ sql: String) throws -> String {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [path, sql]
        process.standardOutput = output
        try process.run()
        let printed = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return String(decoding: printed, as: UTF8.self)
    }

    func order(
        _ id: OrderID,
        version: Int64 = 1,
        code: String,
        isTyped: Bool = true,
        place: ParcelPlace = .awaited
    ) -> StoredOrder {
        let parcel = ParcelID("\(id)-1")
        return StoredOrder(
            record: OrderRecord(
                id: id,
                version: version,
                displayNumber: "\(id)",
                parcels: [ParcelRecord(id: parcel, size: .medium, place: place)]
            ),
            tokens: [
                Token(digest: key.digest(of: code), kind: .pickupCode(isTyped: isTyped)),
                Token(digest: key.digest(of: "LABEL-\(id)"), kind: .label(parcel)),
            ],
            document: Data("{\"lines\":[]}".utf8)
        )
    }

    func store(_ order: StoredOrder) throws {
        try store.write { try $0.store(order) }
    }
}

/// A station of two doors whose decisions are committed to a disk.
struct Committer {
    let disk: Disk
    var state: StationState
    var count = 0
    private let run = UUID().uuidString

    init(_ disk: Disk) {
        self.disk = disk
        let compartments = ["A-01", "A-02"].map { label in
            CompartmentPlan(
                id: CompartmentID(label),
                kind: .locker,
                bank: "A",
                board: "A",
                size: .medium,
                hasDoorSensor: true,
                pulseMs: 400,
                coolDownMs: 2_000
            )
        }
        state = StationState(
            plan: StationPlan(station: "S", compartments: compartments),
            policy: Policy(),
            memory: disk.opened.memory,
            at: Instant(nanoseconds: 1_000_000_000)
        )
    }

    mutating func send(_ event: Event) throws {
        count += 1
        let moment = Moment(
            // Later than the coils of a restarted program have cooled.
            instant: Instant(nanoseconds: 5_000_000_000 + UInt64(count) * 50_000_000),
            uniqueID: "\(run)-\(count)"
        )
        let decision = state.decide(event, at: moment)
        #expect(decision.violations.isEmpty)
        let entry = JournalEntry(
            moment: moment,
            time: decision.state.clock.time(at: moment.instant),
            event: event,
            changes: decision.changes.filter(\.isDurable)
        )
        try disk.store.commit(decision, lines: [JournalLine(entry)])
        state = decision.state
    }
}
