/// A fact the station decided or saw. ``StationState/apply(_:)`` is the only way that state changes, and a
/// durable change is committed before any effect of its decision.
public enum Change: Hashable, Sendable, Codable {
    // Durable

    /// An opening is intended: committed before its pulse (S1).
    case openingIntended(Opening)
    /// Its door was seen open.
    case openingOpened(OpeningID, at: StationTime)
    /// Its pickup has been reported although its door is still open.
    case openingReported(OpeningID)
    /// It is over.
    case openingEnded(OpeningID, OpeningOutcome)
    /// What a compartment holds.
    case contents(CompartmentID, Contents)
    /// An alarm is raised, or cleared (nil).
    case alarm(CompartmentID, DoorAlarm?)
    /// A compartment leaves service, or comes back (nil).
    case service(CompartmentID, OutOfService?)
    /// What an opening left behind is in doubt, or not any more (nil).
    case outcomeUnknown(CompartmentID, OpeningPurpose?)
    /// A door sensor is believed, or not.
    case sensorSuspect(CompartmentID, Bool)
    /// Where a parcel is.
    case parcelPlaced(OrderID, ParcelID, ParcelPlace)
    /// The hold of an order has ended, or has been extended.
    case orderExpired(OrderID, Bool)
    /// An order as merged with HQ's newer version.
    case orderStored(OrderRecord)
    /// An event for HQ.
    case reported(Report)
    /// The wrong-code budget.
    case codeBudget(CodeBudget)
    /// Wrong PINs of a badge.
    case pinGuard(PINGuard)
    /// The retailer's values.
    case policy(Policy)
    /// HQ is told that a budget of the governor was overdrawn.
    case governorTripped(Governor.Key, at: Instant)

    /// A grant opens its first door, or was shown again since.
    case grantUsed(GrantUse)
    /// A grant's window is over.
    case grantForgotten(GrantID)
    /// A command of HQ is done, or refused for good.
    case commandDone(CommandUse)
    /// A command of HQ is too old to be done anyway.
    case commandForgotten(String)

    // Of this run only

    /// The lock board has proven the pulse of an opening.
    case openingPulsed(OpeningID, at: StationTime)
    /// How far an opening has come.
    case openingPhase(OpeningID, Opening.Phase)
    /// A door reading.
    case door(CompartmentID, DoorReading)
    /// A lock board answers, or not.
    case board(BoardID, isUp: Bool)
    /// A coil must rest.
    case coolsUntil(CompartmentID, Instant)
    /// What an input or a measurement says that is no door.
    case point(PointReading)
    /// What speaks for and against a door sensor.
    case sensorTrial(CompartmentID, CompartmentState.SensorTrial)
    /// A handover has just ended in this compartment.
    case released(CompartmentID, CompartmentState.Released?)
    /// These compartments, and no others, were not walked as they are wired now.
    case unwalked([CompartmentID])
    /// A compartment was walked.
    case walked(CompartmentID)
    /// Who is at the kiosk.
    case session(Session?)
    /// A message on the screen.
    case notice(KioskNotice?, until: Instant)
    /// The scanner.
    case scanner(isConnected: Bool)
    /// Station time.
    case clock(StationClock)
    /// Numbers about the orders.
    case tally(Tally)
    /// The customer has asked for support, or does not need it any more.
    case support(SupportTicket?)
    /// When the store is open.
    case calendar(OpeningCalendar)

    /// Whether it must be committed before anything is done about it.
    public var isDurable: Bool {
        switch self {
        case .openingIntended, .openingOpened, .openingReported, .openingEnded, .contents, .alarm, .service,
            .outcomeUnknown, .sensorSuspect, .parcelPlaced, .orderExpired, .orderStored, .reported,
            .codeBudget,
            .pinGuard, .policy, .governorTripped, .grantUsed, .grantForgotten, .commandDone,
            .commandForgotten:
            true
        case .openingPulsed, .openingPhase, .door, .board, .coolsUntil, .point, .sensorTrial, .released,
            .unwalked, .walked, .session, .notice, .scanner, .clock,
            .tally, .support, .calendar:
            false
        }
    }
}

/// A thing to do once the changes are committed.
public enum Effect: Hashable, Sendable, Codable {
    /// Energise a coil once.
    case pulse(Pulse)
    /// The screen has changed.
    case showKiosk
    /// The outbox has grown.
    case deliverOutbox
    /// HQ wants the configuration to be read again.
    case reloadConfiguration
    /// HQ wants counters and states.
    case sendDiagnostics

    /// An order to pulse one lock, once.
    public struct Pulse: Hashable, Sendable, Codable {
        /// The opening whose intent is committed.
        public var opening: OpeningID
        /// The door.
        public var compartment: CompartmentID
        /// How long the coil is energised.
        public var durationMs: Int
        /// Not to be sent after this.
        public var notAfter: Instant
    }
}

/// What follows from one event.
public struct Decision: Hashable, Sendable {
    /// Facts, in order.
    public var changes: [Change]
    /// Things to do after the commit, in order.
    public var effects: [Effect]
    /// The state once the changes are applied.
    public var state: StationState
    /// Rules that the decision would have broken; then its changes only quarantine what they concern.
    public var violations: [Violation]

    /// Whether anything must be committed.
    public var isDurable: Bool { changes.contains { $0.isDurable } }
}
