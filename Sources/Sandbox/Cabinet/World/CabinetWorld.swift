internal import DeviceIO

/// Doors, latches, coils and boards: the physics of the cabinet. Pure: time comes in, no wire, no thread.
///
/// Every function first lets time pass (``pass(until:)``), so that a pulse that the board has timed ends at
/// its own
/// moment however late anyone looks.
struct CabinetWorld: Sendable {
    struct Door: Sendable {
        var wiring: SandboxDoor
        var board: Int
        var sensorBoard: Int
        var latch = SandboxLatch.locked
        var isStuck = false
        var position = SandboxDoorPosition.closed
        var sensorMode = SandboxSensorMode.honest
    }

    struct Coil: Sendable {
        var door: Int?
        /// Set while the coil is on: since when, without a pause.
        var onSince: BootTime?
        /// When the board switches it off by itself.
        var offAt: BootTime?
        var longestOn: UInt64 = 0
        var pulses = 0
        /// The number of the pulse that is on.
        var pulse = 0

        var isOn: Bool { onSince != nil }
    }

    struct Board: Sendable {
        var name: SandboxBoardName
        var bank: SandboxBankName
        var unit: UInt8
        var model: SandboxBoardModel
        var coils: [Coil]
        /// Registers that only keep what is written: the Waveshare's control modes, and its UART setting.
        var controlModes: [UInt16] = []
        var uart: UInt16 = 0
        var watchdogMs: UInt16 = 0
        var lastRequest = BootTime(nanoseconds: 0)
        var isDead = false
        var fault: SandboxReplyFault?
        var requests = 0
        var spoiledReplies = 0
        var watchdogDrops = 0

        /// When the watchdog drops the outputs, if nobody asks before.
        var watchdogDue: BootTime? {
            guard watchdogMs > 0, coils.contains(where: \.isOn) else { return nil }
            return lastRequest.advanced(byMilliseconds: UInt64(watchdogMs))
        }
    }

    /// The times of one command at the slave.
    struct Arrival: Sendable {
        var firstByte: BootTime
        var complete: BootTime
    }

    /// A demo runs for days: older pulses are only counted.
    static let keptPulses = 10_000

    var boards: [Board]
    var doors: [Door]
    private(set) var pulses: [SandboxPulse] = []
    private(set) var pulseCount = 0
    /// Counts what a page would show: coils, doors, people's doing; not mere requests.
    var revision = 0

    // MARK: Time

    /// Ends what the boards end by themselves: timed pulses, and outputs whose watchdog ran out.
    mutating func pass(until now: BootTime) {
        for board in boards.indices {
            for channel in boards[board].coils.indices {
                guard let offAt = boards[board].coils[channel].offAt, offAt <= now else { continue }
                switchOff(board, channel, at: offAt, by: .timer)
            }
            guard let due = boards[board].watchdogDue, due <= now else { continue }
            boards[board].watchdogDrops += 1
            switchAllOff(board, at: due, by: .watchdog)
        }
    }

    /// The next moment at which ``pass(until:)`` has something to do on that bank.
    func nextDeadline(on bank: SandboxBankName) -> BootTime? {
        var next: BootTime?
        for board in boards where board.bank == bank {
            let moments = board.coils.compactMap(\.offAt) + [board.watchdogDue].compactMap { $0 }
            for moment in moments where next.map({ moment < $0 }) ?? true { next = moment }
        }
        return next
    }

    // MARK: Coils

    /// Switches a coil on by command. A command to a coil that is on is a pulse of its own, so that no
    /// repeated
    /// command goes unseen; the on-time goes on counting.
    mutating func switchOn(
        _ board: Int,
        _ channel: Int,
        cause: SandboxPulse.Cause,
        for milliseconds: UInt64?,
        arrival: Arrival
    ) {
        let now = arrival.complete
        revision += 1
        endPulse(board, channel, at: now, by: .again)
        pulseCount += 1
        let door = boards[board].coils[channel].door
        pulses.append(
            SandboxPulse(
                number: pulseCount,
                door: door.map { doors[$0].wiring.name },
                board: boards[board].name,
                channel: channel + 1,
                cause: cause,
                firstByteAt: arrival.firstByte.nanoseconds,
                startedAt: now.nanoseconds
            )
        )
        // In blocks: moving ten thousand pulses for each new one would be slow.
        if pulses.count >= 2 * Self.keptPulses { pulses.removeFirst(pulses.count - Self.keptPulses) }
        boards[board].coils[channel].pulses += 1
        boards[board].coils[channel].pulse = pulseCount
        boards[board].coils[channel].offAt = milliseconds.map { now.advanced(byMilliseconds: $0) }
        if boards[board].coils[channel].onSince == nil { boards[board].coils[channel].onSince = now }
        if let door { release(door) }
    }

    mutating func switchOff(_ board: Int, _ channel: Int, at now: BootTime, by end: SandboxPulse.End) {
        guard let since = boards[board].coils[channel].onSince else { return }
        revision += 1
        let on = now.nanoseconds - min(now.nanoseconds, since.nanoseconds)
        boards[board].coils[channel].longestOn = max(boards[board].coils[channel].longestOn, on)
        boards[board].coils[channel].onSince = nil
        boards[board].coils[channel].offAt = nil
        endPulse(board, channel, at: now, by: end)
    }

    mutating func switchAllOff(_ board: Int, at now: BootTime, by end: SandboxPulse.End) {
        for channel in boards[board].coils.indices { switchOff(board, channel, at: now, by: end) }
    }

    private mutating func endPulse(_ board: Int, _ channel: Int, at now: BootTime, by end: SandboxPulse.End) {
        let number = boards[board].coils[channel].pulse
        guard number > 0 else { return }
        boards[board].coils[channel].pulse = 0
        let index = number - 1 - (pulseCount - pulses.count)
        guard pulses.indices.contains(index) else { return }
        pulses[index].endedAt = max(now.nanoseconds, pulses[index].startedAt)
        pulses[index].end = end
    }

    // MARK: Doors

    /// The coil pulls the bolt: a working one lets go, and the spring opens the door.
    private mutating func release(_ door: Int) {
        guard !doors[door].isStuck else { return }
        doors[door].latch = .unlocked
        if doors[door].wiring.spring == .pops { doors[door].position = .open }
    }

    func isCoilOn(of door: Int) -> Bool {
        boards[doors[door].board].coils[doors[door].wiring.channel - 1].isOn
    }

    /// What the door's sensor tells; nil without one.
    func sensorReads(_ door: Int) -> SandboxDoorPosition? {
        guard doors[door].wiring.sensor != nil else { return nil }
        switch doors[door].sensorMode {
        case .honest: return doors[door].position
        case .cutOpen: return .open
        case .cutClosed: return .closed
        }
    }

    /// The board's inputs, as its wires carry them; an input without a wire is off.
    func inputs(of board: Int) -> [Bool] {
        var inputs = [Bool](repeating: false, count: boards[board].model.channels)
        for door in doors.indices where doors[door].sensorBoard == board {
            guard let sensor = doors[door].wiring.sensor, let reads = sensorReads(door) else { continue }
            inputs[sensor.input - 1] = (reads == .open) == sensor.isOnWhenOpen
        }
        return inputs
    }
}
