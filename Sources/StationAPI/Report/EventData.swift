/// What the data of a station's event can carry; absent members do not apply.
public struct EventData: Hashable, Sendable, Codable {
    /// How it is known that something happened.
    public struct Evidence: Hashable, Sendable, Codable {
        /// When the lock board proved its pulse.
        public var pulsedAt: WireTime?
        /// When the door opened.
        public var doorOpenedAt: WireTime?
        /// When the door closed.
        public var doorClosedAt: WireTime?
        /// How long the door was seen open, in milliseconds, by a clock that no correction moves.
        public var dwellMilliseconds: Int?
        /// `door`, `none` or `suspect`: what kind of sensor vouches for it.
        public var sensor: String?
        /// Who confirmed it where no sensor could: `customer` or `staff`.
        public var confirmedBy: String?
        /// The strongest thing known: `doorOpenedAndClosed`, `doorOpened`, `customerConfirmed` or
        /// `staffConfirmed`.
        public var how: String?
        /// How many openings the door took, from 1.
        public var attempts: Int?

        /// Evidence; what is nil is not known.
        public init(
            pulsedAt: WireTime? = nil,
            doorOpenedAt: WireTime? = nil,
            doorClosedAt: WireTime? = nil,
            dwellMilliseconds: Int? = nil,
            sensor: String? = nil,
            confirmedBy: String? = nil,
            how: String? = nil,
            attempts: Int? = nil
        ) {
            self.pulsedAt = pulsedAt
            self.doorOpenedAt = doorOpenedAt
            self.doorClosedAt = doorClosedAt
            self.dwellMilliseconds = dwellMilliseconds
            self.sensor = sensor
            self.confirmedBy = confirmedBy
            self.how = how
            self.attempts = attempts
        }
    }

    /// One line of the order, or a part of it.
    public struct Line: Hashable, Sendable, Codable {
        /// The line's id within its order.
        public var lineID: String
        /// The stock keeping unit.
        public var sku: String
        /// How many.
        public var quantity: Int64

        private enum CodingKeys: String, CodingKey {
            case lineID = "lineId"
            case sku, quantity
        }

        /// So many of one line.
        public init(lineID: String, sku: String, quantity: Int64) {
            self.lineID = lineID
            self.sku = sku
            self.quantity = quantity
        }
    }

    /// Whether the station's clock could be trusted when it happened.
    public struct Clock: Hashable, Sendable, Codable {
        /// Whether `time` is within the stated bound of true time.
        public var trusted: Bool

        /// A statement about the clock.
        public init(trusted: Bool) {
            self.trusted = trusted
        }
    }

    /// The order.
    public var orderID: String?
    /// The version of the order that the station acted on.
    public var orderVersion: Int64?
    /// The parcels it is about; for `order.loaded` those loaded by it.
    public var parcelIDs: [String]?
    /// The lines and quantities in those parcels. Absent if HQ did not say what is in which parcel and the
    /// event is not about all of them.
    public var lines: [Line]?
    /// The compartments it is about.
    public var compartments: [String]?
    /// `typed`, `scanned`, `grant`, `staff`, `technician` or `remote`: how it was authorised.
    public var method: String?
    /// The member of staff who did it.
    public var staffID: String?
    /// How it is known.
    public var evidence: Evidence?
    /// The outcome of the opening, for example `openedAndClosed`.
    public var outcome: String?
    /// Why, in one word of the station's vocabulary.
    public var reason: String?
    /// The state of the clock.
    public var clock: Clock?
    /// The opening it came of: one authorised attempt to open one door.
    public var openingID: String?
    /// The handover it belongs to: the openings that give one order to one customer.
    public var handoverID: String?
    /// The command of HQ that it is about.
    public var commandID: String?
    /// The grant that it is about.
    public var grantID: String?
    /// The end of the order's hold, with the time added in which it could not be served.
    public var effectiveDeadline: WireTime?
    /// Parcels of the order that are still to be handed over after this; 0 with `pickup.completed`.
    public var remaining: Int?
    /// What HQ said of the order beside the station's own matter (its `lines`, `externalRefs`, and which
    /// lines are in which of its `parcels`) when it happened, sent back so that a receiver can post the event
    /// without looking the order up.
    public var order: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case orderID = "orderId"
        case orderVersion, lines
        case parcelIDs = "parcelIds"
        case compartments, method
        case staffID = "staffId"
        case evidence, outcome, reason, clock, remaining, order, effectiveDeadline
        case commandID = "commandId"
        case grantID = "grantId"
        case openingID = "openingId"
        case handoverID = "handoverId"
    }

    /// Data of an event; what is nil does not apply.
    public init(
        orderID: String? = nil,
        orderVersion: Int64? = nil,
        parcelIDs: [String]? = nil,
        lines: [Line]? = nil,
        compartments: [String]? = nil,
        method: String? = nil,
        staffID: String? = nil,
        evidence: Evidence? = nil,
        outcome: String? = nil,
        reason: String? = nil,
        clock: Clock? = nil,
        openingID: String? = nil,
        handoverID: String? = nil,
        commandID: String? = nil,
        grantID: String? = nil,
        effectiveDeadline: WireTime? = nil,
        remaining: Int? = nil,
        order: JSONValue? = nil
    ) {
        self.orderID = orderID
        self.orderVersion = orderVersion
        self.parcelIDs = parcelIDs
        self.lines = lines
        self.compartments = compartments
        self.method = method
        self.staffID = staffID
        self.evidence = evidence
        self.outcome = outcome
        self.reason = reason
        self.clock = clock
        self.openingID = openingID
        self.handoverID = handoverID
        self.commandID = commandID
        self.grantID = grantID
        self.effectiveDeadline = effectiveDeadline
        self.remaining = remaining
        self.order = order
    }
}
