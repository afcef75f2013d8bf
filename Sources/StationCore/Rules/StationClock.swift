/// Station time (S13): never goes backward, corrected only from a trusted source, within a stated bound.
///
/// It runs on the monotonic clock from an anchor. A trusted reading that is behind it does not turn it back:
/// it waits until the world has caught up, and is not trusted while it is further ahead than ``aheadMaxMs``.
public struct StationClock: Hashable, Sendable, Codable {
    /// Where a reading of the time of day comes from.
    public enum Source: String, Hashable, Sendable, Codable {
        /// The system clock, and the kernel says it is synchronised.
        case systemSynchronised
        /// The system clock, and nothing says it is right.
        case systemUnsynchronised
        /// HQ's feed, over an authenticated connection.
        case hq

        var isTrusted: Bool { self != .systemUnsynchronised }
    }

    /// A trusted reading too far ahead to be believed without a second source.
    public struct Suspicion: Hashable, Sendable, Codable {
        var source: Source
        var offsetMs: Int64
    }

    /// How far station time may be ahead of a trusted source and still count as trusted, in milliseconds.
    public static let aheadMaxMs: Int64 = 120_000
    /// 2020-01-01: station time before it means that the station knows nothing of the time of day.
    static let knownFrom = StationTime(milliseconds: 1_577_836_800_000)
    /// 2100-01-01: a reading after it is a broken clock, whoever says it.
    static let plausibleUntil = StationTime(milliseconds: 4_102_444_800_000)

    private var anchorTime: StationTime
    private var anchor: Instant
    /// Whether deadlines may be judged by it.
    public private(set) var isTrusted: Bool
    private var suspicion: Suspicion?

    /// A clock that knows only how late it was when it was last seen.
    public init(floor: StationTime, at instant: Instant) {
        anchorTime = floor
        anchor = instant
        isTrusted = false
        suspicion = nil
    }

    /// Station time at this instant.
    public func time(at instant: Instant) -> StationTime {
        anchorTime.advanced(byMs: Int64(instant.ms(since: anchor)))
    }

    /// The instant at which station time will be `time`; at the earliest `now`.
    public func instant(of time: StationTime, from now: Instant) -> Instant {
        now.advanced(byMs: Int(time.ms(since: self.time(at: now))))
    }

    /// The clock after one reading of the time of day.
    ///
    /// - Parameter stepMaxMs: how far one trusted source alone may move the clock once it is trusted, and how
    ///   far an unsynchronised one may while it is not: time never goes back, so a wrong future could not be
    ///   undone.
    public func observing(
        _ reading: StationTime,
        from source: Source,
        at instant: Instant,
        stepMaxMs: Int64
    ) -> StationClock {
        var next = self
        let own = time(at: instant)
        let ahead = reading.ms(since: own)
        guard reading < Self.plausibleUntil else { return self }
        guard source.isTrusted else {
            // An unsynchronised clock may only carry a station that knows nothing better forward.
            if !isTrusted, ahead > 0, own < Self.knownFrom || ahead <= stepMaxMs {
                next.anchorTime = reading
                next.anchor = instant
            }
            return next
        }
        if ahead < 0 {
            next.isTrusted = ahead >= -Self.aheadMaxMs
            next.suspicion = nil
            return next
        }
        if isTrusted, ahead > stepMaxMs {
            let claim = Suspicion(source: source, offsetMs: ahead)
            guard let other = suspicion, other.source != source,
                (other.offsetMs - ahead).magnitude <= stepMaxMs.magnitude
            else {
                next.suspicion = claim
                return next
            }
        }
        next.anchorTime = reading
        next.anchor = instant
        next.isTrusted = true
        next.suspicion = nil
        return next
    }
}
