/// Whose budget an opening comes out of (S8): nobody's abuse uses up another's.
public enum GovernorSource: String, Hashable, Sendable, Codable, CaseIterable {
    /// A pickup code.
    case customer
    /// Staff who load and recall.
    case staff
    /// A technician at the wall.
    case technician
    /// HQ's signed commands.
    case hq
}

/// The spans of time over which openings are counted.
public enum GovernorWindow: String, Hashable, Sendable, Codable, CaseIterable {
    /// 60 seconds.
    case minute
    /// 60 minutes.
    case hour
    /// 24 hours.
    case day

    /// Its length in microseconds.
    var microseconds: Int64 {
        switch self {
        case .minute: 60_000_000
        case .hour: 3_600_000_000
        case .day: 86_400_000_000
        }
    }
}

/// How many openings the retailer allows, below the ceiling that is built in. Nothing can raise the ceiling:
/// the configuration may only lower it, and HQ's policy may only lower what the configuration says.
public struct GovernorLimits: Hashable, Sendable, Codable {
    /// Openings of one source in each window; nil: as the ceiling has it. 0 allows none.
    public struct Rate: Hashable, Sendable, Codable {
        /// Openings a minute.
        public var perMinute: Int?
        /// Openings an hour.
        public var perHour: Int?
        /// Openings a day.
        public var perDay: Int?

        /// The ceiling.
        public init(perMinute: Int? = nil, perHour: Int? = nil, perDay: Int? = nil) {
            self.perMinute = perMinute
            self.perHour = perHour
            self.perDay = perDay
        }

        /// Openings in this window.
        public subscript(window: GovernorWindow) -> Int? {
            get {
                switch window {
                case .minute: perMinute
                case .hour: perHour
                case .day: perDay
                }
            }
            set {
                switch window {
                case .minute: perMinute = newValue
                case .hour: perHour = newValue
                case .day: perDay = newValue
                }
            }
        }
    }

    /// Customers' openings that are no first handover: see ``Governor``.
    public var customer = Rate()
    /// Staff's.
    public var staff = Rate()
    /// Technicians'.
    public var technician = Rate()
    /// HQ's.
    public var hq = Rate()

    /// The ceilings.
    public init() {}

    /// What is allowed of one source.
    public subscript(source: GovernorSource) -> Rate {
        get {
            switch source {
            case .customer: customer
            case .staff: staff
            case .technician: technician
            case .hq: hq
            }
        }
        set {
            switch source {
            case .customer: customer = newValue
            case .staff: staff = newValue
            case .technician: technician = newValue
            case .hq: hq = newValue
            }
        }
    }

    /// The most that a part of the wall with so many locks ever opens for one source in one window.
    ///
    /// A person loads or walks a door in 5 s at best, and a wall is loaded, walked or emptied a few times a
    /// day. HQ helps single customers: it has no business with many doors, however large the wall
    /// (2,732 lockers opened through the network).
    public static func ceiling(of source: GovernorSource, _ window: GovernorWindow, doors: Int) -> Int {
        let doors = max(0, min(doors, 10_000))
        return switch (source, window) {
        case (.hq, .minute): 2
        case (.hq, .hour): 6
        case (.hq, .day): 20
        case (_, .minute): 20
        case (.customer, .hour): 60 + 4 * doors
        case (.staff, .hour), (.technician, .hour): 60 + 3 * doors
        case (.customer, .day), (.staff, .day): 120 + 12 * doors
        case (.technician, .day): 120 + 6 * doors
        }
    }

    /// What holds: the retailer's value, and never more than the ceiling.
    public func limit(of source: GovernorSource, _ window: GovernorWindow, doors: Int) -> Int {
        let ceiling = Self.ceiling(of: source, window, doors: doors)
        return self[source][window].map { min(max(0, $0), ceiling) } ?? ceiling
    }
}

extension Authority {
    /// Whose budget its openings come out of.
    public var source: GovernorSource {
        switch self {
        case .pickupCode: .customer
        case .staff: .staff
        case .technician: .technician
        case .hq: .hq
        }
    }

    /// Who, if staff or a technician.
    var person: StaffID? {
        switch self {
        case .staff(let id), .technician(let id): id
        case .pickupCode, .hq: nil
        }
    }
}
