/// Where orders come from: Dynamics 365, a shop's webhooks, a Logic App.
///
/// A source writes what it knows with ``BridgeStore/put(_:at:versioning:)`` and
/// ``BridgeStore/remove(_:at:reason:stationName:)``; both are idempotent, so it may tell the same again after a
/// crash. What it has to keep (its own cursor, what it saw last) goes into the store with
/// ``BridgeStore/remember(_:_:for:)``.
public protocol OrderSource: Sendable {
    /// The source's name, kept for ever. Letters, digits, `.`, `-` and `_`.
    var name: String { get }

    /// Fetches and writes until the task is cancelled. Only one bridge process runs a source at a time; when it
    /// throws or ends, the bridge waits and starts it again, maybe in another process.
    func run(feeding store: BridgeStore) async throws
}
