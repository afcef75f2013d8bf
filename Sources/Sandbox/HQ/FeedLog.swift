internal import Foundation
internal import StationAPI

/// The order feed: every change in order, and the newest of each thing for a snapshot. Items are kept encoded,
/// so that a fleet-sized feed is served as fast as it can be read.
struct FeedLog {
    struct Page {
        var items: [Data]
        var nextCursor: String
        var hasMore: Bool
        var isSnapshot: Bool
    }

    private struct Entry {
        var key: String
        var bytes: Data
        var isNewest: Bool
    }

    private var entries: [Entry] = []
    private var newest: [String: Int] = [:]
    /// Cursors from before this one are not known any more.
    private var era = 1

    mutating func append(key: String, _ item: FeedItem) {
        guard let bytes = try? JSONEncoder().encode(item) else { return }
        append(key: key, bytes: bytes)
    }

    mutating func append(key: String, bytes: Data) {
        if let old = newest[key] { entries[old].isNewest = false }
        newest[key] = entries.count
        entries.append(Entry(key: key, bytes: bytes, isNewest: true))
    }

    /// Forgets all cursors that were given out.
    mutating func expireCursors() { era += 1 }

    /// The page after a cursor; nil if the cursor is not known (any more). Without one: a snapshot.
    func page(after cursor: String?, limit: Int) -> Page? {
        guard let cursor, !cursor.isEmpty else { return page(from: 0, limit: limit, isSnapshot: true) }
        let parts = cursor.split(separator: ".")
        guard parts.count == 3, Int(parts[0]) == era, let position = Int(parts[1]), position <= entries.count
        else {
            return nil
        }
        return page(from: position, limit: limit, isSnapshot: parts[2] == "s")
    }

    /// Whether nothing comes after this cursor: who asks with it has everything.
    func isEnd(_ cursor: String?) -> Bool {
        guard let parts = cursor?.split(separator: "."), parts.count == 3 else { return false }
        return Int(parts[0]) == era && Int(parts[1]) == entries.count
    }

    private func page(from start: Int, limit: Int, isSnapshot: Bool) -> Page {
        var items: [Data] = []
        var position = start
        while position < entries.count, items.count < limit {
            // A snapshot names each thing once, as it is now.
            if !isSnapshot || entries[position].isNewest { items.append(entries[position].bytes) }
            position += 1
        }
        let hasMore = position < entries.count
        return Page(
            items: items,
            nextCursor: "\(era).\(position).\(isSnapshot && hasMore ? "s" : "d")",
            hasMore: hasMore,
            isSnapshot: isSnapshot
        )
    }
}
