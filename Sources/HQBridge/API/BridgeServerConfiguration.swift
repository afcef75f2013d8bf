/// How the Station API is served.
public struct BridgeServerConfiguration: Hashable, Sendable {
    /// What an event is answered with.
    public enum Acknowledgement: String, Hashable, Sendable, CaseIterable {
        /// 202: it is durable here and is carried on; the feed confirms it later.
        case accepted
        /// 200: what the station needs to know is done.
        case applied

        /// The status.
        public var status: Int { self == .accepted ? 202 : 200 }
    }

    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0: any.
    public var port = 8090
    /// What stands before `/stations` in the paths, such as `/station-api/v1`; empty: nothing.
    public var basePath = ""
    /// What an event is answered with.
    public var acknowledgement = Acknowledgement.accepted
    /// How long a question is held open at most, in seconds; 0: not at all.
    public var longPollSeconds = 110
    /// How long a station is to wait before it asks again where questions are not held open, in seconds.
    public var pollAfterSeconds = 30
    /// The header in which a proxy that ends TLS reports SHA-256 of the client certificate as hexadecimal text; nil:
    /// client certificates do not count. A proxy must drop this header from what comes in.
    public var certificateHeader: String?
    /// The addresses of such proxies; the header of anybody else does not count.
    public var proxies: Set<String> = ["127.0.0.1", "::1"]

    /// The defaults: on loopback, behind a proxy that ends TLS.
    public init() {}
}
