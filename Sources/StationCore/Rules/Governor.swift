/// The local limit on openings (S8). Its rules come with the governor's own issue; this is the place where
/// every opening asks.
public protocol Governor: Sendable {
    /// Whether this opening may be decided now.
    func verdict(for authority: Authority, purpose: OpeningPurpose, at instant: Instant) -> GovernorVerdict
}

/// What the governor says to an opening.
public enum GovernorVerdict: Hashable, Sendable {
    /// It is within the budget.
    case admitted
    /// The budget is used up; it refills after so many milliseconds.
    case refused(retryAfterMs: Int)
}

/// Admits every opening.
public struct UnlimitedGovernor: Governor {
    /// A governor without a budget.
    public init() {}

    /// Always admits.
    public func verdict(
        for authority: Authority,
        purpose: OpeningPurpose,
        at instant: Instant
    ) -> GovernorVerdict {
        .admitted
    }
}
