/// One page of the order feed.
public struct FeedPage: Hashable, Sendable {
    /// What changed, in HQ's order; every item is either valid or named as malformed.
    public var items: [FeedItem]
    /// How far the feed is read once this page is durably applied; opaque, 1 to 4096 bytes.
    public var nextCursor: String
    /// Whether more is waiting behind `nextCursor`.
    public var hasMore: Bool
    /// Whether the page is part of a snapshot: at its last page (`isEndOfSnapshot`) whatever the snapshot did
    /// not
    /// mention is no longer HQ's wish.
    public var snapshot: Bool
    /// Whether this is the first page of a snapshot, asked for without a cursor: what an unfinished snapshot
    /// before it gathered is void. HQLink sets it; it is not on the wire.
    public var beginsSnapshot: Bool
    /// HQ's clock when it made the page.
    public var serverTime: WireTime?
    /// How long HQ asks the station to wait before it asks again, in seconds.
    public var pollAfterSeconds: Int?

    /// A page.
    public init(
        items: [FeedItem],
        nextCursor: String,
        hasMore: Bool = false,
        snapshot: Bool = false,
        beginsSnapshot: Bool = false,
        serverTime: WireTime? = nil,
        pollAfterSeconds: Int? = nil
    ) {
        self.items = items
        self.nextCursor = nextCursor
        self.hasMore = hasMore
        self.snapshot = snapshot
        self.beginsSnapshot = beginsSnapshot
        self.serverTime = serverTime
        self.pollAfterSeconds = pollAfterSeconds
    }

    /// Whether a snapshot is complete with this page.
    public var isEndOfSnapshot: Bool { snapshot && !hasMore }
}

extension FeedPage: Encodable {
    private enum CodingKeys: String, CodingKey {
        case items, nextCursor, hasMore, snapshot, serverTime, pollAfterSeconds
    }
}

/// One item of a feed page.
public enum FeedItem: Hashable, Sendable {
    /// A new or changed order.
    case order(OrderDocument)
    /// An order is taken away.
    case removal(OrderRemoval)
    /// A new, changed or revoked member of staff.
    case staff(StaffDocument)
    /// Policy values.
    case policy(PolicyDocument)
    /// A command.
    case command(CommandDocument)
    /// One of HQ's public keys.
    case key(HQKeyDocument)
    /// A key or a grant is taken back.
    case revocation(Revocation)
    /// A new secret key of the station.
    case stationKey(StationKeyDocument)
    /// An item that breaks the contract.
    ///
    /// `pointer` is an RFC 6901 pointer into the page. `excerpt` is the item's shape, at most
    /// `FeedItem.excerptLimit` characters, with every value left out that could be a code or a person.
    /// `orderID` is the order's id where it could be read.
    case malformed(reason: MalformedReason, pointer: String, excerpt: String, orderID: String?)

    /// Most characters of an excerpt.
    public static let excerptLimit = 512
}

/// What is wrong with an item of the feed.
public enum MalformedReason: Error, Hashable, Sendable {
    /// A member that must be there is missing.
    case missing(String)
    /// A member has another JSON type than the contract says.
    case wrongType(expected: String)
    /// A member occurs twice in one object.
    case duplicateMember
    /// An id is empty, longer than 64 characters or holds characters other than `A-Z a-z 0-9 . _ : -`.
    case badID
    /// A text is empty, too long, or holds characters that do not belong there.
    case badText(String)
    /// A number is outside its range.
    case outOfRange(String)
    /// A time is not RFC 3339 text, or a window ends before it begins.
    case badTime(String)
    /// A word that this version does not know, where it cannot be passed over.
    case unknownValue(String)
    /// The item's `change` is none that this version knows.
    case unknownChange
    /// An order without parcels.
    case noParcels
    /// Two parcels of one order share an id or a label.
    case duplicateParcel
    /// A list is longer than the contract allows.
    case tooMany(limit: Int)
    /// A pickup code or digest that is too short or not of its form.
    case badCode(String)
    /// The item carries a member for a person's or a product's data, which must not reach a station.
    case personalData(String)
}

extension MalformedReason: CustomStringConvertible {
    /// What is wrong and what HQ has to do, in one line.
    public var description: String {
        switch self {
        case .missing(let name): "\"\(name)\" is missing; it must be sent."
        case .wrongType(let expected): "wrong type; send \(expected)."
        case .duplicateMember: "the member is sent twice; send it once."
        case .badID: "not an id; send 1 to 64 of A-Z a-z 0-9 . _ : -"
        case .badText(let what): "not a usable text; send \(what)."
        case .outOfRange(let what): "out of range; send \(what)."
        case .badTime(let what): "not a usable time; send \(what)."
        case .unknownValue(let known): "unknown word; send \(known)."
        case .unknownChange:
            "unknown change; send upsert, remove, staff, policy, command, key, revoke or stationKey."
        case .noParcels: "an order without parcels; send at least one."
        case .duplicateParcel: "two parcels share an id or a label; make them unique."
        case .tooMany(let limit): "too many; send at most \(limit)."
        case .badCode(let what): "not a usable pickup code; send \(what)."
        case .personalData(let name): "\"\(name)\" is data of a person or a product's name; do not send it."
        }
    }
}

/// Why a whole page could not be read.
public enum FeedPageError: Error, Hashable, Sendable {
    /// Not JSON, or cut off: the byte and what is wrong there.
    case notJSON(offset: Int, what: String)
    /// JSON, but not a feed page: the member and what is wrong with it.
    case notAPage(pointer: String, reason: MalformedReason)
}

extension FeedPageError: CustomStringConvertible {
    /// What is wrong, in one line; holds nothing of the page's content.
    public var description: String {
        switch self {
        case .notJSON(let offset, let what): "the feed page is not JSON: \(what) at byte \(offset)."
        case .notAPage(let pointer, let reason): "the feed page breaks the contract at \(pointer): \(reason)"
        }
    }
}
