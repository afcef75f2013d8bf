private enum PageMember: String, WireMember {
    case items, nextCursor, hasMore, snapshot, serverTime, pollAfterSeconds
    static let table = MemberTable<PageMember>()
}

private enum ItemMember: String, WireMember {
    case change, order, staff, policy, command, key, stationKey, task
    case orderID = "orderId"
    case keyID = "keyId"
    case grantID = "grantId"
    case version, reason, stationName
    static let table = MemberTable<ItemMember>()
}

private enum Change: String {
    case upsert, remove, staff, policy, command, key, revoke, stationKey, task
}

/// What an item's members said, before it is known what kind of item it is.
private struct ItemParts {
    var change: String?
    var order: OrderDocument?
    var staff: StaffDocument?
    var policy: PolicyDocument?
    var command: CommandDocument?
    var key: HQKeyDocument?
    var stationKey: StationKeyDocument?
    var task: StaffTaskDocument?
    var keyID: String?
    var grantID: String?
    var version: Int64?
    var reason: OrderRemoval.Reason?
    var stationName: String?
}

extension FeedPage {
    /// Items that one page may carry, however small they are.
    public static let maximumItems = 100_000

    /// Reads a feed page from JSON.
    ///
    /// A bad item becomes `.malformed` and the page goes on. Only a text that is no JSON to its end, or that
    /// lacks
    /// what every page must have, fails as a whole.
    ///
    /// - Throws: `FeedPageError`, which holds nothing of the page's content.
    public init(json bytes: [UInt8]) throws(FeedPageError) {
        var input = FeedInput(bytes)
        do {
            self = try input.page()
            try input.syntax { (json) throws(JSONSyntaxError) in try json.expectEnd() }
        } catch {
            switch error {
            case .syntax(let syntax):
                throw .notJSON(offset: syntax.offset, what: syntax.what.rawValue)
            case .item(let reason):
                throw .notAPage(pointer: input.pointer.isEmpty ? "/" : input.pointer, reason: reason)
            }
        }
    }
}

extension FeedInput {
    fileprivate mutating func page() throws(FeedFault) -> FeedPage {
        // What the page says beside its items is not kept: it must not stop the feed.
        var walk = try ObjectWalk<PageMember>(&self, refusesPersonalData: false)
        var items: [FeedItem]?
        var nextCursor: String?
        var page = FeedPage(items: [], nextCursor: "")
        while let member = try walk.next(&self) {
            switch member {
            case .items: items = try self.items()
            case .nextCursor: nextCursor = try printable(1...4096)
            case .hasMore: page.hasMore = try boolean()
            case .snapshot: page.snapshot = try boolean()
            case .serverTime: page.serverTime = try time()
            case .pollAfterSeconds: page.pollAfterSeconds = try secondsToWait()
            }
        }
        guard let items else { throw .item(.missing("items")) }
        guard let nextCursor else { throw .item(.missing("nextCursor")) }
        page.items = items
        page.nextCursor = nextCursor
        return page
    }

    /// Any number is a wish to wait that long, up to a day.
    private mutating func secondsToWait() throws(FeedFault) -> Int {
        guard try syntax({ (json) throws(JSONSyntaxError) in try json.kind() }) == .number else {
            throw .item(.wrongType(expected: "a number of seconds"))
        }
        let range = try syntax { (json) throws(JSONSyntaxError) in try json.rawNumber() }
        let seconds = Double(String(decoding: json.bytes[range], as: UTF8.self)) ?? 0
        return Int(min(max(seconds, 0), 86_400).rounded(.up))
    }

    private mutating func items() throws(FeedFault) -> [FeedItem] {
        var walk = try ArrayWalk(&self, limit: FeedPage.maximumItems)
        var items: [FeedItem] = []
        while try walk.next(&self) {
            items.append(try itemOrMalformed())
        }
        return items
    }

