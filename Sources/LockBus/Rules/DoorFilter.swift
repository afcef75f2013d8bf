/// Turns raw sensor readings of one door into what may be reported (S14).
///
/// Open is reported at once: too early is harmless, too late is an alarm missed. Closed takes two equal
/// readings in a row, both taken after the last error and the last pulse: a late reply or a bounce is one
/// reading.
struct DoorFilter {
    private(set) var reported: DoorReading?
    private var closedInARow = 0

    /// Takes a reading; returns what is to be reported, if it is news.
    mutating func observe(isOpen: Bool) -> DoorReading? {
        if isOpen {
            closedInARow = 0
            return change(to: .open)
        }
        closedInARow += 1
        return closedInARow >= 2 ? change(to: .closed) : nil
    }

    /// Forgets what was seen before: an error, or a pulse that may have opened the door.
    mutating func doubt() {
        closedInARow = 0
    }

    /// The sensor cannot be read any more.
    mutating func lose() -> DoorReading? {
        closedInARow = 0
        return change(to: .unknown)
    }

    private mutating func change(to reading: DoorReading) -> DoorReading? {
        guard reported != reading else { return nil }
        reported = reading
        return reading
    }
}
