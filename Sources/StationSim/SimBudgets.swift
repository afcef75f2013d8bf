internal import StationCore

/// The governor's buckets, counted by hand from the pulses that were sent (S8).
struct SimBudgets {
    private struct Level {
        var tokens: Double
        var at: Int64
    }

    private var levels: [String: Level] = [:]

    /// How many openings more this bucket gives at this time of day, in milliseconds.
    func tokens(_ key: String, limit: Int, windowMs: Int64, at time: Int64) -> Double {
        guard let level = levels[key] else { return Double(limit) }
        let refilled = Double(max(0, time - level.at)) * Double(limit) / Double(windowMs)
        return min(Double(limit), level.tokens + refilled)
    }

    /// Takes one; returns what is left, below zero if there was none.
    mutating func take(_ key: String, limit: Int, windowMs: Int64, at time: Int64) -> Double {
        let left = tokens(key, limit: limit, windowMs: windowMs, at: time) - 1
        levels[key] = Level(tokens: left, at: time)
        return left
    }
}

extension Simulation {
    private static var windows: [(name: String, ms: Int64, window: GovernorWindow)] {
        [("minute", 60_000, .minute), ("hour", 3_600_000, .hour), ("day", 86_400_000, .day)]
    }

    private var wallMs: Int64 { wall.milliseconds }

    /// S8: no pulse beyond the budget of who asked for it. The first handover of what is inside has one of
    /// its own, per order and door, so that no other opening can use it up.
    func checkBudget(_ opening: Opening) throws {
        if case .pickupCode(let order, _) = opening.authority {
            let left = witness.budgets.take(
                ownKey(order, opening.compartment),
                limit: Governor.doorOpeningsMax,
                windowMs: 3_600_000,
                at: wallMs
            )
            guard left > -0.001 else {
                throw broken("S8: \(opening.compartment) was opened too often for \(order)")
            }
            guard opening.isReopen else { return }
        }
        let source = opening.authority.source
        let bank = state.compartment(opening.compartment)?.plan.bank.rawValue ?? ""
        for (name, ms, window) in Self.windows {
            // One bank is the whole wall here: both have the same limit.
            let limit = governorLimit(source, window)
            for scope in ["station", "bank \(bank)"] {
                let key = "\(source.rawValue) \(scope) \(name)"
                let left = witness.budgets.take(key, limit: limit, windowMs: ms, at: wallMs)
                guard left > -0.001 else {
                    throw broken("S8: more than \(limit) openings a \(name) for \(source) in the \(scope)")
                }
            }
        }
    }

    /// By the world's own options, or the ceiling where HQ's policy asks for more.
    private func governorLimit(_ source: GovernorSource, _ window: GovernorWindow) -> Int {
        let ceiling = GovernorLimits.ceiling(of: source, window, doors: options.compartments)
        return min(ceiling, options.governor[source][window] ?? ceiling)
    }

    /// S8: a valid code is refused by the governor only after its own doors were opened too often.
    func checkStarved(_ code: ShownCode) throws {
        guard let order = code.pickup, !witness.wasRebooted(within: 3_600_000, of: wallMs) else { return }
        let isSpent = state.compartments.contains { compartment in
            let tokens = witness.budgets.tokens(
                ownKey(order.id, compartment.plan.id),
                limit: Governor.doorOpeningsMax,
                windowMs: 3_600_000,
                at: wallMs
            )
            return tokens < 1.001
        }
        // Without a door that could give them something, it is one that they have emptied already.
        let isReopen = !state.compartments.contains { compartment in
            guard let inside = compartment.record.contents.occupancy, inside.order == order.id else {
                return false
            }
            return inside.recall != .withdrawn && state.isReadyToOpen(compartment)
        }
        guard isSpent || isReopen else {
            throw broken("S8: the valid code of \(order.id) was refused because of others")
        }
        counts.governed += 1
    }

    private func ownKey(_ order: OrderID, _ compartment: CompartmentID) -> String {
        "own \(order) \(compartment)"
    }

    // MARK: People and HQ who try

    /// HQ, or who has its keys, asks for limits that are none.
    func hostilePolicy() throws {
        guard faces(.hostilePolicy) else { return }
        var policy = state.policy
        let rate = random.pick([
            GovernorLimits.Rate(perMinute: .max, perHour: .max, perDay: .max),
            GovernorLimits.Rate(perMinute: .min, perHour: nil, perDay: nil),
            GovernorLimits.Rate(perMinute: 1_000_000, perHour: nil, perDay: 1),
        ])
        policy.governor.hq = rate ?? GovernorLimits.Rate()
        policy.governor.technician = rate ?? GovernorLimits.Rate()
        try decide(.policyReceived(policy))
    }
}
