internal import DeviceIO
internal import Foundation
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
    private let outputs: PointOutputs

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
        let points = configuration.points
        outputs = PointOutputs(plan: points, wiring: configuration.wiring)
        let mains = Self.mainsWatch(configuration, logger: logger)
        var buses: [BusName: LockBus] = [:]
        for bus in configuration.buses {
            var busLogger = logger
            busLogger[metadataKey: "bus"] = "\(bus.name.rawValue)"
            buses[bus.name] = LockBus(configuration: bus, logger: busLogger) { event in
                Self.take(event, station: station, compartments: known, points: points, health: health)
                if case .point(let name, let value, _) = event,
                    points.entries.contains(where: { $0.point.name == name && $0.point.kind == .mainsLost }),
                    value != .unknown
                {
                    mains.mains(isLost: value == .active)
                }
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

    /// What the counts of the last minutes are consistent with.
    func findings() async -> [Finding] {
        var found: [Finding] = []
        for name in buses.keys.sorted() {
            guard let bus = buses[name] else { continue }
            found += await bus.findings()
        }
        return found.sorted { ($0.bus, $0.cause.rawValue) < ($1.bus, $1.cause.rawValue) }
    }

    /// What happened on the wires of each board.
    func boards() async -> [AdminBoard] {
        var found: [AdminBoard] = []
        for name in buses.keys.sorted() {
            guard let bus = buses[name] else { continue }
            found += await bus.reports().map(AdminBoard.init)
        }
        return found
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

    /// Switches lamps and beepers to what the kiosk shows.
    func show(_ view: KioskView) {
        for order in outputs.orders(for: view) {
            guard let bus = buses[order.bus] else { continue }
            Task { await bus.switchPoint(order.point, on: order.isOn, forMs: order.forMs) }
        }
    }

    private static func mainsWatch(_ configuration: StationConfiguration, logger: Logger) -> MainsWatch {
        let mark = configuration.runtimeFolder.map(MainsWatch.markPath)
        // One of an earlier run asked for what did not come, or is over.
        if let mark { try? FileManager.default.removeItem(atPath: mark) }
        return MainsWatch(afterMs: configuration.points.shutdownAfterSeconds.map { $0 * 1000 }) {
            logger.critical("the mains are still lost: asking for the machine to be shut down")
            if let mark, !FileManager.default.createFile(atPath: mark, contents: nil) {
                logger.critical("the file that asks for it cannot be made", metadata: ["path": "\(mark)"])
            }
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
        points: PointPlan,
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
        case .point(let name, let value, _):
            guard let entry = points.entries.first(where: { $0.point.name == name }),
                let reading = PointReading(entry, value, locksOnUPS: points.locksOnUPS)
            else { return }
            station.post(.pointChanged(reading), urgent: true)
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

extension AdminBoard {
    init(_ report: BoardReport) {
        var reason: String?
        if case .down(let text, _) = report.state { reason = text }
        let all = report.counters
        self.init(
            bus: report.bus.rawValue,
            board: report.board.rawValue,
            isUp: reason == nil,
            reason: reason,
            counters: [
                "requests": all.requests, "answers": all.answers, "leadingGarbage": all.leadingGarbage,
                "headsLost": all.headsLost, "ownEchoes": all.ownEchoes, "secondReplies": all.secondReplies,
                "wrongMode": all.wrongMode, "timeouts": all.timeouts, "crcErrors": all.crcErrors,
                "wrongSlave": all.wrongSlave, "shortFrames": all.shortFrames, "exceptions": all.exceptions,
                "lateReplies": all.lateReplies, "wrongEchoes": all.wrongEchoes, "reconnects": all.reconnects,
            ]
        )
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
