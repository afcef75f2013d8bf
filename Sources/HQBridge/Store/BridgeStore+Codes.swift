internal import Crypto
public import StationAPI

/// The two codes of one order, in clear: for whoever tells the customer, and never for a row of the feed.
public struct PickupCodes: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Eight digits or more, to type.
    public var typed: String
    /// 80 random bits or more, to scan.
    public var scanned: String

    /// Nothing of the codes: they do not belong into a log.
    public var description: String { "codes of one order" }
}

/// Pickup codes.
extension BridgeStore {
    /// New pickup codes. They are kept nowhere in clear.
    public func makeCodes() -> PickupCodes {
        let typed = String(Int.random(in: 0..<100_000_000) + 100_000_000).dropFirst()
        return PickupCodes(typed: String(typed), scanned: EnrolmentCode.make().text)
    }

    /// Codes as the feed carries them: digests under the station's current key.
    public func documents(
        of codes: PickupCodes,
        at station: BridgeStationID
    ) async throws(BridgeStoreError) -> [CodeDocument] {
        let key = try await currentStationKey(of: station)
        func digest(_ text: String) -> CodeDocument.Value {
            .digest(
                Array(
                    HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key.key))
                )
            )
        }
        return [
            CodeDocument(
                form: .typed,
                digits: codes.typed.utf8.count,
                value: digest(codes.typed),
                keyID: key.keyID
            ),
            CodeDocument(form: .scanned, value: digest(codes.scanned), keyID: key.keyID),
        ]
    }
}
