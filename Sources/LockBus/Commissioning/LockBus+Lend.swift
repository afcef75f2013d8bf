internal import DeviceIO
internal import Logging

// The port is given away while a technician looks for boards: two programs on one line garble each other.
extension LockBus {
    /// What the boards of a lent bus say of themselves.
    static let lentReason = "a technician works on this bus"

    /// Finishes the pulse in progress, switches every coil off and reads it back, and closes the port until
    /// ``takeBack()``. Every board is down meanwhile and says why: no pulse is given and no door is read.
    ///
    /// - Returns: whether the port is free; else the bus goes on as before.
    public func lend() async -> Bool {
        guard phase == .running, !isLent, configurationFault == nil else { return false }
        let limit = BootTime.now().advanced(byMilliseconds: 5_000)
        while hasUnfinishedPulse, BootTime.now() < limit {
            await Self.pause(until: BootTime.now().advanced(byMilliseconds: 10))
        }
        guard phase == .running, !isLent, !hasUnfinishedPulse else { return false }
        // From here on without a suspension: no pulse comes in between.
        isLent = true
        if !portIsDown { switchEverythingOff() }
        driver?.close()
        portIsDown = true
        for board in boards { takeDown(board, reason: Self.lentReason) }
        logger.notice("the bus is out of service: a technician works on it")
        return true
    }

    /// Opens the port again at once, and sets every board up before it is used.
    public func takeBack() {
        guard isLent else { return }
        isLent = false
        portRetryAt = BootTime.now()
        portBackoff.succeeded()
        wake()
    }
}
