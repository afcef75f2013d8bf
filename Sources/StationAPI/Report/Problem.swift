/// A problem in the form of RFC 9457 (`application/problem+json`).
///
/// As the RFC asks, a member of the wrong type counts as absent.
public struct Problem: Hashable, Sendable, Codable, Error {
    /// The problem types of the Station API; a `type` URI ends in one of these names.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The cursor is no longer known: ask for a snapshot.
        case cursorExpired = "cursor-expired"
        /// HQ does not know the station.
        case unknownStation = "unknown-station"
        /// HQ does not know the order.
        case unknownOrder = "unknown-order"
        /// HQ holds another version.
        case versionConflict = "version-conflict"
        /// The same event is being processed.
        case eventInProgress = "event-in-progress"
        /// The id was used before with another content.
        case idempotencyMismatch = "idempotency-mismatch"
        /// Too many requests.
        case rateLimited = "rate-limited"
        /// The payload breaks the contract and will never be accepted.
        case payloadInvalid = "payload-invalid"
        /// The one-time code is wrong, used or too old, or what came with it cannot be accepted.
        case enrolmentRefused = "enrolment-refused"
        /// The station is served by another box now: this one's credentials were revoked (401 or 403).
        case stationReplaced = "station-replaced"
        /// The request is not signed as the station's requests must be (401).
        case signatureInvalid = "signature-invalid"
    }

    /// Where the problem types of the Station API live.
    public static let typePrefix = "urn:pickup-station:problem:"

    /// A URI that names the kind of problem; `about:blank` if there is none.
    public var type: String
    /// A short summary for people.
    public var title: String?
    /// The HTTP status; advisory.
    public var status: Int?
    /// What is wrong in this case, for people.
    public var detail: String?
    /// A URI that names this occurrence.
    public var instance: String?
    /// Whether the same request may succeed later.
    public var retryable: Bool?
    /// How long to wait before the next attempt; in the body because a gateway may drop the header.
    public var retryAfterSeconds: Int?
    /// The single faults.
    public var errors: [Fault]?

    /// One fault in a payload.
    public struct Fault: Hashable, Sendable, Codable {
        /// What is wrong, for people.
        public var detail: String?
        /// Where (RFC 6901).
        public var pointer: String?

        /// A fault.
        public init(detail: String?, pointer: String?) {
            self.detail = detail
            self.pointer = pointer
        }
    }

    /// A problem of the Station API.
    public init(_ kind: Kind, status: Int, title: String, detail: String? = nil) {
        self.init(type: Self.typePrefix + kind.rawValue, status: status, title: title, detail: detail)
    }

    /// Any problem.
    public init(type: String, status: Int? = nil, title: String? = nil, detail: String? = nil) {
        self.type = type
        self.status = status
        self.title = title
        self.detail = detail
    }

    /// Which problem of the Station API this is: the last part of `type`; nil if it is another.
    public var kind: Kind? {
        let separators: Set<Character> = ["/", ":", "#"]
        return type.split(whereSeparator: separators.contains).last.flatMap { Kind(rawValue: String($0)) }
    }

    private enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance, retryable, retryAfterSeconds, errors
    }

    /// Decodes what is there and has the right type.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        type = (try? container.decode(String.self, forKey: .type)) ?? "about:blank"
        title = try? container.decode(String.self, forKey: .title)
        status = try? container.decode(Int.self, forKey: .status)
        detail = try? container.decode(String.self, forKey: .detail)
        instance = try? container.decode(String.self, forKey: .instance)
        retryable = try? container.decode(Bool.self, forKey: .retryable)
        retryAfterSeconds = try? container.decode(Int.self, forKey: .retryAfterSeconds)
        errors = try? container.decode([Fault].self, forKey: .errors)
    }
}
