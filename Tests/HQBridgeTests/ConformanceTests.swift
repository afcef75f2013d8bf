import HQCheck
import StationAPI
import Testing

@testable import HQBridge

/// The conformance kit against the bridge's own server, on both databases.
@Suite struct ConformanceTests {
    @Test(arguments: Engine.allCases, BridgeServerConfiguration.Acknowledgement.allCases)
    func theBridgePassesTheKit(
        _ engine: Engine,
        _ acknowledgement: BridgeServerConfiguration.Acknowledgement
    ) async throws {
        try await RunningBridge.serve(
            engine,
            configure: {
                $0.acknowledgement = acknowledgement
                $0.basePath = "/station-api/v1"
            }
        ) { bridge in
            let station = try stationID("s1")
            let token = BridgeStore.makeToken()
            let key = WebhookSigningKey.makePair()
            try await bridge.store.add(
                station,
                signIn: .init(token: token, eventKey: key.verificationKey.text)
            )
            for number in 1...7 { try await bridge.store.put(order("SO-\(number)"), at: station) }
            try await bridge.store.remove("SO-3", at: station, reason: .completed)
            var target = try HQTarget(station: "s1", base: bridge.client.base)
            target.token = token
            target.signingKey = key
            let report = await HQCheck(target).run()
            #expect(report.passes, "\(report.table)")
        }
    }
}
