internal import Crypto
internal import FoundationEssentials
internal import SwiftASN1
internal import X509

/// A new key for a client certificate (P-256), made on the box and never leaving it, and the request for its certificate.
struct ClientKey {
    /// The key, in PEM.
    let pem: String
    private let key: P256.Signing.PrivateKey

    init() {
        key = P256.Signing.PrivateKey()
        pem = key.pemRepresentation
    }

    /// A key that was made before; nil if the text is none.
    init?(pem: String) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else { return nil }
        self.key = key
        self.pem = pem
    }

    /// The request (PKCS#10, PEM). HQ decides what the certificate says; the name is only for the person who looks.
    func request(name: String) throws -> String {
        let request = try CertificateSigningRequest(
            version: .v1,
            subject: DistinguishedName { CommonName(name) },
            privateKey: .init(key),
            attributes: CertificateSigningRequest.Attributes(),
            signatureAlgorithm: .ecdsaWithSHA256
        )
        return try request.serializeAsPEM().pemString
    }

    /// When the certificate in a PEM text begins and ends; nil if it is no certificate of this key.
    func validity(of certificate: String) -> ClosedRange<Date>? {
        guard let leaf = CertificateText.leaf(of: certificate), leaf.publicKey == .init(key.publicKey),
            leaf.notValidBefore <= leaf.notValidAfter
        else { return nil }
        return leaf.notValidBefore...leaf.notValidAfter
    }
}
