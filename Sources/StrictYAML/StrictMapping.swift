public import Yams

/// A YAML mapping that is read strictly: every key must be taken, and every error names its line.
public struct StrictMapping {
    /// The file, as errors name it.
    public let file: String
    /// The line it begins in, from 1.
    public let line: Int
    private let name: String
    private var values: [(key: String, line: Int, value: Node)] = []
    private var known: [String] = []

    /// The mapping that `node` must be; `name` says which one it is.
    public init(_ node: Node, name: String, file: String) throws(StrictYAMLError) {
        self.file = file
        self.name = name
        line = node.mark?.line ?? 0
        guard case .mapping(let mapping) = node else {
            throw Self.error(file, node, "\(name) is not a mapping", "write it as `key: value` lines")
        }
        for (key, value) in mapping {
            guard let text = key.scalar?.string else {
                throw Self.error(
                    file,
                    key,
                    "a key of \(name) is not a word",
                    "use one of the documented keys"
                )
            }
            values.append((text, key.mark?.line ?? line, value))
        }
    }

    /// The mapping that a whole document must be.
    public init(yaml: String, name: String, file: String) throws(StrictYAMLError) {
        try self.init(Self.compose(yaml, file: file), name: name, file: file)
    }

    /// The value of an optional key.
    public mutating func take(_ key: String) -> Node? {
        known.append(key)
        return values.first { $0.key == key }?.value
    }

    /// The value of a required key.
    public mutating func require(_ key: String) throws(StrictYAMLError) -> Node {
        guard let node = take(key) else {
            // Most often the key is there, and misspelt: that is what to say.
            if let typo = values.first(where: { !known.contains($0.key) && distance($0.key, key) <= 2 }) {
                throw StrictYAMLError(
                    file: file,
                    line: typo.line,
                    problem: "\(name) has no key `\(typo.key)`",
                    remedy: "did you mean `\(key)`?"
                )
            }
            throw StrictYAMLError(
                file: file,
                line: line,
                problem: "\(name) has no `\(key)`",
                remedy: "add the line `\(key): …`"
            )
        }
        return node
    }

    /// A text that is not empty.
    public mutating func string(_ key: String) throws(StrictYAMLError) -> String {
        let node = try require(key)
        guard let text = node.scalar?.string, !text.isEmpty else {
            throw Self.error(file, node, "`\(key)` is not a text", "give it one")
        }
        return text
    }

    /// A whole number, decimal or with 0x.
    public mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(StrictYAMLError) -> Int {
        try Self.integer(require(key), key, in: range, file: file)
    }

    /// A whole number in its range.
    public static func integer(
        _ node: Node,
        _ key: String,
        in range: ClosedRange<Int>,
        file: String
    ) throws(StrictYAMLError) -> Int {
        let text = node.scalar?.string ?? ""
        let value = text.hasPrefix("0x") ? Int(text.dropFirst(2), radix: 16) : Int(text)
        guard let value else {
            throw error(file, node, "`\(key)` is not a whole number", "write digits, or 0x and hex digits")
        }
        guard range.contains(value) else {
            let limits = "\(range.lowerBound) to \(range.upperBound)"
            throw error(file, node, "`\(key)` is \(text)", "it must be \(limits)")
        }
        return value
    }

    /// A number, with or without a fraction.
    public mutating func decimal(_ key: String, in range: ClosedRange<Double>) throws(StrictYAMLError)
        -> Double
    {
        let node = try require(key)
        let text = node.scalar?.string ?? ""
        guard let value = Double(text), value.isFinite else {
            throw Self.error(file, node, "`\(key)` is not a number", "write one, such as 0.1")
        }
        guard range.contains(value) else {
            let limits = "\(range.lowerBound) to \(range.upperBound)"
            throw Self.error(file, node, "`\(key)` is \(text)", "it must be \(limits)")
        }
        return value
    }

