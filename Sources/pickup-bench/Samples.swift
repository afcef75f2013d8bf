/// Latencies in microseconds.
struct Samples {
    private(set) var sorted: [Double] = []

    mutating func add(_ microseconds: Double) {
        let index = sorted.firstIndex { $0 > microseconds } ?? sorted.count
        sorted.insert(microseconds, at: index)
    }

    var count: Int { sorted.count }

    /// The smallest sample below or at which so much of the samples is (nearest rank); zero without samples.
    func percentile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        // 0.29 × 100 is a little more than 29: without the slack the rank would be 30.
        let rank = (share * Double(sorted.count) - 1e-9).rounded(.up)
        return sorted[min(max(Int(rank), 1), sorted.count) - 1]
    }
}
