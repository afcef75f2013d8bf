/// The complete state of a station as HQ sees it; the latest one wins, and its coming is the heartbeat.
public struct StationReport: Hashable, Sendable, Codable {
    /// The station.
    public var station: String
    /// When the report was made, by the station's clock.
    public var time: WireTime
    /// Whether customers can be served at all, and if not, why not.
    public var serving: Serving
    /// What runs.
    public var versions: Versions
    /// SHA-256 of the configuration in use, as hexadecimal text.
    public var configurationHash: String
    /// SHA-256 of the sealed map of the doors that were walked, as hexadecimal text; absent: none is in use.
    public var doorMapHash: String?
    /// Whether the station's time can be trusted.
    public var clock: Clock
    /// The feed as far as it is read.
    public var feed: Feed
    /// The events that HQ has not acknowledged.
    public var outbox: Outbox
    /// The disk under the station's memory.
    public var storage: Storage?
    /// Every lock board.
    public var boards: [Board]
    /// Inputs and measurements of the wall that are no doors: mains, covers, occupancy, temperature.
    public var points: [Point]?
    /// Every compartment with what is known of its door.
    public var compartments: [Compartment]
    /// Every order that is in the wall, on the shelf or in a bay.
    public var orders: [LoadedOrder]
    /// Counters by name, for a while after a command `sendDiagnostics`; no codes and no persons.
    public var diagnostics: [String: Int64]?

    /// A report.
    public init(
        station: String,
        time: WireTime,
        serving: Serving,
        versions: Versions,
        configurationHash: String,
        doorMapHash: String? = nil,
        clock: Clock,
        feed: Feed = Feed(),
        outbox: Outbox = Outbox(),
        storage: Storage? = nil,
        boards: [Board] = [],
        points: [Point]? = nil,
        compartments: [Compartment] = [],
        orders: [LoadedOrder] = [],
        diagnostics: [String: Int64]? = nil
    ) {
        self.station = station
        self.time = time
        self.serving = serving
        self.versions = versions
        self.configurationHash = configurationHash
        self.doorMapHash = doorMapHash
        self.clock = clock
        self.feed = feed
        self.outbox = outbox
        self.storage = storage
        self.boards = boards
        self.points = points
        self.compartments = compartments
        self.orders = orders
        self.diagnostics = diagnostics
    }
}

extension StationReport {
    /// Whether customers can be served.
    public struct Serving: Hashable, Sendable, Codable {
        /// True only if a customer with a valid code would get the parcels now.
        public var customers: Bool
        /// What stands in the way or is impaired, in words of the station's vocabulary.
        public var reasons: [String]

        /// A statement about serving.
        public init(customers: Bool, reasons: [String] = []) {
            self.customers = customers
            self.reasons = reasons
        }
    }

    /// What runs at the station.
    public struct Versions: Hashable, Sendable, Codable {
        /// The daemon.
        public var software: String
        /// The store's schema, if one is open.
        public var store: String?
        /// The policy document in force, if HQ has sent one.
        public var policy: Int64?

        /// The versions.
        public init(software: String, store: String? = nil, policy: Int64? = nil) {
            self.software = software
            self.store = store
            self.policy = policy
        }
    }

    /// The state of the station's time.
    public struct Clock: Hashable, Sendable, Codable {
        /// Whether holds may end and time-limited authority is granted.
        public var trusted: Bool
        /// What corrected it last: `ntp`, `rtc`, `hq` or `none`.
        public var source: String
        /// The bound of its error in milliseconds, if known.
        public var boundMilliseconds: Int64?

        /// A statement about the clock.
        public init(trusted: Bool, source: String = "none", boundMilliseconds: Int64? = nil) {
            self.trusted = trusted
            self.source = source
            self.boundMilliseconds = boundMilliseconds
        }
    }

    /// How far the feed is read.
    public struct Feed: Hashable, Sendable, Codable {
        /// The cursor of the last page applied.
        public var cursor: String?
        /// When that page was applied.
        public var appliedAt: WireTime?
        /// Items that broke the contract since the station started.
        public var malformedItems: Int64

        /// How far the feed is read.
        public init(cursor: String? = nil, appliedAt: WireTime? = nil, malformedItems: Int64 = 0) {
            self.cursor = cursor
            self.appliedAt = appliedAt
            self.malformedItems = malformedItems
        }
    }

