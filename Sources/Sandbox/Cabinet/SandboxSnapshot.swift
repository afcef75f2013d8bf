/// The whole cabinet at one moment, for a web page and for tests.
public struct SandboxCabinetSnapshot: Hashable, Sendable, Codable {
    /// One bank's wire.
    public struct Bank: Hashable, Sendable, Codable {
        /// Its name.
        public var name: SandboxBankName
        /// Where the station connects: `127.0.0.1:PORT`, or the path of the tty.
        public var address: String
        /// Whether the wire is there: the port listens, the tty is plugged in.
        public var isReachable: Bool
        /// TCP connections now; 0 for RTU.
        public var connections: Int
        /// Frames that were no valid request: a wrong CRC, a wrong length.
        public var badFrames: Int
    }

    /// One board.
    public struct Board: Hashable, Sendable, Codable {
        /// Its name.
        public var name: SandboxBoardName
        /// Its bank.
        public var bank: SandboxBankName
        /// Its unit id now.
        public var unit: UInt8
        /// Its model.
        public var model: SandboxBoardModel
        /// Whether it is without power.
        public var isDead: Bool
        /// How it answers wrongly, if it does.
        public var fault: SandboxReplyFault?
        /// Valid requests to it so far.
        public var requests: Int
        /// Replies spoiled by a fault so far.
        public var spoiledReplies: Int
        /// Output watchdog in milliseconds; 0 = off, or none.
        public var watchdogMs: Int
        /// Times the watchdog dropped outputs that were on.
        public var watchdogDrops: Int
        /// Coils on now, 1-based.
        public var coilsOn: [Int]
    }

    /// One door.
    public struct Door: Hashable, Sendable, Codable {
        /// Its name.
        public var name: SandboxDoorName
        /// Its lock's board.
        public var board: SandboxBoardName
        /// Its lock's channel, 1-based.
        public var channel: Int
        /// The bolt.
        public var latch: SandboxLatch
        /// Whether the bolt does not move when pulsed.
        public var isStuck: Bool
        /// The leaf.
        public var position: SandboxDoorPosition
        /// The sensor's health; nil = the door has none.
        public var sensor: SandboxSensorMode?
        /// What the sensor tells; nil = the door has none.
        public var sensorReads: SandboxDoorPosition?
        /// What it does when pulsed.
        public var spring: SandboxDoor.Spring
        /// Whether the lock's coil is on.
        public var isCoilOn: Bool
        /// The longest the coil was ever on without a pause, in milliseconds, the present time included.
        public var longestOnMs: Double
        /// Commands that switched the coil on.
        public var pulses: Int
    }

    /// CLOCK_BOOTTIME in nanoseconds.
    public var at: UInt64
    /// In the order of the description.
    public var banks: [Bank]
    /// In the order of the description.
    public var boards: [Board]
    /// In the order of the description.
    public var doors: [Door]
    /// All pulses so far, also those that are no longer kept.
    public var pulses: Int

    /// The door of that name.
    public subscript(door name: SandboxDoorName) -> Door? {
        doors.first { $0.name == name }
    }

    /// The board of that name.
    public subscript(board name: SandboxBoardName) -> Board? {
        boards.first { $0.name == name }
    }

    /// The bank of that name.
    public subscript(bank name: SandboxBankName) -> Bank? {
        banks.first { $0.name == name }
    }
}
