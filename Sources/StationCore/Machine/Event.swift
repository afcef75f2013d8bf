/// A past fact that reached the station. Every input is one of these, and each is decided whole before the
/// next.
public enum Event: Hashable, Sendable, Codable {
    /// The process has started; doors have not been read yet. `lostMemory`: the database was damaged, and
    /// what is inside the compartments is not known any more.
    case started(lostMemory: Bool)
    /// The time of day was read.
    case clockRead(StationTime, StationClock.Source)
    /// A deadline of the state has come (``StationState/nextDeadline``); early or late calls do no harm.
    case timeCame

    /// A code was scanned or typed; the shell has looked up its digest.
    case codeShown(ShownCode)
    /// The scanner read something that is no code: noise, too long, a symbology that is not ours.
    case scanUnreadable
    /// A PIN was typed for the badge shown before, and the shell has compared it with its verifier.
    case pinTyped(StaffID, isRight: Bool)
    /// A touch on the screen.
    case buttonPressed(KioskButton)
    /// The scanner was plugged in or out.
    case scannerChanged(isConnected: Bool)

    /// The lock bus has answered an order to pulse.
    case pulseAnswered(OpeningID, PulseAnswer)
    /// A door sensor changed, or was read for the first time.
    case doorRead(CompartmentID, DoorReading)
    /// A lock board began or ceased to answer.
    case boardChanged(BoardID, isUp: Bool)
    /// A coil reads on after it was switched off.
    case coilStuck(CompartmentID)
    /// An input or a measurement that is no door has changed.
    case pointChanged(PointReading)

    /// HQ sent an order that this station already has a physical part in.
    case orderReceived(OrderUpdate)
    /// HQ sent something that cannot be used; it was set aside.
    case itemQuarantined(order: OrderID?, reason: String)
    /// HQ sent a command; the shell has looked who signed it.
    case commandReceived(HQCommand)
    /// A grant was scanned; the shell has looked who signed it.
    case grantShown(GrantReading)
    /// The shell has worked out when the store is open.
    case calendarRead(OpeningCalendar)
    /// The door map was read: compartments that nobody has walked as they are wired now serve nobody.
    case doorMapRead(unwalked: [CompartmentID])
    /// A technician begins to work at the wall; the shell has seen that they may.
    case serviceBegan(StaffID)
    /// The technician is done.
    case serviceEnded
    /// The technician opens a door. `isOnce`: this door only, by a number that the kiosk showed.
    case serviceOpening(CompartmentID, StaffID, isOnce: Bool)
    /// The technician has seen the right door open, and it is sealed in the door map.
    case compartmentWalked(CompartmentID, StaffID)
    /// Work on a bus that a technician ordered at the kiosk is over; the text names the order.
    case busAnswered(String, BusAnswer)
    /// Numbers about the orders have changed.
    case tallied(Tally)
    /// The retailer has set values through HQ.
    case policyReceived(Policy)
}

/// A code, as the core may see it: never the code itself, only what it matched.
public struct ShownCode: Hashable, Sendable, Codable {
    /// How it was shown.
    public enum Form: Hashable, Sendable, Codable {
        /// Scanned; `bits` is the most randomness that its length and alphabet can hold.
        case scanned(bits: Int)
        /// Typed at the kiosk.
        case typed
    }

    /// How it was shown.
    public var form: Form
    /// The order whose pickup code it is.
    public var pickup: OrderRecord?
    /// The parcel whose label it is, with its order.
    public var parcel: LabelMatch?
    /// Whose badge it is.
    public var badge: StaffRecord?
    /// Nobody's code; as a parcel's label it would be this parcel's. Only while ``StationState/takesUnmatchedLabels``.
    public var unmatched: ParcelID?

    /// A parcel label.
    public struct LabelMatch: Hashable, Sendable, Codable {
        /// The parcel's order.
        public var order: OrderRecord
        /// The parcel.
        public var parcel: ParcelID

        /// A parcel label.
        public init(order: OrderRecord, parcel: ParcelID) {
            self.order = order
            self.parcel = parcel
        }
    }

    /// A code and what it matched.
    public init(
        form: Form,
        pickup: OrderRecord? = nil,
        parcel: LabelMatch? = nil,
        badge: StaffRecord? = nil
    ) {
        self.form = form
        self.pickup = pickup
        self.parcel = parcel
        self.badge = badge
    }
}

/// What the lock bus says of a pulse.
public enum PulseAnswer: Hashable, Sendable, Codable {
    /// Proven: the board's whole echo was compared, or the coil was read back.
    case actuated
    /// Surely nothing happened.
    case notActuated(NotActuatedCause)
    /// Sent, and no proof either way.
    case unknown
}

/// A newer version of an order, beside what the station has.
public struct OrderUpdate: Hashable, Sendable, Codable {
    /// What HQ says now; places of parcels are not HQ's to say and are ignored.
    public var incoming: OrderRecord
    /// The row the station has.
    public var existing: OrderRecord?
    /// Other orders that hold parcels named in the incoming one (an order was split).
    public var others: [OrderRecord]

    /// A newer version of an order.
    public init(incoming: OrderRecord, existing: OrderRecord?, others: [OrderRecord] = []) {
        self.incoming = incoming
        self.existing = existing
        self.others = others
    }
}

/// Numbers about the orders in the store, for the screen and the wrong-code budget.
public struct Tally: Hashable, Sendable, Codable {
    /// Typed codes of live orders.
    public var liveTypedCodes: Int
    /// Parcels that wait to be loaded.
    public var parcelsToLoad: Int

    /// Numbers about the orders.
    public init(liveTypedCodes: Int, parcelsToLoad: Int) {
        self.liveTypedCodes = liveTypedCodes
        self.parcelsToLoad = parcelsToLoad
    }
}
