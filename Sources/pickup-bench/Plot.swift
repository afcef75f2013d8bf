/// The latencies as pictures: the share of scans whose lock frame has begun, by time since the terminator.
extension Results {
    private struct Curve {
        var samples: Samples
        var mark: Character
        var name: String
        var colour: String
    }

    private var curves: [Curve] {
        [
            Curve(samples: busy.bare, mark: "b", name: "bare C beside a resync", colour: "#bbb"),
            Curve(samples: busy.ours, mark: "r", name: "ours under resync", colour: "#c60"),
            Curve(samples: idle.bare, mark: "c", name: "bare C", colour: "#666"),
            Curve(samples: idle.ours, mark: "o", name: "ours", colour: "#06c"),
        ]
    }

    private var longest: Double {
        max(1, curves.map { $0.samples.percentile(0.995) }.max() ?? 1)
    }

    /// As lines of text; where curves meet the last of the legend hides the others.
    func plot() -> String {
        let width = 72
        let legend = curves.map { "\($0.mark) \($0.name)" }.joined(separator: ", ")
        var lines = ["", "scan → frame: \(legend)"]
        for share in [0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99] {
            var line = Array(repeating: Character(" "), count: width)
            for curve in curves where curve.samples.count > 0 {
                let place = curve.samples.percentile(share) / longest * Double(width - 1)
                line[min(width - 1, Int(place))] = curve.mark
            }
            lines.append(left("\(Int((share * 100).rounded())) %", 6) + " |" + String(line))
        }
        lines.append(left("", 7) + "0" + left("\(Int(longest)) µs", width))
        return lines.joined(separator: "\n")
    }

    /// As an SVG.
    func svg() -> String {
        let lines = curves.map { line($0) }.joined(separator: "\n")
        let legend = curves.enumerated().map { index, curve in
            "<text x=\"\(60 + index * 175)\" y=\"410\" fill=\"\(curve.colour)\">\(curve.name)</text>"
        }
        let marks = [0.25, 0.5, 0.75, 1].map { share in
            let x = 60 + Int(share * 700)
            return "<path d=\"M\(x) 360v5\" stroke=\"#333\"/><text x=\"\(x - 30)\" y=\"382\">"
                + "\(Int(longest * share)) µs</text>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 420" font-family="sans-serif" font-size="14">
            <rect width="800" height="420" fill="#fff"/>
            <path d="M60 40V360H760" fill="none" stroke="#333"/>
            <text x="60" y="24">Share of scans whose lock frame has begun, by time since the terminator</text>
            <text x="56" y="382">0</text><text x="12" y="48">100 %</text><text x="20" y="208">50 %</text>
            \(marks.joined(separator: "\n"))
            \(lines)
            \(legend.joined(separator: "\n"))
            </svg>
            """
    }

    private func line(_ curve: Curve) -> String {
        guard curve.samples.count > 0 else { return "" }
        let points = stride(from: 0.0, through: 0.995, by: 0.005).map { share in
            let x = min(1, curve.samples.percentile(share) / longest)
            return "\(60 + Int(x * 700)),\(360 - Int(share * 320))"
        }
        return "<polyline fill=\"none\" stroke=\"\(curve.colour)\" stroke-width=\"2\" "
            + "points=\"\(points.joined(separator: " "))\"/>"
    }
}
