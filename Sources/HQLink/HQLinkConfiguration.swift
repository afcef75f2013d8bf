internal import StationAPI

/// How the station reaches HQ.
///
/// Made only by its initialiser, which refuses what could leak a token or never work.
public struct HQLinkConfiguration: Sendable {
    /// How the feed is asked for.
    public enum FeedMethod: String, Sendable, CaseIterable {
        /// `GET` with cursor, limit and wait in the query.
        case get
        /// `POST` with a JSON body, for triggers that take nothing else (Azure Logic Apps).
        case post
    }

    /// The media type of events.
    public enum MediaType: String, Sendable, CaseIterable {
        /// As the CloudEvents HTTP binding asks.
        case cloudEvents = "application/cloudevents+json; charset=utf-8"
        /// For receivers that treat every other type as opaque bytes.
        case json = "application/json"
    }

    /// The station's id.
    public let station: String
    /// Where orders come from.
    public let orders: HQEndpoint
    /// Where events go.
    public let events: HQEndpoint
    /// Where the state goes.
    public let state: HQEndpoint
    /// A file that holds the bearer token; read again when it changes. Nil: no token is sent.
    public var bearerTokenFile: String?
    /// How tokens are got from a token endpoint; with it the token file is not read.
    public var oauth: OAuthSettings?
    /// What is asked of TLS, and the client certificate.
    public var tls = TLSSettings()
    /// The store's proxy; nil: connections are made directly.
    public var proxy: ProxySettings?
    /// A file with the keys that sign events and state (Standard Webhooks), one a line; nil: they are not signed.
    public var signingKeyFile: String?
    /// Where an enrolled box keeps the credentials that follow those of its enrolment; nil: it was not enrolled.
    public var renewal: RenewalSettings?
    /// Where new credentials are asked for; nil without a base URL.
    let credentials: HQEndpoint?
    /// How the feed is asked for.
    public var feedMethod: FeedMethod = .get
    /// The media type of events.
    public var mediaType: MediaType = .cloudEvents
    /// How long HQ may hold a feed request open, in seconds; 0: plain polling.
    public var longPollSeconds: Int = 30
    /// Items asked for per page.
    public var pageLimit: Int = 2_000
    /// Largest feed page that is read, in bytes.
    public var pageByteLimit: Int = 16 << 20
    /// How often the state is sent, in seconds.
    public var stateIntervalSeconds: Int = 60
    /// Orders whose events are delivered at the same time.
    public var concurrentOrders: Int = 4
    /// Time limits and back-off.
    public var timing = HQLinkTiming()

    /// A configuration from a base URL, from one URL per operation, or from both (the single URL wins).
    ///
    /// The operations of a base URL are `{base}/stations/{station}/orders`, `…/events` and `…/state`. The
    /// query of
    /// a URL is sent byte for byte: it can be a credential.
    ///
    /// - Throws: `HQLinkConfigurationError` for an id that is none, a missing URL, or one that is not
    ///   `https`, or `http` to a loopback address.
    public init(
        station: String,
        baseURL: String? = nil,
        ordersURL: String? = nil,
        eventsURL: String? = nil,
        stateURL: String? = nil,
        bearerTokenFile: String? = nil
    ) throws(HQLinkConfigurationError) {
        guard WireID.isValid(station), station.contains(where: { $0 != "." }) else {
            throw .badStation(station)
        }
        self.station = station
        let base = try baseURL.map { (url) throws(HQLinkConfigurationError) in
            try HQEndpoint(url, setting: "baseURL")
        }
        func endpoint(_ url: String?, _ name: String) throws(HQLinkConfigurationError) -> HQEndpoint {
            if let url { return try HQEndpoint(url, setting: "\(name)URL") }
            guard let base else { throw .missingURL(setting: "\(name)URL") }
            return base.appending("/stations/\(station)/\(name)")
        }
        orders = try endpoint(ordersURL, "orders")
        events = try endpoint(eventsURL, "events")
        state = try endpoint(stateURL, "state")
        credentials = base?.appending("/stations/\(station)/credentials")
        self.bearerTokenFile = bearerTokenFile
    }

    /// The operations' endpoints.
    var endpoints: [HQEndpoint] { [orders, events, state] }

    /// Whether every URL carries its own credential: then nothing else signs the station in.
    public var isSignedByURLs: Bool { endpoints.allSatisfy(\.isSignedByURL) }

