internal import CodeScanner
internal import Foundation
internal import HQLink
internal import KioskServer
public import Logging
internal import ServiceLifecycle
internal import StationCore
internal import StationStore
internal import SystemdService
internal import UnixSignals

/// The whole program: opens the store, switches every coil off, then serves until it is told to stop.
public struct StationProgram: Sendable {
    private let configuration: StationConfiguration
    private let environment: [String: String]
    private let logger: Logger
    private let isUnwalkedServed: Bool

    /// A program for a configuration that has been read and checked.
    ///
    /// - Parameter isUnwalkedServed: serve doors that nobody has walked: for demos and tests.
    public init(
        configuration: StationConfiguration,
        environment: [String: String],
        logger: Logger,
        isUnwalkedServed: Bool = false
    ) {
        self.isUnwalkedServed = isUnwalkedServed
        self.configuration = configuration
        self.environment = environment
        self.logger = logger
    }

    /// Runs until SIGTERM or SIGINT; then finishes the opening in progress and leaves every coil off.
    ///
    /// - Throws: when the station cannot start or must not go on; the process then ends with a status that
    ///   makes systemd start
    ///   it again.
    public func run() async throws {
        let notify = SystemdNotify(environment: environment)
        let key = try StationKey.load(path: configuration.keyFile)
        let opened = try StationStore.open(
            folder: configuration.stateFolder,
            bootID: BootID.current(runtimeFolder: configuration.runtimeFolder),
            now: SystemClock.now().milliseconds
        )
        if let damage = opened.setAside { report(damage) }
        for warning in configuration.warnings { logger.warning("\(warning)") }
        let health = HealthBook()
        let station = try Station(
            configuration: configuration,
            opened: opened,
            key: key,
            health: health,
            logger: logger,
            isUnwalkedServed: isUnwalkedServed
        )
        let locks = LockService(
            station: station,
            configuration: configuration,
            health: health,
            logger: logger
        )
        // Before anything else: nobody can be waiting for a door, so no coil may be on.
        await station.begin(setAside: opened.setAside)
        let maxAgeMs = await station.state.policy.pulseMaxAgeMs
        for report in await locks.switchAllOff(after: opened.memory, maxAgeMs: maxAgeMs) {
            health.board(report)
        }
        let services = try await wire(station, locks, health, notify)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services,
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        notify.ready(status: await station.oneLine())
        logger.notice("serving", metadata: ["station": "\(configuration.plan.station)"])
        do {
            try await group.run()
        } catch {
            try? await station.close()
            throw error
        }
        try await station.close()
        logger.notice("stopped; every coil is off")
    }

    private func report(_ damage: StationStore.SetAside) {
        logger.critical(
            "the database was damaged: it was set aside, nothing was deleted, orders are read again from HQ",
            metadata: [
                "folder": "\(damage.path)",
                "reason": "\(damage.reason)",
                "eventsSaved": "\(damage.savedEvents)",
                "compartmentsSaved": "\(damage.savedCompartments)",
            ]
        )
    }

    private func wire(
        _ station: Station,
        _ locks: LockService,
        _ health: HealthBook,
        _ notify: SystemdNotify
    ) async throws -> [ServiceGroupConfiguration.ServiceConfiguration] {
        var hands = Station.Hands()
        hands.pulse = { locks.pulse($0) }
        hands.expect = { locks.expect($0) }
        let kiosk = try KioskServer(configuration: configuration.kiosk, station: station, logger: logger)
        hands.show = { view in
            kiosk.push(view)
            locks.show(view)
        }
        var services: [any Service] = [locks, ClockService(station: station)]
        if let hq = configuration.hq {
            let link = HQLink(configuration: hq, station: StationAtHQ(station: station), logger: logger)
            hands.deliver = { link.outboxChanged() }
            hands.reportState = { link.stateNow() }
            services.append(link)
        }
        if let socket = configuration.adminSocket {
            services.append(AdminServer(path: socket, station: station, locks: locks, logger: logger))
        }
        services.append(kiosk)
        if let scanner = configuration.scanner {
            services.append(ScannerService(configuration: scanner, station: station, logger: logger))
        }
        services.append(
            WatchdogService(
                station: station,
                buses: Array(locks.buses.values),
                notify: notify,
                health: health,
                logger: logger
            )
        )
        services.append(DoctorService(locks: locks, health: health, logger: logger))
        services.append(StoppingService(notify: notify))
        await station.connect(hands)
        return services.map { service in
            // A part that ends by itself ends the program: systemd starts it whole again.
            ServiceGroupConfiguration.ServiceConfiguration(
                service: service,
                successTerminationBehavior: .gracefullyShutdownGroup,
                failureTerminationBehavior: .gracefullyShutdownGroup
            )
        }
    }
}

/// The scanner as a service.
struct ScannerService: Service {
    let configuration: ScannerConfiguration
    let station: Station
    let logger: Logger

    func run() async throws {
        let station = station
        let scanner = CodeScanner(configuration: configuration, logger: logger) { station.scanner($0) }
        scanner.start()
        try? await gracefulShutdown()
        await scanner.stop()
    }
}

/// Says to systemd that the stop has begun: the last to start is the first to stop.
struct StoppingService: Service {
    let notify: SystemdNotify

    func run() async throws {
        try? await gracefulShutdown()
        notify.stopping(status: "finishing the opening in progress")
    }
}

extension Station {
    /// The first event of this run, and what a damaged database means for the wall.
    func begin(setAside: StationStore.SetAside?) {
        readClockNow()
        readDoorMap()
        handle(.started(lostMemory: setAside != nil))
        try? refreshTally()
    }

    private func readClockNow() {
        let source = SystemClock.source
        health.clock(source.rawValue)
        handle(.clockRead(SystemClock.now(), source))
    }
}
