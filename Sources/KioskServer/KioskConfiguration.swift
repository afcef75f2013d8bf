/// What the kiosk's server needs to know. Checked by ``KioskServer/init(configuration:station:logger:)``.
public struct KioskConfiguration: Sendable {
    /// Where to listen: `localhost`, `127.x.y.z` or `::1`; nothing else, since the page is for the screen of
    /// this machine only.
    public var host: String
    /// The port, 0...65535; 0 takes any free one (see ``KioskServer/port``).
    public var port: Int
    /// The station's name at the top of the screen.
    public var stationName: String
    /// The number to call for help, as it is to be read on the screen.
    public var phone: String
    /// The language the screen returns to after each person, one of ``KioskServer/languages``.
    public var defaultLanguage: String
    /// The wall.
    public var plan: WallPlan
    /// Whether pages of `allowedFrameOrigins` may show the kiosk in a frame. For demonstrations only: on a
    /// real station nothing may lay itself over the screen.
    public var preview: Bool
    /// Origins (`http://127.0.0.1:8080`) that may frame the kiosk while `preview` is on.
    public var allowedFrameOrigins: [String]

    /// A kiosk's configuration.
    public init(
        host: String,
        port: Int,
        stationName: String,
        phone: String,
        defaultLanguage: String,
        plan: WallPlan,
        preview: Bool = false,
        allowedFrameOrigins: [String] = []
    ) {
        self.host = host
        self.port = port
        self.stationName = stationName
        self.phone = phone
        self.defaultLanguage = defaultLanguage
        self.plan = plan
        self.preview = preview
        self.allowedFrameOrigins = allowedFrameOrigins
    }
}

/// A kiosk configuration that cannot be used.
public enum KioskConfigurationError: Error, Hashable, CustomStringConvertible {
    /// The host is not this machine's loopback.
    case notLoopback(host: String)
    /// Not 0...65535.
    case portOutOfRange(Int)
    /// There is no string file for this language.
    case unknownLanguage(String, known: [String])
    /// Not an origin of the form `http(s)://host[:port]`.
    case badFrameOrigin(String)

    /// Cause and remedy.
    public var description: String {
        switch self {
        case .notLoopback(let host):
            "kiosk host '\(host)' is not loopback: use 127.0.0.1, ::1 or localhost"
        case .portOutOfRange(let port):
            "kiosk port \(port) is out of range: use 1 to 65535, or 0 for any free port"
        case .unknownLanguage(let language, let known):
            "kiosk language '\(language)' is unknown: use one of \(known.joined(separator: ", "))"
        case .badFrameOrigin(let origin):
            "'\(origin)' is not an origin: write scheme, host and port only, such as http://127.0.0.1:8080"
        }
    }
}

extension KioskConfiguration {
    /// Checks what can be checked before anything is opened.
    ///
    /// - Throws: ``KioskConfigurationError`` with cause and remedy.
    public func check() throws(KioskConfigurationError) {
        _ = try checkedAddress(languages: PageAssets.languages)
    }

    /// The address to bind, or why this configuration cannot be used.
    ///
    /// `localhost` becomes 127.0.0.1, so that no hosts file can move the kiosk to the network.
    func checkedAddress(languages: [String]) throws(KioskConfigurationError) -> String {
        guard (0...65535).contains(port) else { throw .portOutOfRange(port) }
        guard languages.contains(defaultLanguage) else {
            throw .unknownLanguage(defaultLanguage, known: languages)
        }
        for origin in allowedFrameOrigins where !Self.isOrigin(origin) {
            throw .badFrameOrigin(origin)
        }
        switch host.lowercased() {
        case "localhost": return "127.0.0.1"
        case "::1": return "::1"
        case let address where Self.isLoopbackIPv4(address): return address
        default: throw .notLoopback(host: host)
        }
    }

    private static func isLoopbackIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in
                part.count <= 3 && part.allSatisfy(\.isASCIIDigit) && UInt8(part) != nil
            }
    }

    /// Strict on purpose: the text goes into a response header, where `;` or a blank would start something
    /// else.
    private static func isOrigin(_ text: String) -> Bool {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let authority = text.dropFirst(scheme.count)
        return !authority.isEmpty
            && authority.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-:[]".contains($0)) }
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
