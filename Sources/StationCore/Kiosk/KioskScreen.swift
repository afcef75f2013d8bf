/// What fills the kiosk's screen.
public enum KioskScreen: Hashable, Sendable, Codable {
    /// Hold your code in front of the scanner, or type it.
    case home
    /// The station cannot serve anyone now.
    case cannotServe(CannotServe)

    // Customers

    /// A door is being unlocked: look for it, it opens by itself or pull. `attempt` above 1: push the door,
    /// then pull.
    case opening(DoorStep, attempt: Int)
    /// The door is open: take the parcel and close the door.
    case takeParcel(DoorStep)
    /// The door has been open for long: please close it.
    case closeDoor(DoorStep)
    /// The door did not open. Staff have been called, the order stays here; `canRetry`: one more try is
    /// possible.
    case doorStuck(DoorStep, canRetry: Bool)
    /// No sensor can tell: did you take your parcel? (buttons ``KioskButton/taken``,
    /// ``KioskButton/doorDidNotOpen``)
    case confirmTaken(DoorStep)
    /// Thank you. Within the grace time the last door can be opened again (``KioskButton/reopen``).
    case done(DoneStep)
    /// The code was understood, and nothing opens; says why and what to do next.
    case refused(Refusal)

    // Staff

    /// A badge was read: type the PIN.
    case staffPIN
    /// What is to do: load, recall, alarms.
    case staffMenu(StaffMenu)
    /// Scan the next parcel label; `lastLoaded` is the compartment that was filled just now.
    case loadScan(lastLoaded: CompartmentID?, waiting: Int)
    /// A compartment opens for this parcel.
    case loadOpening(LoadStep, attempt: Int)
    /// Put the parcel in and close the door (button ``KioskButton/doesNotFit``).
    case loadPutIn(LoadStep)
    /// The door was closed at once: is the parcel inside? (``KioskButton/parcelInside``,
    /// ``KioskButton/parcelNotInside``)
    case loadConfirm(LoadStep)
    /// No free compartment fits: take the parcel to the counter shelf.
    case wallFull(orderNumber: String, size: Size)
    /// A compartment opens to take an order out again.
    case recallOpening(RecallStep, attempt: Int)
    /// Take everything out and close the door.
    case recallTakeOut(RecallStep)
    /// Closed: is the compartment empty? (``KioskButton/emptied``, ``KioskButton/notEmptied``)
    case recallConfirm(RecallStep)

    // Technicians

    /// Somebody at the station's terminal wants to open a door, or to begin the commissioning: whoever stands
    /// here tells them this number, or does not.
    case serviceNumber(ServiceNumber)
    /// A technician works at the wall.
    case service(ServiceStep)
    /// A technician walks along the wall from the kiosk.
    case walk(WalkStep)
}

/// Why the station serves nobody.
public enum CannotServe: String, Hashable, Sendable, Codable {
    /// No lock board answers.
    case noLockBoard
    /// The mains are lost and the locks hang on them.
    case powerLost
    /// It is starting.
    case starting
    /// It is being stopped.
    case stopping
    /// No door has been walked yet: it is being set up.
    case notCommissioned
}

/// A number that proves that somebody stands at the wall.
public struct ServiceNumber: Hashable, Sendable, Codable {
    /// The digits, in groups.
    public var number: String
    /// The compartment that it opens; nil: it begins the commissioning.
    public var compartment: CompartmentID?

    /// A number to show.
    public init(number: String, compartment: CompartmentID?) {
        self.number = number
        self.compartment = compartment
    }
}

/// One door of a walk at the kiosk.
public struct WalkStep: Hashable, Sendable, Codable {
    /// How far it is.
    public enum Stage: String, Hashable, Sendable, Codable {
        /// To be opened (``KioskButton/walkOpen``, ``KioskButton/walkSkip``).
        case ready
        /// Pulsed; the door is waited for.
        case opening
        /// Its sensor moved: look, and close it.
        case open
        /// Did it open, and no other? (``KioskButton/walked``, ``KioskButton/walkSkip``)
        case confirm
        /// Another sensor moved than its own: wires are crossed (``KioskButton/walkOpen`` tries again).
        case crossed
        /// It did not open, or its sensor said nothing.
        case stayedShut
        /// Every door is walked, or was left out.
        case done
    }

