internal import DeviceIO
public import Logging
internal import Synchronization

/// The lock boards of one bus: pulses, door sensors and the health of each board.
///
/// All of it happens on one thread of its own, `bus-<name>`, one request at a time. A pulse waits for the
/// request in flight at most; everything else (sensors, health, reconnecting) fits around it. Call
/// ``pulse(_:)`` from a task of priority `.high`, and ``shutdown()`` at the end: until then the bus keeps
/// itself alive.
public actor LockBus {
    enum Phase { case idle, starting, running, closing, closed }

    /// Where a door is: indices into ``boards``.
    struct DoorPlace {
        let board: Int
        let channel: Int
        let sensorBoard: Int?
    }

    let configuration: BusConfiguration
    let logger: Logger
    let emit: @Sendable (LockBusEvent) -> Void
    let boards: [Board]
    let driver: (any LockBoardDriver)?
    let doors: [DoorChannel: DoorPlace]
    /// What makes the configuration unusable; then no port is ever opened.
    let configurationFault: String?

    var phase = Phase.idle
    /// The port cannot be opened, or was lost; tried again at `portRetryAt`.
    var portIsDown = true
    var portRetryAt = BootTime(nanoseconds: 0)
    var portBackoff: Backoff
    /// Somebody else has the port: see ``lend()``.
    var isLent = false
    var loop: Task<Void, Never>?
    /// The watch, while it waits for ``wake()`` or its time.
    var dozing: CheckedContinuation<Void, Never>?
    var dozes: UInt64 = 0
    var pulsesInProgress = 0
    var nextTicket: UInt64 = 0
    /// For late replies, which belong to the board asked before.
    var lastAsked: Board?
    var lateRepliesSeen = 0
    var strayBytesSeen = 0
    var secondRepliesSeen = 0
    /// What the boards' counters were, for the bus doctor.
    var history = BusHistory()

    let thread: DeviceThread
    /// Pulses on their way to this actor: sensors are not read while there are any.
    nonisolated let arriving = Atomic<Int>(0)
    /// Until then a pulse is expected, in nanoseconds of CLOCK_BOOTTIME.
    nonisolated let expectedUntil = Atomic<UInt64>(0)

    /// Prepares a bus; opens nothing.
    /// - Parameters:
    ///   - configuration: see ``BusConfiguration/problems()``; with problems every board stays down and
    ///     says so.
    ///   - onEvent: called on the bus's thread; must not block.
    public init(
        configuration: BusConfiguration,
        logger: Logger,
        onEvent: @escaping @Sendable (LockBusEvent) -> Void
    ) {
        self.configuration = configuration
        self.logger = logger
        emit = onEvent
        thread = DeviceThread(name: "bus-\(configuration.name.rawValue)")
        portBackoff = Pace.portBackoff(configuration.transport)
        let problem = configuration.problems().first?.description
        let opened = problem == nil ? configuration.makeDriver() : nil
        driver = opened
        configurationFault = opened == nil ? problem ?? "the port's settings cannot be used" : nil
        let boards = configuration.boards.enumerated().map {
            Board(index: $0.offset, configuration: $0.element)
        }
        for board in boards {
            board.points = configuration.points.filter { $0.board == board.name }.map(PointState.init)
        }
        self.boards = boards
        doors = problem == nil ? Self.wire(configuration, boards) : [:]
    }

    deinit {
        thread.stop()
    }

    /// The bus's own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        thread.asUnownedSerialExecutor()
    }

    /// Opens the port, switches every coil off and reads it back, then reads the sensors, before anything
    /// else. After that the bus watches its boards until ``shutdown()``. A dead board or port is a report,
    /// not an error. Boards whose coils cannot be read are asked for their locks only: their pulses end by
    /// themselves.
    /// - Parameter earlier: pulses that another owner of these boards may have given before it ended, nobody
    ///   knows how: their coils count as on for as long as can be.
    public func start(after earlier: [DoorChannel: PossiblePulse] = [:]) async -> [BoardReport] {
        guard phase == .idle else { return reports() }
        phase = .starting
        assumeHeat(of: earlier)
        if let configurationFault {
            for board in boards { takeDown(board, reason: configurationFault) }
            phase = .running
            return reports()
        }
        for (door, place) in doors where place.sensorBoard == nil {
            emit(.door(door, .unknown, at: BootTime.now()))
        }
        watchInputs()
        openPort()
        while !portIsDown, boards.contains(where: \.isInSetUp), let next = nextWork(at: BootTime.now()) {
            if next.dueAt > BootTime.now() { await doze(until: next.dueAt) }
            perform(next.work)
        }
        phase = .running
        loop = Task.detached(priority: .medium) { await self.watch() }
        return reports()
    }

    /// Energises one lock once.
    ///
    /// Sent at most once and never repeated. Returns when the board has taken the command, not when the
    /// pulse ends. Waits while another lock of the same board is energised, but not beyond the request's
    /// `notAfter`.
    public nonisolated(nonsending) func pulse(_ request: PulseRequest) async -> PulseReport {
        arriving.add(1, ordering: .relaxed)
        return await take(request)
    }

    /// A pulse may follow at once: for the next 10 ms no sensor read and no probe is begun that it would have
    /// to wait for. Coils are switched off all the same, and every door is still read every 500 ms.
    public nonisolated func expectPulse() {
        let until = BootTime.now().advanced(byMilliseconds: Pace.expectedPulseMs)
        expectedUntil.store(until.nanoseconds, ordering: .relaxed)
    }

    /// As ``pulse(_:)``, from any thread, in one hop to the bus's own: nobody else has to wake first.
    /// `answer` is called on the bus's thread; it must not block.
    public nonisolated func pulse(
        _ request: PulseRequest,
        answer: @escaping @Sendable (PulseReport) -> Void
    ) {
        arriving.add(1, ordering: .relaxed)
        thread.perform(urgent: true) {
            self.assumeIsolated { bus in
                // Runs here and now as far as the frame, and only then suspends, if it must.
                _ = Task<Void, Never>.immediate(priority: .high) { answer(await bus.take(request)) }
            }
        }
    }

    /// The health of every board, in the order of the configuration.
    public func reports() -> [BoardReport] {
        boards.map(report)
    }

    /// Finishes the pulse in progress, switches every coil off and reads it back, and closes the port.
    /// Pulses that wait or come later are refused `.busShutDown`.
    public func shutdown() async {
        while phase == .starting || phase == .closing {
            await Self.pause(until: BootTime.now().advanced(byMilliseconds: 10))
        }
        guard phase != .closed else { return }
        phase = .closing
        let longest = boards.map(\.profile.maximumOnMs).max() ?? 0
        let limit = BootTime.now().advanced(byMilliseconds: UInt64(longest + 2000))
        while BootTime.now() < limit, hasUnfinishedPulse {
            await Self.pause(until: BootTime.now().advanced(byMilliseconds: 10))
        }
        phase = .closed
        wake()
        await loop?.value
        loop = nil
        if !portIsDown { switchEverythingOff() }
        driver?.close()
    }

    private func assumeHeat(of earlier: [DoorChannel: PossiblePulse]) {
        let now = BootTime.now()
        for (door, pulse) in earlier {
            guard let place = doors[door] else { continue }
            let board = boards[place.board]
            let wiring = configuration.boards[place.board].doors.first { $0.channel == place.channel }
            var pulseMs = board.profile.timeOnMs(for: wiring?.pulseMs ?? board.profile.maximumPulseMs)
            // Without its owner the board's watchdog ends it.
            if case .host(let watchdogMs) = board.profile.timing { pulseMs += watchdogMs }
            let longestMs = UInt64(max(0, min(pulseMs, board.profile.maximumOnMs)))
            let end = min(now, pulse.notAfter.advanced(byMilliseconds: longestMs))
            let onMs = min(longestMs, end.milliseconds(since: pulse.from))
            board.heat[place.channel - 1].assumeOn(ms: onMs, until: end)
        }
    }

    var hasUnfinishedPulse: Bool {
        let now = BootTime.now()
        let isOwed = boards.contains {
            $0.isUp && ($0.owesNow || $0.running.map { now < $0.endsAt } ?? false)
        }
        return pulsesInProgress > 0 || isOwed
    }

    func switchEverythingOff() {
        for board in boards where board.hasAnswered && board.profile.coilsCanBeRead {
            for _ in 0..<2 {
                do throws(WireFailure) {
                    try ask(board) { driver throws(WireFailure) in try driver.allOff(board.index) }
                    let coils = try ask(board) { driver throws(WireFailure) in
                        try driver.readCoils(board.index, hasty: true)
                    }
                    let on = coils.indices.filter { coils[$0] }
                    if on.isEmpty { break }
                    for index in on where !board.stuckChannels.contains(index + 1) {
                        emit(.coilStuckOn(name(of: index + 1, on: board), at: BootTime.now()))
                    }
                } catch {
                    logger.warning("coils of \(board.name.rawValue) not read back off: \(error.fault.reason)")
                }
            }
        }
    }

    private static func wire(_ configuration: BusConfiguration, _ boards: [Board]) -> [DoorChannel: DoorPlace]
    {
        var doors: [DoorChannel: DoorPlace] = [:]
        for (index, board) in configuration.boards.enumerated() {
            for door in board.doors {
                let name = DoorChannel(bus: configuration.name, board: board.name, channel: door.channel)
                let sensorBoard = door.sensor.flatMap { sensor in
                    configuration.boards.firstIndex { $0.name == sensor.board }
                }
                if let sensorBoard, let sensor = door.sensor {
                    let entry = Board.Door(
                        name: name,
                        input: sensor.input - 1,
                        openIsOn: sensor.openIs == .on
                    )
                    boards[sensorBoard].sensors.append(entry)
                }
                doors[name] = DoorPlace(board: index, channel: door.channel, sensorBoard: sensorBoard)
            }
        }
        return doors
    }
}
