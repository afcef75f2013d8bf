internal import StationAPI
internal import StationCore

/// The values of `Policy` that a retailer may set, in the file or through HQ's feed, with their ranges.
struct PolicySetting: Sendable {
    enum Field: Sendable {
        case integer(any WritableKeyPath<Policy, Int> & Sendable, ClosedRange<Int>)
        case boolean(any WritableKeyPath<Policy, Bool> & Sendable)
        /// HQ's only: the file has it under `governor:`.
        case limit(GovernorLimit)
    }

    let name: String
    let field: Field

    static let all: [PolicySetting] = [
        integer("openTimeoutMs", \.openTimeoutMs, 1_000...60_000),
        integer("lastOpenTimeoutMs", \.lastOpenTimeoutMs, 1_000...120_000),
        integer("openAttemptsMax", \.openAttemptsMax, 1...5),
        integer("closeReminderMs", \.closeReminderMs, 1_000...600_000),
        integer("doorLeftOpenMs", \.doorLeftOpenMs, 2_000...3_600_000),
        integer("confirmTimeoutMs", \.confirmTimeoutMs, 5_000...600_000),
        integer("reopenGraceMs", \.reopenGraceMs, 0...3_600_000),
        integer("loadDwellMinMs", \.loadDwellMinMs, 0...30_000),
        integer("refusalMs", \.refusalMs, 2_000...120_000),
        integer("doneMs", \.doneMs, 2_000...120_000),
        integer("staffIdleMs", \.staffIdleMs, 10_000...900_000),
        integer("pinTriesMax", \.pinTriesMax, 1...10),
        integer("pinLockoutMs", \.pinLockoutMs, 10_000...86_400_000),
        integer("typedDigits", \.typedDigits, 8...16),
        integer("wrongCodesPerDayMax", \.wrongCodesPerDayMax, 0...1_000),
        integer("suspectPulses", \.suspectPulses, 1...5),
        integer("sensorProofs", \.sensorProofs, 1...20),
        integer("supportMs", \.supportMs, 60_000...1_800_000),
        integer("outageMinMs", \.outageMinMs, 1_000...3_600_000),
        integer("unmatchedHoldMs", \.unmatchedHoldMs, 3_600_000...2_592_000_000),
        PolicySetting(name: "loadUnmatched", field: .boolean(\.loadUnmatched)),
        PolicySetting(name: "holdEndsAtClosing", field: .boolean(\.holdEndsAtClosing)),
        PolicySetting(name: "collectPartial", field: .boolean(\.collectPartial)),
    ]

    /// What HQ alone may set.
    static let limits: [PolicySetting] = GovernorLimit.all.map {
        PolicySetting(name: $0.policyName, field: .limit($0))
    }

    /// The file's values with HQ's over them, and the names of HQ's that cannot be used.
    static func applied(_ values: [String: PolicyValue], to policy: Policy) -> (
        policy: Policy, unusable: [String]
    ) {
        var result = policy
        var unusable: [String] = []
        for (name, value) in values.sorted(by: { $0.key < $1.key }) where !apply(name, value, to: &result) {
            unusable.append(name)
        }
        return (result, unusable)
    }

    /// Sets one value by its name; false if there is no such name or the value is impossible.
    private static func apply(_ name: String, _ value: PolicyValue, to policy: inout Policy) -> Bool {
        guard let setting = (all + limits).first(where: { $0.name == name }) else { return false }
        switch (setting.field, value) {
        case (.integer(let path, let range), .integer(let number)):
            guard let number = Int(exactly: number), range.contains(number) else { return false }
            policy[keyPath: path] = number
        case (.boolean(let path), .boolean(let flag)):
            policy[keyPath: path] = flag
        case (.limit(let limit), .integer(let number)):
            guard let number = Int(exactly: number) else { return false }
            return limit.lower(to: number, &policy.governor)
        default:
            return false
        }
        return true
    }

    private static func integer(
        _ name: String,
        _ path: any WritableKeyPath<Policy, Int> & Sendable,
        _ range: ClosedRange<Int>
    ) -> PolicySetting {
        PolicySetting(name: name, field: .integer(path, range))
    }
}