    /// The door; nil when done.
    public var compartment: CompartmentID?
    /// How far it is.
    public var stage: Stage
    /// How many doors are not walked.
    public var left: Int
    /// Whose sensor moved instead.
    public var other: CompartmentID?

    /// One door of a walk.
    public init(compartment: CompartmentID?, stage: Stage, left: Int, other: CompartmentID?) {
        self.compartment = compartment
        self.stage = stage
        self.left = left
        self.other = other
    }
}

/// What a technician is at.
public struct ServiceStep: Hashable, Sendable, Codable {
    /// The door; nil between two doors.
    public var compartment: CompartmentID?
    /// It is open: it must be closed again.
    public var isOpen: Bool

    /// What a technician is at.
    public init(compartment: CompartmentID?, isOpen: Bool) {
        self.compartment = compartment
        self.isOpen = isOpen
    }
}

/// One door of a handover.
public struct DoorStep: Hashable, Sendable, Codable {
    /// The compartment.
    public var compartment: CompartmentID
    /// Which door of the handover this is, from 1.
    public var number: Int
    /// How many doors the handover has.
    public var count: Int
    /// The order's number, as the customer knows it.
    public var orderNumber: String
    /// Whether the customer may say that the door is open (``KioskButton/doorIsOpen``).
    public var mayBeOpen: Bool

    /// One door of a handover.
    public init(
        compartment: CompartmentID,
        number: Int,
        count: Int,
        orderNumber: String,
        mayBeOpen: Bool = false
    ) {
        self.compartment = compartment
        self.number = number
        self.count = count
        self.orderNumber = orderNumber
        self.mayBeOpen = mayBeOpen
    }
}

/// The end of a handover.
public struct DoneStep: Hashable, Sendable, Codable {
    /// The order's number.
    public var orderNumber: String
    /// How many parcels of the order are still to come.
    public var remaining: Int
    /// Doors that stayed shut: staff bring these parcels.
    public var stuck: [CompartmentID]
    /// The compartment that can be opened again, if the grace time allows it.
    public var reopen: CompartmentID?

    /// The end of a handover.
    public init(orderNumber: String, remaining: Int, stuck: [CompartmentID], reopen: CompartmentID?) {
        self.orderNumber = orderNumber
        self.remaining = remaining
        self.stuck = stuck
        self.reopen = reopen
    }
}

/// Why a code opens nothing. Each has its own words and its own next step.
public enum Refusal: Hashable, Sendable, Codable {
    /// No live order has this code: check it, or scan it.
    case unknownCode(triesLeft: Int?)
    /// The hold has ended; staff can help.
    case expired(orderNumber: String)
    /// The order waits in another store.
    case wrongStore(orderNumber: String, storeName: String?)
    /// The order was cancelled.
    case cancelled(orderNumber: String)
    /// Collected before, at this station time.
    case alreadyCollected(orderNumber: String, at: StationTime?)
    /// On its way: not loaded yet.
    case notReadyYet(orderNumber: String)
    /// Collectable only from a later time on.
    case tooEarly(orderNumber: String, from: StationTime)
    /// HQ has put the order on hold.
    case onHold(orderNumber: String)
    /// Something is to be paid first.
    case paymentDue(orderNumber: String)
    /// Waits at the counter or the bay, not in a locker.
    case notInLockers(orderNumber: String)
    /// The doors that hold it cannot open now (board down, out of service): staff hand it over.
    case doorsUnavailable(orderNumber: String)
    /// The keypad is locked after too many wrong codes.
    case keypadLockedOut(seconds: Int)
    /// The governor's budget is used up; try again later.
    case tooManyOpenings(orderNumber: String)
    /// The mains are lost and the locks hang on them.
    case powerLost(orderNumber: String)
    /// The order's state needs a person: something about its compartment is in doubt.
    case needsStaff(orderNumber: String)
    /// A grant that is damaged, or not signed by HQ: scan it again, or use the code.
    case grantNotValid
    /// HQ has taken this grant back: there is a newer code.
    case grantRevoked
    /// A grant, and the station does not know the time: staff help, or the order's code.
    case grantClockUnknown

