/// An event of the station in the JSON form of CloudEvents 1.0.
///
/// `(source, id)` names the event for ever; HQ counts a second delivery as a duplicate.
public struct CloudEvent: Hashable, Sendable, Codable {
    /// Always `1.0`.
    public var specversion: String
    /// The event's id, made once, in the transaction of its cause.
    public var id: String
    /// `/stations/{station}`.
    public var source: String
    /// What it says. A string, so that a receiver can name a type it does not know.
    public var type: String
    /// The order it is about, if any.
    public var subject: String?
    /// When it happened, by the station's clock.
    public var time: WireTime
    /// `application/json`.
    public var datacontenttype: String?
    /// The station's count of its events, zero-padded to 20 digits so that text order is number order.
    public var sequence: String
    /// The session that the event belongs to, if any.
    public var correlationid: String?
    /// The event's own data; `EventData` says what the types of this version carry.
    public var data: JSONValue?

    /// An event; `sequence` is padded here.
    public init(
        id: String,
        station: String,
        type: EventType,
        orderID: String? = nil,
        time: WireTime,
        sequence: Int64,
        correlationID: String? = nil,
        data: JSONValue? = nil
    ) {
        specversion = "1.0"
        self.id = id
        source = "/stations/\(station)"
        self.type = type.rawValue
        subject = orderID
        self.time = time
        datacontenttype = "application/json"
        self.sequence = Self.pad(sequence)
        correlationid = correlationID
        self.data = data
    }

    /// A sequence number as the wire has it: 20 digits.
    public static func pad(_ sequence: Int64) -> String {
        let digits = String(max(sequence, 0))
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// The sequence number; nil if `sequence` is no number.
    public var sequenceNumber: Int64? { Int64(sequence) }
}
