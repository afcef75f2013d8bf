internal import DeviceIO

/// What the bus knows about one board. Lives inside the ``LockBus`` actor.
final class Board {
    enum Link {
        /// Not in use until the next try.
        case down(reason: String, since: BootTime)
        /// Being set up: `step` counts the requests of ``LockBus``'s set-up.
        case setUp(step: Int)
        case up
    }

    /// A pulse that was sent; its time may be over.
    struct RunningPulse {
        let channel: Int
        var endsAt: BootTime
    }

    /// A door whose lock is on some board and whose sensor may be on another one.
    struct Door {
        let name: DoorChannel
        /// Index of the input on the board that holds this entry.
        let input: Int
        let openIsOn: Bool
        var filter = DoorFilter()
    }

    let index: Int
    let name: BoardName
    let profile: BoardProfile

    var link: Link
    var backoff = Backoff(firstMs: 1000, limitMs: 30_000)
    var retryAt = BootTime(nanoseconds: 0)
    /// Failures since the last proper answer.
    var failures = 0
    /// It has answered since the port was opened.
    var hasAnswered = false
    /// It was down and is being asked whether it is back (half-open).
    var isProbe = false
    var hasBeenUp = false
    var wasDiagnosed = false
    /// What was last told to the owner.
    var told: BoardReport.State

    /// Doors whose sensors are on this board.
    var sensors: [Door] = []
    /// What else is on this board.
    var points: [PointState] = []
    var nextPoll = BootTime(nanoseconds: 0)
    /// The last try to read the sensors.
    var lastRead = BootTime(nanoseconds: 0)
    /// From then on the coils are read when the line has nothing better to do …
    var nextCoilCheck = BootTime(nanoseconds: 0)
    /// … and from then on like everything else.
    var coilCheckBy = BootTime(nanoseconds: 0)
    /// Some boards need longer than the line between two requests to them; the others go on meanwhile.
    var gapEndsAt = BootTime(nanoseconds: 0)
    var fastUntil = BootTime(nanoseconds: 0)
    /// No request before this: the board's watchdog is left to switch its outputs off.
    var silentUntil = BootTime(nanoseconds: 0)

    /// The last pulse.
    var running: RunningPulse?
    var debts: [OffDebt] = []
    /// When the supply has rested after the last pulse.
    var freeAt = BootTime(nanoseconds: 0)
    /// The supply that it shares with other boards.
    let supply: Supply?
    /// How hot each coil is.
    var heat: [CoilHeat]
    /// Pulses that wait for their turn, oldest first.
    var queue: [UInt64] = []

    /// Where the board's inputs show its own locks: when each was last read closed and open.
    var latches = LatchBook()

    var counters = BoardCounters()
    var lastGood: BootTime?
    /// Its output watchdog may have run out since it was set up: nobody spoke to it for its time, or it refused a
    /// command.
    var mayHaveTripped = false

    init(index: Int, configuration: BoardConfiguration) {
        self.index = index
        name = configuration.name
        profile = configuration.profile
        let start = BootTime.now()
        link = .down(reason: "not started", since: start)
        told = .down(reason: "not started", since: start)
        supply = configuration.supply
        let cold = CoilHeat(coolDown: profile.coolDown, maximumOnMs: profile.maximumOnMs)
        heat = Array(repeating: cold, count: profile.channels)
    }

    var isUp: Bool {
        if case .up = link { true } else { false }
    }

    /// Being set up for the first time, or after it was down.
    var isInSetUp: Bool {
        if case .setUp = link { true } else { false }
    }

    /// Its coils have been switched off and read since the set-up began.
    var isPastCoils: Bool {
        if case .setUp(let step) = link { step >= 2 } else { true }
    }

    /// Nobody has spoken to the board for so long that its output watchdog is about to run out, or has.
    func hasBeenLeftAlone(at now: BootTime) -> Bool {
        guard case .host(let watchdogMs) = profile.timing, let lastGood else { return false }
        return now.milliseconds(since: lastGood) + 50 >= UInt64(watchdogMs)
    }

