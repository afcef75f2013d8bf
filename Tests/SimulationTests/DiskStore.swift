import Foundation
import StationCore
import StationSim
import StationStore

/// The real store on a real file, behind the simulation's port.
final class DiskStore: SimStore {
    private let folder: URL
    private let key: StationKey
    private var store: StationStore?
    private var isStaffKnown = false

    init() throws {
        let memory = URL(fileURLWithPath: "/dev/shm", isDirectory: true)
        let base =
            FileManager.default.isWritableFile(atPath: memory.path)
            ? memory : FileManager.default.temporaryDirectory
        folder = base.appendingPathComponent("pickup-sim-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        guard let key = StationKey(bytes: Array(repeating: UInt8(7), count: 32)) else {
            throw CocoaError(.coderInvalidValue)
        }
        self.key = key
    }

    deinit {
        store = nil
        try? FileManager.default.removeItem(at: folder)
    }

    private func opened() throws -> StationStore {
        if let store { return store }
        throw CocoaError(.fileReadUnknown)
    }

    // MARK: Starts and kills

    func open(isSameBoot: Bool) throws -> StationState.Memory {
        if store == nil {
            let opened = try StationStore.open(folder: folder.path, bootID: "boot", now: 0)
            guard opened.setAside == nil else { throw CocoaError(.fileReadCorruptFile) }
            store = opened.store
        }
        let store = try opened()
        if !isStaffKnown {
            try store.write { transaction in
                let staff = StaffRecord(id: "staff", version: 1, roles: [.associate, .manager], isRevoked: false)
                try transaction.store(staff, badge: key.digest(of: "STAFF"), verifier: Data())
            }
            isStaffKnown = true
        }
        return try store.read { try $0.memory(bootID: isSameBoot ? "boot" : "another boot") }
    }

    /// The files stay as a kill leaves them, with the write-ahead log not folded in: closing a connection
    /// would tidy up first.
    func crash() throws {
        let files = FileManager.default
        let names = ["station.sqlite", "station.sqlite-wal"]
        let aside = folder.appendingPathComponent("killed")
        try files.createDirectory(at: aside, withIntermediateDirectories: true)
        for name in names where files.fileExists(atPath: folder.appendingPathComponent(name).path) {
            try files.copyItem(
                at: folder.appendingPathComponent(name),
                to: aside.appendingPathComponent(name)
            )
        }
        store = nil
        for name in names + ["station.sqlite-shm"] {
            try? files.removeItem(at: folder.appendingPathComponent(name))
        }
        for name in try files.contentsOfDirectory(atPath: aside.path) {
            try files.moveItem(
                at: aside.appendingPathComponent(name),
                to: folder.appendingPathComponent(name)
            )
        }
        try files.removeItem(at: aside)
    }

    func setDisk(full: Bool) throws {
        try opened().limitPages(toPresentPlus: full ? 0 : 1_000_000)
    }

    func commit(_ decision: Decision, event: Event, moment: Moment, attaching: SimOrder?) throws {
        let time = decision.state.clock.time(at: moment.instant)
        let durable = decision.changes.filter(\.isDurable)
        let line = JournalEntry(moment: moment, time: time, event: event, changes: durable)
        let attached = attaching.map { stored($0, as: $0.record) }
        do {
            try opened().commit(decision, lines: [JournalLine(line)]) { transaction in
                guard let attached else { return }
                try transaction.attach(attached)
                try transaction.confirmed(attached.record.id)
            }
        } catch StoreError.sqlite(code: 13, _, isDamage: false) {
            throw SimDiskFull()
        }
    }

    // MARK: Orders

    func match(_ text: String, form: ShownCode.Form) throws -> ShownCode {
        try opened().match(key.digest(of: text), form: form)
    }

    func order(_ id: OrderID) throws -> OrderRecord? {
        try opened().read { try $0.order(id) }
    }

    func store(_ record: OrderRecord, _ order: SimOrder) throws {
        let stored = stored(order, as: record)
        try opened().write { try $0.store(stored) }
    }

    private func stored(_ order: SimOrder, as record: OrderRecord) -> StoredOrder {
        var tokens = [Token(digest: key.digest(of: order.code), kind: .pickupCode(isTyped: order.isTyped))]
        tokens += order.record.parcels.map {
            Token(digest: key.digest(of: order.label($0.id)), kind: .label($0.id))
        }
        return StoredOrder(record: record, tokens: tokens, document: nil)
    }

    func cursor() throws -> Int {
        try opened().read { try $0.cursor() }.flatMap { Int($0) } ?? 0
    }

    func setCursor(_ cursor: Int) throws {
        try opened().write { try $0.setCursor("\(cursor)") }
    }

    func tally() throws -> Tally {
        try opened().read { try $0.currentTally() }
    }

    // MARK: The journal

    func openIntents() throws -> [OpeningID] {
        try opened().read { try $0.memory(bootID: "boot").openings.map(\.id) }
    }

    func newestLine() throws -> [Change] {
        try opened().read { transaction in
            // Lines have no gaps, so the newest is found by walking on from the last one that was seen.
            while let line = try transaction.journal(after: lastLine, limit: 100).last {
                lastLine = line.sequence
                newest = line.entry.changes
            }
            return newest
        }
    }
    private var lastLine: Int64 = 0
    private var newest: [Change] = []

    func brokenLink() throws -> String? {
        try opened().read { try $0.firstBrokenLink(last: .max - 1) }.map { "\($0.sequence): \($0.reason)" }
    }

    /// The codes here are runs of digits, some with a letter before them: one pass over the files finds every
    /// run, and a time of more digits is not taken for a code.
    func firstFound(of texts: [String]) throws -> String? {
        var wanted: [String: String] = [:]
        for text in texts { wanted[text.filter(\.isNumber)] = text }
        let lengths = Set(wanted.keys.map(\.utf8.count))
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
            if let found = bytes.firstRunOfDigits(where: lengths.contains, in: wanted) { return found }
        }
        return nil
    }

    // MARK: The outbox

    func outboxHeads(limit: Int) throws -> [Report] {
        try opened().read { try $0.outboxHeads(limit: limit).map(\.report) }
    }

    func delivered(_ id: EventID, isPending: Bool) throws {
        try opened().write { try $0.delivered(id, isPendingAtHQ: isPending) }
    }

    func confirmed(_ order: OrderID) throws {
        try opened().write { try $0.confirmed(order) }
    }

    func park(_ id: EventID) throws {
        try opened().write { try $0.park(id, problem: "unknown-order") }
    }

    func retryParked() throws {
        try opened().write { try $0.retryParked() }
    }

    func outbox() throws -> (waiting: Int, pending: Int, parked: Int) {
        let summary = try opened().read { try $0.outboxSummary() }
        return (summary.waiting, summary.pendingAtHQ, summary.parked)
    }
}

extension [UInt8] {
    fileprivate func firstRunOfDigits(where isOfLength: (Int) -> Bool, in wanted: [String: String]) -> String?
    {
        withUnsafeBufferPointer { bytes in
            var start = 0
            var index = 0
            while index <= bytes.count {
                if index < bytes.count, bytes[index] &- 48 < 10 {
                    index += 1
                    continue
                }
                if index > start, isOfLength(index - start),
                    let found = wanted[String(decoding: bytes[start..<index], as: UTF8.self)]
                {
                    return found
                }
                index += 1
                start = index
            }
            return nil
        }
    }
}
