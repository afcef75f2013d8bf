internal import DeviceIO
internal import LockBus
internal import Logging
internal import ServiceLifecycle
internal import StationCore

internal import enum StationCore.DoorReading

/// The lock buses and the translation between doors and compartments.
///
/// It is the first service to start, so that every coil is off before anything else happens, and the last to
/// stop.
struct LockService: Service {
    let station: Station
    let buses: [BusName: LockBus]
    private let doors: [CompartmentID: DoorChannel]

    init(station: Station, configuration: StationConfiguration, health: HealthBook, logger: Logger) {
        self.station = station
        var doors: [CompartmentID: DoorChannel] = [:]
        var compartments: [DoorChannel: CompartmentID] = [:]
        for wire in configuration.wiring {
            doors[wire.compartment] = wire.door
            compartments[wire.door] = wire.compartment
        }
        self.doors = doors
        let known = compartments
        var buses: [BusName: LockBus] = [:]
        for bus in configuration.buses {
            var busLogger = logger
            busLogger[metadataKey: "bus"] = "\(bus.name.rawValue)"
            buses[bus.name] = LockBus(configuration: bus, logger: busLogger) { event in
                Self.take(event, station: station, compartments: known, health: health)
            }
        }
        self.buses = buses
    }

    /// Every coil off and read back, every door read once. Dead boards are reported, never waited for.
    /// - Parameter memory: what an earlier run of this boot may have pulsed counts as hot.
    func switchAllOff(after memory: StationState.Memory, maxAgeMs: Int) async -> [BoardReport] {
        var earlier: [DoorChannel: PossiblePulse] = [:]
        for record in memory.compartments where memory.isSameBoot {
            guard let door = doors[record.id], let intent = record.lastIntent else { continue }
            earlier[door] = PossiblePulse(
                from: BootTime(nanoseconds: intent.nanoseconds),
                notAfter: BootTime(nanoseconds: intent.advanced(byMs: maxAgeMs).nanoseconds)
            )
        }
        let pulses = earlier
        return await withTaskGroup(of: [BoardReport].self) { group in
            for bus in buses.values { group.addTask { await bus.start(after: pulses) } }
            return await group.reduce(into: []) { $0 += $1 }
        }
    }

    func run() async throws {
        try? await gracefulShutdown()
        await station.finishOpenings(withinMs: 10_000)
        await withTaskGroup(of: Void.self) { group in
            for bus in buses.values { group.addTask { await bus.shutdown() } }
        }
    }

    /// Orders a pulse; its answer comes back as an event.
    func pulse(_ pulse: Effect.Pulse) {
        guard let door = doors[pulse.compartment], let bus = buses[door.bus] else {
            station.post(.pulseAnswered(pulse.opening, .notActuated(.notAvailable)), urgent: true)
            return
        }
        let request = PulseRequest(
            id: pulse.opening.rawValue,
            door: door,
            durationMs: pulse.durationMs,
            notAfter: BootTime(nanoseconds: pulse.notAfter.nanoseconds)
        )
        let station = station
        bus.pulse(request) { report in
            station.post(.pulseAnswered(pulse.opening, PulseAnswer(report)), urgent: true)
        }
    }

    /// Lets the bus of this pulse be quiet for it.
    func expect(_ pulse: Effect.Pulse) {
        guard let door = doors[pulse.compartment] else { return }
        buses[door.bus]?.expectPulse()
    }

    private static func take(
        _ event: LockBusEvent,
        station: Station,
        compartments: [DoorChannel: CompartmentID],
        health: HealthBook
    ) {
        switch event {
        case .door(let door, let reading, _):
            guard let compartment = compartments[door] else { return }
            station.post(
                .doorRead(compartment, DoorReading(rawValue: reading.rawValue) ?? .unknown),
                urgent: true
            )
        case .board(let report):
            health.board(report)
            station.post(.boardChanged(BoardID(report.board.rawValue), isUp: report.state.isUp), urgent: true)
        case .coilStuckOn(let door, _):
            guard let compartment = compartments[door] else { return }
            station.post(.coilStuck(compartment), urgent: true)
        }
    }
}

extension Station {
    /// Waits until no pulse is ordered and no door awaited, or until the time is over.
    func finishOpenings(withinMs limit: Int) async {
        beginStopping()
        let end = Instant.now().advanced(byMs: limit)
        while isOpeningUnderWay, Instant.now() < end {
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}

extension BoardReport.State {
    /// Whether the board answers.
    var isUp: Bool {
        if case .up = self { true } else { false }
    }
}

extension PulseAnswer {
    init(_ report: PulseReport) {
        switch report {
        case .actuated: self = .actuated
        case .unknown: self = .unknown
        case .notActuated(let refusal): self = .notActuated(NotActuatedCause(refusal))
        }
    }
}

extension NotActuatedCause {
    init(_ refusal: PulseRefusal) {
        switch refusal {
        case .boardDown: self = .boardDown
        case .stale: self = .stale
        case .coilBudget(let retryAfterMs): self = .coilBudget(retryAfterMs: Int(retryAfterMs))
        case .exception(let code): self = .boardRefused(code: Int(code))
        default: self = .notAvailable
        }
    }
}
