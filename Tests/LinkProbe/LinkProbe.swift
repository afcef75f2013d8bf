import Foundation
import HQLink
import Logging
import StationAPI

/// A link in a process of its own, for tests that change what a whole process sees (its name service): prints the feed's
/// condition each time it changes.
///
/// `link-probe URL [CA-FILE]`
@main
struct LinkProbe {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 2 else {
            print("usage: link-probe URL [CA-FILE]")
            exit(64)
        }
        var configuration = try HQLinkConfiguration(station: "store-7", baseURL: arguments[1])
        configuration.tls.caFile = arguments.count > 2 ? arguments[2] : nil
        configuration.timing.spread = .zero
        configuration.timing.poll = HQLinkTiming.Backoff(
            first: .milliseconds(20),
            longest: .milliseconds(100)
        )
        // A held question would not notice that the name is gone.
        configuration.longPollSeconds = 0
        configuration.timing.idlePoll = .milliseconds(20)
        try await HQLink(
            configuration: configuration,
            station: EmptyStation(),
            logger: Logger(label: "probe") { _ in SwiftLogNoOpLogHandler() }
        ).run()
    }
}

/// A station with nothing to tell.
private struct EmptyStation: HQLinkStation {
    func feedCursor() async -> String? { "c0" }
    func apply(_ page: FeedPage) async throws {}
    func outboxHeads(limit: Int) async throws -> [OutboundEvent] { [] }
    func delivered(_ id: String, hqPending: Bool) async {}
    func parked(_ id: String, problem: Problem) async {}

    func stateReport() async -> StationReport {
        StationReport(
            station: "store-7",
            time: WireTime(milliseconds: 0),
            serving: .init(customers: true, reasons: []),
            versions: .init(software: "probe"),
            configurationHash: "",
            doorMapHash: "",
            clock: .init(trusted: true, source: "none"),
            feed: .init(cursor: nil, appliedAt: nil, malformedItems: 0),
            outbox: .init(depth: 0, oldestUnsent: nil, parked: 0, hqPending: 0),
            boards: [],
            compartments: [],
            orders: []
        )
    }

    func linkChanged(_ status: HQLinkStatus) async {
        switch status.feed {
        case .untried: break
        case .ok: print("ok")
        case .failing(let reason, _, _): print("failing: \(reason)")
        case .paused(let reason, _, _): print("paused: \(reason)")
        }
        fflush(nil)
    }
}
