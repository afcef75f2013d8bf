extension FeedInput {
    mutating func string() throws(FeedFault) -> String {
        let text = try syntax { (json) throws(JSONSyntaxError) -> String?? in
            guard try json.peek() == UInt8(ascii: "\"") else { return .none }
            return .some(try json.text(try json.rawString()))
        }
        guard let text else { throw .item(.wrongType(expected: "a string")) }
        guard let text else { throw .item(.badText("valid UTF-8")) }
        return text
    }

    /// A string of `length` printable ASCII characters.
    mutating func printable(_ length: ClosedRange<Int>) throws(FeedFault) -> String {
        let text = try string()
        guard length.contains(text.utf8.count), text.utf8.allSatisfy({ $0 >= 0x20 && $0 <= 0x7E }) else {
            throw .item(.badText("\(length.lowerBound) to \(length.upperBound) printable ASCII characters"))
        }
        return text
    }

    /// A string of any script without control characters, `limit` bytes at most.
    mutating func words(limit: Int) throws(FeedFault) -> String {
        let text = try string()
        guard !text.isEmpty, text.utf8.count <= limit,
            !text.unicodeScalars.contains(where: isControl)
        else { throw .item(.badText("1 to \(limit) bytes without control characters")) }
        return text
    }

    /// Controls, line separators, and what turns the direction of other people's words on the screen.
    private func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    mutating func identifier() throws(FeedFault) -> String {
        let text = try string()
        guard WireID.isValid(text) else { throw .item(.badID) }
        return text
    }

    mutating func integer(_ range: ClosedRange<Int64>) throws(FeedFault) -> Int64 {
        let value = try syntax { (json) throws(JSONSyntaxError) -> Int64?? in
            guard try json.kind() == .number else { return .none }
            return .some(json.integer(try json.rawNumber()))
        }
        guard let value else { throw .item(.wrongType(expected: "a whole number")) }
        guard let value, range.contains(value) else {
            throw .item(.outOfRange("a whole number from \(range.lowerBound) to \(range.upperBound)"))
        }
        return value
    }

    mutating func version() throws(FeedFault) -> Int64 { try integer(1...Int64.max) }

    mutating func boolean() throws(FeedFault) -> Bool {
        let value = try syntax { (json) throws(JSONSyntaxError) -> Bool? in
            guard try json.kind() == .bool else { return nil }
            let isTrue = try json.peek() == UInt8(ascii: "t")
            try json.expect(isTrue ? "true" : "false")
            return isTrue
        }
        guard let value else { throw .item(.wrongType(expected: "true or false")) }
        return value
    }

    mutating func time() throws(FeedFault) -> WireTime {
        let raw = try syntax { (json) throws(JSONSyntaxError) -> JSONReader.RawString? in
            guard try json.peek() == UInt8(ascii: "\"") else { return nil }
            return try json.rawString()
        }
        guard let raw else { throw .item(.wrongType(expected: "a string")) }
        guard !raw.hasEscapes, let time = WireTime(bytes: json.bytes[raw.range]) else {
            throw .item(.badTime("RFC 3339 text, for example 2026-05-06T07:08:09Z"))
        }
        return time
    }

    /// Base64url text of `length` bytes.
    mutating func bytes(_ length: ClosedRange<Int>) throws(FeedFault) -> [UInt8] {
        let raw = try syntax { (json) throws(JSONSyntaxError) -> JSONReader.RawString? in
            guard try json.peek() == UInt8(ascii: "\"") else { return nil }
            return try json.rawString()
        }
        guard let raw else { throw .item(.wrongType(expected: "a string")) }
        guard let bytes = Base64URL.decode(bytes: json.bytes[raw.range]), length.contains(bytes.count) else {
            let most = length.count == 1 ? "" : " to \(length.upperBound)"
            throw .item(.badText("base64url of \(length.lowerBound)\(most) bytes"))
        }
        return bytes
    }

    /// A word of a closed list.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        of type: Word.Type
    ) throws(FeedFault) -> Word {
        guard let word = Word(rawValue: try string()) else {
            throw .item(.unknownValue(Word.allCases.map(\.rawValue).joined(separator: ", ")))
        }
        return word
    }
}
