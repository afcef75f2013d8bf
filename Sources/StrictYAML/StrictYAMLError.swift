/// A file that cannot be used: where, why, and what to do.
public struct StrictYAMLError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named by the caller.
    public let file: String
    /// The line, from 1; 0 when the whole file is meant.
    public let line: Int
    /// What is wrong.
    public let problem: String
    /// What to do about it.
    public let remedy: String

    /// An error.
    public init(file: String, line: Int, problem: String, remedy: String) {
        self.file = file
        self.line = line
        self.problem = problem
        self.remedy = remedy
    }

    /// `file:line: problem; remedy`.
    public var description: String {
        "\(file):\(line): \(problem); \(remedy)"
    }
}
