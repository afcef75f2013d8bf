/// The wall as a technician's terminal shows it.
public struct AdminWall: Codable, Hashable, Sendable {
    /// One bank as it stands.
    public struct Bank: Codable, Hashable, Sendable {
        /// What people call it.
        public var title: String
        /// Columns from left to right, each with compartments from top to bottom.
        public var columns: [[String]]
    }

    /// One door.
    public struct Door: Codable, Hashable, Sendable {
        /// The one thing about it that matters most.
        public enum Look: String, Codable, Sendable, CaseIterable {
            /// Closed, nothing inside.
            case empty
            /// Closed, with parcels inside.
            case occupied
            /// Its lock was pulsed, and it has not opened yet.
            case opening
            /// Open.
            case open
            /// Opened without an intent, or was found open.
            case alarm
            /// Nobody is given it.
            case outOfService
            /// Nobody has walked it as it is wired now.
            case notWalked
            /// Its board or its sensor cannot be read.
            case unknown
        }

        /// The compartment.
        public var compartment: String
        /// How it looks.
        public var look: Look
        /// What its sensor says: `open`, `closed` or `unknown`.
        public var reads: String
        /// Whether it has a sensor.
        public var hasSensor: Bool
        /// Why nobody is given it, in a stable word; nil: it serves.
        public var reason: String?
        /// Whether it was walked as it is wired now.
        public var isWalked: Bool
        /// Whether parcels are inside.
        public var isOccupied: Bool
        /// Its lock: `bus/board/channel`.
        public var lock: String
        /// Its sensor: `board/input`.
        public var sensor: String?
        /// Until its coil has rested, in milliseconds; 0: it has.
        public var restsMs: Int
    }

    /// What a technician's session is at.
    public struct Service: Codable, Hashable, Sendable {
        /// How far the opening has come.
        public enum Stage: String, Codable, Sendable {
            /// The bus has not answered yet.
            case ordered
            /// Pulsed; the door is waited for.
            case pulsed
            /// The door is open.
            case open
            /// No sensor tells: a person's word is waited for.
            case awaitingWord
            /// It is over; see `outcome`.
            case over
        }

        /// By whom.
        public var technician: String
        /// The door opened last.
        public var compartment: String?
        /// How far that is.
        public var stage: Stage
        /// What came of it, in a stable word, once it is over.
        public var outcome: String?
        /// The doors whose sensors opened since then, in that order.
        public var moved: [String]
    }

    /// The station.
    public var station: String
    /// Grows with every change.
    public var revision: UInt64
    /// Whether customers can be served.
    public var serves: Bool
    /// How the door map stands, in a few words.
    public var doorMap: String
    /// The banks, from left to right.
    public var banks: [Bank]
    /// The doors, in order of their labels.
    public var doors: [Door]
    /// Boards that do not answer, with why.
    public var boardsDown: [String]
    /// The technician at work; nil: none.
    public var service: Service?

    /// The door of this name.
    public func door(_ compartment: String) -> Door? { doors.first { $0.compartment == compartment } }
}

/// What happened on the wires of one lock board since pickupd started.
public struct AdminBoard: Codable, Hashable, Sendable {
    /// The bus.
    public var bus: String
    /// The board.
    public var board: String
    /// Whether it answers.
    public var isUp: Bool
    /// Why it does not.
    public var reason: String?
    /// Requests sent, and what went wrong with them, by name.
    public var counters: [String: Int]
}