    /// `true` or `false`.
    public mutating func boolean(_ key: String) throws(StrictYAMLError) -> Bool {
        _ = try require(key)
        return try optionalBoolean(key) ?? false
    }

    /// A word of a fixed set.
    public mutating func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        _ type: Value.Type
    ) throws(StrictYAMLError) -> Value {
        let node = try require(key)
        let text = node.scalar?.string ?? ""
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw Self.error(file, node, "`\(key)` is `\(text)`", "it must be one of \(words)")
        }
        return value
    }

    // MARK: Optional values

    /// A text that may be left out.
    public mutating func optionalString(_ key: String) throws(StrictYAMLError) -> String? {
        isGiven(key) ? try string(key) : nil
    }

    /// A whole number that may be left out.
    public mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>) throws(StrictYAMLError)
        -> Int?
    {
        isGiven(key) ? try integer(key, in: range) : nil
    }

    /// A word of a fixed set that may be left out.
    public mutating func optionalChoice<Value: RawRepresentable<String> & CaseIterable>(
        _ key: String,
        _ type: Value.Type
    ) throws(StrictYAMLError) -> Value? {
        isGiven(key) ? try choice(key, type) : nil
    }

    /// `true` or `false`, or left out.
    public mutating func optionalBoolean(_ key: String) throws(StrictYAMLError) -> Bool? {
        guard let node = take(key) else { return nil }
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        case let text: throw Self.error(file, node, "`\(key)` is `\(text ?? "…")`", "write true or false")
        }
    }

    /// A word where a mapping may stand as well; nil if it is a mapping or left out.
    public mutating func optionalWord(_ key: String) -> String? {
        take(key)?.scalar?.string
    }

    /// A list of texts; empty if left out.
    public mutating func strings(_ key: String) throws(StrictYAMLError) -> [String] {
        try list(key).map { (node) throws(StrictYAMLError) in
            guard let text = node.scalar?.string, !text.isEmpty else {
                throw Self.error(file, node, "an entry of `\(key)` is not a text", "give it one")
            }
            return text
        }
    }

    private mutating func isGiven(_ key: String) -> Bool {
        take(key) != nil
    }

    // MARK: Mappings and lists

    /// A mapping inside.
    public mutating func mapping(_ key: String) throws(StrictYAMLError) -> StrictMapping {
        try StrictMapping(require(key), name: "`\(key)`", file: file)
    }

    /// A mapping inside that may be left out.
    public mutating func optionalMapping(_ key: String) throws(StrictYAMLError) -> StrictMapping? {
        guard let node = take(key) else { return nil }
        return try StrictMapping(node, name: "`\(key)`", file: file)
    }

    /// A list; empty if left out.
    public mutating func list(_ key: String) throws(StrictYAMLError) -> [Node] {
        guard let node = take(key) else { return [] }
        guard case .sequence(let sequence) = node else {
            throw Self.error(file, node, "`\(key)` is not a list", "write each entry on a line with `- `")
        }
        return Array(sequence)
    }

    /// Refuses keys that nothing has asked for.
    public func finish() throws(StrictYAMLError) {
        for entry in values where !known.contains(entry.key) {
            let near = known.min { distance($0, entry.key) < distance($1, entry.key) }
            let isTypo = near.map { distance($0, entry.key) <= 3 } ?? false
            throw StrictYAMLError(
                file: file,
                line: entry.line,
                problem: "\(name) has no key `\(entry.key)`",
                remedy: isTypo ? "did you mean `\(near ?? "")`?" : "remove it"
            )
        }
    }

    /// The error of a value, with the value's line.
    public static func error(_ file: String, _ node: Node, _ problem: String, _ remedy: String)
        -> StrictYAMLError
    {
        StrictYAMLError(file: file, line: node.mark?.line ?? 0, problem: problem, remedy: remedy)
    }

    /// How many letters differ (Levenshtein).
    private func distance(_ left: String, _ right: String) -> Int {
        let other = Array(right)
        var row = Array(0...other.count)
        for (index, letter) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let change = diagonal + (other[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
