internal import CStationShims

/// A moment on `CLOCK_BOOTTIME`, in nanoseconds since the machine started.
///
/// The clock never goes back and counts while the machine is suspended (`clock_gettime(2)`). It says nothing
/// about the time of day and is meaningless after a reboot.
public struct BootTime: Hashable, Comparable, Sendable {
    /// Nanoseconds since boot.
    public var nanoseconds: UInt64

    /// Wraps a count of nanoseconds since boot.
    public init(nanoseconds: UInt64) {
        self.nanoseconds = nanoseconds
    }

    /// The present moment.
    public static func now() -> BootTime {
        BootTime(nanoseconds: station_boottime_nanoseconds())
    }

    /// The moment `milliseconds` later; saturates instead of trapping.
    public func advanced(byMilliseconds milliseconds: UInt64) -> BootTime {
        let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carried) = nanoseconds.addingReportingOverflow(product)
        return BootTime(nanoseconds: overflow || carried ? .max : sum)
    }

    /// Milliseconds from `earlier` until this moment; zero if `earlier` is not earlier.
    public func milliseconds(since earlier: BootTime) -> UInt64 {
        nanoseconds > earlier.nanoseconds ? (nanoseconds - earlier.nanoseconds) / 1_000_000 : 0
    }

    /// Orders by time.
    public static func < (left: BootTime, right: BootTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
