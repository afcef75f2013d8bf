internal import Crypto
public import StationAPI

/// Pickup codes.
extension BridgeStore {
    /// New codes of an order: what the customer is told, and what the station is.
    public struct PickupCodes: Sendable {
        /// Eight digits to type.
        public var typed: String
        /// 80 random bits to scan.
        public var scanned: String
        /// Both as digests under the station's key.
        public var documents: [CodeDocument]
    }

    /// Makes new pickup codes under the station's current key. They are kept nowhere in clear.
    public func makeCodes(at station: BridgeStationID) async throws(BridgeStoreError) -> PickupCodes {
        let key = try await currentStationKey(of: station)
        let typed = String(Int.random(in: 0..<100_000_000) + 100_000_000).dropFirst()
        let scanned = EnrolmentCode.make().text
        func digest(_ text: some StringProtocol) -> CodeDocument.Value {
            .digest(
                Array(
                    HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key.key))
                )
            )
        }
        return PickupCodes(
            typed: String(typed),
            scanned: scanned,
            documents: [
                CodeDocument(form: .typed, digits: 8, value: digest(typed), keyID: key.keyID),
                CodeDocument(form: .scanned, value: digest(scanned), keyID: key.keyID),
            ]
        )
    }
}
