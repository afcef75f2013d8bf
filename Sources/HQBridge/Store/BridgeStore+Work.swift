internal import Foundation
internal import StationAPI

/// What the sinks have not done yet.
///
/// A lane is an order's line at one sink. Whoever holds a lane does its oldest work and nothing else; a holder that
/// dies loses it when its lease is over. So an order's events come in order, and each at least once.
extension BridgeStore {
    /// One event that a worker of this process holds.
    struct Held: Sendable {
        var sink: String
        var lane: String
        var event: InboxEvent
        /// Names this holding: the end of an older one, whose lease was over, changes nothing.
        var holder: String
    }

    /// Takes the oldest work of up to `limit` lanes that are due.
    func takeWork(of sink: String, limit: Int, leaseSeconds: Int) async throws(BridgeStoreError) -> [Held] {
        let now = now
        let holding = "\(holder)/\(Self.randomWord())"
        return try await database.write { session in
            let lanes = try session.run(
                """
                SELECT lane FROM lane WHERE sink = ?1 AND isException = 0 AND dueAt <= ?2
                ORDER BY dueAt LIMIT ?3 {lock passing by}
                """,
                [.text(sink), .integer(now), .integer(Int64(limit))]
            )
            return try lanes.compactMap { row in
                let lane = try row.text(0)
                return try Self.hold(
                    session,
                    sink: sink,
                    lane: lane,
                    holder: holding,
                    until: now + Int64(leaseSeconds) * 1000
                )
            }
        }
    }

    private static func hold(
        _ session: any SQLSession,
        sink: String,
        lane: String,
        holder: String,
        until: Int64
    ) throws -> Held? {
        let rows = try session.run(
            """
            SELECT work.arrival, event.station, event.body, event.receivedAt, work.attempts
            FROM work JOIN event ON event.arrival = work.arrival
            WHERE work.sink = ?1 AND work.lane = ?2 ORDER BY work.arrival LIMIT 1
            """,
            [.text(sink), .text(lane)]
        )
        guard let row = rows.first else {
            try session.run("DELETE FROM lane WHERE sink = ?1 AND lane = ?2", [.text(sink), .text(lane)])
            return nil
        }
        let arrival = try row.integer(0)
        try session.run(
            "UPDATE lane SET holder = ?3, dueAt = ?4 WHERE sink = ?1 AND lane = ?2",
            [.text(sink), .text(lane), .text(holder), .integer(until)]
        )
        try session.run(
            "UPDATE work SET attempts = attempts + 1 WHERE sink = ?1 AND lane = ?2 AND arrival = ?3",
            [.text(sink), .text(lane), .integer(arrival)]
        )
        let event = InboxEvent(
            arrival: arrival,
            station: BridgeStationID(stored: try row.text(1)),
            event: try JSONDecoder().decode(CloudEvent.self, from: Data(try row.bytes(2))),
            receivedAt: WireTime(milliseconds: try row.integer(3)),
            attempt: Int(try row.integer(4)) + 1
        )
        return Held(sink: sink, lane: lane, event: event, holder: holder)
    }

    /// Says what became of held work. Work whose lease was over and that another worker holds now is left alone.
    func settle(_ held: Held, _ outcome: SinkOutcome) async throws(BridgeStoreError) {
        let now = now
        let place: [SQLValue] = [.text(held.sink), .text(held.lane)]
        let arrival = SQLValue.integer(held.event.arrival)
        try await database.write { session in
            let mine = try session.run(
                "SELECT pending FROM lane WHERE sink = ?1 AND lane = ?2 AND holder = ?3 {lock}",
                place + [.text(held.holder)]
            )
            guard let pending = try mine.first?.integer(0) else { return }
            switch outcome {
            case .done:
                try session.run(
                    "DELETE FROM work WHERE sink = ?1 AND lane = ?2 AND arrival = ?3",
                    place + [arrival]
                )
                if pending <= 1 {
                    try session.run("DELETE FROM lane WHERE sink = ?1 AND lane = ?2", place)
                } else {
                    try session.run(
                        """
                        UPDATE lane SET pending = pending - 1, dueAt = ?3, holder = NULL
                        WHERE sink = ?1 AND lane = ?2
                        """,
                        place + [.integer(now)]
                    )
                }
            case .again(let after, let reason):
                let milliseconds = max(0, Int64(after / .milliseconds(1)))
                try Self.note(reason, session, place, arrival)
                try session.run(
                    "UPDATE lane SET dueAt = ?3, holder = NULL WHERE sink = ?1 AND lane = ?2",
                    place + [.integer(now + milliseconds)]
                )
            case .exception(let reason):
                try Self.note(reason, session, place, arrival)
                try session.run(
                    "UPDATE lane SET isException = 1, holder = NULL WHERE sink = ?1 AND lane = ?2",
                    place
                )
            }
        }
        if outcome == .done { news.tell(.work) }
    }

    private static func note(
        _ reason: String,
        _ session: any SQLSession,
        _ place: [SQLValue],
        _ arrival: SQLValue
    ) throws {
        try session.run(
            "UPDATE work SET reason = ?4 WHERE sink = ?1 AND lane = ?2 AND arrival = ?3",
            place + [arrival, .text(String(reason.prefix(500)))]
        )
    }

