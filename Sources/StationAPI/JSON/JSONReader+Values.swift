extension JSONReader {
    /// Consumes a number and returns where its text lies.
    mutating func rawNumber() throws(JSONSyntaxError) -> Range<Int> {
        _ = try peek()
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = digits()
        let leadingZero = whole > 1 && bytes[position - whole] == UInt8(ascii: "0")
        guard whole > 0, !leadingZero else { throw error(.badNumber) }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw error(.badNumber) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            guard digits() > 0 else { throw error(.badNumber) }
        }
        return start..<position
    }

    /// A number's text as an integer; nil if it has a fraction or an exponent, or does not fit 64 bits.
    func integer(_ range: Range<Int>) -> Int64? {
        var index = range.lowerBound
        let negative = bytes[index] == UInt8(ascii: "-")
        if negative { index += 1 }
        var value: Int64 = 0
        while index < range.upperBound {
            let digit = Int64(bytes[index]) - 0x30
            guard (0...9).contains(digit) else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(negative ? -digit : digit)
            guard !overflow, !carried else { return nil }
            value = sum
            index += 1
        }
        return value
    }

    /// Consumes one value of any kind. `key` sees the name of every member on the way, however deep.
    mutating func skipValue(
        depth: Int = 0,
        key: (borrowing JSONReader, RawString) -> Void = { _, _ in }
    ) throws(JSONSyntaxError) {
        guard depth < Self.depthLimit else { throw error(.tooDeep) }
        switch try kind() {
        case .string: _ = try rawString()
        case .number: _ = try rawNumber()
        case .bool: try expect(bytes[position] == UInt8(ascii: "t") ? "true" : "false")
        case .null: try expect("null")
        case .array:
            position += 1
            if try take(UInt8(ascii: "]")) { return }
            repeat {
                try skipValue(depth: depth + 1, key: key)
            } while try take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "]"))
        case .object:
            position += 1
            if try take(UInt8(ascii: "}")) { return }
            repeat {
                let name = try rawString()
                key(self, name)
                try expect(UInt8(ascii: ":"))
                try skipValue(depth: depth + 1, key: key)
            } while try take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"))
        }
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 {
            position += 1
        }
        return position - start
    }
}
