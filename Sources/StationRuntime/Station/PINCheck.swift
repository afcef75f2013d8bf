internal import CryptoExtras
internal import Foundation
internal import StationAPI

/// Compares a PIN with its scrypt verifier (RFC 7914).
enum PINCheck {
    /// The verifier as it is stored: the feed's own form.
    struct Stored: Codable {
        var salt: Data
        var n: Int
        var r: Int
        var p: Int
        var verifier: Data

        init(_ verifier: PINVerifier) {
            salt = Data(verifier.salt)
            n = verifier.n
            r = verifier.r
            p = verifier.p
            self.verifier = Data(verifier.verifier)
        }
    }

    /// One at a time: a flood of PINs must not take the machine's memory.
    private actor Queue {
        func matches(_ pin: String, _ stored: Stored) -> Bool {
            let derived = try? KDF.Scrypt.deriveKey(
                from: Array(pin.utf8),
                salt: stored.salt,
                outputByteCount: stored.verifier.count,
                rounds: stored.n,
                blockSize: stored.r,
                parallelism: stored.p,
                maxMemory: PINVerifier.maximumMemory * 2
            )
            guard let derived else { return false }
            return derived.withUnsafeBytes { ConstantTime.isEqual($0, stored.verifier) }
        }
    }

    private static let queue = Queue()

    @concurrent
    static func matches(_ pin: String, verifier: Data?) async -> Bool {
        guard let verifier, let stored = try? JSONDecoder().decode(Stored.self, from: verifier) else {
            return false
        }
        guard !stored.verifier.isEmpty else { return false }
        return await queue.matches(pin, stored)
    }
}
