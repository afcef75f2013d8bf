/// What the station asks of TLS, and how it proves itself in it. TLS 1.2 is the least in any case.
public struct TLSSettings: Sendable {
    /// A client certificate and its key, in PEM files; read again when they change.
    public struct ClientCertificate: Hashable, Sendable {
        /// The certificate, followed by its chain.
        public var file: String
        /// Its private key, without a passphrase.
        public var keyFile: String

        /// A client certificate.
        public init(file: String, keyFile: String) {
            self.file = file
            self.keyFile = keyFile
        }
    }

    /// A PEM file with the certificates to trust instead of the system's, for HQ with a private CA. Does not hold for
    /// the token endpoint, which may be somebody else's.
    public var caFile: String?
    /// A PEM file with certificates to trust as well, for HQ and for the token endpoint: the CA of a store whose proxy
    /// looks into TLS.
    public var storeCAFile: String?
    /// The client certificate for HQ (mutual TLS).
    public var clientCertificate: ClientCertificate?
    /// If not empty: HQ's public key must be one of these.
    public var pins: [CertificatePin] = []

    /// The system's roots, no client certificate, no pin.
    public init() {}
}

/// A public key that is expected: the SHA-256 of its SubjectPublicKeyInfo, in base64, as RFC 7469 has it.
///
/// `openssl x509 -pubkey -noout <cert.pem | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64`
public struct CertificatePin: Hashable, Sendable, CustomStringConvertible {
    /// 32 bytes in base64.
    let text: String

    /// Reads the text, with or without `sha256/` in front; nil if it is no 32 bytes in base64.
    public init?(_ text: String) {
        let value = text.hasPrefix("sha256/") ? String(text.dropFirst(7)) : text
        guard value.utf8.count == 44, PinDigest.isBase64(value) else { return nil }
        self.text = value
    }

    init(publicKeyInfo: [UInt8]) {
        text = PinDigest.of(publicKeyInfo)
    }

    /// `sha256/` and the digest.
    public var description: String { "sha256/\(text)" }
}