    /// Coils that could not be switched off.
    var stuckChannels: [Int] {
        debts.filter(\.isStuck).map(\.channel).sorted()
    }

    /// A coil of it, for its supply.
    func coil(_ channel: Int) -> Supply.Coil {
        Supply.Coil(board: ObjectIdentifier(self), channel: channel)
    }

    /// This coil reads on, or may be on: it heats, and keeps its place at the supply. It was off when coils
    /// were looked at last.
    func noteOn(_ channel: Int, at now: BootTime) {
        let earlier = min(now.nanoseconds, coilCheckMs * 1_000_000)
        heat[channel - 1].seenOn(at: now, atMostSince: BootTime(nanoseconds: now.nanoseconds - earlier))
        supply?.hold(coil(channel), until: now.advanced(byMilliseconds: UInt64(profile.maximumOnMs)))
    }

    /// This coil, which was or may have been on, reads off.
    func noteOff(_ channel: Int, at now: BootTime) {
        heat[channel - 1].seenOff(at: now)
        supply?.switchedOff(coil(channel), at: now)
    }

    /// Whether a coil of this board may be on.
    func mayBeOn(at now: BootTime) -> Bool {
        !debts.isEmpty || running.map { now < $0.endsAt } ?? false
    }

    /// Coils to be switched off or read back before the board can be used; stuck ones are not waited for.
    var owesNow: Bool {
        debts.contains { !$0.isStuck }
    }

    /// How many failures in a row make the board down.
    var failureLimit: Int {
        isProbe ? 1 : hasAnswered ? Pace.failureLimit : 2
    }

    /// Whether its inputs are read: it has sensors, or nothing else shows that it lives.
    var isPolled: Bool {
        !sensors.isEmpty || !profile.coilsCanBeRead || points.contains(where: \.isInput)
    }

    /// Where its set-up begins: coils that cannot be read are not switched off and read either.
    var firstStep: Int {
        profile.coilsCanBeRead ? 0 : 2
    }

    /// How often its coils are read: also the sign of life of a board without sensors.
    var coilCheckMs: UInt64 {
        guard sensors.isEmpty else { return Pace.coilCheckMs }
        // Nothing else feeds its watchdog.
        if case .host(let watchdogMs) = profile.timing {
            return min(Pace.coilCheckMs, UInt64(watchdogMs)) / 2
        }
        return Pace.coilCheckMs / 2
    }

    var nextDebt: OffDebt? {
        debts.min { $0.dueAt < $1.dueAt }
    }

    /// The coils were read, and none is on that should not be.
    func coilsRead(at now: BootTime) {
        nextCoilCheck = now.advanced(byMilliseconds: coilCheckMs)
        var limitMs = sensors.isEmpty ? Pace.coilCheckMs : Pace.coilCheckLimitMs
        // Without sensors nothing else feeds its watchdog.
        if sensors.isEmpty, case .host(let watchdogMs) = profile.timing {
            limitMs = min(limitMs, UInt64(watchdogMs) / 4 * 3)
        }
        coilCheckBy = now.advanced(byMilliseconds: limitMs)
    }

    /// Whether its doors deserve more readings: after a pulse, and while one is open.
    func isBusy(at now: BootTime) -> Bool {
        now < fastUntil || sensors.contains { $0.filter.reported == .open }
    }

    /// Whether the board can give pulses, and why not.
    var state: BoardReport.State {
        let stuck = stuckChannels.map(String.init).joined(separator: ", ")
        switch link {
        case .down(let reason, let since):
            return .down(reason: reason, since: since)
        case .setUp:
            return told
        case .up where !stuck.isEmpty:
            let since = if case .down(_, let since) = told { since } else { BootTime.now() }
            return .down(reason: "output \(stuck) stays on; check its relay and lock", since: since)
        case .up:
            return .up
        }
    }
}
