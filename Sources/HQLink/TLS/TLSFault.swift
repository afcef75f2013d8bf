/// Why there is no secure connection, so that a person knows which of many things it is.
///
/// Names in it come from certificates and have been reduced to plain characters.
public enum TLSFault: Error, Hashable, Sendable {
    /// The certificate ended.
    case expired(name: String, on: String)
    /// The certificate is not valid yet.
    case notYetValid(name: String, from: String)
    /// The certificate is another host's.
    case wrongHost(host: String, names: [String])
    /// The certificate vouches for itself and nobody that is trusted vouches for it.
    case selfSigned(name: String)
    /// Who vouches for the certificate is not trusted.
    case unknownIssuer(String)
    /// The certificate was not accepted, and a closer look was not possible; `viaProxy`: a proxy is in between.
    case untrusted(viaProxy: Bool)
    /// HQ's public key is none of those that are pinned.
    case wrongPin(found: String)
    /// The server speaks nothing newer than TLS 1.1.
    case oldVersion
    /// The server does not speak TLS at all.
    case noTLS
    /// HQ does not accept the station's client certificate; the word is the alert's.
    case clientCertificateRefused(String)
    /// HQ wants a client certificate and has none.
    case clientCertificateWanted
    /// A file of certificates or keys cannot be used.
    case file(String)
    /// TLS failed otherwise.
    case handshake
}

extension TLSFault: CustomStringConvertible {
    /// What it is and the next step.
    public var description: String {
        switch self {
        case .expired(let name, let day):
            "HQ's certificate (\(name)) expired on \(day); HQ must renew it, or this station's clock is wrong."
        case .notYetValid(let name, let day):
            "HQ's certificate (\(name)) is not valid before \(day); check this station's clock."
        case .wrongHost(let host, let names):
            "the certificate is not \(host)'s but \(names.isEmpty ? "nobody's" : names.joined(separator: ", "))"
                + (names.isEmpty ? "" : "'s") + "; correct the URL, or let HQ correct its certificate."
        case .selfSigned(let name):
            "HQ's certificate (\(name)) is self-signed and not trusted; give it as caFile if it is HQ's own."
        case .unknownIssuer(let name):
            "HQ's certificate was issued by \(name), which is not trusted; give HQ's CA as caFile, or the store's, if "
                + "its proxy looks into TLS, as storeCAFile."
        case .untrusted(let viaProxy):
            "HQ's certificate is not trusted"
                + (viaProxy
                    ? "; if the proxy looks into TLS, give its CA as storeCAFile." : "; check caFile.")
        case .wrongPin(let found):
            "HQ's public key is \(found), which is not pinned; somebody is in between, or HQ changed its key: then "
                + "correct hq.tls.pins."
        case .oldVersion: "the server speaks nothing newer than TLS 1.1; it must speak 1.2 or 1.3."
        case .noTLS: "the server does not speak TLS; check the URL's port."
        case .clientCertificateRefused(let alert):
            "HQ refuses this station's client certificate (\(alert)); renew it, or enrol the station again."
        case .clientCertificateWanted:
            "HQ wants a client certificate; give hq.tls.certificateFile and keyFile."
        case .file(let why): why
        case .handshake: "the handshake failed."
        }
    }
}
