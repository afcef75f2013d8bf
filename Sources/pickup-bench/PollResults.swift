/// What the door poll rates are, and what they should be.
struct PollResults {
    /// One run of one master.
    struct Run {
        /// Of the ideal schedule.
        var share: Double
        var pollsPerSecond: Double
        /// Requests that read no doors.
        var others: Int
        /// Requests that the line lost because they began too early.
        var tooEarly: Int
        /// Whether the far end was punctual.
        var isRealTime: Bool
    }

    private static let goal = 0.95
    private var runs: [(baud: Int, master: PollMaster, run: Run)] = []

    mutating func add(_ run: Run, of master: PollMaster, baud: Int) {
        runs.append((baud, master, run))
    }

    private var bauds: [Int] {
        runs.map(\.baud).reduce(into: []) { bauds, baud in
            if !bauds.contains(baud) { bauds.append(baud) }
        }
    }

    private func shares(_ master: PollMaster, _ baud: Int) -> [Double] {
        runs.filter { $0.baud == baud && $0.master == master }.map(\.run.share).sorted()
    }

    private func best(_ master: PollMaster, _ baud: Int) -> Run? {
        runs.filter { $0.baud == baud && $0.master == master }.map(\.run).max { $0.share < $1.share }
    }

    func table() -> String {
        var lines = ["", pad("doors of 12 boards read at", 30)]
        for master in PollMaster.allCases { lines[1] += left(master.rawValue, 26) }
        lines[1] += "   goal"
        for baud in bauds {
            var line = pad("\(baud) baud", 30)
            for master in PollMaster.allCases {
                guard let run = best(master, baud), let worst = shares(master, baud).first else { continue }
                let rate = "\(shown(run.pollsPerSecond))/s"
                line += left("\(rate)  \(percent(worst)) … \(percent(run.share))", 26)
            }
            if let run = best(.ours, baud) {
                line += "   ≥ 95 %  " + (run.share >= Self.goal ? "met" : "MISSED")
            }
            lines.append(line)
        }
        let early = runs.map(\.run.tooEarly).reduce(0, +)
        lines.append("share of the ideal schedule, worst … best run; the rate and the goal are the best's")
        lines.append("requests that began too early and were lost: \(early)")
        if runs.contains(where: { !$0.run.isRealTime }) {
            lines.append("the far end had no real-time priority: its own lateness is in these numbers")
        }
        return lines.joined(separator: "\n")
    }

    /// As lines of text.
    func plot() -> String {
        var lines = ["", "share of the ideal schedule"]
        for baud in bauds {
            for master in PollMaster.allCases {
                guard let run = best(master, baud) else { continue }
                let bar = String(repeating: "█", count: min(60, Int((run.share * 60).rounded())))
                let title = pad("\(baud)", 8) + pad(master.rawValue, 16)
                lines.append(title + "|" + pad(bar, 61) + "| " + percent(run.share))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// As an SVG.
    func svg() -> String {
        let colours = ["#06c", "#666", "#c60"]
        var bars: [String] = []
        for (group, baud) in bauds.enumerated() {
            let x = 90 + group * 230
            bars.append("<text x=\"\(x)\" y=\"385\">\(baud) baud</text>")
            for (index, master) in PollMaster.allCases.enumerated() {
                guard let run = best(master, baud) else { continue }
                let height = Int(run.share * 300)
                let place = "x=\"\(x + index * 60)\" y=\"\(360 - height)\" width=\"50\" height=\"\(height)\""
                bars.append("<rect \(place) fill=\"\(colours[index])\"/>")
                bars.append(
                    "<text x=\"\(x + index * 60)\" y=\"\(352 - height)\">\(percent(run.share))</text>"
                )
            }
        }
        let legend = PollMaster.allCases.enumerated().map { index, master in
            "<text x=\"\(90 + index * 175)\" y=\"410\" fill=\"\(colours[index])\">\(master.rawValue)</text>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 420" font-family="sans-serif" font-size="14">
            <rect width="800" height="420" fill="#fff"/>
            <path d="M60 40V360H760" fill="none" stroke="#333"/>
            <path d="M60 75H760" stroke="#c00" stroke-dasharray="4 4"/>
            <text x="60" y="24">Door readings as share of the line's ideal schedule; the goal is 95 %</text>
            \((bars + legend).joined(separator: "\n"))
            </svg>
            """
    }

    private func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        return "\(tenths / 10).\(tenths % 10) %"
    }
}
