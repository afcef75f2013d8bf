import StationAPI
import Testing

@testable import HQBridge

@Suite struct StandaloneTests {
    @Test(arguments: Engine.allCases)
    func theFeedFollowsWhatTheStationReports(_ engine: Engine) async throws {
        try await engine.withStore { store in
            let station = try stationID("s1")
            try await store.add(station)
            try await store.put(order("SO-1"), at: station)
            let sink = StandaloneSink(store: store)
            func report(_ id: String, _ type: EventType) async -> SinkOutcome {
                let sent = InboxEvent(
                    arrival: 1,
                    station: station,
                    event: event(id, type),
                    receivedAt: WireTime(milliseconds: 0)
                )
                return await sink.take(sent)
            }
            #expect(await report("1", .orderLoaded) == .done)
            #expect(try await store.order("SO-1", at: station)?.document?.status == .ready)
            #expect(await report("2", .pickupCompleted) == .done)
            #expect(await report("2", .pickupCompleted) == .done)
            let completed = try await store.order("SO-1", at: station)
            #expect(completed?.removal?.reason == .completed && completed?.version == 3)
            #expect(await report("3", .pickupCorrected) == .done)
            #expect(try await store.order("SO-1", at: station)?.document?.status == .ready)
            #expect(await report("4", .orderRecalled) == .done)
            #expect(try await store.order("SO-1", at: station)?.document?.status == .awaitingLoad)
        }
    }
}
