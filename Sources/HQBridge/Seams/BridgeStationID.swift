internal import StationAPI

/// A station as HQ names it: 1 to 64 of `A-Z a-z 0-9 . _ : -`.
public struct BridgeStationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The id as the wire has it.
    public let rawValue: String

    /// Takes an id of the wire; nil if it is none.
    public init?(_ text: some StringProtocol) {
        let text = String(text)
        guard WireID.isValid(text), !text.allSatisfy({ $0 == "." }) else { return nil }
        rawValue = text
    }

    /// An id that the store holds, checked when it was written.
    init(stored text: String) {
        rawValue = text
    }

    /// The id.
    public var description: String { rawValue }

    /// Orders as text: whoever locks several stations locks them in this order.
    public static func < (left: BridgeStationID, right: BridgeStationID) -> Bool {
        left.rawValue < right.rawValue
    }
}
