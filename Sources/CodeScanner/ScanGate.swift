internal import DeviceIO

/// Decides which codes and rejections are handed on: no code twice in a moment, and no flood. Pure.
struct ScanGate: Sendable {
    /// At most `limit` passes in any one second, from the times of the last `limit` passes.
    struct Limiter: Sendable {
        private var passes: [BootTime] = []
        private var oldest = 0
        private let limit: Int

        init(limit: Int) {
            self.limit = max(1, limit)
            passes.reserveCapacity(self.limit)
        }

        mutating func admits(at now: BootTime) -> Bool {
            if passes.count < limit {
                passes.append(now)
                return true
            }
            guard now >= passes[oldest].advanced(byMilliseconds: 1000) else { return false }
            passes[oldest] = now
            oldest = (oldest + 1) % limit
            return true
        }
    }

    private struct Seen {
        var text: String
        var at: BootTime
    }

    /// Two people may hold two phones before the scanner in turn; more than a few codes at once are a flood.
    private static let remembered = 8

    private let windowMs: UInt64
    private var seen: [Seen] = []
    private var codes: Limiter
    private var rejections: Limiter
    private var floods = Limiter(limit: 1)

    init(duplicateWindowMs: Int, maxPerSecond: Int) {
        windowMs = UInt64(max(0, duplicateWindowMs))
        codes = Limiter(limit: maxPerSecond)
        rejections = Limiter(limit: maxPerSecond)
    }

    /// Nil if the code is to be handed on. A code that is dropped as flood is not remembered: shown again
    /// after
    /// the flood it is new.
    mutating func refusal(of text: String, at now: BootTime) -> ScanRejection? {
        seen.removeAll { now >= $0.at.advanced(byMilliseconds: windowMs) }
        if let index = seen.firstIndex(where: { $0.text == text }) {
            seen[index].at = now
            return .duplicate
        }
        guard codes.admits(at: now) else { return .flood }
        if windowMs > 0 {
            if seen.count == Self.remembered { seen.removeFirst() }
            seen.append(Seen(text: text, at: now))
        }
        return nil
    }

    /// Whether a rejection is still told, not only counted. Rejections have a budget of their own, so that
    /// noise
    /// starves no code.
    mutating func tells(_ rejection: ScanRejection, at now: BootTime) -> Bool {
        rejection == .flood ? floods.admits(at: now) : rejections.admits(at: now)
    }
}
