internal import Crypto
internal import CryptoExtras
internal import Foundation
internal import StationAPI
internal import SwiftASN1
internal import X509

/// A JSON Web Token with which the station proves to a token endpoint that it holds a certificate's key (RFC 7523).
///
/// Header and claims are those that Microsoft Entra asks for: `x5t#S256`, and `aud` = the token endpoint.
/// <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>
struct ClientAssertion {
    /// How long it can be used, in seconds; Entra advises five to ten minutes.
    static let lifetime = 300

    let audience: String
    let clientID: String
    let algorithm: OAuthSettings.Algorithm

    private struct Header: Encodable {
        var alg: String
        var typ = "JWT"
        var thumbprint: String

        enum CodingKeys: String, CodingKey {
            case alg, typ
            case thumbprint = "x5t#S256"
        }
    }

    private struct Claims: Encodable {
        var aud: String
        var iss: String
        var sub: String
        var jti: String
        var nbf: Int
        var iat: Int
        var exp: Int
    }

    /// Reads both files (they may have been renewed) and signs.
    ///
    /// - Throws: `HQTrouble.token` with the reason.
    func signed(certificateFile: String, keyFile: String) throws(HQTrouble) -> String {
        guard let certificate = FileManager.default.contents(atPath: certificateFile) else {
            throw .token(
                "\(certificateFile) cannot be read; check that it exists and belongs to the service."
            )
        }
        guard let key = FileManager.default.contents(atPath: keyFile) else {
            throw .token("\(keyFile) cannot be read; check that it exists and belongs to the service.")
        }
        guard
            let leaf = try? PEMDocument.parseMultiple(pemString: String(decoding: certificate, as: UTF8.self))
                .first(where: { $0.discriminator == Certificate.defaultPEMDiscriminator })
        else { throw .token("\(certificateFile) must hold a certificate in PEM.") }
        guard
            let signer = try? _RSA.Signing.PrivateKey(pemRepresentation: String(decoding: key, as: UTF8.self))
        else {
            throw .token(
                "\(keyFile) must hold an RSA key of at least 2048 bits in PEM, without a passphrase."
            )
        }
        let now = Int(Date().timeIntervalSince1970)
        let header = Header(
            alg: algorithm.rawValue,
            thumbprint: Base64URL.encode(Array(SHA256.hash(data: leaf.derBytes)))
        )
        let claims = Claims(
            aud: audience,
            iss: clientID,
            sub: clientID,
            jti: UUID().uuidString,
            nbf: now,
            iat: now,
            exp: now + Self.lifetime
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let text = try [encoder.encode(header), encoder.encode(claims)].map {
                Base64URL.encode(Array($0))
            }
            .joined(separator: ".")
            let padding: _RSA.Signing.Padding = algorithm == .ps256 ? .PSS : .insecurePKCS1v1_5
            let signature = try signer.signature(for: SHA256.hash(data: Data(text.utf8)), padding: padding)
            return "\(text).\(Base64URL.encode(Array(signature.rawRepresentation)))"
        } catch {
            throw .token("\(keyFile) cannot sign; is it the key of \(certificateFile)?")
        }
    }
}
