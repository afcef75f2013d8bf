internal import DeviceIO

/// When each lock of a board was last read closed and open, where the board's input n is its lock n's own switch.
/// An input's `true` is closed.
struct LatchBook {
    private var closedAt: [BootTime?] = []
    private var openAt: [BootTime?] = []

    mutating func note(_ inputs: [Bool], at now: BootTime) {
        if closedAt.count < inputs.count {
            let missing = inputs.count - closedAt.count
            closedAt += Array(repeating: nil, count: missing)
            openAt += Array(repeating: nil, count: missing)
        }
        for index in inputs.indices {
            if inputs[index] { closedAt[index] = now } else { openAt[index] = now }
        }
    }

    /// Whether the last reading before `moment` was "closed": only then a later "open" says anything.
    func wasClosed(_ channel: Int, before moment: BootTime) -> Bool {
        guard closedAt.indices.contains(channel - 1), let closed = closedAt[channel - 1] else { return false }
        return openAt[channel - 1].map { $0 < closed || $0 > moment } ?? true
    }

    /// Whether it was read open after `moment`.
    func hasOpened(_ channel: Int, since moment: BootTime) -> Bool {
        guard openAt.indices.contains(channel - 1) else { return false }
        return openAt[channel - 1].map { $0 > moment } ?? false
    }
}
