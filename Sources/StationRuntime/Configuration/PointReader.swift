public import LockBus
internal import StationCore
internal import StrictYAML

/// What else is on the wall's boards, and what it means.
public struct PointPlan: Hashable, Sendable {
    /// One point.
    public struct Entry: Hashable, Sendable {
        /// Its bus.
        public var bus: BusName
        /// Where it is and what it is for.
        public var point: PointConfiguration
        /// A temperature outside these is an alarm.
        public var limits: ClosedRange<Double>?
    }

    /// Every point.
    public var entries: [Entry] = []
    /// Whether the locks go on working without the mains; if not, no opening begins then.
    public var locksOnUPS = true
    /// After how long without the mains the station shuts down in order, in seconds; nil: it does not.
    public var shutdownAfterSeconds: Int?

    /// A wall with nothing but doors.
    public init() {}
}

/// Reads `points:` and `ups:`.
struct PointReader {
    let file: String

    /// - Parameter busOf: the bus of a board; nil when there is no such board.
    func read(_ root: inout StrictMapping, busOf: (BoardName) -> BusName?) throws -> PointPlan {
        var plan = PointPlan()
        for node in try root.list("points") {
            var section = try StrictMapping(node, name: "a point", file: file)
            let entry = try readPoint(&section, busOf: busOf)
            try section.finish()
            if plan.entries.contains(where: { $0.point.name == entry.point.name }) {
                let problem = "point `\(entry.point.name.rawValue)` is there twice"
                throw error(section.line, problem, "rename one")
            }
            plan.entries.append(entry)
        }
        let hasMains = plan.entries.contains { $0.point.kind == .mainsLost }
        guard var ups = try root.optionalMapping("ups") else {
            guard hasMains else { return plan }
            throw error(
                root.line,
                "there is a point of kind `mainsLost`, and nothing says whether the locks are on the UPS",
                "add `ups: { locks: false }`, or true"
            )
        }
        guard hasMains else {
            throw error(ups.line, "`ups` without a point of kind `mainsLost` can never act", "add the point")
        }
        plan.locksOnUPS = try ups.boolean("locks")
        plan.shutdownAfterSeconds = try ups.optionalInteger("shutdownAfterSeconds", in: 10...86_400)
        try ups.finish()
        return plan
    }

    private func readPoint(
        _ section: inout StrictMapping,
        busOf: (BoardName) -> BusName?
    ) throws -> PointPlan.Entry {
        let name = PointName(rawValue: try section.string("name"))
        let kind = try section.choice("kind", PointConfiguration.Kind.self)
        let board = BoardName(rawValue: try section.string("board"))
        guard let bus = busOf(board) else {
            throw error(section.line, "there is no board `\(board.rawValue)`", "add it under `boards:`")
        }
        var point = PointConfiguration(name: name, kind: kind, board: board, place: .input(1))
        var limits: ClosedRange<Double>?
        switch kind {
        case .mainsLost, .tamper, .occupancy:
            point.place = .input(try section.integer("input", in: 1...256))
            point.activeIs = try section.choice("activeIs", SensorWiring.Level.self)
        case .lamp, .beeper:
            point.place = .output(try section.integer("output", in: 1...256))
        case .temperature:
            point.place = .register(UInt16(try section.integer("register", in: 0...0xFFFF)))
            point.scale = try section.decimal("scale", in: 0.001...1000)
            let low = try section.decimal("low", in: -273...1000)
            let high = try section.decimal("high", in: -273...1000)
            guard low < high else {
                throw error(section.line, "`low` \(low) is not below `high` \(high)", "correct them")
            }
            limits = low...high
        }
        return PointPlan.Entry(bus: bus, point: point, limits: limits)
    }

    private func error(_ line: Int, _ problem: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(["\(file):\(line): \(problem); \(remedy)"])
    }
}

extension PointReading {
    /// What the bus says of a point, as the rules see it; nil for outputs.
    init?(_ entry: PointPlan.Entry, _ value: PointValue, locksOnUPS: Bool) {
        guard let kind = PointKind(rawValue: entry.point.kind.rawValue) else { return nil }
        let isActive: Bool?
        var tenths: Int?
        switch value {
        case .active: isActive = true
        case .inactive: isActive = false
        case .unknown: isActive = nil
        case .measured(let number):
            isActive = !(entry.limits?.contains(number) ?? true)
            tenths = Int((number * 10).rounded())
        }
        self.init(
            id: PointID(rawValue: entry.point.name.rawValue),
            kind: kind,
            isActive: isActive,
            tenths: tenths,
            stopsOpenings: kind == .mainsLost && !locksOnUPS
        )
    }
}
