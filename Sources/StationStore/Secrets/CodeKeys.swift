/// The keys under which pickup codes, labels and badges are digested: the one of the file, and those that HQ has sent
/// since. HQ may still send digests under an older one, and what it sent before stays good, so a text is looked up
/// under each of them.
public struct CodeKeys: Sendable {
    /// One key that came by the feed.
    public struct Entry: Hashable, Sendable, Codable {
        /// What HQ calls it.
        public var id: String
        /// 32 bytes.
        public var bytes: [UInt8]

        /// A key.
        public init(id: String, bytes: [UInt8]) {
            self.id = id
            self.bytes = bytes
        }
    }

    /// How many keys of the feed are kept: with a rotation each quarter, those of a year.
    public static let entriesMax = 4

    /// The keys that came by the feed, oldest first.
    public private(set) var entries: [Entry]
    private let first: StationKey
    private var rotated: [StationKey]

    /// The file's key and those that came by the feed, oldest first; an entry that is no key is left out.
    public init(file: StationKey, entries: [Entry]) {
        first = file
        let usable = entries.compactMap { entry in StationKey(bytes: entry.bytes).map { (entry, $0) } }
            .suffix(Self.entriesMax)
        self.entries = usable.map(\.0)
        rotated = usable.map(\.1)
    }

    /// The newest: what the station digests by itself is digested under it.
    public var current: StationKey { rotated.last ?? first }

    /// All of them, the newest first.
    public var all: [StationKey] { rotated.reversed() + [first] }

    /// The same with a key that HQ has sent; nil if it is known already, or no key.
    public func adding(_ entry: Entry) -> CodeKeys? {
        guard !entries.contains(where: { $0.id == entry.id }), StationKey(bytes: entry.bytes) != nil else {
            return nil
        }
        return CodeKeys(file: first, entries: entries + [entry])
    }
}

extension CodeKeys: CustomStringConvertible, CustomReflectable {
    /// The ids only: no key ever reaches a log.
    public var description: String { "keys(\(entries.map(\.id).joined(separator: ", ")))" }

    /// The ids only.
    public var customMirror: Mirror { Mirror(self, children: ["ids": entries.map(\.id)]) }
}
