/// The rhythm of a bus, in milliseconds, and why it is so.
///
/// At rest a door is read every 400 ms: the rule is 500 (S7), nobody is at the wall, and each frame saved is
/// time for an opening, and power. After a pulse, and while a door is open, its board is read every 70 ms:
/// the rule is 100, and a person's hand is no faster, so more readings would tell nothing. Reading as fast as
/// the line bears (``BusPolling/continuous``) is for those who want it.
enum Pace {
    /// Every door is read at least every 500 ms (S7).
    static let doorLimitMs = 500
    /// The usual interval; the rest is room for frames in flight.
    static let idlePollMs: UInt64 = 400
    /// From then on a board is read before all those that are read fast, or set up.
    static let overdueMs: UInt64 = 440
    /// What comes on top of a probe's response time until the next sensor is read.
    static let probeSlackMs = 120
    /// After a pulse at most 100 ms.
    static let fastPollMs: UInt64 = 70
    /// A board is polled fast for so long after a pulse.
    static let fastSpanMs: UInt64 = 10_000
    /// How often coils are looked at that nobody switched on: while the line is free …
    static let coilCheckMs: UInt64 = 2000
    /// … and at the latest, on a line that is never free. After a pulse they are looked at in any case.
    static let coilCheckLimitMs: UInt64 = 10_000
    /// After a board-timed pulse its coil must be off by then.
    static let flashMarginMs: UInt64 = 150
    /// For so long an announced pulse is waited for. It comes out of the room for frames in flight.
    static let expectedPulseMs: UInt64 = 10
    /// Probes of dead boards wait for so long after a pulse, but not longer than ``probeDelayMs`` in all.
    static let probeHoldMs: UInt64 = 2000
    static let probeDelayMs: UInt64 = 10_000
    /// A coil that is switched off disturbs the line for so long, at most.
    static let pulseEchoMs: UInt64 = 100
    /// Failures in a row after which a board that answered before is down.
    static let failureLimit = 3
    /// Frames to switch one coil off before it is called stuck.
    static let offAttempts = 4

    /// When a port that is gone is opened again. Looking for a device costs microseconds, and a pulled
    /// adapter must serve again within 2 s; a connection costs a board's attention, and may block for its
    /// whole time.
    static func portBackoff(_ transport: BusTransport) -> Backoff {
        switch transport {
        case .rtu, .serial, .gpio: Backoff(firstMs: 250, limitMs: 250)
        case .tcp, .serialTCP: Backoff(firstMs: 500, limitMs: 2000)
        }
    }
}
