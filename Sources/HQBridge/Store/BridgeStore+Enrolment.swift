internal import Foundation
public import StationAPI

/// One-time codes, keys and tokens.
extension BridgeStore {
    /// Wrong codes from one address before it has to wait, and for how long.
    static let wrongTries: Int64 = 5
    static let lockOutSeconds = 900

    /// What became of a code that was shown.
    enum Enrolment: Hashable, Sendable {
        case enrolled(BridgeStationID)
        case refused
        case lockedOut(seconds: Int)
    }

    /// Makes a one-time code for a station's next box; it replaces one that was made before and not used.
    public func makeEnrolmentCode(
        for station: BridgeStationID,
        validSeconds: Int
    ) async throws(BridgeStoreError) -> EnrolmentCode {
        let code = EnrolmentCode.make()
        let now = now
        try await database.write { session in
            let known = try session.run("SELECT id FROM station WHERE id = ?1", [.text(station.rawValue)])
            guard !known.isEmpty else { throw BridgeStoreError.unknownStation(station.rawValue) }
            try session.run(
                "DELETE FROM enrolment WHERE station = ?1 AND usedAt IS NULL",
                [.text(station.rawValue)]
            )
            try session.run(
                "INSERT INTO enrolment (codeHash, station, expiresAt) VALUES (?1, ?2, ?3)",
                [
                    .bytes(Self.hash(code.text.utf8)), .text(station.rawValue),
                    .integer(now + Int64(validSeconds) * 1000),
                ]
            )
        }
        return code
    }

    /// Uses a code up and lets its box in, in one transaction: of two boxes with the same code one is refused. The box
    /// that served the station before is signed out. `code` nil: what was shown is no code at all.
    func enrol(
        code: String?,
        box: String,
        eventKey: String,
        token: String,
        from address: String
    ) async throws(BridgeStoreError) -> Enrolment {
        let now = now
        let outcome: Enrolment = try await database.write { session in
            let tries = try Self.wrongTries(session, from: address, now: now)
            guard tries < Self.wrongTries else { return .lockedOut(seconds: Self.lockOutSeconds) }
            let used = try session.run(
                """
                UPDATE enrolment SET usedAt = ?2, box = ?3
                WHERE codeHash = ?1 AND usedAt IS NULL AND expiresAt > ?2 RETURNING station
                """,
                [.bytes(Self.hash((code ?? "").utf8)), .integer(now), .text(box)]
            )
            guard let station = try used.first.map({ BridgeStationID(stored: try $0.text(0)) }) else {
                try session.run(
                    """
                    INSERT INTO wrongTry (caller, tries, since) VALUES (?1, ?2, ?3)
                    ON CONFLICT (caller) DO UPDATE SET tries = excluded.tries, since = excluded.since
                    """,
                    [.text(address), .integer(tries + 1), .integer(now)]
                )
                return .refused
            }
            try session.run(
                """
                UPDATE station SET status = 'enrolled', replacedTokenHash = tokenHash, tokenHash = ?2,
                    oldTokenHash = NULL, certificateFingerprint = NULL, eventKey = ?3, box = ?4, enrolledAt = ?5,
                    changedAt = ?5
                WHERE id = ?1
                """,
                [
                    .text(station.rawValue), .bytes(Self.hash(token.utf8)), .text(eventKey), .text(box),
                    .integer(now),
                ]
            )
            try session.announce(.station(station))
            return .enrolled(station)
        }
        if case .enrolled(let station) = outcome { news.tell(.station(station)) }
        return outcome
    }

    /// Wrong codes of an address that still count.
    private static func wrongTries(_ session: any SQLSession, from address: String, now: Int64) throws
        -> Int64
    {
        let rows = try session.run(
            "SELECT tries FROM wrongTry WHERE caller = ?1 AND since > ?2",
            [.text(address), .integer(now - Int64(lockOutSeconds) * 1000)]
        )
        return try rows.first?.integer(0) ?? 0
    }

