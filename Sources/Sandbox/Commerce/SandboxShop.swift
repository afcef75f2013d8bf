internal import Crypto
public import Foundation
internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore
internal import NIOFoundationCompat
internal import StationAPI

/// A double of a web shop's API on loopback: Shopify's GraphQL mutations for pickup, or Magento's in-store pickup over
/// REST, as far as the bridge uses them.
public actor SandboxShop {
    /// Whose API it plays.
    public enum Software: Sendable, CaseIterable {
        /// `POST /admin/api/{version}/graphql.json`
        case shopify
        /// `/rest/V1/…`
        case magento
    }

    /// What can go wrong with a call that changes something.
    public enum Fault: Hashable, Sendable {
        /// The connection ends before anything happens.
        case closedBefore
        /// It has its effect, and the reply is lost.
        case replyLost
        /// The shop refuses with status 200, in its own way.
        case refused
        /// 429 with `Retry-After: 2`.
        case throttled
        /// The access token is not accepted.
        case unauthorized
    }

    /// An order of the shop.
    public struct Order: Sendable {
        /// Its id.
        public var id: Int64
        /// Where it is to be picked up; nil: it is shipped.
        public var location: String?
        /// What was ordered: product and how many.
        public var lines: [(sku: String, quantity: Int64)]
        /// What is still to be paid.
        public var due = "0.0"
        /// Whether it was cancelled.
        public var isCancelled = false
        /// Whether the shop was told that it is ready.
        public var isReady = false
        /// Whether the shop was told that it was picked up.
        public var isPickedUp = false
        /// How many mails its customer got.
        public var mails = 0
    }

    /// The token that callers must show.
    public static let token = "shop-token"
    /// The secret that signs Shopify's webhooks.
    public static let webhookSecret = "shopify-app-secret"
    /// Somebody who does not exist, in every webhook and order: to be looked for where nobody may be.
    public static let customer = (name: "Ida Beispiel", mail: "ida@example.org", phone: "+49 30 5550100")

    nonisolated let software: Software
    nonisolated let logger: Logger
    var orders: [Int64: Order] = [:]
    var faults: [Fault] = []
    /// Bodies of the calls, for tests that look at what was asked.
    var bodies: [String] = []
    private var server: Task<Void, any Error>?

    /// A shop that does not listen yet.
    public init(_ software: Software, logger: Logger) {
        self.software = software
        self.logger = logger
    }

    /// Listens on loopback; returns the port.
    ///
    /// - Throws: when no port is free.
    public func start() async throws -> Int {
        let (ports, continuation) = AsyncThrowingStream.makeStream(of: Int.self)
        let shop = self
        server = Task {
            do {
                try await ShopServer(shop: shop).run(logger: logger) { continuation.yield($0) }
            } catch {
                continuation.finish(throwing: error)
                throw error
            }
        }
        for try await port in ports { return port }
        throw SandboxHQ.Refusal(description: "the shop did not start to listen")
    }

    /// Stops listening.
    public func stop() async {
        server?.cancel()
        _ = await server?.result
        server = nil
    }

    /// A customer orders.
    public func place(
        _ id: Int64,
        _ lines: [(sku: String, quantity: Int64)],
        at location: String?,
        due: String = "0.0"
    ) {
        orders[id] = Order(id: id, location: location, lines: lines, due: due)
    }

    /// A customer cancels.
    public func cancel(_ id: Int64) { orders[id]?.isCancelled = true }

    /// An order.
    public func order(_ id: Int64) -> Order? { orders[id] }

    /// Plans faults for the next calls that change something, one each.
    public func plan(_ faults: [Fault]) { self.faults += faults }

    /// The bodies of the calls so far.
    public func receivedBodies() -> [String] { bodies }

    func nextFault() -> Fault? { faults.isEmpty ? nil : faults.removeFirst() }

    func note(_ body: String) { bodies.append(body) }

    // MARK: Webhooks

    /// The body of a webhook, with the customer in it, as shops send it.
    public func webhookBody(_ id: Int64) -> Data {
        let person = Self.customer
        let address: JSONValue = .object([
            "name": .string(person.name), "phone": .string(person.phone), "address1": .string("Weg 1"),
        ])
        let body: JSONValue = .object([
            software == .shopify ? "id" : "entity_id": .integer(id), "email": .string(person.mail),
            "phone": .string(person.phone), "shipping_address": address, "billing_address": address,
            "customer": .object(["first_name": .string("Ida"), "email": .string(person.mail)]),
        ])
        return (try? JSONEncoder().encode(body)) ?? Data()
    }

    /// The signature that Shopify would send with a body.
    public static func signature(of body: Data, secret: String = webhookSecret) -> String {
        let code = HMAC<SHA256>.authenticationCode(
            for: body,
            using: SymmetricKey(data: Data(secret.utf8))
        )
        return Data(code).base64EncodedString()
    }
}

/// The shop's end points.
struct ShopServer: Sendable {
    let shop: SandboxShop

    func run(logger: Logger, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: HQContext.self)
        switch shop.software {
        case .shopify:
            router.post("admin/api/:version/graphql.json") { request, context in
                try await answer(request, context) { body in try await shop.graphQL(body) }
            }
        case .magento:
            router.get("rest/V1/orders/:id") { request, context in
                let id = context.parameters.get("id").flatMap { Int64($0) } ?? 0
                return try await answer(request, context) { _ in try await shop.magentoOrder(id) }
            }
            router.post("rest/V1/orders/:id/comments") { request, context in
                let id = context.parameters.get("id").flatMap { Int64($0) } ?? 0
                return try await answer(request, context) { body in try await shop.comment(id, body) }
            }
            router.post("rest/V1/order/notify-orders-are-ready-for-pickup") { request, context in
                try await answer(request, context) { body in try await shop.notifyReady(body) }
            }
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.serve(logger: logger)
    }

    private func answer(
        _ request: Request,
        _ context: HQContext,
        _ body: (JSONValue) async throws -> JSONValue
    ) async throws -> Response {
        let bytes = Data(buffer: try await request.body.collect(upTo: 1 << 20))
        await shop.note(String(decoding: bytes, as: UTF8.self))
        guard isSignedIn(request) else { return Response(status: .unauthorized) }
        do {
            let value = (try? JSONDecoder().decode(JSONValue.self, from: bytes)) ?? .null
            return try HQServer.json(try await body(value))
        } catch let failure as ShopFailure {
            switch failure {
            case .notFound: return Response(status: .notFound)
            case .badRequest: return Response(status: .badRequest)
            case .unauthorized: return Response(status: .unauthorized)
            case .throttled: return Response(status: .tooManyRequests, headers: [.retryAfter: "2"])
            case .closed: throw ConnectionClosed.now(context)
            }
        }
    }

    private func isSignedIn(_ request: Request) -> Bool {
        switch shop.software {
        case .shopify:
            HTTPField.Name("X-Shopify-Access-Token").flatMap { request.headers[$0] } == SandboxShop.token
        case .magento: request.headers[.authorization] == "Bearer \(SandboxShop.token)"
        }
    }
}

enum ShopFailure: Error {
    case notFound
    case badRequest
    case unauthorized
    case throttled
    case closed
}
