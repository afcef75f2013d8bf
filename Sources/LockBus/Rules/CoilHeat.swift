internal import DeviceIO

/// The heat of one coil, as the time that it still needs to be cold.
///
/// Each millisecond on costs `coolDown` milliseconds off: a duty of 1 ÷ (1 + coolDown), whatever led to it.
/// What counts is how long the coil really was on: a pulse that ended late, a coil that somebody else switched
/// on or that stayed on rests accordingly longer. Only a cold coil is pulsed, so that every pulse, a retry
/// too, is within the budget.
struct CoilHeat {
    private let coolDown: UInt64
    private let maximumOnMs: UInt64
    /// From when on it is cold.
    private(set) var coldAt = BootTime(nanoseconds: 0)
    /// The last time that it went on, as far as is known.
    private var onFrom = BootTime(nanoseconds: 0)
    /// Until when it then was on, as far as is known.
    private var onUntil = BootTime(nanoseconds: 0)
    /// From when on it would have been cold without that.
    private var coldWithout = BootTime(nanoseconds: 0)

    /// - Parameters:
    ///   - coolDown: how many times as long as it was on it rests.
    ///   - maximumOnMs: the longest that it is on when nobody sees it.
    init(coolDown: Int, maximumOnMs: Int) {
        self.coolDown = UInt64(max(0, coolDown))
        self.maximumOnMs = UInt64(max(0, maximumOnMs))
    }

    /// A pulse is given, and ends by itself then.
    mutating func pulsed(from start: BootTime, until end: BootTime) {
        begin(at: start)
        warm(until: end)
    }

    /// It reads on. `atMostSince`: it was off then, unless it was known to be on.
    mutating func seenOn(at now: BootTime, atMostSince earlier: BootTime) {
        if onUntil < earlier { begin(at: earlier) }
        warm(until: now)
    }

    /// It reads off; it may have been on until now, but not longer than it ever is.
    mutating func seenOff(at now: BootTime) {
        warm(until: min(now, onFrom.advanced(byMilliseconds: maximumOnMs)))
    }

    /// It may have been on for so long until now.
    mutating func assumeOn(ms onMs: UInt64, until end: BootTime) {
        let (restMs, overflow) = onMs.multipliedReportingOverflow(by: coolDown)
        coldAt = max(coldAt, end.advanced(byMilliseconds: overflow ? .max : restMs))
    }

    private mutating func begin(at start: BootTime) {
        coldWithout = coldAt
        onFrom = start
        onUntil = start
    }

    private mutating func warm(until end: BootTime) {
        guard end > onUntil else { return }
        onUntil = end
        let leftMs = coldWithout.milliseconds(since: onFrom)
        assumeOn(ms: end.milliseconds(since: onFrom), until: end.advanced(byMilliseconds: leftMs))
    }
}
