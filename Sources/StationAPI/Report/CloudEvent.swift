/// What an event of the station says (`type` of a CloudEvent).
public enum EventType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Parcels of an order are in a compartment.
    case orderLoaded = "order.loaded"
    /// An order could not be loaded.
    case orderLoadFailed = "order.loadFailed"
    /// A customer's code was accepted and the handover began.
    case pickupStarted = "pickup.started"
    /// An order was handed over whole.
    case pickupCompleted = "pickup.completed"
    /// Part of an order was handed over.
    case pickupPartial = "pickup.partial"
    /// A handover failed.
    case pickupFailed = "pickup.failed"
    /// An earlier completion was false and is taken back.
    case pickupCorrected = "pickup.corrected"
    /// Staff took an order out of the wall.
    case orderRecalled = "order.recalled"
    /// An order's hold ended.
    case orderExpired = "order.expired"
    /// An order is not served until a person has looked at it.
    case orderQuarantined = "order.quarantined"
    /// A compartment, its lock or its board does not work.
    case compartmentFault = "compartment.fault"
    /// A door opened without an intent.
    case doorForcedOpen = "door.forcedOpen"
    /// A door was not closed after its opening.
    case doorLeftOpen = "door.leftOpen"
    /// Too many wrong codes were typed.
    case keypadLockedOut = "keypad.lockedOut"
    /// A command from HQ was not carried out.
    case commandRefused = "command.refused"
    /// The station started.
    case stationStarted = "station.started"
    /// The mains, the temperature or a tamper contact of the wall: `reason` is
    /// `mainsLost.raised.NAME`, `mainsLost.cleared.NAME`, …
    case pointAlarm = "station.pointAlarm"
}

/// An event of the station in the JSON form of CloudEvents 1.0.
///
/// `(source, id)` names the event for ever; HQ counts a second delivery as a duplicate.
public struct CloudEvent: Hashable, Sendable, Codable {
    /// Always `1.0`.
    public var specversion: String
    /// The event's id, made once, in the transaction of its cause.
    public var id: String
    /// `/stations/{station}`.
    public var source: String
    /// What it says. A string, so that a receiver can name a type it does not know.
    public var type: String
    /// The order it is about, if any.
    public var subject: String?
    /// When it happened, by the station's clock.
    public var time: WireTime
    /// `application/json`.
    public var datacontenttype: String?
    /// The station's count of its events, zero-padded to 20 digits so that text order is number order.
    public var sequence: String
    /// The session that the event belongs to, if any.
    public var correlationid: String?
    /// The event's own data; `EventData` says what the types of this version carry.
    public var data: JSONValue?

    /// An event; `sequence` is padded here.
    public init(
        id: String,
        station: String,
        type: EventType,
        orderID: String? = nil,
        time: WireTime,
        sequence: Int64,
        correlationID: String? = nil,
        data: JSONValue? = nil
    ) {
        specversion = "1.0"
        self.id = id
        source = "/stations/\(station)"
        self.type = type.rawValue
        subject = orderID
        self.time = time
        datacontenttype = "application/json"
        self.sequence = Self.pad(sequence)
        correlationid = correlationID
        self.data = data
    }

    /// A sequence number as the wire has it: 20 digits.
    public static func pad(_ sequence: Int64) -> String {
        let digits = String(max(sequence, 0))
        return String(repeating: "0", count: max(0, 20 - digits.count)) + digits
    }

    /// The sequence number; nil if `sequence` is no number.
    public var sequenceNumber: Int64? { Int64(sequence) }
}

/// What the data of a station's event can carry; absent members do not apply.
public struct EventData: Hashable, Sendable, Codable {
    /// How it is known that something happened.
    public struct Evidence: Hashable, Sendable, Codable {
        /// When the door opened.
        public var doorOpenedAt: WireTime?
        /// When the door closed.
        public var doorClosedAt: WireTime?
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
            doorOpenedAt: WireTime? = nil,
            doorClosedAt: WireTime? = nil,
            sensor: String? = nil,
            confirmedBy: String? = nil,
            how: String? = nil,
            attempts: Int? = nil
        ) {
            self.doorOpenedAt = doorOpenedAt
            self.doorClosedAt = doorClosedAt
            self.sensor = sensor
            self.confirmedBy = confirmedBy
            self.how = how
            self.attempts = attempts
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
    /// The compartments it is about.
    public var compartments: [String]?
    /// `typed`, `scanned` or `staff`: how it was authorised.
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
    /// Parcels of the order that are still to be handed over after this; 0 with `pickup.completed`.
    public var remaining: Int?
    /// What HQ said of the order beside the station's own matter (its `lines` and `externalRefs`), sent back
    /// so
    /// that a receiver can post the event without looking the order up.
    public var order: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case orderID = "orderId"
        case orderVersion
        case parcelIDs = "parcelIds"
        case compartments, method
        case staffID = "staffId"
        case evidence, outcome, reason, clock, remaining, order
        case openingID = "openingId"
        case handoverID = "handoverId"
    }

    /// Data of an event; what is nil does not apply.
    public init(
        orderID: String? = nil,
        orderVersion: Int64? = nil,
        parcelIDs: [String]? = nil,
        compartments: [String]? = nil,
        method: String? = nil,
        staffID: String? = nil,
        evidence: Evidence? = nil,
        outcome: String? = nil,
        reason: String? = nil,
        clock: Clock? = nil,
        openingID: String? = nil,
        handoverID: String? = nil,
        remaining: Int? = nil,
        order: JSONValue? = nil
    ) {
        self.orderID = orderID
        self.orderVersion = orderVersion
        self.parcelIDs = parcelIDs
        self.compartments = compartments
        self.method = method
        self.staffID = staffID
        self.evidence = evidence
        self.outcome = outcome
        self.reason = reason
        self.clock = clock
        self.openingID = openingID
        self.handoverID = handoverID
        self.remaining = remaining
        self.order = order
    }
}
