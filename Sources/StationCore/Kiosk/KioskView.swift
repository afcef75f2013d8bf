/// Everything the kiosk's page shows, whole: a reload or a second screen is right at once.
///
/// It carries order numbers and compartment labels, never a code, a name or a product (S12).
public struct KioskView: Hashable, Sendable, Codable {
    /// Grows with every change, so that a page can drop what arrives late.
    public var revision: UInt64
    /// What fills the screen.
    public var screen: KioskScreen
    /// A short message over the screen, such as the answer to a second customer's scan.
    public var notice: KioskNotice?
    /// Seconds until the session ends by itself (``KioskButton/moreTime`` puts it off); nil while it waits for
    /// a door, and while nobody is served.
    public var endsIn: Int?
    /// Whether a code may be typed.
    public var keypad: KeypadState
    /// Whether the scanner is connected; the page shows the keypad first when it is not.
    public var scannerConnected: Bool
    /// Every compartment with a door, in the order of the plan.
    public var doors: [KioskDoor]
    /// The customer has asked for support.
    public var support: SupportView?

    /// A view of the station.
    public init(
        revision: UInt64,
        screen: KioskScreen,
        notice: KioskNotice?,
        endsIn: Int? = nil,
        keypad: KeypadState,
        scannerConnected: Bool,
        doors: [KioskDoor],
        support: SupportView? = nil
    ) {
        self.revision = revision
        self.screen = screen
        self.notice = notice
        self.endsIn = endsIn
        self.keypad = keypad
        self.scannerConnected = scannerConnected
        self.doors = doors
        self.support = support
    }
}

/// What a customer who talks to support is shown over the screen.
public struct SupportView: Hashable, Sendable, Codable {
    /// The number to tell support.
    public var number: String
    /// The door that support asks to open (``KioskButton/supportYes``, ``KioskButton/supportNo``).
    public var asksToOpen: CompartmentID?
    /// The door that is being opened for it, or stands open.
    public var opens: CompartmentID?

    /// What is shown.
    public init(number: String, asksToOpen: CompartmentID? = nil, opens: CompartmentID? = nil) {
        self.number = number
        self.asksToOpen = asksToOpen
        self.opens = opens
    }
}

/// A door in the picture of the wall.
public struct KioskDoor: Hashable, Sendable, Codable {
    /// How a door is drawn.
    public enum Look: String, Hashable, Sendable, Codable {
        /// Shut; says nothing of what is inside.
        case closed
        /// Open now.
        case open
        /// The door this screen is about: draw it lit.
        case lit
        /// Out of use.
        case outOfService
        /// Its board or sensor cannot be read.
        case unknown
    }

    /// The compartment's label.
    public var compartment: CompartmentID
    /// How to draw it.
    public var look: Look

    /// A door in the picture.
    public init(compartment: CompartmentID, look: Look) {
        self.compartment = compartment
        self.look = look
    }
}

/// Whether codes may be typed at the kiosk.
public enum KeypadState: Hashable, Sendable, Codable {
    /// Typed codes are taken; `digits` is how many a typed code has.
    case available(digits: Int)
    /// Too many wrong codes; a long scanned code still works. `seconds` until the keypad is back.
    case lockedOut(seconds: Int)
}

/// A message laid over the screen for a few seconds.
public struct KioskNotice: Hashable, Sendable, Codable {
    /// What it says.
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Another person's session is open: wait until its door is closed, then scan again.
        case sessionInUse
        /// The code of this session was scanned again; it is already being served.
        case alreadyServing
        /// A parcel label was scanned while a door is open: close it first.
        case closeDoorFirst
        /// No parcel has this label.
        case labelUnknown
        /// The order of this grant is known now: load its parcels.
        case grantNoted
        /// The parcel was loaded before.
        case parcelAlreadyLoaded
        /// The parcel's order was cancelled: do not load it.
        case orderCancelled
        /// The parcel's order belongs to another store.
        case orderElsewhere
        /// The parcel's order has expired or is closed.
        case orderClosed
        /// The parcel is not for the lockers (counter or curbside).
        case notForLockers
        /// The parcel does not go into a locker because HQ has put its order on hold.
        case orderOnHold
        /// The badge is known; its PIN was wrong.
        case pinWrong
        /// Too many wrong PINs: this badge is locked for a while.
        case staffLockedOut
        /// This badge is revoked or unknown.
        case badgeUnknown
        /// The scan could not be read: hold the code still, 10–20 cm away, screen bright.
        case scanUnreadable
        /// The mains are lost: no door opens until they are back.
        case powerLost
        /// The governor's budget is used up: no further door for a while.
        case tooManyOpenings
        /// The button does not fit what is on the screen any more.
        case tooLate
    }

    /// What it says.
    public var kind: Kind
    /// The compartment it is about, if any.
    public var compartment: CompartmentID?

    /// A message laid over the screen.
    public init(kind: Kind, compartment: CompartmentID? = nil) {
        self.kind = kind
        self.compartment = compartment
    }
}