    /// Gives a station a new token; the old one is good until the new one is seen.
    func renewToken(of station: BridgeStationID, to token: String) async throws(BridgeStoreError) {
        let now = now
        // Asked twice without ever using the answer: the token that the box has is the older one, and stays.
        try await change(
            station,
            """
            UPDATE station SET oldTokenHash = coalesce(oldTokenHash, tokenHash), tokenHash = ?2, changedAt = ?3
            WHERE id = ?1 RETURNING id
            """,
            [.bytes(Self.hash(token.utf8)), .integer(now)]
        )
    }

    func endOldToken(of station: BridgeStationID) async throws(BridgeStoreError) {
        let now = now
        try await change(
            station,
            "UPDATE station SET oldTokenHash = NULL, changedAt = ?2 WHERE id = ?1 RETURNING id",
            [.integer(now)]
        )
    }

    // MARK: Keys

    /// Tells a station one of HQ's public keys; one that it was told is no change.
    public func publish(key: HQKeyDocument, at station: BridgeStationID) async throws(BridgeStoreError) {
        try await publish(FeedItem.key(key), as: "key/\(key.keyID)", version: 1, at: station)
    }

    /// Takes one of HQ's keys or a grant back at a station, for ever.
    public func revoke(_ revocation: Revocation, at station: BridgeStationID) async throws(BridgeStoreError) {
        let name =
            switch revocation {
            case .key(let id): "revokedKey/\(id)"
            case .grant(let id): "revokedGrant/\(id)"
            }
        try await publish(FeedItem.revocation(revocation), as: name, version: 1, at: station)
    }

    /// Gives a station a new key for its pickup codes. Codes under an older one stay good while an order names it.
    @discardableResult
    public func rotateStationKey(of station: BridgeStationID) async throws(BridgeStoreError)
        -> StationKeyDocument
    {
        let document = StationKeyDocument(
            keyID: "k\(Self.randomWord().filter { $0.isLetter || $0.isNumber }.prefix(8))",
            key: (0..<StationKeyDocument.keyLength).map { _ in UInt8.random(in: 0...255) }
        )
        try await publish(
            FeedItem.stationKey(document),
            as: "stationKey/\(document.keyID)",
            version: 1,
            at: station
        )
        let now = now
        try await change(
            station,
            "UPDATE station SET stationKeyID = ?2, changedAt = ?3 WHERE id = ?1 RETURNING id",
            [.text(document.keyID), .integer(now)]
        )
        return document
    }

    /// The key under which the codes of a station's orders are digested; made if there is none.
    public func currentStationKey(of station: BridgeStationID) async throws(BridgeStoreError)
        -> StationKeyDocument
    {
        let body: [UInt8]? = try await database.read { session in
            try session.run(
                """
                SELECT feedItem.body FROM feedItem JOIN station ON station.id = feedItem.station
                WHERE station.id = ?1 AND feedItem.name = 'stationKey/' || station.stationKeyID
                """,
                [.text(station.rawValue)]
            ).first?.bytes(0)
        }
        if let body, case .stationKey(let document)? = try? Self.item(body) { return document }
        return try await rotateStationKey(of: station)
    }

    /// Signs a command and puts it into a station's feed until it is too old.
    ///
    /// - Throws: ``BridgeStoreError/notSendable(_:)`` if the key does not sign commands or the stations would not read it.
    public func send(
        _ command: CommandDocument,
        signedBy key: HQSigningKey,
        to station: BridgeStationID
    ) async throws(BridgeStoreError) {
        var command = command
        let issuedAt = command.issuedAt ?? WireTime(milliseconds: now)
        command.issuedAt = issuedAt
        guard let signed = command.signed(by: key, station: station.rawValue) else {
            throw .notSendable("key \(key.keyID) does not sign commands")
        }
        let age =
            command.maxAgeSeconds ?? CommandKind(rawValue: command.kind)?.defaultAgeSeconds
            ?? 86_400
        try await publish(
            FeedItem.command(signed),
            as: "command/\(command.commandID)",
            version: 1,
            validUntil: issuedAt.milliseconds + age * 1000,
            at: station
        )
    }
}