    /// Why a grant opens nothing.
    static func grant(_ refusal: GrantRefusal) -> Refusal {
        switch refusal {
        case .notValid: .grantNotValid
        case .revoked: .grantRevoked
        case .clockUntrusted: .grantClockUnknown
        }
    }
}

/// A parcel being loaded.
public struct LoadStep: Hashable, Sendable, Codable {
    /// Where it goes.
    public var compartment: CompartmentID
    /// The order's number.
    public var orderNumber: String
    /// The parcel.
    public var parcel: ParcelID
    /// Whether a larger compartment is free.
    public var largerIsFree: Bool
    /// Whether staff may say that the door is open or closed against its sensor
    /// (``KioskButton/doorIsOpen``, ``KioskButton/doorIsClosed``).
    public var mayDoubtSensor: Bool

    /// A parcel being loaded.
    public init(
        compartment: CompartmentID,
        orderNumber: String,
        parcel: ParcelID,
        largerIsFree: Bool,
        mayDoubtSensor: Bool = false
    ) {
        self.compartment = compartment
        self.orderNumber = orderNumber
        self.parcel = parcel
        self.largerIsFree = largerIsFree
        self.mayDoubtSensor = mayDoubtSensor
    }
}

/// An order being taken out again.
public struct RecallStep: Hashable, Sendable, Codable {
    /// The compartment.
    public var compartment: CompartmentID
    /// The order's number.
    public var orderNumber: String
    /// Whether staff may say that the door is open or closed against its sensor
    /// (``KioskButton/doorIsOpen``, ``KioskButton/doorIsClosed``).
    public var mayDoubtSensor: Bool

    /// An order being taken out again.
    public init(compartment: CompartmentID, orderNumber: String, mayDoubtSensor: Bool = false) {
        self.compartment = compartment
        self.orderNumber = orderNumber
        self.mayDoubtSensor = mayDoubtSensor
    }
}

/// What waits for staff.
public struct StaffMenu: Hashable, Sendable, Codable {
    /// A door that needs a person.
    public struct Attention: Hashable, Sendable, Codable {
        /// Why.
        public enum Reason: String, Hashable, Sendable, Codable {
            /// Opened without an authorised opening; what is inside is suspect.
            case forcedOpen
            /// Found open when the station started.
            case foundOpen
            /// Did not open when pulsed.
            case doorStuck
            /// Stands open.
            case leftOpen
            /// A power cut left an opening without a known outcome.
            case outcomeUnknown
            /// The door sensor disagrees with the lock.
            case sensorSuspect
            /// The coil stayed on.
            case coilStuckOn
            /// Its lock board does not answer.
            case boardDown
            /// A rule of the station would have been broken; nothing was done.
            case ruleViolated
        }
        /// The compartment.
        public var compartment: CompartmentID
        /// Why it needs a person.
        public var reason: Reason
        /// Whether a person may clear it here (``KioskButton/clear(_:reason:)``).
        public var clearable: Bool

        /// A door that needs a person.
        public init(compartment: CompartmentID, reason: Reason, clearable: Bool) {
            self.compartment = compartment
            self.reason = reason
            self.clearable = clearable
        }
    }

    /// Parcels that wait to be loaded.
    public var toLoad: Int
    /// Free compartments by size, small first; sizes the wall does not have are absent.
    public var free: [FreeCount]
    /// Compartments whose order was cancelled, re-routed or has expired.
    public var toRecall: [RecallStep]
    /// Doors that need a person.
    public var attention: [Attention]
    /// Doors that this person may walk, for nobody has as they are wired now.
    public var toWalk: Int

    /// Free compartments of one size.
    public struct FreeCount: Hashable, Sendable, Codable {
        /// The size.
        public var size: Size
        /// How many are free.
        public var count: Int

        /// Free compartments of one size.
        public init(size: Size, count: Int) {
            self.size = size
            self.count = count
        }
    }

    /// What waits for staff.
    public init(
        toLoad: Int,
        free: [FreeCount],
        toRecall: [RecallStep],
        attention: [Attention],
        toWalk: Int = 0
    ) {
        self.toWalk = toWalk
        self.toLoad = toLoad
        self.free = free
        self.toRecall = toRecall
        self.attention = attention
    }
}
