internal import FoundationEssentials

/// Signed requests in the form of Standard Webhooks 1.0: three headers over id, time and body.
///
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
public enum StandardWebhooks {
    /// The header with the message's id; it is the same for every attempt.
    public static let idHeader = "webhook-id"
    /// The header with the time of the attempt, in seconds since 1970-01-01T00:00:00Z.
    public static let timestampHeader = "webhook-timestamp"
    /// The header with the signatures, separated by spaces.
    public static let signatureHeader = "webhook-signature"

    /// How far the time of a request may be off for the receiver, in seconds.
    public static let tolerance: Int64 = 300

    /// The three headers of a signed request.
    public struct Headers: Hashable, Sendable {
        /// `webhook-id`.
        public var id: String
        /// `webhook-timestamp`.
        public var timestamp: String
        /// `webhook-signature`.
        public var signature: String

        /// Headers as they came; what is missing is empty.
        public init(id: String?, timestamp: String?, signature: String?) {
            self.id = id ?? ""
            self.timestamp = timestamp ?? ""
            self.signature = signature ?? ""
        }

        /// Name and value of each.
        public var fields: [(name: String, value: String)] {
            [
                (StandardWebhooks.idHeader, id), (StandardWebhooks.timestampHeader, timestamp),
                (StandardWebhooks.signatureHeader, signature),
            ]
        }
    }

    /// Why a signed request is refused.
    public enum Refusal: Error, Hashable, Sendable {
        /// One of the three headers is missing.
        case notSigned
        /// The time is no number of seconds.
        case badTimestamp
        /// The request is older than the tolerance: a replay, or the sender's clock is slow.
        case tooOld(seconds: Int64)
        /// The request's time is ahead by more than the tolerance: one of the clocks is wrong.
        case tooNew(seconds: Int64)
        /// No signature is by a key that is trusted: another key, or something was changed on the way.
        case wrongSignature
    }

    /// Signs a request with every key (more than one while keys change).
    ///
    /// - Parameters:
    ///   - id: the message's id; without a full stop, which separates the signed parts.
    ///   - timestamp: the time of this attempt, in seconds since 1970-01-01T00:00:00Z.
    ///   - body: the bytes that are sent.
    public static func sign(
        id: String,
        timestamp: Int64,
        body: some Collection<UInt8>,
        keys: [WebhookSigningKey]
    ) -> Headers {
        let content = content(id: id, timestamp: "\(timestamp)", body: body)
        let signatures = keys.compactMap { $0.signature(of: content) }
        return Headers(id: id, timestamp: "\(timestamp)", signature: signatures.joined(separator: " "))
    }

    /// Checks a request: one of its signatures must be by one of the keys, and its time within the tolerance.
    ///
    /// - Parameters:
    ///   - now: the receiver's time, in seconds since 1970-01-01T00:00:00Z.
    ///   - tolerance: how far the times may be apart, in seconds; nil: the time is not looked at (a station may
    ///     deliver without knowing the time; what is taken twice is then known by its id).
    /// - Throws: ``Refusal``.
    public static func verify(
        _ headers: Headers,
        body: some Collection<UInt8>,
        keys: [WebhookVerificationKey],
        now: Int64,
        tolerance: Int64? = StandardWebhooks.tolerance
    ) throws(Refusal) {
        guard !headers.id.isEmpty, !headers.timestamp.isEmpty, !headers.signature.isEmpty else {
            throw .notSigned
        }
        guard let time = Int64(headers.timestamp), time >= 0, "\(time)" == headers.timestamp else {
            throw .badTimestamp
        }
        let content = content(id: headers.id, timestamp: headers.timestamp, body: body)
        // Senders and proxies have limits of a few kilobytes for a header; a few signatures are enough.
        let signatures = headers.signature.split(separator: " ").prefix(16)
        guard
            signatures.contains(where: { signature in keys.contains { $0.accepts(signature, over: content) } }
            )
        else { throw .wrongSignature }
        guard let tolerance else { return }
        let age = now - time
        guard age <= tolerance else { throw .tooOld(seconds: age) }
        guard -age <= tolerance else { throw .tooNew(seconds: -age) }
    }

    private static func content(id: String, timestamp: String, body: some Collection<UInt8>) -> Data {
        var content = Data("\(id).\(timestamp).".utf8)
        content.append(contentsOf: body)
        return content
    }
}

extension StandardWebhooks.Refusal: CustomStringConvertible {
    /// Why, for a problem's detail.
    public var description: String {
        switch self {
        case .notSigned:
            "the request is not signed: webhook-id, webhook-timestamp or webhook-signature is missing"
        case .badTimestamp: "webhook-timestamp is no number of seconds"
        case .tooOld(let seconds): "the request is \(seconds) s old; check the station's clock"
        case .tooNew(let seconds): "the request is from \(seconds) s ahead; check the clocks"
        case .wrongSignature: "no signature is by a key that is known for this station"
        }
    }
}
