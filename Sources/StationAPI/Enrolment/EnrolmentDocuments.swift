/// What a new box sends to `POST {base}/enrolments`. The code is its only credential.
///
/// HQ answers 201 with an ``EnrolmentReply``, or with a problem of type `enrolment-refused`. An answer can be lost: the
/// same code with the same `eventKey` again is the same enrolment and is answered as before; with another one the code is
/// used up. What the box before had is revoked: HQ answers it with 401 or 403 and a problem of type `station-replaced`.
public struct EnrolmentRequest: Hashable, Sendable, Codable {
    /// The one-time code, as ``EnrolmentCode/text``.
    public var code: String
    /// What the box calls itself (its host name), for the person at HQ; 1 to 64 printable characters.
    public var box: String
    /// The public half of the box's new event-signing key, `whpk_…`.
    public var eventKey: String
    /// A certificate request (PKCS#10, PEM) for a client certificate; nil: none is wanted.
    public var csr: String?

    /// A request.
    public init(code: String, box: String, eventKey: String, csr: String? = nil) {
        self.code = code
        self.box = box
        self.eventKey = eventKey
        self.csr = csr
    }
}

/// The identity that HQ gives a box.
public struct EnrolmentReply: Hashable, Sendable, Codable {
    /// The key of the station's pickup codes (HMAC-SHA256).
    public struct StationKey: Hashable, Sendable, Codable {
        /// The key's id, by which orders name it after it has been changed.
        public var keyID: String
        /// 32 bytes, base64url.
        public var key: String

        /// A key.
        public init(keyID: String, key: String) {
            self.keyID = keyID
            self.key = key
        }

        private enum CodingKeys: String, CodingKey {
            case keyID = "keyId"
            case key
        }
    }

    /// The station that the box now is.
    public var stationID: String
    /// A bearer token; nil where another way to sign in is used.
    public var token: String?
    /// When the token ends; nil: it does not.
    public var tokenExpiresAt: WireTime?
    /// The client certificate and its chain (PEM, the box's own first), if a request came and HQ signs such.
    public var certificate: String?
    /// The key of the station's pickup codes.
    public var stationKey: StationKey
    /// HQ's public keys for grants and commands, each as the feed's items of change `key` carry it.
    public var keys: [JSONValue]

    /// An identity.
    public init(
        stationID: String,
        token: String? = nil,
        tokenExpiresAt: WireTime? = nil,
        certificate: String? = nil,
        stationKey: StationKey,
        keys: [JSONValue] = []
    ) {
        self.stationID = stationID
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
        self.certificate = certificate
        self.stationKey = stationKey
        self.keys = keys
    }

    private enum CodingKeys: String, CodingKey {
        case stationID = "stationId"
        case token, tokenExpiresAt, certificate, stationKey, keys
    }
}

/// What an enrolled box sends to `POST {base}/stations/{station}/credentials` before its token or certificate ends,
/// signed in with the one that it still has.
///
/// HQ answers 200 with ``RenewedCredentials``. The old ones stay good until they end or HQ sees the new ones used.
public struct CredentialRenewal: Hashable, Sendable, Codable {
    /// A certificate request (PKCS#10, PEM) with a new key; nil: no certificate is wanted.
    public var csr: String?
    /// Whether a new token is wanted.
    public var token: Bool

    /// A renewal.
    public init(csr: String? = nil, token: Bool) {
        self.csr = csr
        self.token = token
    }
}

/// The credentials that follow the old ones; what was not asked for is nil.
public struct RenewedCredentials: Hashable, Sendable, Codable {
    /// The new bearer token.
    public var token: String?
    /// When it ends; nil: it does not.
    public var tokenExpiresAt: WireTime?
    /// The new client certificate and its chain (PEM, the box's own first).
    public var certificate: String?

    /// Credentials.
    public init(token: String? = nil, tokenExpiresAt: WireTime? = nil, certificate: String? = nil) {
        self.token = token
        self.tokenExpiresAt = tokenExpiresAt
        self.certificate = certificate
    }
}