    /// Whether nothing goes out unencrypted, not even to this machine.
    public var isOnlyHTTPS: Bool {
        !endpoints.contains(where: \.isLoopback) && oauth?.tokenURL.isLoopback != true
    }

    /// Whether HQ is on this machine.
    public var isLoopback: Bool { endpoints.allSatisfy(\.isLoopback) }
}

/// Time limits and back-off of the link; the defaults are the product's, tests shorten them.
public struct HQLinkTiming: Sendable {
    /// Until a connection must stand.
    public var connect: Duration = .seconds(10)
    /// Until a reply must be complete.
    public var request: Duration = .seconds(30)
    /// What a long-poll may take longer than the time asked for.
    public var longPollGrace: Duration = .seconds(15)
    /// Feed and state: the first and the longest back-off.
    public var poll = Backoff(first: .seconds(1), longest: .seconds(60))
    /// Events: the first and the longest back-off of one order.
    public var delivery = Backoff(first: .seconds(5), longest: .seconds(900))
    /// Between polls of an HQ that answers an empty page at once and names no time.
    public var idlePoll: Duration = .seconds(5)
    /// A question for the feed that took at least this long was held open, and the next one follows at once.
    public var heldOpen: Duration = .seconds(1)
    /// Stations that begin together, or lose an HQ that was there together, ask for the first time at a random moment
    /// within this time: 5 000 stations in 10 s are 500 questions a second.
    public var spread: Duration = .seconds(10)
    /// Between looks at how long the credentials still live.
    public var renewalCheck: Duration = .seconds(6 * 3_600)
    /// Renewal of credentials: the first and the longest back-off. There is a third of their life for it.
    public var renewal = Backoff(first: .seconds(300), longest: .seconds(6 * 3_600))
    /// A token that was asked for this recently and is refused all the same is not replaced: HQ means the station.
    public var tokenGap: Duration = .seconds(60)
    /// The shortest time between two states, however often one is wished for.
    public var stateGap: Duration = .seconds(1)
    /// The longest `Retry-After` that is honoured; a longer one counts as this.
    public var longestRetryAfter: Duration = .seconds(86_400)

    /// The product's values.
    public init() {}

    /// Exponential back-off with full jitter: a uniformly random time from zero to
    /// `min(longest, first * 2^attempt)`, so that stations that failed together do not come back together.
    public struct Backoff: Sendable {
        /// The range of the first attempt.
        public var first: Duration
        /// The range that is never exceeded.
        public var longest: Duration

        /// A back-off.
        public init(first: Duration, longest: Duration) {
            self.first = first
            self.longest = longest
        }

        /// The wait before the next try after `failures` failures in a row, from 1. `random` is in 0..<1.
        func wait(failures: Int, random: Double) -> Duration {
            let doublings = min(max(failures - 1, 0), 20)
            return min(longest, first * (1 << doublings)) * random
        }
    }
}

/// Why a configuration of the link is refused.
public enum HQLinkConfigurationError: Error, Hashable, Sendable {
    /// The station's id is no id of the wire.
    case badStation(String)
    /// Neither this URL nor a base URL is given.
    case missingURL(setting: String)
    /// The text is no absolute URL with a host, or has characters that could not be sent as they are.
    case notAURL(setting: String)
    /// Plain `http` to a host that is not this machine would show the token and the orders to the network.
    case plainHTTP(setting: String, host: String)
    /// Another scheme than `https` and `http`.
    case unknownScheme(setting: String, scheme: String)
    /// A user, a password or a fragment in the URL.
    case unwantedPart(setting: String, part: String)
}

extension HQLinkConfigurationError: CustomStringConvertible {
    /// What is wrong and how to fix it, in one line; never shows a query.
    public var description: String {
        switch self {
        case .badStation(let id): "station \"\(id)\": use 1 to 64 of A-Z a-z 0-9 . _ : - (not only dots)."
        case .missingURL(let setting): "\(setting): missing; give it or baseURL."
        case .notAURL(let setting):
            "\(setting): not an absolute URL of RFC 3986; write https://host/path, with %XX for other characters."
        case .plainHTTP(let setting, let host):
            "\(setting): http to \(host) is not encrypted; use https (http is for 127.0.0.1, ::1 and localhost)."
        case .unknownScheme(let setting, let scheme): "\(setting): unknown scheme \(scheme); use https."
        case .unwantedPart(let setting, let part):
            "\(setting): contains a \(part); remove it (a token belongs in bearerTokenFile)."
        }
    }
}
