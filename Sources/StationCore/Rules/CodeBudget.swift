/// How many wrong codes the kiosk takes a day (S9): live codes × tries ÷ 10^digits ≤ 0.0024 % a day.
///
/// It counts per kiosk, not per code: with 60 live codes, locking one of them after five tries would still
/// leave an attacker 59 others. A scanned code of 80 bits or more does not count and is always
/// taken.
public struct CodeBudget: Hashable, Sendable, Codable {
    /// From how many bits on a scanned code cannot be guessed.
    public static let longCodeBits = 80
    /// The window of the budget, in milliseconds: 24 hours.
    public static let windowMs: Int64 = 86_400_000

    /// When the wrong codes of the last day were shown, oldest first.
    public private(set) var wrong: [StationTime] = []

    /// A budget of which nothing is used.
    public init() {}

    /// How many wrong codes a day are within S9.
    public static func allowance(liveCodes: Int, digits: Int, max: Int) -> Int {
        var space: Int64 = 1
        for _ in 0..<Swift.min(Swift.max(digits, 0), 17) { space *= 10 }
        // 0.0024 % = 24 / 1 000 000. The division comes last, or 60 codes of 8 digits would give 39 instead
        // of 40.
        let (share, overflow) = Int64(Swift.max(1, liveCodes)).multipliedReportingOverflow(by: 1_000_000)
        let tries = overflow ? 0 : space * 24 / share
        return Int(Swift.min(tries, Int64(Swift.max(0, max))))
    }

    /// How many wrong codes may still be shown at this time.
    public func remaining(at time: StationTime, allowance: Int) -> Int {
        max(0, allowance - recent(at: time).count)
    }

    /// Milliseconds until the next wrong code is within the budget again; zero if one is now.
    public func waitMs(at time: StationTime, allowance: Int) -> Int64 {
        let recent = recent(at: time)
        guard recent.count >= allowance else { return 0 }
        guard allowance > 0 else { return Self.windowMs }
        let freeing = recent[recent.count - allowance]
        return max(1, freeing.advanced(byMs: Self.windowMs).ms(since: time))
    }

    /// The budget after one more wrong code.
    public func charged(at time: StationTime) -> CodeBudget {
        var next = self
        next.wrong = recent(at: time) + [time]
        return next
    }

    private func recent(at time: StationTime) -> [StationTime] {
        let start = time.advanced(byMs: -Self.windowMs)
        return wrong.filter { $0 > start }
    }
}

/// Wrong PINs of one badge.
public struct PINGuard: Hashable, Sendable, Codable {
    /// Whose badge.
    public var staff: StaffID
    /// Wrong PINs in a row.
    public var wrong: Int
    /// Locked until this station time.
    public var lockedUntil: StationTime?

    /// A badge without wrong PINs.
    public init(staff: StaffID) {
        self.staff = staff
        wrong = 0
        lockedUntil = nil
    }
}
