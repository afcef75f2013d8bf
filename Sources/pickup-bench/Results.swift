/// What one run measured, and what it should have.
struct Results {
    var orders: Int
    var idle = ScanToFrame.Pair()
    var busy = ScanToFrame.Pair()
    var feedSeconds = 0.0
    var insertSeconds = 0.0
    var startToReady: [Double] = []
    var startToKiosk: [Double] = []
    var startToDoor: [Double] = []
    var residentMiB = 0.0
    var residentAfterFeedMiB = 0.0

    init(orders: Int) {
        self.orders = orders
    }

    private struct Row {
        var name: String
        var ours: String
        var bare = ""
        var ratio: Double?
        /// The most that is allowed, and of what.
        var goal: (limit: Double, unit: String)?
        var value: Double?
    }

    func table() -> String {
        let lines = rows().map { row in
            var line = pad(row.name, 38) + left(row.ours, 12) + left(row.bare, 12)
            line += left(row.ratio.map { shown($0) + "×" } ?? "", 9)
            if let goal = row.goal, let value = row.value ?? row.ratio {
                line += "   " + pad("≤ \(short(goal.limit))\(goal.unit)", 10)
                line += value <= goal.limit ? "met" : "MISSED"
            }
            return line
        }
        let head = pad("", 38) + left("ours", 12) + left("bare C", 12) + left("ratio", 9) + "   goal"
        let counts = """
            \(idle.ours.count) samples of each, \(busy.ours.count) of each under resync; p99.9 of fewer than 1000 is \
            the slowest
            """
        return (["", head] + lines + [counts]).joined(separator: "\n")
    }

    private func rows() -> [Row] {
        latencyRows() + [
            Row(
                name: "feed of \(orders) orders",
                ours: "\(shown(feedSeconds)) s",
                bare: "\(shown(insertSeconds)) s",
                ratio: feedSeconds / max(0.001, insertSeconds),
                goal: (1.5, "×")
            ),
            start("kill -9 → READY=1", startToReady),
            start("kill -9 → kiosk answers", startToKiosk),
            start("kill -9 → first door", startToDoor),
            Row(
                name: "resident memory then",
                ours: "\(short(residentMiB)) MiB",
                goal: (64, " MiB"),
                value: residentMiB
            ),
            Row(name: "  right after the whole feed", ours: "\(short(residentAfterFeedMiB)) MiB"),
        ]
    }

    private func latencyRows() -> [Row] {
        let shares = [(0.5, "p50"), (0.99, "p99"), (0.999, "p99.9")]
        let quiet = shares.map { share, name in
            row("scan → frame \(name)", idle.ours, idle.bare, share, goal: name == "p99" ? 1.2 : nil)
        }
        let loud = shares.map { share, name in
            row("  under resync \(name)", busy.ours, idle.bare, share, goal: name == "p99" ? 2 : nil)
        }
        let both = shares.map { share, name in
            row("  both under resync \(name)", busy.ours, busy.bare, share, goal: nil)
        }
        return quiet + loud + both
    }

    private func row(_ name: String, _ ours: Samples, _ bare: Samples, _ share: Double, goal: Double?) -> Row
    {
        let (ours, bare) = (ours.percentile(share), bare.percentile(share))
        return Row(
            name: name,
            ours: "\(Int(ours)) µs",
            bare: "\(Int(bare)) µs",
            ratio: ours / max(1, bare),
            goal: goal.map { ($0, "×") }
        )
    }

    private func start(_ name: String, _ seconds: [Double]) -> Row {
        let worst = seconds.max() ?? 0
        return Row(
            name: "\(name), slowest of \(seconds.count)",
            ours: "\(shown(worst)) s",
            goal: (1, " s"),
            value: worst
        )
    }
}

/// One decimal, or none if it is zero.
private func short(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
}

func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

func left(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
}