    private mutating func itemOrMalformed() throws(FeedFault) -> FeedItem {
        _ = try syntax { (json) throws(JSONSyntaxError) in try json.peek() }
        let start = json.position
        let depth = path.count
        var orderID: String?
        do {
            return try item(orderID: &orderID)
        } catch .item(let reason) {
            let pointer = self.pointer
            let failed = json
            json.position = start
            // The rest of the item must still be JSON, or the page is lost.
            try syntax { (json) throws(JSONSyntaxError) in try json.skipValue() }
            path.removeLast(path.count - depth)
            return .malformed(
                reason: reason,
                pointer: pointer,
                excerpt: Excerpt.make(of: failed, at: start),
                orderID: orderID ?? findOrderID(in: start..<json.position)
            )
        } catch {
            throw error
        }
    }

    private mutating func item(orderID: inout String?) throws(FeedFault) -> FeedItem {
        var walk = try ObjectWalk<ItemMember>(&self)
        var parts = ItemParts()
        var removedID: String?
        while let member = try walk.next(&self) {
            switch member {
            case .change: parts.change = try string()
            case .order: parts.order = try order(id: &orderID)
            case .staff: parts.staff = try staff()
            case .policy: parts.policy = try policy()
            case .command: parts.command = try command()
            case .key: parts.key = try hqKey()
            case .stationKey: parts.stationKey = try stationKey()
            case .task: parts.task = try staffTask()
            case .keyID: parts.keyID = try keyIdentifier()
            case .grantID: parts.grantID = try grantIdentifier()
            case .orderID: removedID = try identifier()
            case .version: parts.version = try version()
            case .reason: parts.reason = try word(of: OrderRemoval.Reason.self)
            case .stationName: parts.stationName = try words(limit: 128)
            }
        }
        if orderID == nil { orderID = removedID }
        return try assemble(parts, removedID: removedID)
    }

    private mutating func assemble(_ parts: ItemParts, removedID: String?) throws(FeedFault) -> FeedItem {
        guard let word = parts.change else { throw .item(.missing("change")) }
        guard let change = Change(rawValue: word) else {
            path.append(.member("change"))
            throw .item(.unknownChange)
        }
        switch change {
        case .upsert:
            guard let order = parts.order else { throw .item(.missing("order")) }
            return .order(order)
        case .remove:
            guard let removedID else { throw .item(.missing("orderId")) }
            guard let version = parts.version else { throw .item(.missing("version")) }
            guard let reason = parts.reason else { throw .item(.missing("reason")) }
            let name = parts.stationName
            return .removal(
                OrderRemoval(orderID: removedID, version: version, reason: reason, stationName: name)
            )
        case .staff:
            guard let staff = parts.staff else { throw .item(.missing("staff")) }
            return .staff(staff)
        case .policy:
            guard let policy = parts.policy else { throw .item(.missing("policy")) }
            return .policy(policy)
        case .command:
            guard let command = parts.command else { throw .item(.missing("command")) }
            return .command(command)
        case .key, .revoke, .stationKey:
            return try assembleKey(change, parts)
        case .task:
            guard let task = parts.task else { throw .item(.missing("task")) }
            return .task(task)
        }
    }

    private func assembleKey(_ change: Change, _ parts: ItemParts) throws(FeedFault) -> FeedItem {
        switch (change, parts.keyID, parts.grantID) {
        case (.key, _, _):
            guard let key = parts.key else { throw .item(.missing("key")) }
            return .key(key)
        case (.stationKey, _, _):
            guard let key = parts.stationKey else { throw .item(.missing("stationKey")) }
            return .stationKey(key)
        case (_, let key?, nil): return .revocation(.key(key))
        case (_, nil, let grant?): return .revocation(.grant(grant))
        case (_, nil, nil): throw .item(.missing("keyId or grantId"))
        case (_, _?, _?): throw .item(.unknownValue("either keyId or grantId, not both"))
        }
    }

    /// A valid `orderId` anywhere in a bad item: it may stand behind the member that was refused.
    private func findOrderID(in range: Range<Int>) -> String? {
        var reader = JSONReader(Array(json.bytes[range]))
        var found: String?
        try? reader.skipValue { json, key in
            guard found == nil, json.matches(key, Array("orderId".utf8)) else { return }
            var value = json
            guard (try? value.expect(UInt8(ascii: ":"))) != nil, (try? value.peek()) == UInt8(ascii: "\""),
                let raw = try? value.rawString(), let text = (try? value.text(raw)) ?? nil,
                WireID.isValid(text)
            else { return }
            found = text
        }
        return found
    }
}