    /// The events that HQ has not acknowledged.
    public struct Outbox: Hashable, Sendable, Codable {
        /// Events waiting.
        public var depth: Int
        /// When the oldest of them happened.
        public var oldestUnsent: WireTime?
        /// Events that HQ refused for good and a person has to look at.
        public var parked: Int
        /// Events delivered but not yet confirmed by the feed.
        public var hqPending: Int

        /// The state of the outbox.
        public init(depth: Int = 0, oldestUnsent: WireTime? = nil, parked: Int = 0, hqPending: Int = 0) {
            self.depth = depth
            self.oldestUnsent = oldestUnsent
            self.parked = parked
            self.hqPending = hqPending
        }
    }

    /// The disk under the station's memory.
    public struct Storage: Hashable, Sendable, Codable {
        /// The database with its log, in bytes.
        public var databaseBytes: Int64
        /// What is left to the station on that disk, in bytes; nil: not known.
        public var freeBytes: Int64?

        /// The use of a disk.
        public init(databaseBytes: Int64, freeBytes: Int64? = nil) {
            self.databaseBytes = databaseBytes
            self.freeBytes = freeBytes
        }
    }

    /// One lock board.
    public struct Board: Hashable, Sendable, Codable {
        /// The bus it is on.
        public var bus: String
        /// Its name.
        public var board: String
        /// Whether it answers.
        public var up: Bool
        /// Why it does not, if so.
        public var reason: String?
        /// Since when, if it does not.
        public var since: WireTime?

        /// A lock board.
        public init(bus: String, board: String, up: Bool, reason: String? = nil, since: WireTime? = nil) {
            self.bus = bus
            self.board = board
            self.up = up
            self.reason = reason
            self.since = since
        }
    }

    /// An input or a measurement that is no door.
    public struct Point: Hashable, Sendable, Codable {
        /// Its name in the configuration.
        public var point: String
        /// `mainsLost`, `tamper`, `occupancy` or `temperature`.
        public var kind: String
        /// Whether it is active, or the measurement outside its limits; absent: its board does not answer.
        public var active: Bool?
        /// What was measured, in the point's unit (°C).
        public var value: Double?

        /// What a point says.
        public init(point: String, kind: String, active: Bool? = nil, value: Double? = nil) {
            self.point = point
            self.kind = kind
            self.active = active
            self.value = value
        }
    }

    /// What a door was last seen to be.
    public enum Door: String, Hashable, Sendable, Codable, CaseIterable {
        /// Open.
        case open
        /// Closed.
        case closed
        /// No sensor, no reading, or one that cannot be believed.
        case unknown
    }

    /// One compartment.
    public struct Compartment: Hashable, Sendable, Codable {
        /// Its name at the wall.
        public var compartment: String
        /// `locker`, `shelf` or `bay`.
        public var kind: String
        /// Its door; `unknown` for a shelf or bay.
        public var door: Door
        /// Whether it may be used.
        public var inService: Bool
        /// Why it may not, if so.
        public var reason: String?
        /// The order in it, if any.
        public var orderID: String?

        private enum CodingKeys: String, CodingKey {
            case compartment, kind, door, inService, reason
            case orderID = "orderId"
        }

        /// A compartment.
        public init(
            compartment: String,
            kind: String = "locker",
            door: Door,
            inService: Bool = true,
            reason: String? = nil,
            orderID: String? = nil
        ) {
            self.compartment = compartment
            self.kind = kind
            self.door = door
            self.inService = inService
            self.reason = reason
            self.orderID = orderID
        }
    }

    /// One order that is loaded.
    public struct LoadedOrder: Hashable, Sendable, Codable {
        /// The order.
        public var orderID: String
        /// Its version.
        public var version: Int64
        /// Whether its customer could collect it now.
        public var collectable: Bool
        /// Why not, if so.
        public var reason: String?
        /// The end of its hold, with the time added in which it could not be served.
        public var effectiveDeadline: WireTime?

        private enum CodingKeys: String, CodingKey {
            case orderID = "orderId"
            case version, collectable, reason, effectiveDeadline
        }

        /// A loaded order.
        public init(
            orderID: String,
            version: Int64,
            collectable: Bool,
            reason: String? = nil,
            effectiveDeadline: WireTime? = nil
        ) {
            self.orderID = orderID
            self.version = version
            self.collectable = collectable
            self.reason = reason
            self.effectiveDeadline = effectiveDeadline
        }
    }
}
