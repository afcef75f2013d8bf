/// What `pickupctl` asks over the admin socket: one line of JSON each way.
public struct AdminRequest: Codable, Hashable, Sendable {
    /// What is asked.
    public enum Command: String, Codable, Sendable {
        /// How the station is.
        case status
        /// What HQ has not acknowledged.
        case outbox
        /// Put parked events back into the queue.
        case retryParked
        /// The wall with every door; with ``after``, once it has changed.
        case wall
        /// What happened on the wires of each lock board.
        case boards
        /// Begin to work at the wall. Opens no door.
        case beginService
        /// Be done with it.
        case endService
        /// Open ``compartment`` in the session that was begun.
        case open
        /// Open ``compartment`` once, by a number that the kiosk shows.
        case openOnce
        /// ``compartment`` is the door that opened: seal it in the door map.
        case walked

        /// Whether it can lead to an open door: for root and technicians only.
        public var opensDoors: Bool {
            switch self {
            case .beginService, .endService, .open, .openOnce, .walked: true
            case .status, .outbox, .retryParked, .wall, .boards: false
            }
        }
    }

    /// What is asked.
    public var command: Command
    /// Which compartment.
    public var compartment: String?
    /// The number that the kiosk shows; without it one is shown, where one is needed.
    public var number: String?
    /// The revision of the wall that the asker has seen: the answer waits for a newer one, up to 5 s.
    public var after: UInt64?
    /// Only before the station serves: no number is asked for, and none would do.
    public var isBench: Bool?

    /// A question.
    public init(
        _ command: Command,
        compartment: String? = nil,
        number: String? = nil,
        after: UInt64? = nil,
        isBench: Bool? = nil
    ) {
        self.command = command
        self.compartment = compartment
        self.number = number
        self.after = after
        self.isBench = isBench
    }
}

/// What the station answers.
public struct AdminReply: Codable, Hashable, Sendable {
    /// How the station is.
    public struct Status: Codable, Hashable, Sendable {
        /// The station's id.
        public var station: String
        /// The program's version.
        public var version: String
        /// Whether customers can be served.
        public var serves: Bool
        /// Why not, or not everywhere.
        public var reasons: [String]
        /// Doors that can be opened.
        public var doorsInService: Int
        /// All doors.
        public var doors: Int
        /// Orders in the wall.
        public var ordersInside: Int
        /// Orders known.
        public var orders: Int
        /// What is wrong with the scanner; nil: nothing.
        public var scannerTrouble: String?
        /// What the counts on the buses are consistent with, one line each.
        public var findings: [String]
        /// HQ's link, operation by operation.
        public var hq: [String]
        /// Events HQ has not acknowledged.
        public var outboxWaiting: Int
        /// The database with its log, in bytes.
        public var databaseBytes: Int64
        /// What is left to the station on that disk, in bytes; nil: not known.
        public var freeBytes: Int64?
        /// How the door map stands.
        public var doorMap: String
        /// Whether station time is trusted, and by which source.
        public var clock: String
    }

    /// How the outbox stands.
    public struct Outbox: Codable, Hashable, Sendable {
        /// One waiting or parked event.
        public struct Item: Codable, Hashable, Sendable {
            /// Its number.
            public var sequence: Int64
            /// Its id.
            public var id: String
            /// Its type.
            public var type: String
            /// Its order.
            public var order: String?
            /// Why it is parked; nil: it waits.
            public var problem: String?
        }

        /// Events to deliver.
        public var waiting: Int
        /// Delivered, and not applied by HQ yet.
        public var pendingAtHQ: Int
        /// Refused for good; kept.
        public var parked: Int
        /// The first of each order's queue, and the parked ones.
        public var items: [Item]
    }

    /// Set for ``AdminRequest/Command/status``.
    public var status: Status?
    /// Set for ``AdminRequest/Command/outbox``.
    public var outbox: Outbox?
    /// Set for ``AdminRequest/Command/wall``.
    public var wall: AdminWall?
    /// Set for ``AdminRequest/Command/boards``.
    public var boards: [AdminBoard]?
    /// With ``boards``: what the counts are consistent with, and what to check; empty on a healthy line.
    public var findings: [String]?
    /// The kiosk shows a number now: ask again with it, within so many seconds.
    public var numberShownForSeconds: Int?
    /// Why the question was not answered.
    public var error: String?
    /// What kind of trouble that is; nil: the question itself.
    public var trouble: Trouble?

    /// Kinds of trouble, for exit statuses.
    public enum Trouble: String, Codable, Sendable {
        /// Not allowed for this account.
        case notAllowed
        /// It cannot be done now; later it can.
        case busy
        /// The number was wrong, has run out, or was used.
        case number
        /// It cannot be done.
        case refused
    }
}
