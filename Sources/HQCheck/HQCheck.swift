internal import Foundation

/// Plays a station against an HQ and says where HQ does not keep the Station API.
///
/// What HQ owns is only read. What a station reports is sent for the station that is named, which must serve
/// nobody: its state is overwritten, and its events are starts of a station, whose ids begin with `hq-check`.
public struct HQCheck: Sendable {
    /// How much is tried, and how patiently.
    public struct Options: Sendable {
        /// Only what changes nothing at HQ.
        public var isReadOnly = false
        /// Until an answer must be there; a station waits that long.
        public var timeout: Duration = .seconds(30)
        /// An answer that takes longer than this is too slow.
        public var patience: Duration = .seconds(20)
        /// How long a question is asked to be held open, in seconds; 0: not asked for.
        public var waitSeconds = 3

        /// The product's values.
        public init() {}
    }

    private let target: HQTarget
    private let options: Options

    /// A check of this HQ.
    public init(_ target: HQTarget, options: Options = Options()) {
        self.target = target
        self.options = options
    }

    /// Makes every check, one after the other.
    ///
    /// - Parameter onRow: called with each row as soon as it is there.
    public func run(onRow: (CheckRow) -> Void = { _ in }) async -> CheckReport {
        let bench = Bench(target: target, options: options)
        var rows: [CheckRow] = []
        func note(_ name: CheckName, _ finding: Finding) {
            let row = CheckRow(name: name, tried: finding.tried, saw: finding.saw, verdict: finding.verdict)
            rows.append(row)
            onRow(row)
        }
        var feed = FeedChecks(bench)
        await feed.read()
        for name in CheckName.allCases where name.rawValue.hasPrefix("feed.") {
            note(name, await feed.check(name))
        }
        for name in CheckName.allCases where name.rawValue.hasPrefix("auth.") {
            note(name, await feed.check(name))
        }
        var reports = ReportChecks(bench)
        for name in CheckName.allCases where name.posts {
            if options.isReadOnly {
                note(name, .notApplicable("nothing", "read-only: nothing is sent"))
            } else {
                note(name, await reports.check(name))
            }
        }
        note(.time, bench.slowest())
        await bench.wire.shutdown()
        return CheckReport(station: target.station, rows: rows)
    }
}

/// What every check works with.
struct Bench: Sendable {
    let target: HQTarget
    let options: HQCheck.Options
    let wire: Wire
    /// Part of every id of this run, so that a run's events are not taken for an earlier one's.
    let run = String(UUID().uuidString.prefix(8).lowercased())

    init(target: HQTarget, options: HQCheck.Options) {
        self.target = target
        self.options = options
        wire = Wire(target, timeout: options.timeout)
    }

    func slowest() -> Finding {
        let took = wire.answers.map(\.took).max() ?? .zero
        let seconds = "the slowest of \(wire.answers.count) answers took \(Int(took / .milliseconds(1))) ms"
        let tried = "every answer within \(options.patience)"
        return took <= options.patience ? .pass(tried, seconds) : .fail(tried, seconds)
    }
}

/// What a check found, before it has a name.
struct Finding: Sendable {
    var tried: String
    var saw: String
    var verdict: CheckRow.Verdict

    static func pass(_ tried: String, _ saw: String) -> Finding {
        Finding(tried: tried, saw: saw, verdict: .pass)
    }

    static func fail(_ tried: String, _ saw: String) -> Finding {
        Finding(tried: tried, saw: saw, verdict: .fail)
    }

    static func notApplicable(_ tried: String, _ saw: String) -> Finding {
        Finding(tried: tried, saw: saw, verdict: .notApplicable)
    }

    static func judge(_ isPassed: Bool, _ tried: String, _ saw: String) -> Finding {
        isPassed ? .pass(tried, saw) : .fail(tried, saw)
    }
}
