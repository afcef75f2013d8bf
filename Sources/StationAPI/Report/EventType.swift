/// What an event of the station says (`type` of a CloudEvent). A receiver must take a type that it does not
/// know.
public enum EventType: String, Hashable, Sendable, Codable, CaseIterable {
    /// Parcels of an order are in a compartment.
    case orderLoaded = "order.loaded"
    /// A parcel could not be loaded; `reason` says why.
    case orderLoadFailed = "order.loadFailed"
    /// A customer's code was accepted and the handover began.
    case pickupStarted = "pickup.started"
    /// An order was handed over whole.
    case pickupCompleted = "pickup.completed"
    /// Part of an order was handed over.
    case pickupPartial = "pickup.partial"
    /// A handover ended with parcels behind doors that stayed shut.
    case pickupFailed = "pickup.failed"
    /// An earlier completion was false and is taken back.
    case pickupCorrected = "pickup.corrected"
    /// A customer brought goods of an order back.
    case orderReturned = "order.returned"
    /// Staff took an order out of the wall.
    case orderRecalled = "order.recalled"
    /// Parcels of an order are in another compartment now.
    case orderMoved = "order.moved"
    /// An order's hold ended.
    case orderExpired = "order.expired"
    /// The station could not have served an order for some time, and its hold ends later by that.
    case orderHoldExtended = "order.holdExtended"
    /// An order is not served until a person has looked at it.
    case orderQuarantined = "order.quarantined"
    /// A compartment, its lock or its board does not work, or a person has put it right.
    case compartmentFault = "compartment.fault"
    /// A door opened without an intent.
    case doorForcedOpen = "door.forcedOpen"
    /// A door was not closed after its opening.
    case doorLeftOpen = "door.leftOpen"
    /// A door sensor disagrees with people and locks, or is believed again.
    case sensorSuspect = "sensor.suspect"
    /// More openings were asked for than the station allows.
    case governorTripped = "governor.tripped"
    /// Too many wrong codes were typed.
    case keypadLockedOut = "keypad.lockedOut"
    /// A command from HQ was carried out.
    case commandExecuted = "command.executed"
    /// A command from HQ was not carried out.
    case commandRefused = "command.refused"
    /// A grant of HQ was taken as a pickup code.
    case grantUsed = "grant.used"
    /// A grant was shown that this station does not take, or took before.
    case grantRefused = "grant.refused"
    /// The station started.
    case stationStarted = "station.started"
    /// The mains, the temperature or a tamper contact of the wall: `reason` is
    /// `mainsLost.raised.NAME`, `mainsLost.cleared.NAME`, …
    case pointAlarm = "station.pointAlarm"

    /// Types that have a place in the contract and that no station of this version sends yet: a receiver can
    /// be built for them.
    public static let announced: Set<EventType> = [
        .pickupCorrected, .orderReturned, .orderMoved,
    ]
}
