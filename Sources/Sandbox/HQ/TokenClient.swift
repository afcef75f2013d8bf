internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import StationAPI

/// A client that the token endpoint knows: it proves itself by a secret, or by the key of a certificate.
public struct TokenClient: Sendable {
    /// A certificate as the endpoint knows it.
    public struct Certificate: Sendable {
        /// Its public key: RSA, in PEM.
        public var publicKey: String
        /// SHA-256 of the certificate in DER, base64url (`x5t#S256`).
        public var thumbprint: String

        /// A certificate.
        public init(publicKey: String, thumbprint: String) {
            self.publicKey = publicKey
            self.thumbprint = thumbprint
        }
    }

    /// Its id.
    public var id: String
    /// Its secret; nil: it has none.
    public var secret: String?
    /// Its certificate; nil: it has none.
    public var certificate: Certificate?

    /// A client.
    public init(id: String, secret: String? = nil, certificate: Certificate? = nil) {
        self.id = id
        self.secret = secret
        self.certificate = certificate
    }

    private struct Header: Decodable {
        var alg: String
        var thumbprint: String

        enum CodingKeys: String, CodingKey {
            case alg
            case thumbprint = "x5t#S256"
        }
    }

    private struct Claims: Decodable {
        var aud: String
        var iss: String
        var sub: String
        var jti: String
        var nbf: Double
        var exp: Double
    }

    /// Whether an assertion (RFC 7523) is this client's, checked as Microsoft Entra says that it does: signature,
    /// thumbprint, audience, times. <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>
    func accepts(_ assertion: String, audience: String) -> Bool {
        let parts = assertion.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let certificate,
            let header = Self.read(parts[0], Header.self),
            let claims = Self.read(parts[1], Claims.self),
            let signature = Base64URL.decode(parts[2]),
            let key = try? _RSA.Signing.PublicKey(pemRepresentation: certificate.publicKey),
            ["PS256", "RS256"].contains(header.alg), header.thumbprint == certificate.thumbprint
        else { return false }
        let isSigned = key.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: Data(signature)),
            for: SHA256.hash(data: Data("\(parts[0]).\(parts[1])".utf8)),
            padding: header.alg == "PS256" ? .PSS : .insecurePKCS1v1_5
        )
        let now = Date().timeIntervalSince1970
        return isSigned && claims.aud == audience && claims.iss == id && claims.sub == id
            && !claims.jti.isEmpty
            && claims.nbf <= now + 300 && now < claims.exp && claims.exp - claims.nbf <= 600
    }

    private static func read<Value: Decodable>(_ part: String, _ type: Value.Type) -> Value? {
        Base64URL.decode(part).flatMap { try? JSONDecoder().decode(type, from: Data($0)) }
    }
}
