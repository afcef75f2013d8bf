/// What `bridge.yaml` says, checked.
public struct BridgeConfiguration: Sendable {
    /// The database.
    public var place: BridgeStore.Place
    /// How data ages.
    public var retention = BridgeStore.Retention()
    /// How the Station API is served.
    public var server = BridgeServerConfiguration()
    /// HQ's signing keys, read from their files.
    public var keys = HQKeys()
    /// Whether the bridge itself completes orders (``StandaloneSink``); not by default where a store or a shop does.
    public var isStandalone = true
    /// Stores of Dynamics 365 Commerce and shops.
    public var integrations = BridgeIntegrations()
    /// Where events are sent on to as they are.
    public var forwards: [ForwardSink] = []
    /// How long a process has for one event before another one may take it, in seconds.
    public var leaseSeconds = 180
    /// Orders that one sink carries on at once, from 1.
    public var sinkWidth = 8

    /// A configuration with the defaults.
    public init(place: BridgeStore.Place) {
        self.place = place
    }
}

/// Why a configuration is refused: each line names file, line, what is wrong and what to do.
public struct BridgeConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// One line.
    public var description: String

    init(_ description: String) { self.description = description }
}
