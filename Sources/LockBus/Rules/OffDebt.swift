internal import DeviceIO

/// A coil that must go off: owed from the moment "on" was sent until the coil has been read back off.
struct OffDebt {
    enum Step { case switchOff, readBack }

    let channel: Int
    /// When the next frame of it is due.
    var dueAt: BootTime
    var step = Step.switchOff
    /// How often the coil was still on after "off", or the frames failed.
    var attempts = 0
    /// Reported as stuck on.
    var isStuck = false

    /// A failed or useless attempt: soon again at first, then every second for ever.
    mutating func missed(at now: BootTime) {
        attempts += 1
        step = .switchOff
        dueAt = now.advanced(byMilliseconds: isStuck ? 1000 : 50)
    }
}
