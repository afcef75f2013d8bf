import Foundation
import HQLink
import StationAPI
import Synchronization

/// A station without a wall: it keeps its cursor and its outbox in memory and says what a station says.
final class FleetStation: HQLinkStation {
    let id: String
    private let meter: FleetMeter
    private let state: Mutex<State>

    private struct State {
        var cursor: String?
        var outbox: [(event: OutboundEvent, madeAt: ContinuousClock.Instant)] = []
        var sequence: Int64 = 0
        var orders = 0
    }

    init(id: String, meter: FleetMeter) {
        self.id = id
        self.meter = meter
        state = Mutex(State())
    }

    /// Something happened at the wall: one event of an order of its own.
    func happen() throws {
        try state.withLock { state in
            state.sequence += 1
            let event = CloudEvent(
                id: UUID().uuidString.lowercased(),
                station: id,
                type: .pickupCompleted,
                orderID: "\(id)-\(state.sequence)",
                time: WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)),
                sequence: state.sequence,
                data: .object([
                    "orderId": .string("\(id)-\(state.sequence)"), "orderVersion": .integer(3),
                    "parcelIds": .array([.string("P-1"), .string("P-2")]),
                    "compartments": .array([.string("A3")]),
                    "method": .string("scanned"), "outcome": .string("openedAndClosed"),
                    "remaining": .integer(0),
                    "clock": .object(["trusted": .boolean(true)]),
                ])
            )
            let outbound = OutboundEvent(
                id: event.id,
                orderID: event.subject,
                sequence: event.sequence.isEmpty ? 0 : state.sequence,
                json: try JSONEncoder().encode(event)
            )
            state.outbox.append((outbound, .now))
        }
    }

    func feedCursor() async -> String? { state.withLock { $0.cursor } }

    func apply(_ page: FeedPage) async throws {
        state.withLock { state in
            state.cursor = page.nextCursor
            state.orders += page.items.count
        }
        if page.isEndOfSnapshot { meter.connected() }
        if !page.snapshot, !page.items.isEmpty { meter.heard(page.items.count) }
    }

    func outboxHeads(limit: Int) async throws -> [OutboundEvent] {
        state.withLock { $0.outbox.prefix(limit).map(\.event) }
    }

    func delivered(_ id: String, hqPending: Bool) async {
        let madeAt = state.withLock { state -> ContinuousClock.Instant? in
            guard let index = state.outbox.firstIndex(where: { $0.event.id == id }) else { return nil }
            return state.outbox.remove(at: index).madeAt
        }
        if let madeAt { meter.delivered(after: .now - madeAt) }
    }

    func parked(_ id: String, problem: Problem) async { meter.refused() }

    func stateReport() async -> StationReport {
        let (cursor, depth) = state.withLock { ($0.cursor, $0.outbox.count) }
        return StationReport(
            station: id,
            time: WireTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)),
            serving: .init(customers: true),
            versions: .init(software: "1.0.0"),
            configurationHash: String(repeating: "0", count: 64),
            clock: .init(trusted: true, source: "ntp"),
            feed: .init(cursor: cursor),
            outbox: .init(depth: depth),
            compartments: (1...60).map {
                StationReport.Compartment(compartment: "A\($0)", door: .closed)
            }
        )
    }

    func linkChanged(_ status: HQLinkStatus) async {}
}

/// What all stations of a run did.
final class FleetMeter: Sendable {
    private struct State {
        var isMeasuring = false
        var latencies = Samples()
        var connected = 0
        var heard = 0
        var refused = 0
    }

    private let state = Mutex(State())

    func connected() { state.withLock { $0.connected += 1 } }
    func heard(_ items: Int) { state.withLock { $0.heard += items } }
    func refused() { state.withLock { $0.refused += 1 } }

    func delivered(after time: Duration) {
        state.withLock { state in
            if state.isMeasuring { state.latencies.add(time / .microseconds(1)) }
        }
    }

    func begin() {
        state.withLock { state in
            state.isMeasuring = true
            state.latencies = Samples()
            state.heard = 0
        }
    }

    var snapshots: Int { state.withLock { $0.connected } }

    func result() -> (latencies: Samples, heard: Int, refused: Int) {
        state.withLock { ($0.latencies, $0.heard, $0.refused) }
    }
}
