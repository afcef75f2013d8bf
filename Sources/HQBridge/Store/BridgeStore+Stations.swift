internal import Foundation

/// The stations that HQ knows, and how they sign in.
extension BridgeStore {
    /// Whether a station is served.
    public enum StationStatus: String, Hashable, Sendable, CaseIterable {
        /// Known, and no box has been enrolled for it yet.
        case expected
        /// A box signs in for it.
        case enrolled
        /// Nothing is taken from it any more.
        case revoked
    }

    /// A station as HQ knows it.
    public struct Station: Hashable, Sendable {
        /// The station.
        public var id: BridgeStationID
        /// Whether it is served.
        public var status: StationStatus
        /// What its box calls itself, if it was enrolled with a code.
        public var box: String?
        /// The key that checks the signatures of its events (`whpk_…` or `whsec_…`); nil: they are not signed.
        public var eventKey: String?
        /// SHA-256 of its client certificate (DER) as hexadecimal text, if it signs in with one.
        public var certificateFingerprint: String?
        /// The id of the key of its pickup codes.
        public var stationKeyID: String?
        /// SHA-256 of its bearer token.
        var tokenHash: [UInt8]?
        /// SHA-256 of the token before it, which is good until the new one is seen.
        var oldTokenHash: [UInt8]?
        /// SHA-256 of the token of the box that was replaced by this one.
        var replacedTokenHash: [UInt8]?
    }

    /// How a station signs in; what is nil is not used.
    public struct SignIn: Hashable, Sendable {
        /// The bearer token; only its SHA-256 is kept.
        public var token: String?
        /// SHA-256 of the client certificate (DER), as hexadecimal text.
        public var certificateFingerprint: String?
        /// The key that checks the signatures of its events.
        public var eventKey: String?

        /// A way to sign in.
        public init(token: String? = nil, certificateFingerprint: String? = nil, eventKey: String? = nil) {
            self.token = token
            self.certificateFingerprint = certificateFingerprint
            self.eventKey = eventKey
        }
    }

    /// A token of 256 random bits: its SHA-256 needs no salt, since nobody can try so many.
    public static func makeToken() -> String {
        "pst_" + randomWord() + randomWord() + randomWord() + randomWord()
    }

    /// Adds a station; without a way to sign in it is `expected` until a box is enrolled.
    ///
    /// - Throws: ``BridgeStoreError/stationExists(_:)``.
    public func add(_ id: BridgeStationID, signIn: SignIn? = nil) async throws(BridgeStoreError) {
        let now = now
        let status: StationStatus = signIn == nil ? .expected : .enrolled
        let added = try await database.write { session in
            try !session.run(
                """
                INSERT INTO station (id, status, head, floor, tokenHash, certificateFingerprint, eventKey, changedAt)
                VALUES (?1, ?2, 0, 0, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING RETURNING id
                """,
                [
                    .text(id.rawValue), .text(status.rawValue),
                    SQLValue(signIn?.token.map { Self.hash($0.utf8) }),
                    SQLValue(signIn?.certificateFingerprint?.lowercased()), SQLValue(signIn?.eventKey),
                    .integer(now),
                ]
            ).isEmpty
        }
        guard added else { throw .stationExists(id.rawValue) }
    }

    /// Gives a station another way to sign in; what is nil is taken away. The old one ends now.
    public func set(_ signIn: SignIn, for id: BridgeStationID) async throws(BridgeStoreError) {
        let now = now
        try await change(
            id,
            """
            UPDATE station SET status = 'enrolled', tokenHash = ?2, oldTokenHash = NULL,
                certificateFingerprint = ?3, eventKey = ?4, changedAt = ?5 WHERE id = ?1 RETURNING id
            """,
            [
                SQLValue(signIn.token.map { Self.hash($0.utf8) }),
                SQLValue(signIn.certificateFingerprint?.lowercased()), SQLValue(signIn.eventKey),
                .integer(now),
            ]
        )
    }

    /// Ends a station's access; its feed and events stay.
    public func revoke(_ id: BridgeStationID) async throws(BridgeStoreError) {
        let now = now
        try await change(
            id,
            "UPDATE station SET status = 'revoked', changedAt = ?2 WHERE id = ?1 RETURNING id",
            [.integer(now)]
        )
    }

    func change(
        _ id: BridgeStationID,
        _ sql: String,
        _ arguments: [SQLValue]
    ) async throws(BridgeStoreError) {
        try await database.write { session in
            let rows = try session.run(sql, [.text(id.rawValue)] + arguments)
            guard !rows.isEmpty else { throw BridgeStoreError.unknownStation(id.rawValue) }
            try session.announce(.station(id))
        }
        news.tell(.station(id))
    }

    /// A station; nil: there is none.
    public func station(_ id: BridgeStationID) async throws(BridgeStoreError) -> Station? {
        try await database.read { session in
            try session.run(Self.stationColumns + " WHERE id = ?1", [.text(id.rawValue)]).first.map(
                Self.station
            )
        }
    }

    /// Every station, in the order of their ids.
    public func stations() async throws(BridgeStoreError) -> [Station] {
        try await database.read { session in
            try session.run(Self.stationColumns + " ORDER BY id").map(Self.station)
        }
    }

    static let stationColumns = """
        SELECT id, status, box, eventKey, certificateFingerprint, stationKeyID, tokenHash, oldTokenHash,
            replacedTokenHash
        FROM station
        """

    static func station(_ row: SQLRow) throws -> Station {
        Station(
            id: BridgeStationID(stored: try row.text(0)),
            status: StationStatus(rawValue: try row.text(1)) ?? .revoked,
            box: try row.optionalText(2),
            eventKey: try row.optionalText(3),
            certificateFingerprint: try row.optionalText(4),
            stationKeyID: try row.optionalText(5),
            tokenHash: try row.optionalBytes(6),
            oldTokenHash: try row.optionalBytes(7),
            replacedTokenHash: try row.optionalBytes(8)
        )
    }
}
