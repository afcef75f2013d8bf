/// The URL of one operation at HQ, kept as it was written.
public struct HQEndpoint: Hashable, Sendable {
    /// Scheme, host and path.
    let location: String
    /// What follows the `?`, byte for byte; nil without one.
    let query: String?

    /// Takes a URL apart without decoding any of it.
    init(_ url: String, setting: String) throws(HQLinkConfigurationError) {
        guard let mark = url.firstIndex(of: ":"), url[mark...].hasPrefix("://") else {
            throw .notAURL(setting: setting)
        }
        let scheme = url[..<mark].lowercased()
        guard scheme == "https" || scheme == "http" else {
            throw .unknownScheme(setting: setting, scheme: String(scheme.prefix(16)))
        }
        guard !url.contains("#") else { throw .unwantedPart(setting: setting, part: "fragment (#)") }
        let rest = url[url.index(mark, offsetBy: 3)...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw .unwantedPart(setting: setting, part: "user or password (@)")
        }
        guard let host = Self.host(of: authority) else { throw .notAURL(setting: setting) }
        guard scheme == "https" || Self.isLoopback(host) else {
            throw .plainHTTP(setting: setting, host: host)
        }
        guard Self.goesAsWritten(rest[authority.endIndex...]) else { throw .notAURL(setting: setting) }
        if let question = url.firstIndex(of: "?") {
            location = String(url[..<question])
            query = String(url[url.index(after: question)...])
        } else {
            location = url
            query = nil
        }
    }

    private init(location: String, query: String?) {
        self.location = location
        self.query = query
    }

    /// The URL as written.
    var url: String { query.map { "\(location)?\($0)" } ?? location }

    /// Whether the query is a credential: a shared access signature (`sig`), as the URLs of Azure Logic Apps have.
    var isSignedByURL: Bool {
        query?.split(separator: "&").contains { $0.hasPrefix("sig=") } ?? false
    }

    /// Whether it is plain HTTP, which goes to this machine only.
    var isLoopback: Bool { location.lowercased().hasPrefix("http:") }

    /// Host and port of a URL; nil if it is none.
    static func target(of url: String) -> (host: String, port: Int)? {
        guard let mark = url.firstIndex(of: ":"), url[mark...].hasPrefix("://") else { return nil }
        let authority = url[url.index(mark, offsetBy: 3)...].prefix { $0 != "/" && $0 != "?" }
        guard let host = host(of: authority) else { return nil }
        let tail = authority.last == "]" ? "" : authority.split(separator: ":").last.map(String.init) ?? ""
        let port = authority.count > host.count ? Int(tail) : nil
        return (host, port ?? (url.lowercased().hasPrefix("https") ? 443 : 80))
    }

    /// A longer path with the same query.
    func appending(_ path: String) -> HQEndpoint {
        let trimmed = location.hasSuffix("/") ? String(location.dropLast()) : location
        return HQEndpoint(location: trimmed + path, query: query)
    }

    /// The URL with parameters behind the query as written.
    func url(adding parameters: [(name: String, value: String)]) -> String {
        let added = parameters.map { "\($0.name)=\(Self.encode($0.value))" }.joined(separator: "&")
        guard let query, !query.isEmpty else { return "\(location)?\(added)" }
        return "\(location)?\(query)&\(added)"
    }

    private static func host(of authority: Substring) -> String? {
        let host: Substring
        let port: Substring
        if authority.first == "[" {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<end]
            port = authority[authority.index(after: end)...]
        } else {
            host = authority.prefix { $0 != ":" }
            port = authority[host.endIndex...]
        }
        let isHost = !host.isEmpty && host.utf8.allSatisfy { isLetterOrDigit($0) || "-.:".utf8.contains($0) }
        let isPort =
            port.isEmpty
            || port.first == ":" && port.dropFirst().allSatisfy(\.isNumber)
                && UInt16(port.dropFirst()).map { $0 > 0 } == true
        return isHost && isPort ? host.lowercased() : nil
    }

    /// Whether path and query hold only what RFC 3986 lets stand there: anything else would be encoded on the
    /// way,
    /// and no longer be what was written.
    private static func goesAsWritten(_ pathAndQuery: Substring) -> Bool {
        let bytes = Array(pathAndQuery.utf8)
        return bytes.indices.allSatisfy { index in
            if bytes[index] == UInt8(ascii: "%") {
                return bytes[(index + 1)...].prefix(2).count { isHexDigit($0) } == 2
            }
            return isLetterOrDigit(bytes[index]) || "-._~!$&'()*+,;=:@/?".utf8.contains(bytes[index])
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    static func encode(_ value: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                output.append(byte)
            default:
                output += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}

extension HQEndpoint: CustomStringConvertible, CustomReflectable {
    /// The URL for logs: the query can be a credential and is left out.
    public var description: String { query == nil ? location : "\(location)?…" }

    /// As `description`, so that a dump does not show the query either.
    public var customMirror: Mirror { Mirror(self, children: ["url": description]) }
}
