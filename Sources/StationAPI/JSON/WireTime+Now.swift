internal import FoundationEssentials

extension WireTime {
    /// The machine's time of day, and a while from it.
    public static func now(plusSeconds seconds: Int = 0) -> WireTime {
        WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000) + Int64(seconds) * 1000)
    }
}
