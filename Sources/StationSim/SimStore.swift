public import StationCore

/// The simulated station's disk, as far as the simulation needs it. The real store is behind it in the tests;
/// the simulation itself knows no database.
public protocol SimStore {
    /// Opens what is on the disk, as a process does that has just started.
    func open(isSameBoot: Bool) throws -> StationState.Memory
    /// The process is gone: nothing that was not committed remains.
    func crash() throws
    /// One transaction; `attaching` is the order of the feed whose codes belong to it.
    ///
    /// - Throws: ``SimDiskFull`` if it was told to and nothing of the transaction has happened.
    func commit(_ decision: Decision, event: Event, moment: Moment, attaching: SimOrder?) throws
    /// From now on the disk is full, or has room again; it has room after a start.
    func setDisk(full: Bool) throws

    /// What a text is.
    func match(_ text: String, form: ShownCode.Form) throws -> ShownCode
    /// The row of an order.
    func order(_ id: OrderID) throws -> OrderRecord?
    /// Writes an order that concerns nothing physical.
    func store(_ record: OrderRecord, _ order: SimOrder) throws
    /// How far the feed has been read.
    func cursor() throws -> Int
    /// Notes how far the feed has been read.
    func setCursor(_ cursor: Int) throws
    /// Numbers about the orders, as the store keeps them.
    func tally() throws -> Tally

    /// Openings whose intent is on the disk and that have no outcome.
    func openIntents() throws -> [OpeningID]
    /// The changes of the journal's newest line.
    func newestLine() throws -> [Change]
    /// What is wrong with the journal's chain, from its first line on; nil if it holds.
    func brokenLink() throws -> String?
    /// The first of these texts that is anywhere in the files, not in the middle of a longer number.
    func firstFound(of texts: [String]) throws -> String?

    /// The oldest event of each order that HQ has not acknowledged.
    func outboxHeads(limit: Int) throws -> [Report]
    /// HQ has acknowledged an event; `isPending`: it will apply it later.
    func delivered(_ id: EventID, isPending: Bool) throws
    /// The feed shows that HQ has applied what it was told of this order.
    func confirmed(_ order: OrderID) throws
    /// HQ does not know the order of this event.
    func park(_ id: EventID) throws
    /// Parked events are tried again.
    func retryParked() throws
    /// How many events are not delivered, not applied, and parked.
    func outbox() throws -> (waiting: Int, pending: Int, parked: Int)
}

/// The disk is full: the transaction has not happened.
public struct SimDiskFull: Error {
    /// A full disk.
    public init() {}
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
