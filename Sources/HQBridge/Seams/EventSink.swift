public import StationAPI

/// Where the events of the stations go on to: Dynamics 365, a Logic App, a shop.
///
/// The bridge hands over each event of its inbox **at least once** and **in order per order**: the next event of an
/// order comes only when the one before is done. It comes again after a crash of a bridge process, so a sink tells
/// by `InboxEvent.key` what it has done before. Several processes share the work: calls for different orders run at
/// the same time.
public protocol EventSink: Sendable {
    /// The sink's name, kept for ever: work is kept under it. Letters, digits, `.`, `-` and `_`.
    var name: String { get }

    /// Whether the sink wants events of this type at all; asked when the event is its turn.
    func wants(_ type: String) -> Bool

    /// Carries one event on. Must end within the bridge's `leaseSeconds` (180 unless
    /// configured), or another process takes the event as well.
    func take(_ event: InboxEvent) async -> SinkOutcome
}

extension EventSink {
    /// Every type.
    public func wants(_ type: String) -> Bool { true }
}

/// What became of an event at a sink.
public enum SinkOutcome: Hashable, Sendable {
    /// It is carried on; it does not come again.
    case done
    /// Not now; the same event comes again after this time, and the order's later ones wait. `reason` is shown.
    case again(after: Duration, reason: String)
    /// A person has to look: the order's later events wait until it is retried or passed over. `reason` is shown.
    case exception(reason: String)
}

/// One event of the inbox, on its way to a sink.
public struct InboxEvent: Hashable, Sendable {
    /// The bridge's count of the events it has taken; grows, with gaps.
    public var arrival: Int64
    /// The station that sent it.
    public var station: BridgeStationID
    /// What it says.
    public var event: CloudEvent
    /// When the bridge took it.
    public var receivedAt: WireTime
    /// How often it has been handed to this sink, this time included.
    public var attempt: Int

    /// An event of the inbox.
    public init(
        arrival: Int64,
        station: BridgeStationID,
        event: CloudEvent,
        receivedAt: WireTime,
        attempt: Int = 1
    ) {
        self.arrival = arrival
        self.station = station
        self.event = event
        self.receivedAt = receivedAt
        self.attempt = attempt
    }

    /// Names the event for ever, the same at every attempt: what an idempotent receiver is to be sent.
    public var key: String { "\(event.source)#\(event.id)" }
}
