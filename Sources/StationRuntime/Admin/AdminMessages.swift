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
    }

    /// What is asked.
    public var command: Command

    /// A question.
    public init(_ command: Command) {
        self.command = command
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
    /// Why the question was not answered.
    public var error: String?
}
