internal import DeviceIO

/// Counters of a bus from time to time, so that what was put right is forgotten after ten minutes.
struct BusHistory {
    private static let everyMs: UInt64 = 60_000
    private static let kept = 10

    private var samples: [(at: BootTime, counters: [BoardCounters])] = []

    /// The counters from which the doctor counts: those of about ten minutes ago, or all zero.
    func start(_ boards: Int) -> [BoardCounters] {
        guard samples.count > Self.kept, let first = samples.first else {
            return Array(repeating: BoardCounters(), count: boards)
        }
        return first.counters
    }

    /// Keeps these counters if the last ones are a minute old.
    mutating func note(_ counters: [BoardCounters], at now: BootTime) {
        if let last = samples.last, now.milliseconds(since: last.at) < Self.everyMs { return }
        samples.append((now, counters))
        if samples.count > Self.kept + 1 { samples.removeFirst() }
    }
}

extension LockBus {
    /// What the counts of about the last ten minutes are consistent with; empty on a healthy bus. Ask for it
    /// once a minute or so: that is also how old counts are forgotten.
    public func findings() -> [Finding] {
        let reports = reports()
        let earlier = history.start(boards.count)
        history.note(reports.map(\.counters), at: BootTime.now())
        return BusDoctor.findings(on: configuration, reports, since: earlier)
    }
}
