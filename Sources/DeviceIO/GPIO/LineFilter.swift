/// What one input may be said to have done: debounced, and nothing in between forgotten.
///
/// Pure: it is given edges with their times, and levels that were read. A level counts once it has held for
/// the debounce time; its time is that of the edge that began it. A visit that was over before anybody looked
/// is kept until it has been taken: each ``take()`` gives one level, the oldest that has not been seen yet.
struct LineFilter {
    /// A level, and since when.
    struct Level: Hashable {
        let isOn: Bool
        let since: BootTime
    }

    /// More changes than these between two looks are a fault of the contact; the newest are kept.
    static let memory = 8

    private let debounceMs: UInt64
    private var seen: Level
    private var news: [Level] = []
    /// A level that has not held long enough yet.
    private var candidate: Level?

    init(isOn: Bool, debounceMs: Int, at now: BootTime) {
        self.debounceMs = UInt64(max(0, debounceMs))
        seen = Level(isOn: isOn, since: now)
    }

    private var settled: Level { news.last ?? seen }

    /// When a candidate will have held long enough.
    var settlesAt: BootTime? { candidate?.since.advanced(byMilliseconds: debounceMs) }

    /// There is more to take than the last level.
    var hasNews: Bool { !news.isEmpty }

    /// An edge to a level, at the kernel's time.
    mutating func edge(isOn: Bool, at time: BootTime) {
        settle(at: time)
        guard isOn != settled.isOn else {
            candidate = nil
            return
        }
        // An edge to the level that waits already: one in between was lost, so its time begins anew.
        candidate = Level(isOn: isOn, since: time)
        settle(at: time)
    }

    /// The level that was read: queues lose edges, levels do not lie.
    mutating func read(isOn: Bool, at now: BootTime) {
        settle(at: now)
        if (candidate ?? settled).isOn != isOn { edge(isOn: isOn, at: now) }
    }

    /// Accepts a candidate that has held.
    mutating func settle(at now: BootTime) {
        guard let candidate, let settlesAt, settlesAt <= now else { return }
        self.candidate = nil
        news.append(candidate)
        // In pairs, so that the last level stays the last.
        if news.count > Self.memory { news.removeFirst(2) }
    }

    /// The oldest level that was not seen yet, or the last one.
    mutating func take() -> Level {
        if !news.isEmpty { seen = news.removeFirst() }
        return seen
    }
}
