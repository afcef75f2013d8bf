/// One person at the kiosk.
public enum Session: Hashable, Sendable, Codable {
    /// A customer collects.
    case collecting(Collecting)
    /// A refusal is on the screen.
    case refusing(Refusal, until: Instant)
    /// A badge was shown; its PIN is awaited.
    case identifying(StaffRecord, until: Instant)
    /// A member of staff works.
    case staff(StaffSession)
    /// A technician works at the wall.
    case service(ServiceSession)
}

extension Session {
    /// Whether a broken rule concerns the door or the order of this session.
    func isAbout(_ violation: Violation) -> Bool {
        switch self {
        case .collecting(let collecting):
            violation.order == collecting.order.id
                || collecting.doors.contains { $0 == violation.compartment }
        case .staff(let staff): staff.compartment != nil && staff.compartment == violation.compartment
        case .service(let service): service.compartment == violation.compartment
        case .refusing, .identifying: false
        }
    }

    /// The opening that it waits for.
    var opening: OpeningID? {
        switch self {
        case .collecting(let collecting):
            if case .opening(let id) = collecting.step { id } else { nil }
        case .staff(let staff): staff.opening
        case .service(let service): service.opening
        case .refusing, .identifying: nil
        }
    }
}

/// A customer's session: the doors of one handover, one after the other.
public struct Collecting: Hashable, Sendable, Codable {
    /// What happens at the present door.
    public enum Step: Hashable, Sendable, Codable {
        /// An opening is under way; its own phase tells how far it is.
        case opening(OpeningID)
        /// The coil rests before the next attempt.
        case resting(attempt: Int, until: Instant)
        /// The door stays shut; staff have been called.
        case stuck(until: Instant)
        /// All doors are through.
        case done(until: Instant)
    }

    /// The handover.
    public var handover: HandoverID
    /// The order, kept up to date while the session lasts.
    public var order: OrderRecord
    /// Its code was typed, not scanned.
    public var isTyped: Bool
    /// The doors to open, in order.
    public var doors: [CompartmentID]
    /// Which of them is the present one.
    public var index: Int
    /// Attempts made at the present door.
    public var attempts: Int
    /// What happens at it.
    public var step: Step
    /// Doors that stayed shut.
    public var stuck: [CompartmentID]
    /// How often the present door's coil was waited for.
    public var waits = 0
    /// The present door was, or may have been, pulsed for this customer.
    public var isPulsed = false
    /// The grant that was shown instead of a code.
    public var grant: GrantHold?

    /// The present door.
    public var door: CompartmentID? {
        doors.indices.contains(index) ? doors[index] : nil
    }
}

/// A session of staff.
public struct StaffSession: Hashable, Sendable, Codable {
    /// What they are doing.
    public enum Task: Hashable, Sendable, Codable {
        /// Looking at the menu.
        case menu
        /// About to scan the next label.
        case scanning(lastLoaded: CompartmentID?)
        /// Loading one parcel.
        case loading(Loading)
        /// No compartment fits.
        case wallFull(orderNumber: String, size: Size)
        /// Taking an order out.
        case recalling(Recalling)
    }

    /// Loading one parcel.
    public struct Loading: Hashable, Sendable, Codable {
        /// The opening; nil while the coil rests before the next attempt.
        public var opening: OpeningID?
        /// The parcel's order.
        public var order: OrderRecord
        /// The parcel.
        public var parcel: ParcelID
        /// Where it goes.
        public var compartment: CompartmentID
        /// Attempts made at this door.
        public var attempts: Int
        /// Before the next attempt.
        public var restsUntil: Instant?
        /// The door was closed at once: is the parcel inside?
        public var asks: Bool
        /// How often this door's coil was waited for.
        public var waits = 0
        /// Compartments that did not open for this parcel: not offered for it again.
        public var tried: [CompartmentID] = []
        /// The visit that is asked about.
        public var visit: Visit?
    }

    /// Taking an order out.
    public struct Recalling: Hashable, Sendable, Codable {
        /// The opening; nil while resting or asking.
        public var opening: OpeningID?
        /// From where.
        public var compartment: CompartmentID
        /// The order's number.
        public var orderNumber: String
        /// Attempts made at this door.
        public var attempts: Int
        /// Before the next attempt.
        public var restsUntil: Instant?
        /// Closed again: is it empty?
        public var asks: Bool
        /// How often this door's coil was waited for.
        public var waits = 0
        /// The visit that is asked about.
        public var visit: Visit?
    }

    /// What the door of an opening was seen to do before a person was asked what came of it.
    public struct Visit: Hashable, Sendable, Codable {
        /// The opening that is over.
        public var opening: OpeningID
        /// What was seen.
        public var evidence: Evidence

        /// The same as a person's word: what was seen stays with it.
        var confirmed: Evidence {
            var evidence = evidence
            evidence.kind = .staffConfirmed
            return evidence
        }
    }

    /// Who.
    public var staff: StaffID
    /// What they may do.
    public var roles: [StaffRecord.Role]
    /// What they are doing.
    public var task: Task
    /// The session ends then if nothing is touched and no door of it is open.
    public var idleAt: Instant

    /// The opening of the present task.
    public var opening: OpeningID? {
        switch task {
        case .loading(let loading): loading.opening
        case .recalling(let recalling): recalling.opening
        case .menu, .scanning, .wallFull: nil
        }
    }
}
