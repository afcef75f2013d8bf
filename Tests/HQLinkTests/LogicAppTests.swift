import Foundation
import HQLink
import Logging
import NIOCore
import Sandbox
import StationAPI
import Testing

/// The station's link against the rules of Azure Logic Apps' Request triggers, on real sockets.
@Suite(.timeLimit(.minutes(2))) struct LogicAppTests {
    private struct Apps {
        let hq: SandboxHQ
        let apps: SandboxLogicApps
    }

    private static let quiet = Logger(label: "logic-apps") { _ in SwiftLogNoOpLogHandler() }

    private func with(
        authorization: SandboxLogicApps.Authorization = .signature,
        confirmsEvents: Bool = true,
        responseLimit: Duration = .seconds(20),
        _ body: (Apps) async throws -> Void
    ) async throws {
        let hq = SandboxHQ(
            SandboxHQ.Configuration(
                station: "store-7",
                stationKey: [UInt8](repeating: 7, count: 32),
                token: "t"
            ),
            logger: Self.quiet
        )
        let apps = SandboxLogicApps(responseLimit: responseLimit, logger: Self.quiet)
        await apps.addStationWorkflows(
            before: hq,
            authorization: authorization,
            confirmsEvents: confirmsEvents
        )
        try await apps.start()
        do {
            try await body(Apps(hq: hq, apps: apps))
        } catch {
            await apps.stop()
            throw error
        }
        await apps.stop()
    }

    /// A link of three URLs, as a station's configuration has it for Logic Apps.
    private func withLink(
        to apps: SandboxLogicApps,
        _ station: TestStation,
        configure: (inout HQLinkConfiguration) -> Void = { _ in },
        tokenFile: String? = nil,
        _ body: (HQLink) async throws -> Void
    ) async throws {
        var configuration = try HQLinkConfiguration(
            station: "store-7",
            ordersURL: await apps.url(of: "orders"),
            eventsURL: await apps.url(of: "events"),
            stateURL: await apps.url(of: "state"),
            bearerTokenFile: tokenFile
        )
        configuration.timing = try quickConfiguration("http://127.0.0.1:1").timing
        configuration.feedMethod = .post
        configuration.mediaType = .json
        configuration.longPollSeconds = 0
        configure(&configuration)
        let link = HQLink(configuration: configuration, station: station, logger: Self.quiet)
        await Slots.links.take()
        let outcome: Result<Void, any Error>
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await link.run() }
                try await body(link)
                group.cancelAll()
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await Slots.links.giveBack()
        try outcome.get()
    }

    @Test(arguments: [true, false])
    func orderEventAndStateGoThroughThreeTriggers(confirmsEvents: Bool) async throws {
        try await with(confirmsEvents: confirmsEvents) { logic in
            let order = try await logic.hq.placeOrder(sku: ["1042"])
            let station = TestStation()
            await station.post((order.orderId, "11111111-0000-4000-8000-000000000001"))
            try await withLink(to: logic.apps, station) { _ in
                try await station.seen.until("the order") { $0.orders.contains(order.orderId) }
                // 202 with or without a body: delivered, and HQ has yet to apply it.
                try await station.seen.until("the event") {
                    $0.hqPending.count == 1 && $0.delivered.count == 1
                }
                try await station.seen.until("a state") {
                    if case .ok = $0.status.state { true } else { false }
                }
            }
            // Without a Response action the workflow runs after its caller has gone.
            let end = ContinuousClock.now + .seconds(20)
            while await logic.hq.events().isEmpty, ContinuousClock.now < end { await Task.yield() }
            #expect(await logic.hq.events().map(\.deliveries) == [1])
            let calls = await logic.apps.calls()
            #expect(Set(calls.map(\.status)).isSubset(of: [200, 202, 204]))
            for name in ["orders", "events", "state"] {
                let query = try #require(await logic.apps.url(of: name).split(separator: "?").last)
                #expect(calls.first { $0.workflow == name }?.query == String(query))
            }
        }
    }

    @Test func aResponseThatComesTooLateIsA504AndTheSameEventIsSentAgain() async throws {
        try await with(responseLimit: .milliseconds(200)) { logic in
            let tries = Watch(0)
            await logic.apps.add(
                SandboxLogicApps.Workflow(name: "events", required: ["id"], responds: true) { _ in
                    // The first run takes longer than its caller may wait.
                    if tries.update({
                        $0 += 1; return $0
                    }) == 1 {
                        try? await Task.sleep(for: .seconds(2))
                    }
                    return SandboxLogicApps.Reply(status: 202)
                }
            )
            let station = TestStation()
            await station.post(("O1", "11111111-0000-4000-8000-000000000002"))
            try await withLink(to: logic.apps, station) { _ in
                try await station.seen.until("the event") { $0.delivered.count == 1 }
            }
            let statuses = await logic.apps.calls().filter { $0.workflow == "events" }.map(\.status)
            #expect(statuses.first == 504 && statuses.last == 202)
        }
    }

    @Test func aSignatureOfOldKeysPausesAndNothingIsDropped() async throws {
        try await with { logic in
            let station = TestStation()
            await station.post(("O1", "11111111-0000-4000-8000-000000000003"))
            let stale = await logic.apps.url(of: "events")
            await logic.apps.regenerateKeys(of: "events")
            #expect(await logic.apps.url(of: "events") != stale)
            var configuration = try HQLinkConfiguration(station: "store-7", baseURL: "http://127.0.0.1:1")
            configuration = try HQLinkConfiguration(
                station: "store-7",
                ordersURL: await logic.apps.url(of: "orders"),
                eventsURL: stale,
                stateURL: await logic.apps.url(of: "state")
            )
            configuration.feedMethod = .post
            configuration.timing = try quickConfiguration("http://127.0.0.1:1").timing
            let link = HQLink(configuration: configuration, station: station, logger: Self.quiet)
            await Slots.links.take()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await link.run() }
                try await station.seen.until("the alarm") {
                    $0.status.events.trouble == .unauthorized(status: 401) && $0.status.events.isPaused
                }
                group.cancelAll()
            }
            await Slots.links.giveBack()
            #expect(station.seen.value.delivered.isEmpty && station.seen.value.parked.isEmpty)
        }
    }

    @Test func anotherMethodOrMediaTypeThanTheTriggersPausesAndSaysSo() async throws {
        try await with { logic in
            let station = TestStation()
            await station.post(("O1", "11111111-0000-4000-8000-000000000004"))
            try await withLink(
                to: logic.apps,
                station,
                configure: {
                    $0.mediaType = .cloudEvents
                    $0.feedMethod = .get
                }
            ) { _ in
                try await station.seen.until("both alarms") {
                    $0.status.events.trouble == .unexpectedStatus(400)
                        && $0.status.feed.trouble != nil && $0.status.feed.isPaused
                }
            }
            #expect(station.seen.value.parked.isEmpty && station.seen.value.delivered.isEmpty)
        }
    }

    @Test func aTokenGoesWithAURLThatHasNoSignatureAndNeverWithOneThatHas() async throws {
        let folder = try TemporaryFolder()
        try folder.write("entra-token", to: "token")
        let file = folder.path("token")
        try await with(authorization: .bearer("entra-token")) { logic in
            let station = TestStation()
            try await withLink(to: logic.apps, station, tokenFile: file) { _ in
                try await station.seen.until("a page") { !$0.pages.isEmpty }
            }
            #expect(await !logic.apps.url(of: "orders").contains("sig="))
        }
        // A trigger refuses a request that has both, so the link leaves the token out where the URL is signed.
        try await with { logic in
            let station = TestStation()
            try await withLink(to: logic.apps, station, tokenFile: file) { _ in
                try await station.seen.until("a page") { !$0.pages.isEmpty }
            }
            #expect(await logic.apps.calls().allSatisfy { $0.status != 401 })
        }
    }

    @Test func aResponseThatRedirectsNeverLeavesLogicApps() async throws {
        try await with { logic in
            await logic.apps.add(
                SandboxLogicApps.Workflow(name: "orders", responds: true) { _ in
                    SandboxLogicApps.Reply(status: 302, headers: ["Location": "http://127.0.0.1:1/"])
                }
            )
            let station = TestStation()
            try await withLink(to: logic.apps, station) { _ in
                try await station.seen.until("a failure") { $0.status.feed.trouble == .busy(status: 502) }
            }
        }
    }
}
