public import FoundationEssentials

/// One event of the outbox, ready to be sent.
public struct OutboundEvent: Hashable, Sendable {
    /// The event's id; the `Idempotency-Key` of its delivery.
    public var id: String
    /// The order whose events it must not overtake; nil: it is the station's own, in line with those.
    public var orderID: String?
    /// The station's count of its events.
    public var sequence: Int64
    /// The whole CloudEvent as UTF-8 JSON; sent byte for byte at every attempt.
    public var json: Data

    /// An event of the outbox.
    public init(id: String, orderID: String?, sequence: Int64, json: Data) {
        self.id = id
        self.orderID = orderID
        self.sequence = sequence
        self.json = json
    }
}
