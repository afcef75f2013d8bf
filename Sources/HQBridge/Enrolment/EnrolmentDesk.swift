internal import Foundation
internal import StationAPI

/// Gives new boxes the identity of a station.
struct EnrolmentDesk: Sendable {
    let store: BridgeStore
    let keys: HQKeys

    /// Answers a box.
    ///
    /// - Parameter address: from where it asks; wrong codes are counted for it.
    /// - Throws: a ``Problem``, or a ``BridgeStoreError``.
    func enrol(_ request: EnrolmentRequest, from address: String) async throws -> EnrolmentReply {
        let isPrintable = request.box.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        guard (1...64).contains(request.box.count), isPrintable else {
            throw Problem(.payloadInvalid, status: 422, title: "box must be 1 to 64 printable characters")
        }
        guard request.eventKey.hasPrefix("whpk_"),
            (try? WebhookVerificationKey(text: request.eventKey)) != nil
        else {
            throw Problem(.payloadInvalid, status: 422, title: "eventKey must be a whpk_ key")
        }
        let token = BridgeStore.makeToken()
        let outcome = try await store.enrol(
            code: EnrolmentCode(typed: request.code)?.text,
            box: request.box,
            eventKey: request.eventKey,
            token: token,
            from: address
        )
        switch outcome {
        case .lockedOut(let seconds):
            var problem = Problem(.rateLimited, status: 429, title: "too many wrong codes; wait")
            problem.retryable = true
            problem.retryAfterSeconds = seconds
            throw problem
        case .refused:
            throw Problem(
                .enrolmentRefused,
                status: 403,
                title: "the code is wrong, used or too old; ask for a new one"
            )
        case .enrolled(let station):
            for document in keys.documents { try await store.publish(key: document, at: station) }
            let stationKey = try await store.currentStationKey(of: station)
            return EnrolmentReply(
                stationID: station.rawValue,
                token: token,
                stationKey: EnrolmentReply.StationKey(
                    keyID: stationKey.keyID,
                    key: Base64URL.encode(stationKey.key)
                ),
                keys: try keys.documents.map { document in
                    try JSONDecoder().decode(JSONValue.self, from: Data(try FeedWriter.json(document)))
                }
            )
        }
    }
}
