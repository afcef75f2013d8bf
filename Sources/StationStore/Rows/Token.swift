public import StationCore

/// What a scanned or typed text may be, by its digest.
public struct Token: Hashable, Sendable {
    /// Whose it is.
    public enum Kind: Hashable, Sendable {
        /// A pickup code; typed ones count in the wrong-code budget.
        case pickupCode(isTyped: Bool)
        /// The label of a parcel.
        case label(ParcelID)
    }

    /// The digest.
    public var digest: CodeDigest
    /// Whose it is.
    public var kind: Kind

    /// A token.
    public init(digest: CodeDigest, kind: Kind) {
        self.digest = digest
        self.kind = kind
    }

    /// The parcel whose label it is.
    var parcel: ParcelID? {
        if case .label(let parcel) = kind { parcel } else { nil }
    }

    /// The kind's number in the table.
    var tableKind: Int {
        switch kind {
        case .pickupCode: TokenKind.pickupCode
        case .label: TokenKind.label
        }
    }
}

/// The numbers of the `token.kind` column.
enum TokenKind {
    static let pickupCode = 0
    static let label = 1
    static let badge = 2
}

/// The digests of an order's tokens, side by side in its row, so that they can be removed with it without an
/// index:
/// per token one byte of kind (0 scanned code, 1 label, 2 typed code) and the digest.
enum TokenList {
    static func bytes(_ tokens: [Token]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tokens.count * (CodeDigest.byteCount + 1))
        for token in tokens {
            switch token.kind {
            case .pickupCode(isTyped: false): bytes.append(0)
            case .label: bytes.append(1)
            case .pickupCode(isTyped: true): bytes.append(2)
            }
            bytes += token.digest.bytes
        }
        return bytes
    }

    private static let stride = CodeDigest.byteCount + 1

    /// (table kind, digest) of each token.
    static func entries(_ bytes: [UInt8]) -> [(kind: Int, digest: CodeDigest)] {
        var entries: [(kind: Int, digest: CodeDigest)] = []
        for offset in Swift.stride(from: 0, through: bytes.count - stride, by: stride) {
            let kind = bytes[offset] == 1 ? TokenKind.label : TokenKind.pickupCode
            if let digest = CodeDigest(bytes: bytes[(offset + 1)..<(offset + stride)]) {
                entries.append((kind, digest))
            }
        }
        return entries
    }

    /// How many of them are typed codes.
    static func typedCodes(_ bytes: [UInt8]) -> Int {
        Swift.stride(from: 0, through: bytes.count - stride, by: stride).count { bytes[$0] == 2 }
    }
}
