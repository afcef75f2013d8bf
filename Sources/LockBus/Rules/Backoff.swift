internal import DeviceIO

/// When to try again: 1, 2, 4 … up to a limit, without end.
struct Backoff {
    private let firstMs: UInt64
    private let limitMs: UInt64
    private var nextMs: UInt64

    init(firstMs: UInt64, limitMs: UInt64) {
        self.firstMs = firstMs
        self.limitMs = limitMs
        nextMs = firstMs
    }

    /// Notes a failure; returns when to try again.
    mutating func failed(at now: BootTime) -> BootTime {
        defer { nextMs = min(nextMs * 2, limitMs) }
        return now.advanced(byMilliseconds: nextMs)
    }

    /// Starts over.
    mutating func succeeded() {
        nextMs = firstMs
    }
}
