/// Name of a bank of the sandbox: the compartments behind one slave's wire.
public struct SandboxBankName: RawRepresentable, Hashable, Sendable, Codable, Comparable,
    ExpressibleByStringLiteral
{
    /// The name itself.
    public var rawValue: String

    /// Wraps a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Wraps a literal name.
    public init(stringLiteral value: String) { rawValue = value }

    /// Orders by name.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Name of a lock board of the sandbox, unique in its cabinet. The unit id on the wire is another thing.
public struct SandboxBoardName: RawRepresentable, Hashable, Sendable, Codable, Comparable,
    ExpressibleByStringLiteral
{
    /// The name itself.
    public var rawValue: String

    /// Wraps a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Wraps a literal name.
    public init(stringLiteral value: String) { rawValue = value }

    /// Orders by name.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Name of a door of the sandbox, unique in its cabinet, such as `A1`.
public struct SandboxDoorName: RawRepresentable, Hashable, Sendable, Codable, Comparable,
    ExpressibleByStringLiteral
{
    /// The name itself.
    public var rawValue: String

    /// Wraps a name.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Wraps a literal name.
    public init(stringLiteral value: String) { rawValue = value }

    /// Orders by name.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}
