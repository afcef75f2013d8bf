/// What kind of space a compartment is.
public enum CompartmentKind: String, Hashable, Sendable, Codable {
    /// Lock and door.
    case locker
    /// A counter shelf: no door, staff hand over.
    case shelf
    /// A curbside bay: no door, staff hand over.
    case bay
}

/// A compartment as it is built and wired; it does not change while the station runs.
public struct CompartmentPlan: Hashable, Sendable, Codable {
    /// The label on the door.
    public var id: CompartmentID
    /// Locker, shelf or bay.
    public var kind: CompartmentKind
    /// The bank it belongs to.
    public var bank: BankID
    /// The board that drives its lock; nil without a lock.
    public var board: BoardID?
    /// Its size class.
    public var size: Size
    /// Whether a sensor reports its door.
    public var hasDoorSensor: Bool
    /// How long its coil is energised, in milliseconds.
    public var pulseMs: Int
    /// How long its coil must rest after a pulse, in milliseconds.
    public var coolDownMs: Int

    /// Describes a compartment.
    public init(
        id: CompartmentID,
        kind: CompartmentKind,
        bank: BankID,
        board: BoardID?,
        size: Size,
        hasDoorSensor: Bool,
        pulseMs: Int,
        coolDownMs: Int
    ) {
        self.id = id
        self.kind = kind
        self.bank = bank
        self.board = board
        self.size = size
        self.hasDoorSensor = hasDoorSensor
        self.pulseMs = pulseMs
        self.coolDownMs = coolDownMs
    }
}

/// The station as it is built: which compartments there are.
public struct StationPlan: Hashable, Sendable, Codable {
    /// The station's id.
    public var station: StationID
    /// Every compartment, in order of its label.
    public var compartments: [CompartmentPlan]
    /// The buses on which a technician can look for boards.
    public var lines: [LinePlan]

    /// Describes a station; the compartments are put in order of their labels.
    public init(station: StationID, compartments: [CompartmentPlan], lines: [LinePlan] = []) {
        self.station = station
        self.lines = lines
        self.compartments = compartments.sorted { $0.id < $1.id }
    }
}

/// A bus on which a technician can look for boards.
public struct LinePlan: Hashable, Sendable, Codable {
    /// A board model that takes its address over the line.
    public struct Model: Hashable, Sendable, Codable {
        /// Its profile's name.
        public var name: String
        /// The addresses that it takes.
        public var addresses: ClosedRange<Int>

        /// A board model.
        public init(name: String, addresses: ClosedRange<Int>) {
            self.name = name
            self.addresses = addresses
        }
    }

    /// The bus.
    public var bus: BankID
    /// The models on it whose address can be set from here.
    public var models: [Model]
    /// The addresses that its boards have in the configuration.
    public var units: [Int]

    /// Describes a bus.
    public init(bus: BankID, models: [Model], units: [Int]) {
        self.bus = bus
        self.models = models
        self.units = units
    }
}
