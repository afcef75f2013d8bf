public import Foundation
internal import GRDB
internal import StationCore

/// What HQ has signed: grants that were used, commands that were done, and the keys.
extension StoreTransaction {
    func persistFromHQ(_ change: Change) throws {
        switch change {
        case .grantUsed(let use):
            try run(
                "INSERT OR REPLACE INTO grantUse (id, record) VALUES (?, ?)",
                [use.id.rawValue, try FastJSON.bytes(use)]
            )
        case .grantForgotten(let id):
            try run("DELETE FROM grantUse WHERE id = ?", [id.rawValue])
        case .commandDone(let use):
            try run(
                "INSERT OR REPLACE INTO commandUse (id, record) VALUES (?, ?)",
                [use.id, try FastJSON.bytes(use)]
            )
        case .commandForgotten(let id):
            try run("DELETE FROM commandUse WHERE id = ?", [id])
        default: break
        }
    }

    /// HQ's keys and revocations, as the runtime encoded them; nil: HQ has sent none.
    public func hqKeys() throws -> Data? { try setting(.hqKeys, as: Data.self) }

    /// Keeps HQ's keys and revocations.
    public func setHQKeys(_ keys: Data) throws { try set(.hqKeys, keys) }

    /// The station's keys that came by the feed, oldest first, as the runtime encoded them; nil: none. They are
    /// secret: the file is readable by the service alone.
    public func codeKeys() throws -> Data? { try setting(.codeKeys, as: Data.self) }

    /// Keeps the station's keys that came by the feed.
    public func setCodeKeys(_ keys: Data) throws { try set(.codeKeys, keys) }
}
