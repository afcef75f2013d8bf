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

    func open(isSameBoot: Bool) throws -> StationState.Memory {
        if store == nil {
            let opened = try StationStore.open(folder: folder.path, bootID: "boot", now: 0)
            guard opened.setAside == nil else { throw CocoaError(.fileReadCorruptFile) }
            store = opened.store
        }
        let store = try opened()
        if !isStaffKnown {
            try store.write { transaction in
                let staff = StaffRecord(id: "staff", version: 1, roles: [.associate], isRevoked: false)
                try transaction.store(staff, badge: key.digest(of: "STAFF"), verifier: Data())
            }
            isStaffKnown = true
        }
        return try store.read { try $0.memory(bootID: isSameBoot ? "boot" : "another boot") }
    }

    /// The connection is dropped without a word, as at a kill: what was committed is in the write-ahead log.
    func crash() throws {
        store = nil
    }

    func commit(_ decision: Decision, event: Event, moment: Moment) throws {
        let time = decision.state.clock.time(at: moment.instant)
        let durable = decision.changes.filter(\.isDurable)
        try opened().commit(
            decision,
            lines: [
                JournalLine(JournalEntry(moment: moment, time: time, event: event, changes: durable))
            ]
        )
    }

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

    func attach(_ order: SimOrder, version: Int64) throws {
        let stored = stored(order, as: order.record)
        try opened().write { try $0.attach(stored) }
    }

    private func stored(_ order: SimOrder, as record: OrderRecord) -> StoredOrder {
        var tokens = [Token(digest: key.digest(of: order.code), kind: .pickupCode(isTyped: order.isTyped))]
        tokens += order.record.parcels.map {
            Token(digest: key.digest(of: order.label($0.id)), kind: .label($0.id))
        }
        return StoredOrder(record: record, tokens: tokens, document: nil)
    }

    func openIntents() throws -> [OpeningID] {
        try opened().read { try $0.memory(bootID: "boot").openings.map(\.id) }
    }

    func outboxHeads(limit: Int) throws -> [Report] {
        try opened().read { try $0.outboxHeads(limit: limit).map(\.report) }
    }

    func delivered(_ id: EventID) throws {
        try opened().write { try $0.delivered(id, isPendingAtHQ: false) }
    }

    func waiting() throws -> Int {
        try opened().read { try $0.outboxSummary().waiting }
    }
}
