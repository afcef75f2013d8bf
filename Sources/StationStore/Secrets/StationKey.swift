internal import Crypto
public import Foundation

/// A pickup code, a label or a badge as this station stores it: HMAC-SHA256 under the station's key.
///
/// Whoever steals the database learns no code from it (S12).
public struct CodeDigest: Hashable, Sendable {
    /// How many bytes a digest has.
    public static let byteCount = 32

    /// The bytes.
    public let bytes: [UInt8]

    /// Wraps the bytes of a digest; nil if they are not 32.
    public init?(bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    /// A digest in base64url, with or without padding, as the feed carries it; nil if it is not one.
    public init?(base64URL text: String) {
        var standard = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        while standard.count % 4 != 0 { standard.append("=") }
        guard let data = Data(base64Encoded: standard) else { return nil }
        self.init(bytes: data)
    }

    var data: Data { Data(bytes) }
}

extension CodeDigest: Comparable {
    /// In the order of the database's rows.
    public static func < (one: CodeDigest, other: CodeDigest) -> Bool {
        one.bytes.lexicographicallyPrecedes(other.bytes)
    }
}

/// The station's secret key: what makes a digest of a code. It comes from a file and is never logged or
/// stored elsewhere.
public struct StationKey: Sendable {
    /// Why a key file cannot be used.
    public enum Invalid: Error, Hashable, CustomStringConvertible {
        /// It cannot be read.
        case unreadable(path: String, reason: String)
        /// It does not hold at least 32 bytes in base64.
        case malformed(path: String)

        /// What is wrong, and what to do.
        public var description: String {
            switch self {
            case .unreadable(let path, let reason):
                "station key \(path) cannot be read (\(reason)): check the path and that the service user may read it"
            case .malformed(let path):
                "station key \(path) must hold at least 32 random bytes in base64: "
                    + "make one with `head -c 32 /dev/urandom | base64`"
            }
        }
    }

    /// The hash with the key taken in already, to be copied for each digest: that is half of the work.
    private let keyed: HMAC<SHA256>

    /// A key of at least 32 bytes.
    public init?(bytes: some ContiguousBytes & Collection<UInt8>) {
        guard bytes.count >= 32 else { return nil }
        keyed = HMAC<SHA256>(key: SymmetricKey(data: Data(bytes)))
    }

    /// Reads a key file: one line of base64.
    public static func load(path: String) throws(Invalid) -> StationKey {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            throw .unreadable(path: path, reason: (error as NSError).localizedDescription)
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text), let key = StationKey(bytes: bytes) else {
            throw .malformed(path: path)
        }
        return key
    }

    /// The digest of a code, a label or a badge.
    public func digest(of text: String) -> CodeDigest {
        var hmac = keyed
        hmac.update(data: Array(text.utf8))
        // The tag of HMAC-SHA256 always has the 32 bytes of a digest.
        return CodeDigest(tag: hmac.finalize())
    }
}

extension CodeDigest {
    fileprivate init(tag: HMAC<SHA256>.MAC) {
        bytes = Array(tag)
    }
}
