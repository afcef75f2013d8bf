internal import FoundationEssentials

/// Makes the pickup codes of orders whose system makes none, and keeps them for whoever tells the customer.
///
/// One code to type (10 digits) and one to scan (130 random bits) for each order. They are kept at HQ's side, in the
/// bridge's store, because HQ is who knows codes; the feed carries their digests.
public struct KeptCodes: Sendable {
    private static let owner = "codes"
    /// Crockford's base 32.
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    private static let scannedLength = 26

    private let store: BridgeStore

    /// Codes that this store keeps.
    public init(_ store: BridgeStore) {
        self.store = store
    }

    /// The codes of an order, made at the first call.
    public func codes(of orderID: String) async throws -> PickupCodes {
        if let kept = try await kept(orderID) { return kept }
        let typed = try await unusedDigits()
        let scanned = String((0..<Self.scannedLength).compactMap { _ in Self.alphabet.randomElement() })
        let pair = PickupCodes(typed: typed, scanned: scanned)
        // The digits first: an order that is killed in between takes others, and nobody else these.
        try await store.remember(Array(orderID.utf8), "typed/\(typed)", for: Self.owner)
        try await store.remember(Array(try JSONEncoder().encode(pair)), "order/\(orderID)", for: Self.owner)
        return pair
    }

    /// The codes of an order if there are any.
    public func kept(_ orderID: String) async throws -> PickupCodes? {
        guard let bytes = try await store.memory("order/\(orderID)", of: Self.owner) else { return nil }
        return try JSONDecoder().decode(PickupCodes.self, from: Data(bytes))
    }

    /// Forgets the codes of an order that is over: its digits may be given out again.
    public func forget(_ orderID: String) async throws {
        guard let pair = try await kept(orderID) else { return }
        try await store.remember(nil, "typed/\(pair.typed)", for: Self.owner)
        try await store.remember(nil, "order/\(orderID)", for: Self.owner)
    }

    private func unusedDigits() async throws -> String {
        while true {
            let digits = String(Int64.random(in: 1_000_000_000...9_999_999_999))
            if try await store.memory("typed/\(digits)", of: Self.owner) == nil { return digits }
        }
    }
}
