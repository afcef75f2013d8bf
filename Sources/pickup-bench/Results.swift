/// What one run measured, and how it is shown.
struct Results {
    var ours = Samples()
    var baseline = Samples()
    var underResync = Samples()
    var orders = 0
    var feedSeconds = 0.0
    var insertSeconds = 0.0
    var startToKioskSeconds = 0.0
    var startToDoorSeconds = 0.0
    var residentMiB = 0.0

    private struct Row {
        var name: String
        var ours: String
        var baseline: String
        var ratio: Double?
        var goal: String
        var isMet: Bool?
    }

    func table() -> String {
        var rows: [Row] = []
        for (share, name) in [(0.5, "p50"), (0.99, "p99"), (0.999, "p99.9")] {
            let ratio = ours.percentile(share) / max(1, baseline.percentile(share))
            rows.append(
                Row(
                    name: "scan → frame \(name)",
                    ours: us(ours.percentile(share)),
                    baseline: us(baseline.percentile(share)),
                    ratio: ratio,
                    goal: name == "p99" ? "≤ 1.2×" : "",
                    isMet: name == "p99" ? ratio <= 1.2 : nil
                )
            )
        }
        for (share, name) in [(0.5, "p50"), (0.99, "p99")] {
            let ratio = underResync.percentile(share) / max(1, baseline.percentile(share))
            rows.append(
                Row(
                    name: "  under resync \(name)",
                    ours: us(underResync.percentile(share)),
                    baseline: us(baseline.percentile(share)),
                    ratio: ratio,
                    goal: name == "p99" ? "≤ 2×" : "",
                    isMet: name == "p99" ? ratio <= 2 : nil
                )
            )
        }
        let feed = feedSeconds / max(0.001, insertSeconds)
        rows += [
            Row(
                name: "feed of \(orders) orders",
                ours: s(feedSeconds),
                baseline: s(insertSeconds),
                ratio: feed,
                goal: "≤ 1.5×",
                isMet: feed <= 1.5
            ),
            Row(
                name: "start after kill -9, kiosk",
                ours: s(startToKioskSeconds),
                baseline: "",
                ratio: nil,
                goal: "≤ 1 s",
                isMet: startToKioskSeconds <= 1
            ),
            Row(
                name: "  to the first door",
                ours: s(startToDoorSeconds),
                baseline: "",
                ratio: nil,
                goal: "≤ 1 s",
                isMet: startToDoorSeconds <= 1
            ),
            Row(
                name: "resident memory then",
                ours: "\(round1(residentMiB)) MiB",
                baseline: "",
                ratio: nil,
                goal: "≤ 64 MiB",
                isMet: residentMiB <= 64
            ),
        ]
        let lines = rows.map { row in
            pad(row.name, 28) + left(row.ours, 12) + left(row.baseline, 12)
                + left(row.ratio.map { "\(round2($0))×" } ?? "", 9) + "   " + pad(row.goal, 9)
                + (row.isMet.map { $0 ? "met" : "MISSED" } ?? "")
        }
        let head = pad("", 28) + left("ours", 12) + left("bare C", 12) + left("ratio", 9) + "   goal"
        let counts =
            "\(ours.count) samples of ours, \(baseline.count) of bare C, \(underResync.count) under resync"
        return ([head] + lines + [counts]).joined(separator: "\n")
    }

    /// The share of scans answered by a time, as lines of text.
    func plot() -> String {
        let most = max(ours.percentile(1), baseline.percentile(1), underResync.percentile(1))
        var lines = [
            "scan → frame, slowest tenth to the right (o ours, c bare C, r ours under resync; full width \(us(most)))"
        ]
        for share in [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0] {
            var line = Array(repeating: Character(" "), count: 64)
            for (samples, mark) in [(underResync, Character("r")), (baseline, "c"), (ours, "o")]
            where samples.count > 0 {
                line[min(63, Int(samples.percentile(share) / max(1, most) * 63))] = mark
            }
            lines.append(left("\(Int(share * 100)) %", 6) + " |" + String(line))
        }
        return lines.joined(separator: "\n")
    }

    /// The same as a picture.
    func svg() -> String {
        let most = max(1, ours.percentile(1), baseline.percentile(1), underResync.percentile(1))
        func line(_ samples: Samples, _ colour: String) -> String {
            let points = stride(from: 0.0, through: 1.0, by: 0.01).map { share in
                "\(60 + Int(samples.percentile(share) / most * 700)),\(360 - Int(share * 320))"
            }
            return
                "<polyline fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\" points=\"\(points.joined(separator: " "))\"/>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 420" font-family="sans-serif" font-size="14">
            <rect width="800" height="420" fill="#fff"/>
            <path d="M60 40V360H760" fill="none" stroke="#333"/>
            <text x="60" y="24">Share of scans whose lock frame has begun, by time since the terminator</text>
            <text x="60" y="385">0</text><text x="700" y="385">\(us(most))</text><text x="12" y="48">100 %</text>
            \(line(underResync, "#c60"))\(line(baseline, "#888"))\(line(ours, "#06c"))
            <text x="80" y="410" fill="#06c">ours</text><text x="160" y="410" fill="#888">bare C</text>
            <text x="260" y="410" fill="#c60">ours under resync</text>
            </svg>
            """
    }

    private func us(_ value: Double) -> String { "\(Int(value)) µs" }
    private func s(_ value: Double) -> String { "\(round2(value)) s" }
    private func round1(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    private func round2(_ value: Double) -> Double { (value * 100).rounded() / 100 }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func left(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
