internal import Crypto
internal import FoundationEssentials

/// Why a key of Standard Webhooks cannot be used. Never shows anything of the key.
public enum WebhookKeyError: Error, Hashable, Sendable {
    /// It begins with none of the prefixes that belong here.
    case unknownPrefix(expected: String)
    /// What follows the prefix is no base64 (RFC 4648 section 4, padded).
    case notBase64
    /// It has the wrong length in bytes.
    case wrongLength(Int, expected: String)
    /// The two halves of a `whsk_` key do not belong together, or its public half is no point of the curve.
    case notAKeyPair
}

extension WebhookKeyError: CustomStringConvertible {
    /// What is wrong and what is expected, in one line.
    public var description: String {
        switch self {
        case .unknownPrefix(let expected): "it does not begin with \(expected)"
        case .notBase64: "what follows its prefix is not base64; was it copied whole?"
        case .wrongLength(let count, let expected):
            "it has \(count) bytes, not \(expected); was it copied whole?"
        case .notAKeyPair: "its public half does not belong to its secret half; make a new pair"
        }
    }
}

/// A key that signs, as Standard Webhooks writes it: `whsec_` (HMAC-SHA256, shared with the receiver) or `whsk_`
/// (ed25519: 32 bytes of seed, then the 32 bytes of the public key).
///
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
public struct WebhookSigningKey: Sendable {
    private enum Form: Sendable {
        case secret(SymmetricKey)
        case pair(Curve25519.Signing.PrivateKey)
    }

    private let form: Form

    /// Reads a `whsec_` or `whsk_` text; space around it is dropped.
    ///
    /// - Throws: ``WebhookKeyError``.
    public init(text: String) throws(WebhookKeyError) {
        let text = WebhookKeyText.trim(text)
        if let bytes = try WebhookKeyText.bytes(of: text, after: "whsec_") {
            form = .secret(SymmetricKey(data: try WebhookKeyText.secret(bytes)))
        } else if let bytes = try WebhookKeyText.bytes(of: text, after: "whsk_") {
            guard bytes.count == 64 else { throw .wrongLength(bytes.count, expected: "64") }
            guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes[..<32]),
                Array(key.publicKey.rawRepresentation) == Array(bytes[32...])
            else { throw .notAKeyPair }
            form = .pair(key)
        } else {
            throw .unknownPrefix(expected: "whsec_ or whsk_")
        }
    }

    /// A new ed25519 pair.
    public static func makePair() -> WebhookSigningKey { WebhookSigningKey(form: .pair(.init())) }

    /// A new shared secret of 32 random bytes.
    public static func makeSecret() -> WebhookSigningKey {
        WebhookSigningKey(form: .secret(SymmetricKey(size: .bits256)))
    }

    private init(form: Form) { self.form = form }

    /// The key as text. A secret: it belongs in a file of mode 0600 and nowhere else.
    public var text: String {
        switch form {
        case .secret(let key): "whsec_" + key.withUnsafeBytes { Data($0) }.base64EncodedString()
        case .pair(let key):
            "whsk_"
                + (Data(key.rawRepresentation) + Data(key.publicKey.rawRepresentation)).base64EncodedString()
        }
    }

    /// The key that checks what this one signs: the same secret, or the public half.
    public var verificationKey: WebhookVerificationKey {
        switch form {
        case .secret(let key): WebhookVerificationKey(form: .secret(key))
        case .pair(let key): WebhookVerificationKey(form: .publicKey(key.publicKey))
        }
    }

    /// The signature with its version: `v1,…` or `v1a,…`; nil if the library refuses, which it has no reason to.
    func signature(of content: Data) -> String? {
        switch form {
        case .secret(let key):
            let code = HMAC<SHA256>.authenticationCode(for: content, using: key)
            return "v1," + Data(code).base64EncodedString()
        case .pair(let key):
            return (try? key.signature(for: content)).map { "v1a," + Data($0).base64EncodedString() }
        }
    }
}

/// A key that checks signatures: `whsec_` (the shared secret) or `whpk_` (32 bytes of an ed25519 public key).
public struct WebhookVerificationKey: Sendable {
    fileprivate enum Form: Sendable {
        case secret(SymmetricKey)
        case publicKey(Curve25519.Signing.PublicKey)
    }

    private let form: Form

    /// Reads a `whsec_` or `whpk_` text; space around it is dropped.
    ///
    /// - Throws: ``WebhookKeyError``.
    public init(text: String) throws(WebhookKeyError) {
        let text = WebhookKeyText.trim(text)
        if let bytes = try WebhookKeyText.bytes(of: text, after: "whsec_") {
            form = .secret(SymmetricKey(data: try WebhookKeyText.secret(bytes)))
        } else if let bytes = try WebhookKeyText.bytes(of: text, after: "whpk_") {
            guard bytes.count == 32 else { throw .wrongLength(bytes.count, expected: "32") }
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else {
                throw .notAKeyPair
            }
            form = .publicKey(key)
        } else {
            throw .unknownPrefix(expected: "whsec_ or whpk_")
        }
    }

    fileprivate init(form: Form) { self.form = form }

    /// The key as text: a secret if it begins with `whsec_`.
    public var text: String {
        switch form {
        case .secret(let key): "whsec_" + key.withUnsafeBytes { Data($0) }.base64EncodedString()
        case .publicKey(let key): "whpk_" + Data(key.rawRepresentation).base64EncodedString()
        }
    }

    /// Whether one signature, with its version in front, is this key's over the content; another version is not.
    func accepts(_ signature: some StringProtocol, over content: Data) -> Bool {
        switch form {
        case .secret(let key):
            guard let code = Self.bytes(of: signature, version: "v1,") else { return false }
            // Compares in constant time.
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: content, using: key)
        case .publicKey(let key):
            guard let bytes = Self.bytes(of: signature, version: "v1a,") else { return false }
            return key.isValidSignature(bytes, for: content)
        }
    }

    private static func bytes(of signature: some StringProtocol, version: String) -> Data? {
        guard signature.hasPrefix(version) else { return nil }
        return Data(base64Encoded: String(signature.dropFirst(version.count)))
    }
}

/// What both kinds of keys have in common as text.
private enum WebhookKeyText {
    static func trim(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The bytes behind a prefix; nil if the text has another one.
    static func bytes(of text: String, after prefix: String) throws(WebhookKeyError) -> Data? {
        guard text.hasPrefix(prefix) else { return nil }
        guard let bytes = Data(base64Encoded: String(text.dropFirst(prefix.count))) else { throw .notBase64 }
        return bytes
    }

    /// A shared secret has 24 to 64 bytes, as the specification asks.
    static func secret(_ bytes: Data) throws(WebhookKeyError) -> Data {
        guard (24...64).contains(bytes.count) else { throw .wrongLength(bytes.count, expected: "24 to 64") }
        return bytes
    }
}
