/// What a compartment holds.
public enum Contents: Hashable, Sendable, Codable {
    /// Nothing.
    case empty
    /// These parcels are being put in; whether they are inside is not known yet.
    case loading(Occupancy)
    /// Parcels of one order (S2).
    case occupied(Occupancy)

    /// The order it holds or is about to hold.
    public var order: OrderID? {
        switch self {
        case .empty: nil
        case .loading(let occupancy), .occupied(let occupancy): occupancy.order
        }
    }

    /// The order in it, if any is certainly in it.
    public var occupancy: Occupancy? {
        if case .occupied(let occupancy) = self { occupancy } else { nil }
    }

    /// The parcels in it.
    public var parcels: [ParcelID] {
        switch self {
        case .empty: []
        case .loading(let occupancy), .occupied(let occupancy): occupancy.parcels
        }
    }
}

/// Why an order must be taken out again.
public enum RecallReason: String, Hashable, Sendable, Codable {
    /// HQ cancelled it.
    case cancelled
    /// HQ sends it to another store.
    case rerouted
    /// Its hold has ended.
    case expired
    /// HQ took this parcel out of the order.
    case withdrawn
    /// HQ closed the order while it was still here.
    case completed
}

/// The parcels of one order in one compartment.
public struct Occupancy: Hashable, Sendable, Codable {
    /// The order.
    public var order: OrderID
    /// The order's number.
    public var displayNumber: String
    /// Its parcels in this compartment.
    public var parcels: [ParcelID]
    /// The end of its hold.
    public var expiresAt: StationTime?
    /// Why it must be taken out, if it must.
    public var recall: RecallReason?
    /// For how long the station could not have served it since it was loaded, in milliseconds (S11).
    public var outageMs: Int64?
    /// The station cannot serve it since then: its hold stands still.
    public var frozenSince: StationTime?
    /// How it was loaded, of a parcel whose order is not known yet: HQ hears of it once it is.
    public var untold: UntoldLoad?

    /// Parcels of one order.
    public init(
        order: OrderID,
        displayNumber: String,
        parcels: [ParcelID],
        expiresAt: StationTime?,
        recall: RecallReason?
    ) {
        self.order = order
        self.displayNumber = displayNumber
        self.parcels = parcels
        self.expiresAt = expiresAt
        self.recall = recall
    }
}

/// What a door sensor says.
public enum DoorReading: String, Hashable, Sendable, Codable {
    /// Open.
    case open
    /// Closed.
    case closed
    /// Not read: no sensor, or its board does not answer.
    case unknown
}

/// A latched alarm of one door (S7): only a person clears it.
public struct DoorAlarm: Hashable, Sendable, Codable {
    /// What happened.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Opened without an authorised opening.
        case forcedOpen
        /// Found open when the station started.
        case foundOpen
    }

    /// What happened.
    public var kind: Kind
    /// When.
    public var at: StationTime

    /// An alarm.
    public init(kind: Kind, at: StationTime) {
        self.kind = kind
        self.at = at
    }
}

/// Why nobody is given this compartment.
public enum OutOfService: String, Hashable, Sendable, Codable {
    /// It did not open when pulsed.
    case doorStuck
    /// Its coil stayed on.
    case coilStuckOn
    /// A rule of the station would have been broken.
    case ruleViolated
    /// Staff said so.
    case byStaff
    /// A command of HQ said so.
    case byHQ
}

/// What is remembered of a compartment when the power is cut.
public struct CompartmentRecord: Hashable, Sendable, Codable {
    /// The compartment.
    public var id: CompartmentID
    /// What it holds.
    public var contents: Contents
    /// Its latched alarm.
    public var alarm: DoorAlarm?
    /// Why nobody is given it.
    public var outOfService: OutOfService?
    /// An opening ended without anybody knowing how: what is inside is in doubt.
    public var outcomeUnknown: OpeningPurpose?
    /// That opening, where there was one: what staff find is reported for it.
    public var unresolved: Opening?
    /// The door sensor disagrees with what people and locks do: it is not believed.
    public var isSensorSuspect: Bool
    /// When an opening of it was intended last, on the clock of that boot: its coil may be hot.
    public var lastIntent: Instant?

    /// An empty compartment in service.
    public init(id: CompartmentID) {
        self.id = id
        contents = .empty
        alarm = nil
        outOfService = nil
        outcomeUnknown = nil
        unresolved = nil
        isSensorSuspect = false
        lastIntent = nil
    }
}

/// A compartment while the station runs.
public struct CompartmentState: Hashable, Sendable, Codable {
    /// A handover that has just ended here, for the grace time.
    public struct Released: Hashable, Sendable, Codable {
        /// Whose parcels were here.
        public var order: OrderID
        /// The handover.
        public var handover: HandoverID
        /// Until when it may be opened again.
        public var until: Instant
    }

    /// What speaks for and against its sensor since the start.
    public struct SensorTrial: Hashable, Sendable, Codable {
        /// Proven pulses in a row that moved nothing.
        public var silentPulses = 0
        /// Openings and closings that a suspect sensor followed.
        public var proofs = 0
        /// A suspect sensor reads open since then.
        public var openSince: Instant?

        /// Nothing is known.
        public init() {}
    }

    /// How it is built.
    public let plan: CompartmentPlan
    /// What is remembered.
    public var record: CompartmentRecord
    /// The last door reading.
    public var door: DoorReading
    /// Whether a reading has been had since the start.
    public var wasRead: Bool
    /// Whether its lock board answers.
    public var isBoardUp: Bool
    /// Whether a person has walked it as it is wired now: its lock, its sensor and its label belong together.
    /// The shell says which compartments were not (``Event/doorMapRead(unwalked:)``).
    public var isWalked: Bool
    /// Until when its coil must rest.
    public var coolsUntil: Instant?
    /// The handover that has just ended here.
    public var released: Released?
    /// What speaks for and against its sensor.
    public var sensorTrial: SensorTrial

    /// A compartment as remembered, before anything was read.
    public init(plan: CompartmentPlan, record: CompartmentRecord) {
        self.plan = plan
        self.record = record
        door = .unknown
        wasRead = false
        isBoardUp = false
        isWalked = true
        coolsUntil = nil
        released = nil
        sensorTrial = SensorTrial()
    }

    /// Whether the door sensor can be believed.
    public var hasTrustedSensor: Bool {
        plan.hasDoorSensor && !record.isSensorSuspect
    }

    /// Whether its lock could be pulsed for somebody now, leaving aside what is inside.
    public var canOpen: Bool {
        plan.kind == .locker && isBoardUp && isWalked && record.outOfService == nil
    }
}