    // MARK: For people

    /// Work that waits for a person, or that is tried again.
    public struct Trouble: Hashable, Sendable {
        /// The sink.
        public var sink: String
        /// The station.
        public var station: BridgeStationID
        /// The order; nil: the station's own events.
        public var orderID: String?
        /// The event's name.
        public var eventID: String
        /// What it says.
        public var type: String
        /// Why it is not done.
        public var reason: String
        /// How often it was tried.
        public var attempts: Int
        /// Whether it waits for a person.
        public var isException: Bool
        /// How many of the order's events wait, this one included.
        public var pending: Int
    }

    /// What is not done, and why: the oldest of each order, exceptions first.
    public func troubles(limit: Int = 100) async throws(BridgeStoreError) -> [Trouble] {
        try await database.read { session in
            try session.run(
                """
                SELECT work.sink, event.station, event.orderID, event.id, event.type, work.reason, work.attempts,
                    lane.isException, lane.pending
                FROM work JOIN event ON event.arrival = work.arrival
                JOIN lane ON lane.sink = work.sink AND lane.lane = work.lane
                WHERE work.reason IS NOT NULL ORDER BY lane.isException DESC, work.arrival LIMIT ?1
                """,
                [.integer(Int64(limit))]
            ).map { row in
                Trouble(
                    sink: try row.text(0),
                    station: BridgeStationID(stored: try row.text(1)),
                    orderID: try row.optionalText(2),
                    eventID: try row.text(3),
                    type: try row.text(4),
                    reason: try row.text(5),
                    attempts: Int(try row.integer(6)),
                    isException: try row.integer(7) == 1,
                    pending: Int(try row.integer(8))
                )
            }
        }
    }

    /// How many events each sink has not done.
    public func backlog() async throws(BridgeStoreError) -> [String: Int] {
        try await database.read { session in
            var counts: [String: Int] = [:]
            for row in try session.run("SELECT sink, CAST(sum(pending) AS BIGINT) FROM lane GROUP BY sink") {
                counts[try row.text(0)] = Int(try row.integer(1))
            }
            return counts
        }
    }

    /// Lets the work that waits for a person be tried again; `passingOver` leaves the event itself out.
    ///
    /// - Returns: whether there was such work.
    @discardableResult
    public func resume(
        sink: String,
        station: BridgeStationID,
        orderID: String?,
        passingOver: Bool
    ) async throws(BridgeStoreError) -> Bool {
        let now = now
        let place: [SQLValue] = [.text(sink), .text("\(station)/\(orderID ?? "")")]
        let found = try await database.write { session in
            let lanes = try session.run(
                "SELECT pending FROM lane WHERE sink = ?1 AND lane = ?2 AND isException = 1 {lock}",
                place
            )
            guard let pending = try lanes.first?.integer(0) else { return false }
            if passingOver {
                try session.run(
                    """
                    DELETE FROM work WHERE sink = ?1 AND lane = ?2 AND arrival =
                        (SELECT min(arrival) FROM work WHERE sink = ?1 AND lane = ?2)
                    """,
                    place
                )
            }
            if passingOver, pending <= 1 {
                try session.run("DELETE FROM lane WHERE sink = ?1 AND lane = ?2", place)
            } else {
                try session.run(
                    "UPDATE lane SET isException = 0, dueAt = ?3, pending = ?4 WHERE sink = ?1 AND lane = ?2",
                    place + [.integer(now), .integer(passingOver ? pending - 1 : pending)]
                )
            }
            return true
        }
        if found { news.tell(.work) }
        return found
    }

    // MARK: Clearing away

    /// Clears away what is older than ``Retention`` says: events that every sink has done, removals, and commands whose
    /// time is over. Run now and then by one process.
    func clearAway() async throws(BridgeStoreError) {
        let day: Int64 = 86_400_000
        let (now, retention) = (now, retention)
        try await database.write { session in
            _ = try session.run(
                """
                DELETE FROM event WHERE receivedAt < ?1
                AND NOT EXISTS (SELECT 1 FROM work WHERE work.arrival = event.arrival)
                """,
                [.integer(now - Int64(max(retention.eventDays, 30)) * day)]
            )
        }
        try await database.write { session in
            _ = try session.run("DELETE FROM feedItem WHERE validUntil < ?1", [.integer(now)])
            let end = now - Int64(retention.removalDays) * day
            let stations = try session.run(
                "SELECT DISTINCT station FROM feedItem WHERE isRemoval = 1 AND changedAt < ?1 ORDER BY station",
                [.integer(end)]
            )
            for row in stations {
                // The station's row is locked by the update: no removal can come between it and the deletion.
                try session.run(
                    """
                    UPDATE station SET floor = (SELECT max(position) FROM feedItem
                        WHERE station = ?1 AND isRemoval = 1 AND changedAt < ?2)
                    WHERE id = ?1
                    """,
                    [.text(try row.text(0)), .integer(end)]
                )
                try session.run(
                    "DELETE FROM feedItem WHERE station = ?1 AND isRemoval = 1 AND changedAt < ?2",
                    [.text(try row.text(0)), .integer(end)]
                )
            }
        }
    }
}
