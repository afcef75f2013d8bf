/// The local limit on openings (S8): token buckets per source, for the station and for each bank, over a
/// minute, an hour and a day. Every intent is charged when it is applied, so none can forget it.
///
/// A valid code must never be refused because of others. The first handover of what is behind a door
/// therefore does not need a token of the shared buckets: only staff put parcels there, and each is handed
/// over once. Its limit is its own, per order and door (``doorOpeningsMax``), for attempts that fail. It is
/// counted in the customers' buckets all the same, so that many codes used at once are an alarm. Openings
/// again within the grace time need a token.
///
/// It runs on the clock of the boot alone: whoever moves the time of day gains nothing, and a restart of the
/// machine gives nothing back. What was used at the last opening still is at the start after it.
public struct Governor: Hashable, Sendable, Codable {
    /// What a bucket is for.
    public enum Scope: Hashable, Sendable, Codable {
        /// The whole station.
        case station
        /// The compartments of one bus.
        case bank(BankID)
        /// What one order has behind one door.
        case door(OrderID, CompartmentID)
    }

    /// Names one bucket.
    public struct Key: Hashable, Sendable, Codable {
        /// Whose.
        public var source: GovernorSource
        /// Of what.
        public var scope: Scope
        /// Over which time.
        public var window: GovernorWindow

        /// Names a bucket.
        public init(source: GovernorSource, scope: Scope, window: GovernorWindow) {
            self.source = source
            self.scope = scope
            self.window = window
        }

        /// A stable word for HQ: `hq.station.day`.
        public var word: String {
            switch scope {
            case .station: "\(source.rawValue).station.\(window.rawValue)"
            case .bank(let bank): "\(source.rawValue).bank.\(bank).\(window.rawValue)"
            case .door: "\(source.rawValue).order.\(window.rawValue)"
            }
        }
    }

    /// A bucket that an opening comes out of.
    struct Claim {
        var key: Key
        /// Openings in the key's window.
        var limit: Int
        /// Without a token there is no opening; else it is only counted.
        var isNeeded: Bool
    }

    private struct Bucket: Hashable, Sendable, Codable {
        var key: Key
        /// How long it takes until it is full again, in microseconds.
        var missing: Int64
        /// Reported as exceeded, until it is half full again.
        var isTripped: Bool
    }

    /// How often what one order has behind one door is opened for its code: at once, and then in an hour.
    public static let doorOpeningsMax = 10

    private var buckets: [Bucket] = []
    private var at = Instant(nanoseconds: 0)

    /// Full buckets.
    public init() {}

    /// What another process of the same boot left, or of an earlier boot: then no time counts as passed.
    func resumed(isSameBoot: Bool, at now: Instant) -> Governor {
        var next = self
        if !isSameBoot || at > now { next.at = now }
        return next
    }

    // MARK: Asking

    /// The bucket that forbids an opening with these claims, and for how long; nil if none does.
    func refusal(_ claims: [Claim], at now: Instant) -> (key: Key, retryAfterMs: Int)? {
        var longest: (key: Key, retryAfterMs: Int)?
        for claim in claims where claim.isNeeded {
            let wait = waitMs(claim, at: now)
            if wait > 0, wait > longest?.retryAfterMs ?? 0 { longest = (claim.key, wait) }
        }
        return longest
    }

    /// Those of these buckets that one opening more would overdraw and that nobody was told of.
    func news(_ claims: [Claim], at now: Instant) -> [Key] {
        claims.filter { waitMs($0, at: now) > 0 && !isTripped($0.key, at: now) }.map(\.key)
    }

    private func waitMs(_ claim: Claim, at now: Instant) -> Int {
        let window = claim.key.window.microseconds
        guard claim.limit > 0 else { return Int(window / 1_000) }
        let over = missing(claim.key, at: now) + window / Int64(claim.limit) - window
        return over > 0 ? Int((over + 999) / 1_000) : 0
    }

    private func missing(_ key: Key, at now: Instant) -> Int64 {
        guard let bucket = buckets.first(where: { $0.key == key }) else { return 0 }
        return max(0, bucket.missing - elapsed(until: now))
    }

    private func elapsed(until now: Instant) -> Int64 {
        now > at ? Int64(clamping: (now.nanoseconds - at.nanoseconds) / 1_000) : 0
    }

    private func isTripped(_ key: Key, at now: Instant) -> Bool {
        guard let bucket = buckets.first(where: { $0.key == key }), bucket.isTripped else { return false }
        return missing(key, at: now) > key.window.microseconds / 2
    }

