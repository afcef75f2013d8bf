internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPCompression
internal import NIOPosix
internal import NIOSSL

/// Sorts what the HTTP client throws. Texts come from error codes only, never from the request.
struct TroubleSorter {
    let proxy: ProxySettings?
    /// How long a closer look may take.
    let limit: Duration
    /// The most bytes that a reply may become when it is inflated.
    let inflated: Int

    func trouble(_ error: any Error, url: String) async -> HQTrouble {
        switch error {
        case let trouble as HQTrouble: return trouble
        case let refused as PinGuard.Refused: return .tls(.wrongPin(found: refused.found))
        case NIOHTTPDecompression.DecompressionError.limit: return .pageTooLarge(limit: inflated)
        case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
            return .cutOff
        case let error as HTTPClientError: return sort(error)
        case is HTTPParserError: return .cutOff
        // A server that restarts drops connections at any moment, also while TLS begins: that mends itself.
        case NIOSSLError.uncleanShutdown: return .cutOff
        case NIOSSLError.handshakeFailed(.sslError(let stack)) where stack.contains(.eofDuringHandshake):
            return .cutOff
        case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
            return .tls(await fault(error, url: url))
        case let error as NIOConnectionError:
            let isProxy = proxy.map { $0.host == error.host } ?? false
            let what = isProxy ? "the proxy \(error.host)" : ""
            guard error.connectionErrors.isEmpty else {
                return .unreachable(
                    isProxy ? "\(what) refuses the connection" : "connection refused or no route"
                )
            }
            return .unreachable(isProxy ? "\(what): name not found" : "name not found")
        case let error as IOError: return .unreachable("error \(error.errnoCode)")
        case is CancellationError: return .timedOut
        default: return .unreachable("\(type(of: error))")
        }
    }

    private func sort(_ error: HTTPClientError) -> HQTrouble {
        switch error {
        case .connectTimeout: .unreachable("no connection in time")
        case .deadlineExceeded, .readTimeout, .writeTimeout, .tlsHandshakeTimeout: .timedOut
        case .remoteConnectionClosed, .bodyLengthMismatch: .cutOff
        case .cancelled: .timedOut
        case .proxyAuthenticationRequired:
            .proxy("it wants a user and a password, or others; see credentialsFile")
        case .httpProxyHandshakeTimeout: .unreachable("the proxy made no connection in time")
        case .invalidProxyResponse: .unreachable("the proxy made no connection")
        default: .unreachable("\(error.shortDescription)")
        }
    }

    // MARK: TLS

    private func fault(_ error: any Error, url: String) async -> TLSFault {
        let text = "\(error)"
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return await wrongHost(url)
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") { return await refusal(url) }
        return Self.fault(inLibraryText: text)
    }

    /// From the names that BoringSSL gives to its reasons and to the alerts of the other side
    /// (`include/openssl/ssl.h`).
    static func fault(inLibraryText text: String) -> TLSFault {
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION") { return .oldVersion }
        if says("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST") { return .noTLS }
        if says("CERTIFICATE_REQUIRED") { return .clientCertificateWanted }
        let alerts = [
            ("ALERT_CERTIFICATE_EXPIRED", "expired"), ("ALERT_CERTIFICATE_REVOKED", "revoked"),
            ("ALERT_UNKNOWN_CA", "its issuer is not trusted"), ("ALERT_BAD_CERTIFICATE", "bad certificate"),
            ("ALERT_UNSUPPORTED_CERTIFICATE", "unsupported"), ("ALERT_CERTIFICATE_UNKNOWN", "not accepted"),
            ("ALERT_ACCESS_DENIED", "access denied"), ("ALERT_DECRYPT_ERROR", "its key does not fit"),
        ]
        if let alert = alerts.first(where: { text.contains($0.0) }) {
            return .clientCertificateRefused(alert.1)
        }
        return .handshake
    }

    private func refusal(_ url: String) async -> TLSFault {
        guard proxy == nil, let target = HQEndpoint.target(of: url) else {
            return .untrusted(viaProxy: proxy != nil)
        }
        return await TLSDiagnosis.refusal(host: target.host, port: target.port, limit: limit)
    }

    private func wrongHost(_ url: String) async -> TLSFault {
        guard let target = HQEndpoint.target(of: url) else { return .untrusted(viaProxy: false) }
        guard proxy == nil else { return .wrongHost(host: target.host, names: []) }
        let names = await TLSDiagnosis.names(host: target.host, port: target.port, limit: limit)
        return .wrongHost(host: target.host, names: names)
    }
}
