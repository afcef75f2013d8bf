import Foundation
import HQLink
import StationAPI

/// A station that keeps everything in memory and lets a test see it.
actor TestStation: HQLinkStation {
    struct Seen: Sendable {
        var pages: [FeedPage] = []
        /// Pages whose application began, whether or not it ended.
        var applying = 0
        var delivered: [String] = []
        var hqPending: [String] = []
        var parked: [String: Problem] = [:]
        var status = HQLinkStatus()
        var statusHistory: [HQLinkStatus] = []
        var reports = 0
        var headQuestions = 0
        /// Whether a call came from a cancelled task.
        var wasCancelled = false

        var cursors: [String] { pages.map(\.nextCursor) }

        /// The orders of all pages in turn.
        var orders: [String] {
            pages.flatMap(\.items).compactMap {
                if case .order(let order) = $0 { order.orderID } else { nil }
            }
        }
    }

    nonisolated let seen = Watch(Seen())
    private var cursor: String?
    private var outbox: [OutboundEvent] = []
    /// So often the outbox cannot be read.
    private var unreadableQuestions = 0
    private let onApply: @Sendable (FeedPage) async throws -> Void

    init(cursor: String? = nil, onApply: @escaping @Sendable (FeedPage) async throws -> Void = { _ in }) {
        self.cursor = cursor
        self.onApply = onApply
    }

    /// Lets the outbox be unreadable for so many questions.
    func failToRead(times: Int) { unreadableQuestions = times }

    /// Puts events into the outbox: order and id, in turn.
    func post(_ events: (order: String?, id: String)...) { post(events) }

    func post(_ events: [(order: String?, id: String)]) {
        for (order, id) in events {
            let event = CloudEvent(
                id: id,
                station: "store-7",
                type: .orderLoaded,
                orderID: order,
                time: WireTime(milliseconds: 1_778_044_089_250),
                sequence: Int64(outbox.count + 1)
            )
            guard let json = try? JSONEncoder().encode(event) else { continue }
            outbox.append(
                OutboundEvent(id: id, orderID: order, sequence: Int64(outbox.count + 1), json: json)
            )
        }
    }

    func feedCursor() -> String? { cursor }

    func apply(_ page: FeedPage) async throws {
        seen.update {
            $0.applying += 1
            if Task.isCancelled { $0.wasCancelled = true }
        }
        try await onApply(page)
        cursor = page.nextCursor
        seen.update { $0.pages.append(page) }
    }

    func outboxHeads(limit: Int) throws -> [OutboundEvent] {
        seen.update { $0.headQuestions += 1 }
        if unreadableQuestions > 0 {
            unreadableQuestions -= 1
            throw CocoaError(.fileReadUnknown)
        }
        let parked = Set(seen.value.parked.keys)
        var orders: Set<String?> = []
        var heads: [OutboundEvent] = []
        for event in outbox where orders.insert(event.orderID).inserted && heads.count < limit {
            if !parked.contains(event.id) { heads.append(event) }
        }
        return heads
    }

    func delivered(_ id: String, hqPending: Bool) {
        outbox.removeAll { $0.id == id }
        seen.update {
            if Task.isCancelled { $0.wasCancelled = true }
            $0.delivered.append(id)
            if hqPending { $0.hqPending.append(id) }
        }
    }

    func parked(_ id: String, problem: Problem) {
        seen.update { $0.parked[id] = problem }
    }

    func stateReport() -> StationReport {
        let number = seen.update { seen in
            seen.reports += 1
            return seen.reports
        }
        return StationReport(
            station: "store-7",
            time: WireTime(milliseconds: Int64(number)),
            serving: StationReport.Serving(customers: true),
            versions: StationReport.Versions(software: "test"),
            configurationHash: "hash-\(number)",
            clock: StationReport.Clock(trusted: true)
        )
    }

    func linkChanged(_ status: HQLinkStatus) {
        seen.update {
            $0.status = status
            $0.statusHistory.append(status)
        }
    }
}

extension HQLinkStatus.Condition {
    /// Why it fails or is paused.
    var trouble: HQTrouble? {
        switch self {
        case .untried, .ok: nil
        case .failing(let reason, _, _), .paused(let reason, _, _): reason
        }
    }

    var isPaused: Bool {
        if case .paused = self { true } else { false }
    }
}
