/// A moment on the station's monotonic clock, in nanoseconds since boot (CLOCK_BOOTTIME).
///
/// The core never reads a clock: the shell passes `Instant`s in. All durations are differences of two of them
/// (S13).
public struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Nanoseconds since boot.
    public var nanoseconds: UInt64

    /// Wraps a count of nanoseconds since boot.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment `milliseconds` later; saturates instead of trapping.
    public func advanced(byMs milliseconds: Int) -> Instant {
        let (product, overflow) = UInt64(max(0, milliseconds)).multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = nanoseconds.addingReportingOverflow(product)
        return Instant(nanoseconds: overflow || carried ? .max : sum)
    }

    /// Milliseconds from `earlier` until this moment; zero if `earlier` is later.
    public func ms(since earlier: Instant) -> Int {
        nanoseconds > earlier.nanoseconds ? Int((nanoseconds - earlier.nanoseconds) / 1_000_000) : 0
    }

    /// Orders by time.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

/// A moment of station time, in milliseconds since 1970-01-01 UTC.
///
/// Station time is what deadlines use: persisted, never going backward, corrected only from a trusted source
/// (S13, ``StationClock``).
public struct StationTime: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since 1970-01-01 UTC.
    public var milliseconds: Int64

    /// Wraps a count of milliseconds since 1970-01-01 UTC.
    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// Reads the bare number.
    public init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    /// Writes the bare number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    /// The moment `milliseconds` later (earlier when negative).
    public func advanced(byMs delta: Int64) -> StationTime {
        let (sum, overflow) = milliseconds.addingReportingOverflow(delta)
        return StationTime(milliseconds: overflow ? (delta < 0 ? .min : .max) : sum)
    }

    /// Milliseconds from `earlier` until this moment, negative if `earlier` is later; saturates instead of
    /// trapping.
    public func ms(since earlier: StationTime) -> Int64 {
        let (difference, overflow) = milliseconds.subtractingReportingOverflow(earlier.milliseconds)
        guard overflow else { return difference }
        return milliseconds < earlier.milliseconds ? .min : .max
    }

    /// Orders by time.
    public static func < (left: StationTime, right: StationTime) -> Bool {
        left.milliseconds < right.milliseconds
    }
}

/// What the shell hands in with every event: the time, and text that no other event will ever carry.
///
/// Ids and time come in from outside, so that the same events give the same decisions on every machine.
public struct Moment: Hashable, Sendable, Codable {
    /// Now, on the monotonic clock.
    public var instant: Instant
    /// Unique for ever among all events of all stations; ids made while deciding are derived from it.
    public var uniqueID: String

    /// Names the moment of one event.
    public init(instant: Instant, uniqueID: String) {
        self.instant = instant
        self.uniqueID = uniqueID
    }
}
