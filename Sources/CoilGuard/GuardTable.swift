/// A table that cannot be used: where, why, and what to do.
public struct GuardTableError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1; 0 when the whole table is meant.
    public let line: Int
    /// What is wrong, and what would be right.
    public let problem: String

    /// The line and the problem.
    public var description: String { "\(line): \(problem)" }
}

/// The outputs that a guard holds: all that it will ever drive, and how long at most.
///
/// It comes from a file that root alone can write, `/etc/pickupd/coilguard.conf`, and not from the client: a
/// client that is confused or taken over can then neither lengthen a pulse nor drive a pin that is no lock.
/// station.yaml would be a second parser with a hundred keys in the one process that must not fail, so the file
/// has one line for each output, every key in every line, and `pickupd --print-coilguard` writes it from
/// station.yaml. That both still say the same is checked whenever pickupd connects: it shows its own lines, and
/// an output that differs takes its bus out of service with both versions in the message.
public struct GuardTable: Hashable, Sendable {
    /// The outputs, in the order of the file.
    public let outputs: [GuardedOutput]

    private static let keys = ["chip", "line", "active", "drive", "supply", "max-ms", "gap-ms", "rest"]

    /// Reads a table: a line for each output; empty lines and those that begin with `#` say nothing.
    /// - Throws: the first error.
    public init(text: String) throws(GuardTableError) {
        var found: [GuardedOutput] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            let output = try Self.output(words, line: index + 1)
            if let twin = found.first(where: { $0.name == output.name }) {
                throw GuardTableError(line: index + 1, problem: "output \(twin.name) is there twice")
            }
            if let twin = found.first(where: { $0.chip == output.chip && $0.line == output.line }) {
                throw GuardTableError(
                    line: index + 1,
                    problem: "\(output.name) and \(twin.name) are the same line, \(output.line)"
                )
            }
            found.append(output)
        }
        guard !found.isEmpty else { throw GuardTableError(line: 0, problem: "there is no output in it") }
        guard found.count <= GuardedOutput.limit else {
            throw GuardTableError(line: 0, problem: "more than \(GuardedOutput.limit) outputs")
        }
        outputs = found
    }

    private static func output(_ words: [String], line: Int) throws(GuardTableError) -> GuardedOutput {
        func fail(_ problem: String) -> GuardTableError { GuardTableError(line: line, problem: problem) }
        guard words[0] == "output", words.count >= 2 else {
            throw fail("`\(words[0])` is not understood; a line is `output NAME key=value…`")
        }
        var values: [String: String] = [:]
        for word in words.dropFirst(2) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, keys.contains(String(parts[0])), !parts[1].isEmpty else {
                throw fail("`\(word)` is not understood; the keys are \(keys.joined(separator: ", "))")
            }
            guard values.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw fail("`\(parts[0])` is there twice")
            }
        }
        func text(_ key: String) throws(GuardTableError) -> String {
            guard let value = values[key] else { throw fail("`\(key)=` is missing") }
            return value
        }
        func choice(_ key: String, _ no: String, _ yes: String) throws(GuardTableError) -> Bool {
            let value = try text(key)
            guard value == no || value == yes else { throw fail("`\(key)` must be `\(no)` or `\(yes)`") }
            return value == yes
        }
        func number(_ key: String, _ range: ClosedRange<Int>) throws(GuardTableError) -> Int {
            guard let value = Int(try text(key)), range.contains(value) else {
                throw fail("`\(key)` must be \(range.lowerBound) to \(range.upperBound)")
            }
            return value
        }
        return GuardedOutput(
            name: OutputName(rawValue: words[1]),
            chip: try text("chip"),
            line: try text("line"),
            isActiveLow: try choice("active", "high", "low"),
            isOpenDrain: try choice("drive", "push-pull", "open-drain"),
            supply: try text("supply"),
            maximumMs: try number("max-ms", 1...GuardedOutput.longestMs),
            gapMs: try number("gap-ms", 0...10_000),
            rest: try number("rest", 1...1000)
        )
    }
}
