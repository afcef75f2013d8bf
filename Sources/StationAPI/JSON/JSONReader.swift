/// Why a JSON text could not be read to its end.
struct JSONSyntaxError: Error, Hashable, Sendable {
    /// Byte offset of the first byte that does not fit.
    var offset: Int
    /// What was wrong there.
    var what: Complaint

    /// What a byte was refused for.
    enum Complaint: String, Hashable, Sendable {
        case truncated = "the text ends too early"
        case unexpectedByte = "an unexpected character"
        case controlCharacter = "a control character inside a string"
        case badEscape = "an escape that JSON does not know"
        case badNumber = "a number that JSON does not know"
        case tooDeep = "nested too deep"
    }
}

/// A pull parser over one JSON text (RFC 8259) that builds nothing it is not asked for.
///
/// The feed carries up to 100 000 orders: `JSONDecoder` spends most of its time building a tree that is
/// thrown
/// away, and cannot say where in the text a bad item begins. Every access is bounds-checked, nothing recurses
/// deeper than `depthLimit`, and numbers stay text until someone asks for one.
struct JSONReader {
    /// Containers inside containers that are followed before the text is refused.
    static let depthLimit = 256

    let bytes: [UInt8]
    var position: Int

    init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// What kind of value begins at the next byte that is not white space.
    enum Kind {
        case object, array, string, number, bool, null
    }

    /// Skips white space and names the value that follows without consuming it.
    mutating func kind() throws(JSONSyntaxError) -> Kind {
        switch try peek() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw error(.unexpectedByte)
        }
    }

    /// The next byte that is not white space; it stays unread.
    mutating func peek() throws(JSONSyntaxError) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        throw error(.truncated)
    }

    /// Consumes `byte` if it comes next, white space before it included.
    mutating func take(_ byte: UInt8) throws(JSONSyntaxError) -> Bool {
        guard try peek() == byte else { return false }
        position += 1
        return true
    }

    /// Consumes `byte`, which must come next.
    mutating func expect(_ byte: UInt8) throws(JSONSyntaxError) {
        guard try take(byte) else { throw error(.unexpectedByte) }
    }

    /// Consumes a literal such as `true`.
    mutating func expect(_ literal: StaticString) throws(JSONSyntaxError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard position < bytes.count else { throw error(.truncated) }
            guard bytes[position] == literal.utf8Start[index] else { throw error(.unexpectedByte) }
            position += 1
        }
    }

    /// Consumes white space up to the end of the text; anything else is an error.
    mutating func expectEnd() throws(JSONSyntaxError) {
        while position < bytes.count {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw error(.unexpectedByte)
            }
            position += 1
        }
    }

    func error(_ what: JSONSyntaxError.Complaint) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, what: what)
    }
}

// MARK: Strings

extension JSONReader {
    /// A string's bytes between the quotes, and whether they contain escapes.
    struct RawString {
        var range: Range<Int>
        var hasEscapes: Bool
    }

    /// Consumes a string and returns where its content lies.
    mutating func rawString() throws(JSONSyntaxError) -> RawString {
        try expect(UInt8(ascii: "\""))
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return RawString(range: start..<(position - 1), hasEscapes: hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                position += 2
            } else if byte < 0x20 {
                throw error(.controlCharacter)
            } else {
                position += 1
            }
        }
        position = bytes.count
        throw error(.truncated)
    }

    /// A raw string as text; nil if it is not valid UTF-8 or ends in half a surrogate pair.
    func text(_ raw: RawString) throws(JSONSyntaxError) -> String? {
        if raw.hasEscapes {
            guard let unescaped = try unescape(raw.range) else { return nil }
            return String(validating: unescaped, as: UTF8.self)
        }
        return bytes.withUnsafeBufferPointer { buffer in
            String(validating: UnsafeBufferPointer(rebasing: buffer[raw.range]), as: UTF8.self)
        }
    }

    /// Whether a raw string without escapes is exactly `name`.
    func matches(_ raw: RawString, _ name: [UInt8]) -> Bool {
        guard raw.range.count == name.count else { return false }
        var index = raw.range.lowerBound
        for byte in name {
            guard bytes[index] == byte else { return false }
            index += 1
        }
        return true
    }

    private func unescape(_ range: Range<Int>) throws(JSONSyntaxError) -> [UInt8]? {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                output.append(byte)
                index += 1
                continue
            }
            guard index + 1 < range.upperBound else { throw JSONSyntaxError(offset: index, what: .badEscape) }
            let escape = bytes[index + 1]
            index += 2
            if escape == UInt8(ascii: "u") {
                guard let scalar = try unicodeEscape(&index, end: range.upperBound) else { return nil }
                output.append(contentsOf: String(scalar).utf8)
            } else if let plain = Self.simpleEscape(escape) {
                output.append(plain)
            } else {
                throw JSONSyntaxError(offset: index - 1, what: .badEscape)
            }
        }
        return output
    }

    private static func simpleEscape(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return byte
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        default: return nil
        }
    }

    private func unicodeEscape(_ index: inout Int, end: Int) throws(JSONSyntaxError) -> Unicode.Scalar? {
        let first = try hexQuad(&index, end: end)
        guard (0xD800...0xDBFF).contains(first) else { return Unicode.Scalar(first) }
        guard index + 1 < end, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
        else {
            return nil
        }
        index += 2
        let second = try hexQuad(&index, end: end)
        guard (0xDC00...0xDFFF).contains(second) else { return nil }
        return Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    }

    private func hexQuad(_ index: inout Int, end: Int) throws(JSONSyntaxError) -> UInt32 {
        guard index + 4 <= end else { throw JSONSyntaxError(offset: index, what: .badEscape) }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Self.hexDigit(bytes[index]) else {
                throw JSONSyntaxError(offset: index, what: .badEscape)
            }
            value = value << 4 | digit
            index += 1
        }
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): return UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): return UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): return UInt32(byte - UInt8(ascii: "A") + 10)
        default: return nil
        }
    }
}
