internal import Foundation
public import StationAPI

/// The inbox: what the stations report, taken once however often it comes.
extension BridgeStore {
    /// What became of an event that came.
    public enum Reception: Hashable, Sendable {
        /// It is new, and durable now; `status` is what it is answered with for ever.
        case taken(status: Int)
        /// It had come before with the same content, and was answered with this status.
        case repeated(status: Int)
        /// Its name came before with another content.
        case mismatch
    }

    /// Names the sinks that get every event from now on. One that is not named any more keeps what it has.
    ///
    /// Work is made in the transaction of the event, by whichever process takes it: so all processes must know the same
    /// sinks, and they are kept in the database.
    func register(sinks: [String]) async throws(BridgeStoreError) {
        try await database.write { session in
            for sink in sinks {
                try session.run(
                    "INSERT INTO sink (name) VALUES (?1) ON CONFLICT (name) DO NOTHING",
                    [.text(sink)]
                )
            }
            for row in try session.run("SELECT name FROM sink") {
                let name = try row.text(0)
                if !sinks.contains(name) {
                    try session.run("DELETE FROM sink WHERE name = ?1", [.text(name)])
                }
            }
        }
    }

    /// Takes an event of a station.
    ///
    /// `(source, id)` is unique in the table: of two deliveries at once, to two processes, one waits for the other's
    /// commit and finds it. A station sends the next event of an order only after this one was answered, which is after
    /// the commit: so `arrival` counts an order's events in their order.
    func take(_ event: CloudEvent, from station: BridgeStationID, status: Int) async throws(BridgeStoreError)
        -> Reception
    {
        let body: [UInt8]
        do {
            body = try FeedWriter.json(event)
        } catch {
            throw .notSendable("the event cannot be written: \(error)")
        }
        let now = now
        let contentHash = Self.hash(body)
        let reception: Reception = try await database.write { session in
            let taken = try session.run(
                """
                INSERT INTO event (source, id, station, orderID, type, body, contentHash, status, receivedAt)
                VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
                ON CONFLICT (source, id) DO NOTHING RETURNING arrival
                """,
                [
                    .text(event.source), .text(event.id), .text(station.rawValue), SQLValue(event.subject),
                    .text(event.type), .bytes(body), .bytes(contentHash), .integer(Int64(status)),
                    .integer(now),
                ]
            )
            guard let arrival = try taken.first?.integer(0) else {
                let known = try session.run(
                    "SELECT contentHash, status FROM event WHERE source = ?1 AND id = ?2",
                    [.text(event.source), .text(event.id)]
                )
                guard let row = known.first, try row.bytes(0) == contentHash else { return .mismatch }
                return .repeated(status: Int(try row.integer(1)))
            }
            try Self.endCommand(session, event, station)
            let lane = Self.lane(of: event, from: station)
            try Self.makeWork(session, lane: lane, arrival: arrival, now: now)
            return .taken(status: status)
        }
        if case .taken = reception { news.tell(.work) }
        return reception
    }

    /// A command whose result is here needs no place in the feed any more: it leaves without a word, and no snapshot
    /// brings it again.
    private static func endCommand(
        _ session: any SQLSession,
        _ event: CloudEvent,
        _ station: BridgeStationID
    ) throws {
        guard [EventType.commandExecuted.rawValue, EventType.commandRefused.rawValue].contains(event.type),
            let command = event.data?["commandId"]?.text
        else { return }
        try session.run(
            "DELETE FROM feedItem WHERE station = ?1 AND name = ?2",
            [.text(station.rawValue), .text("command/\(command)")]
        )
    }

    /// What became of the commands to a station, the newest first: `command.executed` or `command.refused`, whose data
    /// name `commandId` and, if refused, the `reason`.
    public func commandResults(
        of station: BridgeStationID,
        limit: Int = 50
    ) async throws(BridgeStoreError) -> [CloudEvent] {
        try await database.read { session in
            let rows = try session.run(
                """
                SELECT body FROM event WHERE station = ?1 AND type IN ('command.executed', 'command.refused')
                ORDER BY arrival DESC LIMIT ?2
                """,
                [.text(station.rawValue), .integer(Int64(limit))]
            )
            return try rows.map { try JSONDecoder().decode(CloudEvent.self, from: Data(try $0.bytes(0))) }
        }
    }

    /// Events of one order come one after the other; those without an order are in line with each other.
    private static func lane(of event: CloudEvent, from station: BridgeStationID) -> String {
        "\(station)/\(event.subject ?? "")"
    }

    private static func makeWork(_ session: any SQLSession, lane: String, arrival: Int64, now: Int64) throws {
        let sinks = try session.run("SELECT name FROM sink ORDER BY name").map { try $0.text(0) }
        for sink in sinks {
            try session.run(
                "INSERT INTO work (sink, lane, arrival, attempts) VALUES (?1, ?2, ?3, 0)",
                [.text(sink), .text(lane), .integer(arrival)]
            )
            // The upsert waits for whoever is ending the lane's work, and makes the lane anew if that one removed it.
            try session.run(
                """
                INSERT INTO lane (sink, lane, pending, dueAt, isException) VALUES (?1, ?2, 1, ?3, 0)
                ON CONFLICT (sink, lane) DO UPDATE SET pending = lane.pending + 1
                """,
                [.text(sink), .text(lane), .integer(now)]
            )
        }
        if !sinks.isEmpty { try session.announce(.work) }
    }

    /// The events of an order, or of all, in the order in which they came; at most `limit` of the newest.
    public func events(of orderID: String? = nil, limit: Int = 100) async throws(BridgeStoreError)
        -> [InboxEvent]
    {
        try await database.read { session in
            let rows = try session.run(
                """
                SELECT arrival, station, body, receivedAt FROM event
                WHERE orderID = ?1 OR ?1 = '' ORDER BY arrival DESC LIMIT ?2
                """,
                [.text(orderID ?? ""), .integer(Int64(limit))]
            )
            return try rows.reversed().map { row in
                InboxEvent(
                    arrival: try row.integer(0),
                    station: BridgeStationID(stored: try row.text(1)),
                    event: try JSONDecoder().decode(CloudEvent.self, from: Data(try row.bytes(2))),
                    receivedAt: WireTime(milliseconds: try row.integer(3))
                )
            }
        }
    }

    // MARK: State

    /// Keeps a station's state; the latest one wins.
    func keep(state body: [UInt8], of station: BridgeStationID) async throws(BridgeStoreError) {
        let now = now
        try await database.write { session in
            _ = try session.run(
                """
                INSERT INTO state (station, receivedAt, body) VALUES (?1, ?2, ?3)
                ON CONFLICT (station) DO UPDATE SET receivedAt = excluded.receivedAt, body = excluded.body
                """,
                [.text(station.rawValue), .integer(now), .bytes(body)]
            )
        }
    }

    /// A station's last state, and when it came; nil: none has come.
    public func state(
        of station: BridgeStationID
    ) async throws(BridgeStoreError) -> (report: StationReport, receivedAt: WireTime)? {
        try await database.read { session in
            try session.run(
                "SELECT body, receivedAt FROM state WHERE station = ?1",
                [.text(station.rawValue)]
            )
            .first.map { row in
                let report = try JSONDecoder().decode(StationReport.self, from: Data(try row.bytes(0)))
                return (report, WireTime(milliseconds: try row.integer(1)))
            }
        }
    }
}
