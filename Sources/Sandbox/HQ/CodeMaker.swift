internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import StationAPI

/// Makes codes and what the feed may say of them.
struct CodeMaker: Sendable {
    /// Letters and digits that nobody confuses (Crockford's base 32).
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    private let key: SymmetricKey

    init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    func digest(_ text: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }

    /// Eight digits to type, and 100 random bits to scan.
    func makeCodes() -> (typed: String, scanned: String) {
        var generator = SystemRandomNumberGenerator()
        let typed = String(Int.random(in: 10_000_000...99_999_999, using: &generator))
        let scanned = String((0..<20).compactMap { _ in Self.alphabet.randomElement(using: &generator) })
        return (typed, scanned)
    }

    func documents(typed: String, scanned: String) -> [CodeDocument] {
        [
            CodeDocument(form: .typed, digits: typed.count, value: .digest(digest(typed))),
            CodeDocument(form: .scanned, value: .digest(digest(scanned))),
        ]
    }

    /// The credential of the one member of staff: a badge's digest and a scrypt verifier (RFC 7914).
    func staff(badge: String, pin: String, roles: [StaffRole]) throws -> FeedItem {
        let salt = Array("sandbox-salt-1001".utf8)
        let derived = try KDF.Scrypt.deriveKey(
            from: Array(pin.utf8),
            salt: salt,
            outputByteCount: 32,
            rounds: 16_384,
            blockSize: 8,
            parallelism: 1
        )
        let verifier = derived.withUnsafeBytes { Array($0) }
        return .staff(
            StaffDocument(
                staffID: "S-1001",
                version: 1,
                badge: digest(badge),
                roles: roles,
                pin: PINVerifier(salt: salt, n: 16_384, r: 8, p: 1, verifier: verifier)
            )
        )
    }
}
