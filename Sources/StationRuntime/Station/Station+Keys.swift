internal import Foundation
internal import Logging
internal import StationAPI
internal import StationCore
internal import StationStore

/// HQ's keys and the station's own, as the feed brings and takes them back.
extension Station {
    static func storedKeys(_ store: StationStore) throws -> KeyRing {
        guard let data = try store.read({ try $0.hqKeys() }) else { return KeyRing() }
        return try JSONDecoder().decode(KeyRing.self, from: data)
    }

    static func storedCodeKeys(_ store: StationStore, file: StationKey) throws -> CodeKeys {
        let data = try store.read { try $0.codeKeys() }
        let entries = try data.map { try JSONDecoder().decode([CodeKeys.Entry].self, from: $0) }
        return CodeKeys(file: file, entries: entries ?? [])
    }

    func adopt(_ document: HQKeyDocument) {
        var keys = hqKeys
        do throws(KeyRing.Refusal) {
            try keys.add(document)
        } catch {
            setAside(order: nil, reason: "key \(document.keyID): \(error.rawValue)", excerpt: "")
            return
        }
        keep(keys, note: "key \(document.keyID) for \(document.use.rawValue)")
    }

    func adopt(_ revocation: Revocation) {
        var keys = hqKeys
        guard keys.revoke(revocation) else {
            setAside(order: nil, reason: "too many revoked grants", excerpt: "")
            return
        }
        let note =
            switch revocation {
            case .key(let id): "key \(id) revoked"
            case .grant(let id): "grant \(id) revoked"
            }
        keep(keys, note: note)
    }

    func adopt(_ document: StationKeyDocument) {
        let entry = CodeKeys.Entry(id: document.keyID, bytes: document.key)
        if codeKeys.entries.contains(entry) { return }
        guard let keys = codeKeys.adding(entry) else {
            setAside(order: nil, reason: "station key \(document.keyID): keyChanged", excerpt: "")
            return
        }
        write("station key \(document.keyID)") { transaction in
            try transaction.setCodeKeys(JSONEncoder().encode(keys.entries))
        } then: {
            codeKeys = keys
        }
    }

    private func keep(_ keys: KeyRing, note: String) {
        guard keys != hqKeys else { return }
        write(note) { transaction in
            try transaction.setHQKeys(JSONEncoder().encode(keys))
        } then: {
            hqKeys = keys
        }
    }

    /// Keys change only with the transaction that keeps them.
    private func write(_ note: String, _ body: (StoreTransaction) throws -> Void, then take: () -> Void) {
        let time = state.clock.time(at: .now())
        do {
            try store.write { transaction in
                try transaction.append(
                    JournalEntry(
                        moment: Moment(instant: .now(), uniqueID: "feed"),
                        time: time,
                        event: nil,
                        changes: [],
                        note: note
                    )
                )
                try body(transaction)
            }
            take()
            logger.notice("keys have changed", metadata: ["what": "\(note)"])
        } catch {
            logger.error("keys could not be kept", metadata: ["what": "\(note)", "error": "\(error)"])
        }
    }
}
