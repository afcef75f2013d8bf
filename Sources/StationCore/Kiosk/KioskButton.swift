/// A touch on the kiosk's screen. A button that does not fit the screen any more is answered by
/// ``KioskNotice/Kind/tooLate`` and changes nothing.
public enum KioskButton: Hashable, Sendable, Codable {
    /// Back to the start; ends the session unless a door is open.
    case finish
    /// The session is not to end yet: a minute from now at the earliest (``KioskView/endsIn``).
    case moreTime
    /// Try the stuck door once more.
    case retry
    /// Open the last door again, within the grace time.
    case reopen
    /// No sensor: the customer has taken the parcel.
    case taken
    /// No sensor: the door did not open.
    case doorDidNotOpen

    /// The customer wants to talk to support: show a number for it.
    case callSupport
    /// Support asks to open a door: yes.
    case supportYes
    /// Support asks to open a door: no.
    case supportNo

    /// The sensor says closed, and the door is open.
    case doorIsOpen
    /// Staff: the sensor says open, and the door is closed.
    case doorIsClosed

    /// Staff: start loading.
    case startLoading
    /// Staff: the parcel does not fit, give me a larger compartment.
    case doesNotFit
    /// Staff: the parcel is inside.
    case parcelInside
    /// Staff: the parcel is not inside; free the compartment.
    case parcelNotInside
    /// Staff: open this compartment to take its order out.
    case recall(CompartmentID)
    /// Staff: it is empty now.
    case emptied
    /// Staff: something is still inside.
    case notEmptied
    /// Staff: clear what is wrong with this compartment.
    case clear(CompartmentID, reason: ClearReason)
    /// Staff: back to the menu.
    case menu

    /// Technician: walk the doors that were not walked as they are wired now.
    case startWalk
    /// Technician: open the door that is next on the walk, or once more.
    case walkOpen
    /// Technician: not this door; the next one.
    case walkSkip
    /// Technician: it, and no other, opened. The shell seals it in the door map first.
    case walked
}

/// What staff found when they clear an alarm.
public enum ClearReason: String, Hashable, Sendable, Codable, CaseIterable {
    /// Looked inside: everything is there.
    case contentsIntact
    /// Looked inside: it is empty, and should be.
    case empty
    /// Looked inside: the parcel is gone. The order is reported to HQ.
    case contentsMissing
    /// Repaired and tried.
    case repaired
    /// The door is shut and its sensor says open: it is not believed any more. Nothing else is cleared.
    case doorIsClosed
}
