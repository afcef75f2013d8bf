/// Why a door is opened.
public enum OpeningPurpose: String, Hashable, Sendable, Codable {
    /// Staff put a parcel in.
    case load
    /// The customer takes an order out.
    case collect
    /// Staff take an order out again.
    case recall
    /// The customer brings goods back.
    case `return`
    /// A technician works on it.
    case service
    /// HQ opens it for a customer at the kiosk.
    case remote
}

/// By whose right a door is opened (S1).
public enum Authority: Hashable, Sendable, Codable {
    /// A pickup code of this order was shown.
    case pickupCode(OrderID, typed: Bool)
    /// A signed-in member of staff.
    case staff(StaffID)
    /// A technician at the wall: the account at the station's terminal, or a badge at the kiosk.
    case technician(StaffID)
    /// A signed command from HQ.
    case hq(commandID: String)

    /// The same in the word that HQ is told.
    public var method: ReportMethod {
        switch self {
        case .pickupCode(_, let isTyped): isTyped ? .typed : .scanned
        case .staff: .staff
        case .technician: .technician
        case .hq: .remote
        }
    }
}

/// Why an opening was not actuated: surely nothing happened at the lock.
public enum NotActuatedCause: Hashable, Sendable, Codable {
    /// The lock board does not answer.
    case boardDown
    /// The order to pulse had become too old (S10).
    case stale
    /// The coil must cool down first.
    case coilBudget(retryAfterMs: Int)
    /// The board refused with a Modbus exception or its like.
    case boardRefused(code: Int)
    /// The lock is not wired to any board, or the bus is shut down.
    case notAvailable
}

/// Why a pulsed door counts as failed.
public enum OpeningFailure: String, Hashable, Sendable, Codable {
    /// The sensor, trusted, saw the door stay shut.
    case doorStayedShut
    /// The board gave no proof of the pulse, and the door stayed shut.
    case pulseUnproven
}

/// What came of an opening. A pulse sent is not a door opened; a door opened is not a parcel taken.
public enum OpeningOutcome: Hashable, Sendable, Codable {
    /// Nothing happened at the lock.
    case notActuated(NotActuatedCause)
    /// Pulsed; no sensor, or a suspect one, and nobody said what happened.
    case actuatedUnconfirmed
    /// The door was seen open, and not closed yet (or a person said so).
    case opened
    /// The door was seen open, then closed.
    case openedAndClosed
    /// Pulsed, and the door stayed shut.
    case failed(OpeningFailure)
    /// The station stopped in between and nothing tells what happened.
    case unknown
}

/// One authorised attempt to open one door: at most one pulse.
public struct Opening: Hashable, Sendable, Codable {
    /// How far it has come.
    public enum Phase: Hashable, Sendable, Codable {
        /// Committed; the pulse has been ordered and is not answered yet.
        case ordered(deadline: Instant)
        /// Pulsed; waiting for the door.
        case pulsed(proven: Bool, deadline: Instant)
        /// No sensor tells: waiting for a person's word.
        case awaitingWord(deadline: Instant)
        /// The door is open since `since`; `stage` counts the reminders given.
        case open(since: Instant, stage: OpenStage, deadline: Instant?)
        /// From before a restart; waiting for the first door reading, then until `deadline` for the door to
        /// move. `couldBeVisited`: enough time has passed for somebody to have opened, taken and closed.
        case interrupted(wasOpened: Bool, couldBeVisited: Bool, deadline: Instant?)
    }

    /// How long an open door has been noticed.
    public enum OpenStage: String, Hashable, Sendable, Codable {
        /// Just opened.
        case fresh
        /// The person was asked to close it.
        case reminded
        /// It counts as left open and was reported.
        case leftOpen
    }

    /// The opening's id.
    public var id: OpeningID
    /// The door.
    public var compartment: CompartmentID
    /// Why.
    public var purpose: OpeningPurpose
    /// By whose right.
    public var authority: Authority
    /// For which order, where there is one.
    public var order: OrderID?
    /// The order's number.
    public var displayNumber: String
    /// The parcels it is about: to be put in, or to be taken out.
    public var parcels: [ParcelID]
    /// How many of the order's parcels are still to be loaded.
    public var awaitedElsewhere: Int
    /// The handover it belongs to.
    public var handover: HandoverID?
    /// Which attempt at this door, from 1.
    public var attempt: Int
    /// Opened again within the grace time: its parcels are already reported.
    public var isReopen: Bool
    /// When it was decided, in station time.
    public var intendedAt: StationTime
    /// When it was decided, on the clock of that boot.
    public var intendedInstant: Instant
    /// When the lock board proved its pulse; after a restart known only if something durable followed it.
    public var pulsedAt: StationTime?
    /// When the door was seen open.
    public var openedAt: StationTime?
    /// Its pickup is already reported (a door left open).
    public var isReported: Bool
    /// How far it has come.
    public var phase: Phase
    /// The grant that it goes by.
    public var grant: GrantID?

    /// An opening that is about to be committed.
    public init(
        id: OpeningID,
        compartment: CompartmentID,
        purpose: OpeningPurpose,
        authority: Authority,
        order: OrderID?,
        displayNumber: String,
        parcels: [ParcelID],
        awaitedElsewhere: Int,
        handover: HandoverID?,
        attempt: Int,
        isReopen: Bool,
        intendedAt: StationTime,
        intendedInstant: Instant,
        phase: Phase
    ) {
        self.id = id
        self.compartment = compartment
        self.purpose = purpose
        self.authority = authority
        self.order = order
        self.displayNumber = displayNumber
        self.parcels = parcels
        self.awaitedElsewhere = awaitedElsewhere
        self.handover = handover
        self.attempt = attempt
        self.isReopen = isReopen
        self.intendedAt = intendedAt
        self.intendedInstant = intendedInstant
        self.pulsedAt = nil
        self.openedAt = nil
        self.isReported = false
        self.phase = phase
    }

    /// When something must happen next, if anything must.
    public var deadline: Instant? {
        switch phase {
        case .ordered(let deadline), .pulsed(_, let deadline), .awaitingWord(let deadline): deadline
        case .open(_, _, let deadline), .interrupted(_, _, let deadline): deadline
        }
    }
}
