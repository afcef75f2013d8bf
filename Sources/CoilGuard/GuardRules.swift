/// Which outputs may be on, and until when. Pure: it is told the time, and never touches a line.
struct GuardRules {
    /// Who asked for a pulse: it ends when they go away.
    typealias Client = Int32

    private struct Pulse {
        let client: Client
        let endsAt: GuardTime
    }

    private let outputs: [GuardedOutput]
    private var pulses: [Int: Pulse] = [:]
    /// When each coil has cooled down.
    private var restedAt: [GuardTime]
    /// When each supply may be used again.
    private var freeAt: [String: GuardTime] = [:]

    init(_ outputs: [GuardedOutput]) {
        self.outputs = outputs
        restedAt = Array(repeating: GuardTime(nanoseconds: 0), count: outputs.count)
    }

    /// The end of the pulse that ends first.
    var nextEnd: GuardTime? { pulses.values.map(\.endsAt).min() }

    /// Whether an output should be on.
    func isOn(_ index: Int) -> Bool { pulses[index] != nil }

    /// Why an output may not be switched on now; nil when it may.
    func refusal(_ index: Int, milliseconds: Int, notAfter: GuardTime, at now: GuardTime) -> GuardRefusal? {
        let output = outputs[index]
        guard (1...output.maximumMs).contains(milliseconds) else {
            return .tooLong(maximumMs: output.maximumMs)
        }
        guard now <= notAfter else { return .stale }
        for (other, pulse) in pulses where outputs[other].supply == output.supply {
            return .busy(retryAfterMs: max(1, pulse.endsAt.milliseconds(from: now)) + outputs[other].gapMs)
        }
        if let free = freeAt[output.supply], now < free {
            return .busy(retryAfterMs: free.milliseconds(from: now))
        }
        if now < restedAt[index] { return .resting(retryAfterMs: restedAt[index].milliseconds(from: now)) }
        return nil
    }

    /// Books a pulse: from the moment before its line is driven, so that the line is never on for longer.
    mutating func begin(_ index: Int, milliseconds: Int, by client: Client, at now: GuardTime) {
        let endsAt = now.advanced(byMilliseconds: milliseconds)
        pulses[index] = Pulse(client: client, endsAt: endsAt)
        restedAt[index] = endsAt.advanced(byMilliseconds: milliseconds * outputs[index].rest)
    }

    /// The line has been driven off.
    mutating func end(_ index: Int, at now: GuardTime) {
        guard pulses.removeValue(forKey: index) != nil else { return }
        let supply = outputs[index].supply
        let free = now.advanced(byMilliseconds: outputs[index].gapMs)
        freeAt[supply] = max(freeAt[supply] ?? free, free)
    }

    /// Outputs whose time is over.
    func due(at now: GuardTime) -> [Int] {
        pulses.filter { $0.value.endsAt <= now }.map(\.key).sorted()
    }

    /// Outputs that a client switched on.
    func pulses(of client: Client) -> [Int] {
        pulses.filter { $0.value.client == client }.map(\.key).sorted()
    }

    /// Outputs that are on.
    var all: [Int] { pulses.keys.sorted() }
}
