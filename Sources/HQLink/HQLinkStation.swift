public import StationAPI

/// What the link needs of the station. Every call is made from a task that is never cancelled.
public protocol HQLinkStation: Sendable {
    /// The cursor of the last page that was applied; nil asks HQ for a snapshot.
    func feedCursor() async -> String?

    /// Applies a page; returns once the page and its cursor are durable.
    ///
    /// A long-poll that ends without news comes as a page without items and with an unchanged cursor.
    /// - Throws: anything; the page is asked for again after a back-off.
    func apply(_ page: FeedPage) async throws

    /// The oldest undelivered event of each of at most `limit` orders, oldest first; events without an order
    /// count as one order. An order whose oldest event is parked has none.
    /// - Throws: anything, when it cannot be read now; it is asked again a moment later.
    func outboxHeads(limit: Int) async throws -> [OutboundEvent]

    /// HQ has the event. `hqPending`: it has accepted it and not yet processed it (202).
    func delivered(_ id: String, hqPending: Bool) async

    /// HQ refuses the event for good; it is kept and shown until a person has looked at it.
    func parked(_ id: String, problem: Problem) async

    /// The station's complete state now.
    func stateReport() async -> StationReport

    /// The condition of an operation changed; the latest status wins, some may be passed over.
    func linkChanged(_ status: HQLinkStatus) async
}

/// The condition of the link, one per operation.
public struct HQLinkStatus: Hashable, Sendable {
    /// An operation of the Station API.
    public enum Operation: String, Hashable, Sendable, CaseIterable {
        /// Orders from HQ.
        case feed
        /// Events to HQ.
        case events
        /// The state to HQ.
        case state
    }

    /// How one operation fares.
    public enum Condition: Hashable, Sendable {
        /// Not tried yet.
        case untried
        /// Works since then.
        case ok(since: ContinuousClock.Instant)
        /// Fails since then, in a way that mends itself; the next try is at `nextTry` at the latest.
        case failing(reason: HQTrouble, since: ContinuousClock.Instant, nextTry: ContinuousClock.Instant)
        /// Fails in a way that a person has to mend: an alarm. It is tried again all the same.
        case paused(reason: HQTrouble, since: ContinuousClock.Instant, nextTry: ContinuousClock.Instant)

        /// Whether the operation works.
        public var isOK: Bool {
            if case .ok = self { return true }
            return false
        }
    }

    /// Orders from HQ.
    public var feed: Condition = .untried
    /// Events to HQ.
    public var events: Condition = .untried
    /// The state to HQ.
    public var state: Condition = .untried

    /// Nothing tried yet.
    public init() {}

    /// The condition of one operation.
    public subscript(operation: Operation) -> Condition {
        get {
            switch operation {
            case .feed: feed
            case .events: events
            case .state: state
            }
        }
        set {
            switch operation {
            case .feed: feed = newValue
            case .events: events = newValue
            case .state: state = newValue
            }
        }
    }
}

/// Why an exchange with HQ did not succeed. Holds no token, no query and nothing of a body.
public enum HQTrouble: Error, Hashable, Sendable {
    /// No connection: name not found, refused, no route.
    case unreachable(String)
    /// No secure connection: the certificate, the version, the pin, the client certificate.
    case tls(TLSFault)
    /// The store's proxy wants something.
    case proxy(String)
    /// No complete reply in time.
    case timedOut
    /// The connection ended in the middle of a reply, or what came was no HTTP.
    case cutOff
    /// The file with the token, the secret or the certificate for signing in cannot be used.
    case token(String)
    /// No token can be had now: the token endpoint cannot be reached or is in trouble.
    case signInUnavailable(String, needsPerson: Bool)
    /// The token endpoint gives this station no token.
    case signInRefused(String)
    /// The file with the keys that sign requests cannot be used.
    case signingKey(String)
    /// HQ does not accept the request's signature.
    case signatureRefused
    /// Another box is this station now.
    case replaced
    /// HQ does not accept the token, or the station (401, 403).
    case unauthorized(status: Int)
    /// HQ asks for patience or is in trouble (408, 409, 425, 429, 5xx).
    case busy(status: Int)
    /// A redirection; it is never followed.
    case redirect(status: Int)
    /// A page for people where HQ's answer should be: a proxy or a sign-in page of the network.
    case html(status: Int)
    /// Any other status that the contract does not know.
    case unexpectedStatus(Int)
    /// HQ answers with another media type than JSON.
    case wrongContentType(String)
    /// The feed page cannot be read.
    case badPage(FeedPageError)
    /// The feed page is larger than is read; smaller ones are asked for.
    case pageTooLarge(limit: Int)
    /// HQ says that more is waiting behind the very cursor it was asked with.
    case cursorStuck
    /// HQ no longer knows the cursor, or refuses to make a snapshot.
    case cursorExpired
    /// The station could not apply a page.
    case notApplied(String)
    /// HQ confirmed another event than the one it was sent.
    case wrongConfirmation
    /// HQ refuses the event for good.
    case parked(String)
}

extension HQTrouble: CustomStringConvertible {
    /// What is wrong and the next step, in one line.
    public var description: String {
        switch self {
        case .unreachable(let why): "HQ cannot be reached (\(why)); check the network, it is tried again."
        case .tls(let fault): "no secure connection to HQ: \(fault)"
        case .proxy(let why): "the store's proxy lets nothing through: \(why)."
        case .timedOut: "HQ did not answer in time; it is tried again."
        case .cutOff: "HQ's answer was cut off or garbled; it is tried again."
        case .token(let why): "the station cannot sign in: \(why)"
        case .signInUnavailable(let why, _): "no token for HQ: \(why)"
        case .signInRefused(let why): "no token for HQ: \(why)."
        case .signingKey(let why): "requests cannot be signed, so none is sent: \(why)"
        case .signatureRefused:
            "HQ does not accept this station's signature; check the signing key at both ends and the clock."
        case .replaced:
            "another box is this station now and this one's identity was revoked; take it out of service, or enrol it "
                + "as a station again (pickupctl enrol --replace)."
        case .unauthorized(let status):
            "HQ does not accept this station's sign-in (\(status)); renew its token, secret or certificate."
        case .busy(let status): "HQ is busy or in trouble (\(status)); it is tried again."
        case .redirect(let status): "HQ redirects (\(status)), which is never followed; correct the URL."
        case .html(let status): "a web page came instead of HQ's answer (\(status)); check proxy and URL."
        case .unexpectedStatus(let status): "HQ answered \(status); check the URL and HQ's set-up."
        case .wrongContentType(let type): "HQ answered with \(type) instead of JSON; check the URL."
        case .badPage(let error): "\(error)"
        case .pageTooLarge(let limit):
            "a feed page is larger than \(limit) bytes; smaller pages are asked for."
        case .cursorStuck: "HQ's feed does not move on; its cursor stays the same."
        case .cursorExpired: "HQ no longer knows the cursor; a snapshot is asked for."
        case .notApplied(let why): "the station could not apply the page: \(why)"
        case .wrongConfirmation: "HQ confirmed another event than it was sent; check its event inbox."
        case .parked(let kind): "HQ refuses the event for good (\(kind)); look at it at HQ."
        }
    }
}
