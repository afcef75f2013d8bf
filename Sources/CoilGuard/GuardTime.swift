internal import CStationShims

/// A moment on `CLOCK_BOOTTIME`, in nanoseconds since the machine started: the same clock as DeviceIO's
/// `BootTime`, so that a client's deadline means the same here. The guard does without DeviceIO, whose
/// Foundation would make it ten times as large.
public struct GuardTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since boot.
    public let nanoseconds: UInt64

    /// Wraps a count of nanoseconds since boot.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    public static func now() -> GuardTime {
        GuardTime(nanoseconds: station_boottime_nanoseconds())
    }

    /// Orders by time.
    public static func < (left: GuardTime, right: GuardTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    func advanced(byMilliseconds milliseconds: Int) -> GuardTime {
        GuardTime(nanoseconds: nanoseconds &+ UInt64(max(0, milliseconds)) &* 1_000_000)
    }

    /// Whole milliseconds until this moment, rounded up; zero when it is over.
    func milliseconds(from now: GuardTime) -> Int {
        now < self ? Int((nanoseconds - now.nanoseconds + 999_999) / 1_000_000) : 0
    }
}
