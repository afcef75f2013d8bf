internal import DeviceIO

/// A coil that must go off: owed from the moment "on" was sent until the coil has been read back off.
struct OffDebt {
    enum Step { case switchOff, readBack }

    let channel: Int
    /// When the next frame of it is due.
    var dueAt: BootTime
    /// The last moment to stop talking to the board, so that its watchdog still switches the coil off in
    /// time (S6); `nil` where the board has none or nobody knows how long the coil has been on.
    var silenceBy: BootTime?
    var step = Step.switchOff
    /// How often the coil was still on after "off", or could not be read.
    var attempts = 0
    /// Reported as stuck on.
    var isStuck = false

    init(channel: Int, dueAt: BootTime, silenceBy: BootTime? = nil) {
        self.channel = channel
        self.dueAt = dueAt
        self.silenceBy = silenceBy
    }

    /// Whether there is nothing more to try with frames alone.
    func isHopeless(at now: BootTime) -> Bool {
        !isStuck && (attempts >= Pace.offAttempts || silenceBy.map { $0 <= now } ?? false)
    }

    /// "Off" was sent, with or without success: the coil tells.
    mutating func offSent(at now: BootTime, confirmed: Bool) {
        step = .readBack
        wait(confirmed ? 0 : 50, from: now)
    }

    /// The coil is still on, or could not be read: soon again at first, then every second for ever.
    mutating func missed(at now: BootTime) {
        attempts += 1
        step = .switchOff
        wait(isStuck ? 1000 : 50, from: now)
    }

    private mutating func wait(_ milliseconds: UInt64, from now: BootTime) {
        dueAt = now.advanced(byMilliseconds: milliseconds)
        if let silenceBy, !isStuck { dueAt = min(dueAt, silenceBy) }
    }
}
