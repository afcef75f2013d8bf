internal import Foundation
internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore
internal import NIOFoundationCompat
public import ServiceLifecycle
internal import StationAPI

/// Takes the webhooks of shops: `POST /webhooks/{shop}`. A listener of its own, because it is open to the world and the
/// Station API is not; TLS is ended by the proxy in front.
public struct ShopWebhookServer: Service {
    private static let bodyLimit = 2 << 20

    private let shops: [String: ShopConfiguration]
    private let store: BridgeStore
    private let host: String
    private let port: Int
    private let logger: Logger
    private let onListening: @Sendable (Int) -> Void

    /// A server that does not listen yet.
    ///
    /// - Parameter onListening: called with the port once it listens.
    public init(
        shops: [ShopConfiguration],
        store: BridgeStore,
        host: String = "127.0.0.1",
        port: Int,
        logger: Logger,
        onListening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.shops = Dictionary(shops.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        self.store = store
        self.host = host
        self.port = port
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown.
    public func run() async throws {
        let router = Router()
        router.post("webhooks/:shop") { request, context in
            await take(request, shop: context.parameters.get("shop") ?? "")
        }
        let onListening = onListening
        let application = Application(
            router: router,
            configuration: .init(address: .hostname(host, port: port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.run()
    }

    /// 200 only once the order's id is durable: the shop repeats everything else.
    private func take(_ request: Request, shop name: String) async -> Response {
        guard let shop = shops[name] else { return Response(status: .notFound) }
        do {
            let body = Array(try await request.body.collect(upTo: Self.bodyLimit).readableBytesView)
            let webhook = ShopWebhook(shop: shop, store: store) { Int64(Date().timeIntervalSince1970) }
            let answer = try await webhook.take(body) { name in
                HTTPField.Name(name).flatMap { request.headers[$0] }
            }
            switch answer {
            case .kept, .ignored: return Response(status: .ok)
            case .notSigned:
                logger.warning("a webhook is not signed by its shop", metadata: ["shop": "\(name)"])
                return Response(status: .unauthorized)
            case .unreadable: return Response(status: .badRequest)
            }
        } catch is ShopTrouble {
            logger.error(
                "a webhook cannot be checked: its key file cannot be read",
                metadata: ["shop": "\(name)"]
            )
            return Response(status: .serviceUnavailable)
        } catch {
            logger.error("a webhook is not kept", metadata: ["shop": "\(name)"])
            return Response(status: .serviceUnavailable)
        }
    }
}
