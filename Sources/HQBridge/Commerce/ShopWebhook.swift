internal import Crypto
internal import Foundation
internal import Logging
internal import StationAPI

/// What a shop says of an order, reduced to which order it is.
///
/// A webhook's body holds the customer's name, address and telephone number. Nothing of it is kept or logged but the
/// order's id; how the order is, is then asked of the shop, without its customer. So a webhook that is replayed, comes
/// twice, late or in the wrong order is harmless: it only makes the bridge look once more.
struct ShopWebhook: Sendable {
    /// What becomes of a webhook.
    enum Answer: Hashable, Sendable {
        /// It is kept.
        case kept
        /// It is none that matters here.
        case ignored
        /// Its signature is missing or wrong.
        case notSigned
        /// It is signed and cannot be read.
        case unreadable
    }

    /// The topics of Shopify that change whether an order is to be picked up.
    private static let topics: Set<String> = [
        "orders/create", "orders/updated", "orders/edited", "orders/cancelled", "orders/paid",
    ]

    let shop: ShopConfiguration
    let store: BridgeStore
    /// Seconds since 1970-01-01T00:00:00Z.
    let now: @Sendable () -> Int64

    /// Takes a webhook; `header` looks a header up by its lower-case name.
    func take(_ body: [UInt8], header: (String) -> String?) async throws -> Answer {
        let orderID: String?
        switch shop.platform {
        case .shopify(_, _, let file):
            let signature = header("x-shopify-hmac-sha256") ?? ""
            guard Self.isSigned(body, signature, secret: try ShopHTTP.secret(file)) else { return .notSigned }
            guard let topic = header("x-shopify-topic"), Self.topics.contains(topic) else { return .ignored }
            orderID = Self.number("id", in: body)
        case .magento(_, _, let file):
            let headers = StandardWebhooks.Headers(
                id: header(StandardWebhooks.idHeader),
                timestamp: header(StandardWebhooks.timestampHeader),
                signature: header(StandardWebhooks.signatureHeader)
            )
            let key = try WebhookVerificationKey(text: try ShopHTTP.secret(file))
            do {
                try StandardWebhooks.verify(headers, body: body, keys: [key], now: now())
            } catch {
                return .notSigned
            }
            orderID = Self.number("entity_id", in: body)
        }
        guard let orderID else { return .unreadable }
        try await ShopDue(store: store, shop: shop.name).add(orderID)
        return .kept
    }

    /// Base64 of HMAC-SHA256 over the raw body, compared in constant time.
    static func isSigned(_ body: [UInt8], _ signature: String, secret: String) -> Bool {
        guard let code = Data(base64Encoded: signature) else { return false }
        return HMAC<SHA256>.isValidAuthenticationCode(
            code,
            authenticating: body,
            using: SymmetricKey(data: Data(secret.utf8))
        )
    }

    /// The order's id, a whole number, and nothing else of the body.
    private static func number(_ member: String, in body: [UInt8]) -> String? {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(body)) else { return nil }
        return value[member]?.wholeNumber.map { "\($0)" }
    }
}

/// Orders that a shop has spoken of and that were not looked at since.
struct ShopDue: Sendable {
    let store: BridgeStore
    let shop: String

    private var owner: String { "shop.\(shop).due" }

    /// Notes an order; each note is a new one, so that one that comes while the order is looked at is not lost.
    func add(_ orderID: String) async throws {
        try await store.remember(Array(BridgeStore.randomWord().utf8), orderID, for: owner)
    }

    /// The orders to look at, with what marks their note.
    func all() async throws -> [String: [UInt8]] { try await store.memories(of: owner) }

    /// The order was looked at, unless it was noted anew meanwhile.
    func done(_ orderID: String, _ mark: [UInt8]) async throws {
        if try await store.memory(orderID, of: owner) == mark {
            try await store.remember(nil, orderID, for: owner)
        }
    }
}
