/// What a person with a badge does at the wall beside walking it.
public enum ServiceTool: Hashable, Sendable, Codable {
    /// Looks at every door.
    case doors
    /// Works on the boards of a bus.
    case bus(BusTool)
    /// Opens all doors, one after the other.
    case openAll(OpenAll)

    /// Whoever holds it may be busy at the wall; else the kiosk is for customers again as soon as staff's own idle
    /// time is over.
    var isAtWork: Bool {
        switch self {
        case .doors: false
        case .bus: true
        case .openAll(let all): all.pause == nil && !all.left.isEmpty
        }
    }
}

/// A technician's work on the boards of one bus. While it runs the bus serves nobody.
public struct BusTool: Hashable, Sendable, Codable {
    /// What is to be done.
    public enum Job: String, Hashable, Sendable, Codable {
        /// Find the boards.
        case scan
        /// Give one board another address.
        case setAddress
    }

    /// How far it is.
    public enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
        /// Which bus?
        case chooseBus
        /// Scan: at its own speed, or at every usual one?
        case chooseSpeeds
        /// Address: which model is the board?
        case chooseModel
        /// Address: connect this one board, and no other.
        case connect
        /// The boards are asked; ``KioskButton/stop`` ends it.
        case running
        /// It was told to end.
        case stopping
        /// What the scan found.
        case scanned
        /// Address: this board answers; which address is it to have?
        case found
        /// Address: written and read back.
        case changed
        /// It did not work.
        case failed
    }

    /// What is to be done.
    public var job: Job
    /// How far it is.
    public var stage: Stage
    /// The order that the shell carries out now; answers to another one are late.
    public var order: String?
    /// On which bus.
    public var bus: BankID?
    /// The board's model.
    public var model: String?
    /// The address that it has.
    public var unit: Int?
    /// The address that it is to have.
    public var target: Int?
    /// What answers.
    public var found: [BusFinding] = []
    /// The scan was ended before its end.
    public var isCutShort = false
    /// What is wrong.
    public var trouble: BusTrouble?
    /// It ends then, whatever it is at.
    public var endsBy: Instant?

    /// The longest that one run may take: a scan at all speeds takes some minutes.
    public static let runMaxMs = 1_800_000

    /// Work that has not begun.
    public init(job: Job, stage: Stage) {
        self.job = job
        self.stage = stage
    }

    /// The bus belongs to it.
    public var isRunning: Bool { stage == .running || stage == .stopping }
}

/// What answers on one address of a bus.
public struct BusFinding: Hashable, Sendable, Codable {
    /// The address.
    public var unit: Int
    /// Speed and format of the line, such as `9600 8N1`; nil on a network.
    public var line: String?
    /// The models that it may be, all as likely; empty: none is known.
    public var models: [String]
    /// Two boards have this address.
    public var isCollision: Bool
    /// It is one board, and answers on every address.
    public var isEveryAddress: Bool

    /// What answers on one address.
    public init(unit: Int, line: String?, models: [String], isCollision: Bool, isEveryAddress: Bool) {
        self.unit = unit
        self.line = line
        self.models = models
        self.isCollision = isCollision
        self.isEveryAddress = isEveryAddress
    }
}

/// Why work on a bus did not end well.
public enum BusTrouble: String, Hashable, Sendable, Codable, CaseIterable {
    /// The port cannot be opened, or went away.
    case portUnusable
    /// The bus is still busy: try again.
    case busy
    /// It was told to end.
    case stopped
    /// Nothing answers at the line's own speed.
    case nothingAnswers
    /// More than one board answers: connect one at a time.
    case severalAnswer
    /// The board does not hold its address where this model does: it is another one.
    case wrongModel
    /// The board takes no such address.
    case refused
    /// Written, and it still answers as before: switch its power off and on.
    case stillOld
    /// Written, and the old and the new address answer: two boards are connected.
    case bothAnswer
    /// Written, and nothing answers: switch its power off and on.
    case silentAfterwards
}

/// What the shell is to do on a bus.
public struct BusOrder: Hashable, Sendable, Codable {
    /// What.
    public enum Kind: Hashable, Sendable, Codable {
        /// Find the boards: at every usual speed, or at the bus's own.
        case scan(everySpeed: Bool)
        /// See which one board answers.
        case look(model: String)
        /// Give it another address, and read it back.
        case setAddress(model: String, from: Int, to: Int)
        /// End what is being done.
        case stop
    }

    /// Names the order.
    public var id: String
    /// On which bus.
    public var bus: BankID
    /// What.
    public var kind: Kind
}

/// What came of work on a bus.
public enum BusAnswer: Hashable, Sendable, Codable {
    /// What the scan found.
    case scanned([BusFinding], isCutShort: Bool)
    /// One board answers, at this address.
    case oneBoard(unit: Int)
    /// The address is written and was read back.
    case addressSet(to: Int)
    /// It did not work.
    case failed(BusTrouble)
}

/// Opening all doors, one after the other: an opening each, counted by the governor, each closed again
/// before the next one opens.
public struct OpenAll: Hashable, Sendable, Codable {
    /// Why no further door opens for now.
    public enum Pause: String, Hashable, Sendable, Codable, CaseIterable {
        /// It has not been confirmed.
        case toConfirm
        /// The person stopped it.
        case person
        /// A customer showed a code: nobody is to stand before an open door that is not theirs.
        case customer
        /// The mains are lost and the locks hang on them.
        case powerLost
        /// The governor's budget is used up for longer than anybody stands here.
        case tooManyOpenings
    }

    /// What gives the right to it: a manager's badge or a technician's.
    public var authority: Authority
    /// Doors that are still to be opened, in order.
    public var left: [CompartmentID]
    /// Doors that were opened.
    public var opened: [CompartmentID] = []
    /// Doors that did not open.
    public var failed: [CompartmentID] = []
    /// Doors that cannot be opened now: board down, not walked, a coil that stays on, open already.
    public var leftOut: [CompartmentID]
    /// Why no further door opens for now; nil: it goes on.
    public var pause: Pause?
    /// The next door opens then.
    public var restsUntil: Instant?
    /// How often the next door's coil was waited for.
    public var waits = 0

    /// Between two doors, so that a person sees which one is next.
    static let breathMs = 1_000
    /// A budget that is used up for longer is not waited for.
    static let waitMaxMs = 90_000
}
