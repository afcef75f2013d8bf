internal import LockBus
internal import StationCore
internal import StrictYAML

/// Reads `governor:`, limits on openings below the ceilings that are built in.
struct GovernorReader {
    let file: String
    /// How many locks the station has.
    let doors: Int

    func read(_ root: inout StrictMapping) throws -> GovernorLimits {
        var limits = GovernorLimits()
        guard var section = try root.optionalMapping("governor") else { return limits }
        for source in GovernorSource.allCases {
            guard var rate = try section.optionalMapping(source.rawValue) else { continue }
            for window in GovernorWindow.allCases {
                // An error names the range, and so the ceiling.
                let ceiling = GovernorLimits.ceiling(of: source, window, doors: doors)
                limits[source][window] = try rate.optionalInteger(window.key, in: 0...ceiling)
            }
            try rate.finish()
        }
        try section.finish()
        return limits
    }
}

/// One value of the governor's limits as HQ's policy has it: `governorHqPerDay`.
struct GovernorLimit: Sendable {
    let source: GovernorSource
    let window: GovernorWindow

    static let all: [GovernorLimit] = GovernorSource.allCases.flatMap { source in
        GovernorWindow.allCases.map { GovernorLimit(source: source, window: $0) }
    }

    /// Its name in HQ's policy.
    var policyName: String {
        "governor" + Self.capital(source.rawValue) + Self.capital(window.key)
    }

    /// Takes HQ's value, which may only lower what the configuration allows; false if it would not.
    func lower(to number: Int, _ limits: inout GovernorLimits) -> Bool {
        guard number >= 0, number <= limits[source][window] ?? .max else { return false }
        limits[source][window] = number
        return true
    }

    private static func capital(_ word: String) -> String {
        word.prefix(1).uppercased() + word.dropFirst()
    }
}

extension GovernorWindow {
    /// Its key in the file.
    var key: String {
        switch self {
        case .minute: "perMinute"
        case .hour: "perHour"
        case .day: "perDay"
        }
    }
}
