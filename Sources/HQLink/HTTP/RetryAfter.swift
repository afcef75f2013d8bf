internal import FoundationEssentials
internal import StationAPI

/// The `Retry-After` header (RFC 9110 section 10.2.3): seconds or a date.
enum RetryAfter {
    /// The wait that is asked for; nil if the header is absent or not understood.
    ///
    /// A date counts from `serverDate` (the reply's `Date` header) where there is one: the station's clock
    /// may
    /// be wrong, HQ's difference of two of its own times is not.
    static func parse(_ header: String?, serverDate: String?) -> Duration? {
        guard let header else { return nil }
        if let seconds = Int64(header), seconds >= 0 { return .seconds(min(seconds, 10_000_000)) }
        guard let end = httpDate(header) else { return nil }
        let wallClock = WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1_000))
        let now = serverDate.flatMap(httpDate) ?? wallClock
        return .milliseconds(max(0, end.milliseconds - now.milliseconds))
    }

    /// What HQ asked for, within the longest time that is honoured, and up to a fifth more: HQ says the same to every
    /// station, and not all are to come back at the same moment.
    static func spread(_ after: Duration?, longest: Duration) -> Duration? {
        after.map { min($0, longest) * Double.random(in: 1..<1.2) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that may be sent today.
    private static func httpDate(_ text: String) -> WireTime? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1
        return WireTime(text: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z")
    }
}
