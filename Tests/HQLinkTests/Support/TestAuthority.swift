import Crypto
import Foundation
import SwiftASN1
import X509

/// A certificate authority of one test: it issues whatever the test needs, expired and misnamed ones too.
struct TestAuthority {
    let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    /// A certificate and its key, as PEM.
    struct Issued {
        var certificate: Certificate
        var key: String

        var pem: String { get throws { try certificate.serializeAsPEM().pemString } }

        /// The pin of its public key.
        var pin: String {
            get throws {
                var serializer = DER.Serializer()
                try serializer.serialize(certificate.publicKey)
                let digest = SHA256.hash(data: serializer.serializedBytes)
                return "sha256/" + Data(digest).base64EncodedString()
            }
        }
    }

    init(_ name: String = "Test CA") throws {
        key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: .init(key.publicKey),
            notValidBefore: .now - 86_400 * 30,
            notValidAfter: .now + 86_400 * 30,
            issuer: subject,
            subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            },
            issuerPrivateKey: .init(key)
        )
    }

    var pem: String { get throws { try certificate.serializeAsPEM().pemString } }

    /// A certificate for a host (name or address), valid for so many days around now unless said otherwise.
    func issue(
        _ host: String,
        from: Date = .now - 86_400,
        to: Date = .now + 86_400
    ) throws -> Issued {
        let own = P256.Signing.PrivateKey()
        return Issued(
            certificate: try make(host, .init(own.publicKey), certificate.subject, .init(key), from, to),
            key: own.pemRepresentation
        )
    }

    /// A certificate that vouches for itself.
    static func selfSigned(_ host: String) throws -> Issued {
        let own = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName(host) }
        return Issued(
            certificate: try TestAuthority().make(
                host,
                .init(own.publicKey),
                name,
                .init(own),
                .now - 86_400,
                .now + 86_400
            ),
            key: own.pemRepresentation
        )
    }

    /// Signs a certificate request for a client, as HQ does at an enrolment.
    func sign(_ csr: String, until end: Date) throws -> String {
        let request = try CertificateSigningRequest(pemEncoded: csr)
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: request.publicKey,
            notValidBefore: .now - 60,
            notValidAfter: end,
            issuer: certificate.subject,
            subject: request.subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions { try ExtendedKeyUsage([.clientAuth]) },
            issuerPrivateKey: .init(key)
        ).serializeAsPEM().pemString
    }

    private func make(
        _ host: String,
        _ publicKey: Certificate.PublicKey,
        _ issuer: DistinguishedName,
        _ issuerKey: Certificate.PrivateKey,
        _ from: Date,
        _ to: Date
    ) throws -> Certificate {
        let name: GeneralName =
            switch host {
            case "::1":
                .ipAddress(ASN1OctetString(contentBytes: ([UInt8](repeating: 0, count: 15) + [1])[...]))
            case _ where host.allSatisfy({ $0.isNumber || $0 == "." }):
                .ipAddress(
                    ASN1OctetString(contentBytes: host.split(separator: ".").compactMap { UInt8($0) }[...])
                )
            default: .dnsName(host)
            }
        return try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: publicKey,
            notValidBefore: from,
            notValidAfter: to,
            issuer: issuer,
            subject: try DistinguishedName { CommonName(host) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                SubjectAlternativeNames([name])
            },
            issuerPrivateKey: issuerKey
        )
    }
}

extension TemporaryFolder {
    /// Writes certificate and key as NAME.pem and NAME.key.
    func write(_ issued: TestAuthority.Issued, as name: String) throws {
        try write(try issued.pem, to: "\(name).pem")
        try write(issued.key, to: "\(name).key")
    }
}
