internal import Foundation
internal import StationAPI
internal import Synchronization

/// Who may speak for a station. What the store says is kept for a while; news of a change end that at once.
final class StationDirectory: Sendable {
    /// What a caller shows.
    struct Caller: Sendable {
        /// The bearer token, if any.
        var token: String?
        /// SHA-256 of the client certificate as a trusted proxy reports it, if any.
        var certificateFingerprint: String?
    }

    private struct Entry {
        var station: BridgeStore.Station?
        var readAt: ContinuousClock.Instant
    }

    private let store: BridgeStore
    private let entries = Mutex<[BridgeStationID: Entry]>([:])
    private static let lifetime = Duration.seconds(30)

    init(store: BridgeStore) {
        self.store = store
        store.news.watch { [weak self] news in
            switch news {
            case .station(let id): self?.entries.withLock { $0[id] = nil }
            case nil: self?.entries.withLock { $0 = [:] }
            case .feed, .work: break
            }
        }
    }

    /// The station that the caller speaks for, if it may.
    ///
    /// - Throws: a ``Problem`` for the caller, or a ``BridgeStoreError``.
    func station(_ name: String?, for caller: Caller) async throws -> BridgeStore.Station {
        guard caller.token != nil || caller.certificateFingerprint != nil else {
            throw Problem(type: "about:blank", status: 401, title: "sign in with the station's token")
        }
        guard let id = name.flatMap({ BridgeStationID($0) }), let station = try await look(id) else {
            throw Problem(.unknownStation, status: 404, title: "no such station")
        }
        let shown = caller.token.map { BridgeStore.hash($0.utf8) }
        let isCurrent =
            isEqual(shown, station.tokenHash)
            || isEqual(
                caller.certificateFingerprint.map { Array($0.utf8) },
                station.certificateFingerprint.map { Array($0.utf8) }
            )
        let isOld = isEqual(shown, station.oldTokenHash)
        if isEqual(shown, station.replacedTokenHash) || (isCurrent || isOld) && station.status != .enrolled {
            throw Problem(.stationReplaced, status: 403, title: "this box's access to the station has ended")
        }
        guard isCurrent || isOld else {
            throw Problem(type: "about:blank", status: 401, title: "not a token of this station")
        }
        if isCurrent, shown != nil, station.oldTokenHash != nil { try await store.endOldToken(of: id) }
        return station
    }

    private func look(_ id: BridgeStationID) async throws -> BridgeStore.Station? {
        let now = ContinuousClock.now
        if let entry = entries.withLock({ $0[id] }), now - entry.readAt < Self.lifetime {
            return entry.station
        }
        let station = try await store.station(id)
        // Unknown ids are not kept: anybody can make them up.
        if station != nil { entries.withLock { $0[id] = Entry(station: station, readAt: now) } }
        return station
    }

    /// Whether two secrets are equal, in a time that does not depend on where the first difference is.
    private func isEqual(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
        guard let one, let other, one.count == other.count else { return false }
        return zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
