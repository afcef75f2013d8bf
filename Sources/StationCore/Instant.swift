/// A moment on the station's monotonic clock, in nanoseconds since boot.
///
/// The core never reads a clock: the shell passes `Instant`s in. Durations are differences of two of them.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since boot.
    public var nanoseconds: UInt64

    /// Wraps a count of nanoseconds since boot.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// Orders by time.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