    /// A bucket of which much is used.
    public struct Level: Hashable, Sendable {
        /// Which bucket.
        public var key: Key
        /// How much of it is used, 0 to 100; 100: empty.
        public var percentUsed: Int
    }

    /// The buckets of which at least so much is used now, the emptiest first.
    public func levels(atLeast percent: Int = 75, at now: Instant) -> [Level] {
        let levels = buckets.map { bucket in
            let used = missing(bucket.key, at: now) * 100 / bucket.key.window.microseconds
            return Level(key: bucket.key, percentUsed: Int(used))
        }
        return levels.filter { $0.percentUsed >= percent }
            .sorted { ($1.percentUsed, $0.key.word) < ($0.percentUsed, $1.key.word) }
    }

    // MARK: Counting

    /// Takes one token out of each; an empty bucket stays empty.
    mutating func charge(_ claims: [Claim], at now: Instant) {
        settle(at: now)
        for claim in claims {
            let window = claim.key.window.microseconds
            let cost = claim.limit > 0 ? window / Int64(claim.limit) : window
            if let index = buckets.firstIndex(where: { $0.key == claim.key }) {
                buckets[index].missing = min(window, buckets[index].missing + cost)
            } else {
                buckets.append(Bucket(key: claim.key, missing: cost, isTripped: false))
            }
        }
    }

    /// HQ has been told that this bucket was overdrawn. One that allows nothing at all counts as empty.
    mutating func trip(_ key: Key, at now: Instant) {
        settle(at: now)
        if let index = buckets.firstIndex(where: { $0.key == key }) {
            buckets[index].isTripped = true
        } else {
            buckets.append(Bucket(key: key, missing: key.window.microseconds, isTripped: true))
        }
    }

    /// Lets the buckets fill up to now and forgets the full ones.
    private mutating func settle(at now: Instant) {
        let passed = elapsed(until: now)
        at = max(at, now)
        guard passed > 0 else { return }
        for index in buckets.indices {
            buckets[index].missing = max(0, buckets[index].missing - passed)
            if buckets[index].missing <= buckets[index].key.window.microseconds / 2 {
                buckets[index].isTripped = false
            }
        }
        buckets.removeAll { $0.missing == 0 }
    }
}

/// What the governor says to an opening.
public enum GovernorVerdict: Hashable, Sendable {
    /// It is within the budget.
    case admitted
    /// This budget is used up; it has a token again after so many milliseconds.
    case refused(by: Governor.Key, retryAfterMs: Int)
}

extension StationState {
    /// Whether this door may be opened now by this authority, as far as the governor is concerned (S8). Asks
    /// only: what is intended is charged when it is applied.
    public func governorVerdict(
        for authority: Authority,
        _ purpose: OpeningPurpose,
        of compartment: CompartmentID,
        at instant: Instant
    ) -> GovernorVerdict {
        let claims = claims(of: authority, purpose, compartment, isFirstHandover: nil)
        guard let refusal = governor.refusal(claims, at: instant) else { return .admitted }
        return .refused(by: refusal.key, retryAfterMs: refusal.retryAfterMs)
    }

    /// The buckets that an opening comes out of. `isFirstHandover`: as the opening says; nil: by what is
    /// inside.
    func claims(
        of authority: Authority,
        _ purpose: OpeningPurpose,
        _ compartment: CompartmentID,
        isFirstHandover: Bool?
    ) -> [Governor.Claim] {
        let source = authority.source
        var claims: [Governor.Claim] = []
        var isNeeded = true
        if case .pickupCode(let order, _) = authority {
            let isOwnInside = self.compartment(compartment)?.holdsForCustomer(of: order) ?? false
            isNeeded = !(isFirstHandover ?? (purpose == .collect && isOwnInside))
            claims.append(
                Governor.Claim(
                    key: Governor.Key(source: source, scope: .door(order, compartment), window: .hour),
                    limit: Governor.doorOpeningsMax,
                    isNeeded: true
                )
            )
        }
        let bank = self.compartment(compartment)?.plan.bank
        let locks = plan.compartments.filter { $0.kind == .locker }
        func claim(_ scope: Governor.Scope, doors: Int) {
            for window in GovernorWindow.allCases {
                claims.append(
                    Governor.Claim(
                        key: Governor.Key(source: source, scope: scope, window: window),
                        limit: policy.governor.limit(of: source, window, doors: doors),
                        isNeeded: isNeeded
                    )
                )
            }
        }
        claim(.station, doors: locks.count)
        if let bank { claim(.bank(bank), doors: locks.count { $0.bank == bank }) }
        return claims
    }
}
