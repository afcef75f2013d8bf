public import StationAPI

/// The HQ to be checked: where its three operations are, and for which station they are played.
public struct HQTarget: Sendable {
    /// The station that is played. A station of HQ's that serves nobody: its state is overwritten.
    public let station: String
    /// Where the feed is.
    let orders: Address
    /// Where events go.
    let events: Address
    /// Where the state goes.
    let state: Address
    /// The same operations for a station that HQ cannot know; nil if each operation has its own URL.
    let stranger: Address?
    /// Whether the feed is asked with `POST` only.
    public var isFeedPosted = false
    /// The bearer token; nil: the URL, or the client's certificate, is the credential.
    public var token: String?
    /// The key that events and states are signed with (Standard Webhooks); nil: they are not.
    public var signingKey: WebhookSigningKey?
    /// A PEM file with the certificates to trust instead of the system's.
    public var caFile: String?

    /// What cannot be checked, and what to do.
    public enum Mistake: Error, Hashable, Sendable, CustomStringConvertible {
        /// Neither this URL nor a base URL is given.
        case missing(String)
        /// It is no absolute `http` or `https` URL.
        case notAURL(String)
        /// The station's id is no id of the wire.
        case badStation

        /// One line for people.
        public var description: String {
            switch self {
            case .missing(let name): "no URL for \(name): give --url, or --\(name)-url."
            case .notAURL(let name): "the URL of \(name) is no absolute http or https URL."
            case .badStation: "--station: use 1 to 64 of A-Z a-z 0-9 . _ : -"
            }
        }
    }

    /// An HQ by its base URL, by one URL per operation, or by both (the single URL wins).
    ///
    /// - Throws: `Mistake`.
    public init(
        station: String,
        base: String? = nil,
        orders: String? = nil,
        events: String? = nil,
        state: String? = nil
    ) throws(Mistake) {
        let isID = station.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
                || "._:-".utf8.contains($0)
        }
        guard isID, (1...64).contains(station.utf8.count) else { throw .badStation }
        self.station = station
        func address(_ own: String?, _ name: String) throws(Mistake) -> Address {
            if let own {
                guard let address = Address(own) else { throw .notAURL(name) }
                return address
            }
            guard let base else { throw .missing(name) }
            guard let address = Address(base) else { throw .notAURL("HQ") }
            return address.appending("/stations/\(station)/\(name)")
        }
        self.orders = try address(orders, "orders")
        self.events = try address(events, "events")
        self.state = try address(state, "state")
        let stranger = "hq-check-unknown-station"
        self.stranger =
            orders == nil ? base.flatMap(Address.init)?.appending("/stations/\(stranger)/orders") : nil
    }
}

/// A URL that is sent as it was written, its query byte for byte.
struct Address: Hashable, Sendable {
    private let location: String
    private let query: String?

    init?(_ url: String) {
        guard url.hasPrefix("http://") || url.hasPrefix("https://"), !url.contains("#"), !url.contains(" ")
        else { return nil }
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        location = String(parts[0])
        query = parts.count == 2 ? String(parts[1]) : nil
    }

    private init(location: String, query: String?) {
        self.location = location
        self.query = query
    }

    func appending(_ path: String) -> Address {
        let trimmed = location.hasSuffix("/") ? String(location.dropLast()) : location
        return Address(location: trimmed + path, query: query)
    }

    func url(_ parameters: [(name: String, value: String)] = []) -> String {
        let added = parameters.map { "\($0.name)=\(Self.encode($0.value))" }
        let all = [query].compactMap { $0 }.filter { !$0.isEmpty } + added
        return all.isEmpty ? location : "\(location)?\(all.joined(separator: "&"))"
    }

    private static func encode(_ value: String) -> String {
        value.utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            if byte < 0x80, character.isLetter || character.isNumber || "-._~".contains(character) {
                return String(character)
            }
            let hex = String(byte, radix: 16, uppercase: true)
            return hex.count == 1 ? "%0\(hex)" : "%\(hex)"
        }.joined()
    }
}
