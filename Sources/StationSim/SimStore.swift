public import StationCore

/// The simulated station's disk, as far as the simulation needs it. The real store is behind it in the tests;
/// the simulation
/// itself knows no database.
public protocol SimStore {
    /// Opens what is on the disk, as a process does that has just started.
    func open(isSameBoot: Bool) throws -> StationState.Memory
    /// The process is gone: nothing that was not committed remains.
    func crash() throws
    /// One transaction.
    func commit(_ decision: Decision, event: Event, moment: Moment) throws
    /// What a text is.
    func match(_ text: String, form: ShownCode.Form) throws -> ShownCode
    /// The row of an order.
    func order(_ id: OrderID) throws -> OrderRecord?
    /// Writes an order that concerns nothing physical.
    func store(_ record: OrderRecord, _ order: SimOrder) throws
    /// Gives an order that the core has stored its codes.
    func attach(_ order: SimOrder, version: Int64) throws
    /// Openings whose intent is on the disk and that have no outcome.
    func openIntents() throws -> [OpeningID]
    /// The oldest event of each order that HQ has not acknowledged.
    func outboxHeads(limit: Int) throws -> [Report]
    /// HQ has acknowledged an event.
    func delivered(_ id: EventID) throws
    /// How many events wait.
    func waiting() throws -> Int
}

/// An order as HQ made it, with what only HQ knows: the clear code and the labels.
public struct SimOrder: Sendable {
    /// What the feed says.
    public var record: OrderRecord
    /// The code the customer has; a long one, or typed digits.
    public var code: String
    /// Whether the code is typed.
    public var isTyped: Bool

    /// The label of a parcel.
    public func label(_ parcel: ParcelID) -> String { "L-\(parcel.rawValue)" }
}
