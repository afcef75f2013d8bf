/// Why reading stops: the text is no JSON (the page is lost), or one item breaks the contract (the item is).
enum FeedFault: Error {
    case syntax(JSONSyntaxError)
    case item(MalformedReason)
}

/// One step from the page down to the member that is being read.
enum PathStep {
    case member(String)
    case index(Int)
}

/// The feed's reader: JSON plus where in the page it is, and checked reads of the wire's simple types.
struct FeedInput {
    var json: JSONReader
    var path: [PathStep] = []

    init(_ bytes: [UInt8]) {
        json = JSONReader(bytes)
        path.reserveCapacity(16)
    }

    /// Runs a read of the JSON layer and lifts its error.
    @inline(__always)
    mutating func syntax<T>(
        _ body: (inout JSONReader) throws(JSONSyntaxError) -> T
    ) throws(FeedFault) -> T {
        do {
            return try body(&json)
        } catch {
            throw .syntax(error)
        }
    }

    /// The JSON pointer (RFC 6901) of the member that is being read.
    var pointer: String {
        path.reduce(into: "") { text, step in
            switch step {
            case .member(let name): text += "/" + name
            case .index(let index): text += "/\(index)"
            }
        }
    }
}

// MARK: Objects and arrays

/// The members that one kind of object may have: a raw-valued enum, one case per member.
protocol WireMember: RawRepresentable<String>, CaseIterable, Sendable {
    static var table: MemberTable<Self> { get }
}

/// A `WireMember`'s names as bytes, made once. At most 64.
struct MemberTable<Member: WireMember>: Sendable {
    let members: [(name: [UInt8], text: String, member: Member)]

    init() {
        members = Member.allCases.map { (Array($0.rawValue.utf8), $0.rawValue, $0) }
    }

    func index(of raw: JSONReader.RawString, in json: borrowing JSONReader) -> Int? {
        if raw.hasEscapes {
            // `"order\u0049d"` is the same name: a reader that does not see it would read another order.
            guard let text = (try? json.text(raw)) ?? nil else { return nil }
            return members.firstIndex { $0.text == text }
        }
        for index in members.indices where json.matches(raw, members[index].name) {
            return index
        }
        return nil
    }
}

/// A walk over the members of one object.
///
/// Members without a value (`null`) count as absent, unknown ones are passed over after a look for names of
/// personal data, and a second member of the same name is refused: two readers must never see two orders.
struct ObjectWalk<Member: WireMember> {
    private var seen: UInt64 = 0
    private var started = false
    private let depth: Int
    private let refusesPersonalData: Bool

    /// Begins a walk. `refusesPersonalData` is false only where nothing unknown is ever kept or shown.
    init(_ input: inout FeedInput, refusesPersonalData: Bool = true) throws(FeedFault) {
        self.refusesPersonalData = refusesPersonalData
        guard try input.syntax({ (json) throws(JSONSyntaxError) in try json.kind() }) == .object else {
            throw .item(.wrongType(expected: "an object"))
        }
        input.json.position += 1
        depth = input.path.count
    }

    /// The next member that is known and has a value; its value must be read before the next call.
    mutating func next(_ input: inout FeedInput) throws(FeedFault) -> Member? {
        while true {
            input.path.removeLast(input.path.count - depth)
            if try atEnd(&input) { return nil }
            let raw = try input.syntax { (json) throws(JSONSyntaxError) in
                let raw = try json.rawString()
                try json.expect(UInt8(ascii: ":"))
                return raw
            }
            guard let index = Member.table.index(of: raw, in: input.json) else {
                try input.passOver(raw, refusesPersonalData: refusesPersonalData)
                continue
            }
            input.path.append(.member(Member.table.members[index].text))
            guard seen & (1 << UInt64(index)) == 0 else { throw .item(.duplicateMember) }
            seen |= 1 << UInt64(index)
            if try input.takeNull() { continue }
            return Member.table.members[index].member
        }
    }

    private mutating func atEnd(_ input: inout FeedInput) throws(FeedFault) -> Bool {
        let isFirst = !started
        started = true
        return try input.syntax { (json) throws(JSONSyntaxError) in
            if try json.take(UInt8(ascii: "}")) { return true }
            if !isFirst { try json.expect(UInt8(ascii: ",")) }
            return false
        }
    }
}

/// A walk over the elements of one array, with a limit.
struct ArrayWalk {
    private var count = 0
    private let limit: Int
    private let depth: Int

    init(_ input: inout FeedInput, limit: Int) throws(FeedFault) {
        guard try input.syntax({ (json) throws(JSONSyntaxError) in try json.kind() }) == .array else {
            throw .item(.wrongType(expected: "an array"))
        }
        input.json.position += 1
        depth = input.path.count
        self.limit = limit
    }

    /// Whether another element follows; it must be read before the next call.
    mutating func next(_ input: inout FeedInput) throws(FeedFault) -> Bool {
        input.path.removeLast(input.path.count - depth)
        let isFirst = count == 0
        let ended = try input.syntax { (json) throws(JSONSyntaxError) in
            if try json.take(UInt8(ascii: "]")) { return true }
            if !isFirst { try json.expect(UInt8(ascii: ",")) }
            return false
        }
        if ended { return false }
        guard count < limit else { throw .item(.tooMany(limit: limit)) }
        input.path.append(.index(count))
        count += 1
        return true
    }
}

extension FeedInput {
    /// Consumes a `null` if one comes next.
    mutating func takeNull() throws(FeedFault) -> Bool {
        try syntax { (json) throws(JSONSyntaxError) in
            guard try json.peek() == UInt8(ascii: "n") else { return false }
            try json.expect("null")
            return true
        }
    }

    /// Passes over an unknown member's value; refuses the item if its name or a name inside it is one for
    /// personal data.
    mutating func passOver(
        _ name: JSONReader.RawString,
        refusesPersonalData: Bool
    ) throws(FeedFault) {
        guard refusesPersonalData else {
            return try syntax { (json) throws(JSONSyntaxError) in try json.skipValue() }
        }
        var found = PersonalData.match(name, in: json)
        try syntax { (json) throws(JSONSyntaxError) in
            try json.skipValue { reader, key in
                if found == nil { found = PersonalData.match(key, in: reader) }
            }
        }
        if let found {
            path.append(.member(found))
            throw .item(.personalData(found))
        }
    }
}
