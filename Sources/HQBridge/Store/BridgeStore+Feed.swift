internal import StationAPI

/// Reading a station's feed.
extension BridgeStore {
    /// One page, its items as JSON.
    struct Page: Sendable {
        var items: [[UInt8]]
        var nextCursor: String
        var hasMore: Bool
        var isSnapshot: Bool
    }

    /// A position in one station's feed, and whether the page belongs to a snapshot. Opaque to stations: `era.position.s`.
    private struct Cursor {
        var era: String
        var position: Int64
        var isSnapshot: Bool

        init(era: String, position: Int64, isSnapshot: Bool) {
            self.era = era
            self.position = position
            self.isSnapshot = isSnapshot
        }

        init?(_ text: String) {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 3, let position = Int64(parts[1]), position >= 0,
                ["s", "d"].contains(parts[2])
            else { return nil }
            era = String(parts[0])
            self.position = position
            isSnapshot = parts[2] == "s"
        }

        var text: String { "\(era).\(position).\(isSnapshot ? "s" : "d")" }
    }

    /// The page after a cursor, without one the first page of a snapshot; nil: the cursor is not known (any more).
    ///
    /// - Parameter limit: most items, from 1.
    func page(
        of station: BridgeStationID,
        after text: String?,
        limit: Int
    ) async throws(BridgeStoreError) -> Page? {
        let era = try await era()
        var cursor = Cursor(era: era, position: 0, isSnapshot: true)
        if let text, !text.isEmpty {
            guard let given = Cursor(text), given.era == era else { return nil }
            cursor = given
        }
        let (now, asked) = (now, cursor)
        let hasCursor = text?.isEmpty == false
        let rows: [SQLRow]? = try await database.read { session in
            // The head first: a cursor that was given out is not beyond a head that is read after it was.
            let ends = try session.run(
                "SELECT head, floor FROM station WHERE id = ?1",
                [.text(station.rawValue)]
            )
            guard let end = ends.first else { throw BridgeStoreError.unknownStation(station.rawValue) }
            if hasCursor {
                // Beyond the head: the database was put back to an older one.
                let (head, floor) = (try end.integer(0), try end.integer(1))
                guard asked.position <= head else { return nil }
                // A snapshot is not troubled by cleared removals: what it does not mention is gone anyway.
                guard asked.isSnapshot || asked.position >= floor else { return nil }
            }
            return try session.run(
                """
                SELECT position, body FROM feedItem
                WHERE station = ?1 AND position > ?2 AND (validUntil IS NULL OR validUntil > ?3)
                ORDER BY position LIMIT ?4
                """,
                [
                    .text(station.rawValue), .integer(asked.position), .integer(now),
                    .integer(Int64(limit) + 1),
                ]
            )
        }
        guard let rows else { return nil }
        do {
            let items = rows.prefix(limit)
            let hasMore = rows.count > limit
            let next = Cursor(
                era: era,
                position: try items.last?.integer(0) ?? cursor.position,
                // The snapshot ends with its last page.
                isSnapshot: cursor.isSnapshot && hasMore
            )
            return Page(
                items: try items.map { try $0.bytes(1) },
                nextCursor: next.text,
                hasMore: hasMore,
                isSnapshot: cursor.isSnapshot
            )
        } catch {
            throw BridgeStoreError(error)
        }
    }
}
