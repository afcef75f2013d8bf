internal import AsyncHTTPClient
internal import FoundationEssentials

/// The store's HTTP proxy, through which connections to HQ are made (`CONNECT`, RFC 9110 section 9.3.6).
public struct ProxySettings: Hashable, Sendable {
    /// The proxy's name or address.
    public var host: String
    /// Its port.
    public var port: Int
    /// A file with `user:password` on one line; read again when it changes. Nil: the proxy asks for none.
    public var credentialsFile: String?

    /// A proxy.
    public init(host: String, port: Int, credentialsFile: String? = nil) {
        self.host = host
        self.port = port
        self.credentialsFile = credentialsFile
    }

    func authorization() throws(HQTrouble) -> HTTPClient.Authorization? {
        guard let credentialsFile else { return nil }
        guard let content = FileManager.default.contents(atPath: credentialsFile) else {
            throw .proxy("\(credentialsFile) cannot be read; check that it exists and belongs to the service")
        }
        let line = String(decoding: content, as: UTF8.self).prefix { !$0.isNewline }
        guard line.contains(":"), line.utf8.count <= 1_024 else {
            throw .proxy("\(credentialsFile) must hold one line, user:password")
        }
        return .basic(credentials: Data(line.utf8).base64EncodedString())
    }
}
