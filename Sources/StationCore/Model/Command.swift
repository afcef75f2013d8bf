/// A command of HQ, as the shell read it: who signed it is checked there, the rest here.
public struct HQCommand: Hashable, Sendable, Codable {
    /// What is to be done.
    public enum Action: Hashable, Sendable, Codable {
        /// Open a door for the customer at the kiosk, who confirms. `order`: whose parcels may be inside.
        case openDoor(CompartmentID, order: OrderID?)
        /// Take a door out of service.
        case takeOutOfService(CompartmentID)
        /// Put a door that HQ took out of service back.
        case putIntoService(CompartmentID)
        /// End the hold of an order.
        case expire(OrderID)
        /// Move the end of an order's hold.
        case extend(OrderID, until: StationTime)
        /// Read the configuration again.
        case reloadConfiguration
        /// Send counters and states.
        case sendDiagnostics
        /// None that this version knows.
        case unknown(kind: String)
    }

    /// The command's id; it is done once.
    public var id: String
    /// What is to be done; nil: its arguments cannot be used.
    public var action: Action?
    /// When HQ issued it.
    public var issuedAt: StationTime
    /// How old it may be, in milliseconds: since `issuedAt`, or since the nonce was shown.
    public var maxAgeMs: Int64
    /// The number that the kiosk shows.
    public var nonce: String?
    /// Why its signature does not count, in a stable word; nil if it does.
    public var fault: String?
    /// The order that it is about, as the station has it.
    public var order: OrderRecord?

    /// A command.
    public init(
        id: String,
        action: Action?,
        issuedAt: StationTime,
        maxAgeMs: Int64,
        nonce: String? = nil,
        fault: String? = nil,
        order: OrderRecord? = nil
    ) {
        self.id = id
        self.action = action
        self.issuedAt = issuedAt
        self.maxAgeMs = maxAgeMs
        self.nonce = nonce
        self.fault = fault
        self.order = order
    }
}

/// A command that was done, or refused for good: it is not done again (S10).
public struct CommandUse: Hashable, Sendable, Codable {
    /// The command.
    public var id: String
    /// Remembered until then: after it, it is too old anyway.
    public var until: StationTime
}

/// A customer's session that support may help: the kiosk shows its number.
public struct SupportTicket: Hashable, Sendable, Codable {
    /// The number to tell support.
    public var nonce: String
    /// Since when it is shown.
    public var since: Instant
    /// What HQ asks to open, until the customer says yes or no.
    public var request: Request?

    /// A door that HQ asks to open.
    public struct Request: Hashable, Sendable, Codable {
        /// The command.
        public var command: HQCommand
        /// The door.
        public var compartment: CompartmentID
        /// Whose parcels may be inside.
        public var order: OrderID?
    }
}
