/// A board profile that cannot be used: where, why, and what to do.
public struct ProfileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named by the caller.
    public let file: String
    /// The line, from 1; 0 when the whole file is meant.
    public let line: Int
    /// What is wrong.
    public let problem: String
    /// What to do about it.
    public let remedy: String

    /// `file:line: problem; remedy`.
    public var description: String {
        "\(file):\(line): \(problem); \(remedy)"
    }
}
