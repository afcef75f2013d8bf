/// The types of event that HQ receives, in the words of the Station API.
public enum ReportType: String, Hashable, Sendable, Codable, CaseIterable {
    /// A parcel was put into a compartment.
    case orderLoaded = "order.loaded"
    /// A parcel could not be put in; `reason` says why.
    case orderLoadFailed = "order.loadFailed"
    /// A valid code was shown and a handover begins.
    case pickupStarted = "pickup.started"
    /// The last parcel of the order was collected.
    case pickupCompleted = "pickup.completed"
    /// Some parcels of the order were collected.
    case pickupPartial = "pickup.partial"
    /// A handover ended without all its doors opening.
    case pickupFailed = "pickup.failed"
    /// An earlier report is taken back.
    case pickupCorrected = "pickup.corrected"
    /// Staff took the order out again.
    case orderRecalled = "order.recalled"
    /// The hold has ended; the order waits to be recalled.
    case orderExpired = "order.expired"
    /// HQ's order could not be used.
    case orderQuarantined = "order.quarantined"
    /// A compartment needs a person.
    case compartmentFault = "compartment.fault"
    /// A door opened without an authorised opening.
    case doorForcedOpen = "door.forcedOpen"
    /// A door stands open.
    case doorLeftOpen = "door.leftOpen"
    /// A door sensor says other than people and locks, or is believed again; `reason` says which.
    case sensorSuspect = "sensor.suspect"
    /// More openings were asked for than the station allows; `reason` says by whom and of what.
    case governorTripped = "governor.tripped"
    /// Too many wrong codes.
    case keypadLockedOut = "keypad.lockedOut"
    /// A command of HQ was carried out.
    case commandExecuted = "command.executed"
    /// A command of HQ was not carried out.
    case commandRefused = "command.refused"
    /// A grant opened its first door; or, with a reason, what HQ says of its order since does not fit.
    case grantUsed = "grant.used"
    /// A grant was shown again after all of it was handed over.
    case grantRefused = "grant.refused"
    /// The hold of an order ends later, for the station could not have served it for some time.
    case orderHoldExtended = "order.holdExtended"
    /// The station has started.
    case stationStarted = "station.started"
    /// An input or a measurement of the wall needs attention, or does not any more; `reason` says which.
    case pointAlarm = "station.pointAlarm"
}

/// How the station knows that a parcel changed hands.
public struct Evidence: Hashable, Sendable, Codable {
    /// The strongest thing known.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// The door was seen open, then closed.
        case doorOpenedAndClosed
        /// The door was seen open and stayed open.
        case doorOpened
        /// The customer said so; no sensor could tell.
        case customerConfirmed
        /// Staff said so.
        case staffConfirmed
    }

    /// The strongest thing known.
    public var kind: Kind
    /// When the door was seen open.
    public var openedAt: StationTime?
    /// When it was seen closed.
    public var closedAt: StationTime?
    /// How many openings the door took.
    public var attempts: Int
    /// When the lock board proved the pulse; nil: it gave no proof, there was no pulse, or a restart came
    /// between.
    public var pulsedAt: StationTime?
    /// How long the door was seen open, by the clock that no correction moves.
    public var dwellMs: Int?
    /// What kind of sensor vouches for it.
    public var sensor: Sensor?

    /// What kind of door sensor a compartment has.
    public enum Sensor: String, Hashable, Sendable, Codable, CaseIterable {
        /// One that is believed.
        case door
        /// None.
        case none
        /// One that disagrees with people or locks.
        case suspect
    }

    /// What is known.
    public init(kind: Kind, openedAt: StationTime?, closedAt: StationTime?, attempts: Int) {
        self.kind = kind
        self.openedAt = openedAt
        self.closedAt = closedAt
        self.attempts = attempts
    }
}

/// By what right parcels changed hands, in a stable word for HQ.
public enum ReportMethod: String, Hashable, Sendable, Codable, CaseIterable {
    /// The customer typed a pickup code.
    case typed
    /// The customer scanned a pickup code.
    case scanned
    /// The customer scanned a grant that HQ has signed.
    case grant
    /// A signed-in member of staff.
    case staff
    /// A technician.
    case technician
    /// A command of HQ, for a customer at the kiosk.
    case remote
}

/// Why a parcel could not be loaded.
public enum LoadFailure: String, Hashable, Sendable, Codable, CaseIterable {
    /// No compartment that is free, in service and large enough is left.
    case wallFull
    /// Staff say that the parcel is larger than the compartment.
    case doesNotFit
    /// The door was closed again with nothing put in.
    case emptyClose
    /// Pulsed, and the door stayed shut.
    case compartmentBroken
    /// The lock could not be pulsed: its board is silent, refuses, or its coil must rest.
    case compartmentUnavailable
}

/// An event for HQ: written to the outbox in the transaction of its cause, then never changed.
public struct Report: Hashable, Sendable, Codable {
    /// Its id, stable over all retries.
    public var id: EventID
    /// What happened.
    public var type: ReportType
    /// When, in station time.
    public var at: StationTime
    /// Whether station time was trusted then.
    public var isClockTrusted: Bool
    /// The order it is about; events of one order are delivered in order.
    public var order: OrderID?
    /// The compartment.
    public var compartment: CompartmentID?
    /// The opening that caused it.
    public var opening: OpeningID?
    /// The handover it belongs to.
    public var handover: HandoverID?
    /// The parcels.
    public var parcels: [ParcelID]
    /// How many parcels of the order are still to be collected.
    public var remaining: Int?
    /// How the station knows.
    public var evidence: Evidence?
    /// Who did it, if staff.
    public var staff: StaffID?
    /// By what right, where parcels change hands.
    public var method: ReportMethod?
    /// Why, in a stable word.
    public var reason: String?
    /// The grant.
    public var grant: GrantID?
    /// The command of HQ.
    public var command: String?
    /// The end of the order's hold.
    public var deadline: StationTime?

    /// An event that is about to be committed.
    public init(id: EventID, type: ReportType, at: StationTime, isClockTrusted: Bool) {
        self.id = id
        self.type = type
        self.at = at
        self.isClockTrusted = isClockTrusted
        parcels = []
    }
}
