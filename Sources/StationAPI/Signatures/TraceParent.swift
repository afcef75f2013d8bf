internal import Crypto

/// The `traceparent` header of W3C Trace Context (<https://www.w3.org/TR/trace-context/#traceparent-header>).
///
/// The trace is the message's own: every attempt to send it has the same trace id, made of the message's id, and a
/// parent id of its own. So HQ finds all attempts at one event as one trace, over restarts of the station too.
public enum TraceParent {
    /// The header's name.
    public static let header = "traceparent"

    /// The header's value for one attempt; `attempt` is any number that tells attempts apart (random).
    public static func value(messageID: String, attempt: UInt64) -> String {
        let trace = SHA256.hash(data: Array(messageID.utf8)).prefix(16)
        // An id of nothing but zeros is invalid.
        let parent = attempt == 0 ? 1 : attempt
        return "00-\(trace.map { hex($0) }.joined())-\(hex(parent))-01"
    }

    private static func hex(_ number: some FixedWidthInteger) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, type(of: number).bitWidth / 4 - digits.count)) + digits
    }
}
