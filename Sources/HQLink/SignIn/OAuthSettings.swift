/// How the station gets tokens for HQ: OAuth 2.0 client credentials (RFC 6749 section 4.4).
public struct OAuthSettings: Sendable {
    /// How the station proves who it is.
    public enum Proof: Sendable {
        /// The client secret, in a file.
        case secretFile(String)
        /// A signed assertion (RFC 7523, `private_key_jwt`), as Microsoft Entra wants it: PEM files of a certificate and
        /// its RSA key. <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>
        case certificate(file: String, keyFile: String, algorithm: Algorithm)
    }

    /// The signature of an assertion.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// RSASSA-PSS with SHA-256: what Entra's documentation asks for.
        case ps256 = "PS256"
        /// RSASSA-PKCS1-v1_5 with SHA-256, for servers that know nothing else.
        case rs256 = "RS256"
    }

    /// What the token is for.
    public enum Target: Sendable {
        /// `scope`, as version 2 of Entra's endpoint takes it: `{audience}/.default`.
        case scope(String)
        /// `resource`, as version 1 takes it.
        case resource(String)
        /// Neither: the server decides.
        case unnamed
    }

    /// Where tokens are asked for.
    public let tokenURL: HQEndpoint
    /// The client's id.
    public var clientID: String
    /// How the station proves who it is.
    public var proof: Proof
    /// What the token is for.
    public var target: Target
    /// The word before the token in `Authorization`: `Bearer`, or `id_token` for a Retail Server.
    public var scheme: String

    /// Settings with the token endpoint's URL.
    ///
    /// - Throws: `HQLinkConfigurationError` for a URL that is none or not `https` (or `http` to loopback).
    public init(
        tokenURL: String,
        clientID: String,
        proof: Proof,
        target: Target = .unnamed,
        scheme: String = "Bearer"
    ) throws(HQLinkConfigurationError) {
        self.tokenURL = try HQEndpoint(tokenURL, setting: "tokenURL")
        self.clientID = clientID
        self.proof = proof
        self.target = target
        self.scheme = scheme
    }

    /// The token endpoint of a Microsoft Entra tenant: version 1 for a resource, version 2 otherwise.
    public static func entraURL(tenant: String, target: Target) -> String {
        let path = if case .resource = target { "oauth2/token" } else { "oauth2/v2.0/token" }
        return "https://login.microsoftonline.com/\(tenant)/\(path)"
    }
}
