import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Sandbox
import ServiceLifecycle
import StationAPI
import Synchronization
import Testing

@testable import HQBridge

/// A shop, a message service and a bridge with its webhook listener, all on loopback, for one test.
struct ShopRig: Sendable {
    let software: SandboxShop.Software
    let shop: SandboxShop
    let messages: SandboxMessages
    let store: BridgeStore
    let clock: TestClock
    let configuration: ShopConfiguration
    let webhooks: String
    let sink: ShopSink
    let magentoKey: WebhookSigningKey

    enum Voice { case shop, dynamics, messages }

    static func with(
        _ software: SandboxShop.Software,
        voice: Voice = .shop,
        _ body: @Sendable (ShopRig) async throws -> Void
    ) async throws {
        let shop = SandboxShop(software, logger: RetailRig.quiet)
        let messages = SandboxMessages()
        let port = try await shop.start()
        let messagePort = try await messages.start(logger: RetailRig.quiet)
        let magentoKey = WebhookSigningKey.makeSecret()
        let folder = FileManager.default.temporaryDirectory.appending(path: "shop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func secret(_ name: String, _ text: String) throws -> String {
            let url = folder.appending(path: name)
            try Data((text + "\n").utf8).write(to: url)
            return url.path
        }
        let token = try secret("token", SandboxShop.token)
        let isShopify: Bool = if case .shopify = software { true } else { false }
        let platform: ShopConfiguration.Platform =
            isShopify
            ? .shopify(
                endpoint: "http://127.0.0.1:\(port)/admin/api/2026-01/graphql.json",
                tokenFile: token,
                webhookSecretFile: try secret("webhook", SandboxShop.webhookSecret)
            )
            : .magento(
                base: "http://127.0.0.1:\(port)/rest/V1",
                tokenFile: token,
                webhookKeyFile: try secret("webhook", magentoKey.text)
            )
        let customerVoice: CustomerVoice
        switch voice {
        case .shop: customerVoice = .shop
        case .dynamics: customerVoice = .dynamics
        case .messages:
            customerVoice = .messages(
                url: "http://127.0.0.1:\(messagePort)/messages",
                keyFile: try secret("messages", messages.key.text)
            )
        }
        let configuration = ShopConfiguration(
            name: "web",
            platform: platform,
            locations: ["L1": "s1", "L2": "s2"],
            voice: customerVoice
        )
        let clock = TestClock()
        try await Engine.sqlite.withStore(clock: clock) { store in
            for name in ["s1", "s2"] { try await store.add(try stationID(name)) }
            let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
            let group = ServiceGroup(
                services: [
                    ShopWebhookServer(shops: [configuration], store: store, port: 0, logger: RetailRig.quiet)
                    {
                        continuation.yield($0)
                    }
                ],
                logger: RetailRig.quiet
            )
            let server = Task { try await group.run() }
            guard let port = await ports.first(where: { _ in true }) else { return }
            let sink = ShopSink(configuration, store: store, logger: RetailRig.quiet)
            let rig = ShopRig(
                software: software,
                shop: shop,
                messages: messages,
                store: store,
                clock: clock,
                configuration: configuration,
                webhooks: "http://127.0.0.1:\(port)/webhooks/web",
                sink: sink,
                magentoKey: magentoKey
            )
            let outcome: Result<Void, any Error>
            do {
                try await body(rig)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            await group.triggerGracefulShutdown()
            _ = await server.result
            await sink.shutdown()
            try outcome.get()
        }
        await shop.stop()
        await messages.stop()
    }

    /// The shop sends a webhook; returns the status that it gets.
    func webhook(
        _ id: Int64,
        topic: String = "orders/create",
        body other: Data? = nil,
        secret: String = SandboxShop.webhookSecret,
        at time: Int64 = Int64(Date().timeIntervalSince1970)
    ) async throws -> Int {
        let own = await shop.webhookBody(id)
        let body = other ?? own
        var request = HTTPClientRequest(url: webhooks)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        if case .shopify = software {
            request.headers.add(name: "X-Shopify-Topic", value: topic)
            request.headers.add(
                name: "X-Shopify-Hmac-SHA256",
                value: SandboxShop.signature(of: own, secret: secret)
            )
        } else {
            let key = secret == SandboxShop.webhookSecret ? magentoKey : .makeSecret()
            let headers = StandardWebhooks.sign(id: "msg_\(id)", timestamp: time, body: own, keys: [key])
            for (name, value) in headers.fields { request.headers.add(name: name, value: value) }
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code)
    }

    /// The source looks once at what came.
    func look() async throws {
        let client = DynamicsSource.makeClient()
        do {
            let orders = ShopOrders(configuration, client: client)
            try await ShopLook(orders: orders, store: store, logger: RetailRig.quiet).once()
        } catch {
            try? await client.shutdown()
            throw error
        }
        try await client.shutdown()
    }

    func held(_ id: Int64, at station: String = "s1") async throws -> BridgeStore.HeldOrder? {
        try await store.order("web.\(id)", at: try stationID(station))
    }

    func take(_ type: EventType, _ id: Int64, attempt: Int = 1) async throws -> SinkOutcome {
        let cloud = event(
            "e-\(type.rawValue)",
            type,
            order: "web.\(id)",
            data: .object(["parcelIds": .array([.string("web.\(id):1")])])
        )
        var inbox = InboxEvent(arrival: 1, station: try stationID("s1"), event: cloud, receivedAt: cloud.time)
        inbox.attempt = attempt
        inbox.event.time = clock.now
        return await sink.take(inbox)
    }

    /// Hands an event to the sink and expects this outcome.
    func expect(
        _ type: EventType,
        _ id: Int64,
        attempt: Int = 1,
        _ outcome: SinkOutcome = .done,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await take(type, id, attempt: attempt)
        #expect(found == outcome, sourceLocation: sourceLocation)
    }

    /// Sends a webhook and expects this status.
    func expectWebhook(
        _ status: Int,
        _ id: Int64,
        topic: String = "orders/create",
        body: Data? = nil,
        secret: String = SandboxShop.webhookSecret,
        at time: Int64 = Int64(Date().timeIntervalSince1970),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let found = try await webhook(id, topic: topic, body: body, secret: secret, at: time)
        #expect(found == status, sourceLocation: sourceLocation)
    }

    /// The station's state: whether this order can be collected now.
    func report(_ id: Int64, collectable: Bool, serving: Bool = true) async throws {
        let report = StationReport(
            station: "s1",
            time: clock.now,
            serving: StationReport.Serving(customers: serving),
            versions: StationReport.Versions(software: "test"),
            configurationHash: "h",
            clock: StationReport.Clock(trusted: true),
            orders: [
                StationReport.LoadedOrder(orderID: "web.\(id)", version: 1, collectable: collectable)
            ]
        )
        try await store.keep(state: Array(try JSONEncoder().encode(report)), of: try stationID("s1"))
    }
}
