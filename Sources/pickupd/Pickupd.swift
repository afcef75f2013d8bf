public import ArgumentParser
import Foundation
public import Logging
import StationRuntime
import SystemdService

/// The pickup station controller.
@main
struct Pickupd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickupd",
        abstract: "Drives a pickup station: locks, scanner, kiosk and the link to HQ.",
        version: Version.number
    )

    /// EX_CONFIG of sysexits.h: starting again will not help, and systemd does not try.
    private static let badConfiguration: Int32 = 78

    /// What `systemd/pickupd.service` hands to the program.
    private static let unitEnvironment = [
        "STATE_DIRECTORY": "/var/lib/pickupd",
        "RUNTIME_DIRECTORY": "/run/pickupd",
        "CREDENTIALS_DIRECTORY": "/run/credentials/pickupd.service",
    ]

    @Option(help: "The configuration file.")
    var config = "/etc/pickupd/station.yaml"

    @Option(help: "The folder of the board profiles, where the configuration names none.")
    var boardProfiles = "/usr/share/pickupd/boards"

    @Flag(help: "Check the configuration, open nothing, and say what is wrong with it.")
    var check = false

    @Flag(help: "Write the coil guard's table for a wall on GPIO lines to the standard output, and end.")
    var printCoilguard = false

    @Flag(help: "Serve doors that nobody has walked (pickupctl walk). For demos and tests.")
    var unwalked = false

    @Option(help: "The least log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        var environment = ProcessInfo.processInfo.environment
        if check || printCoilguard {
            // From a terminal it is checked as the unit will see it.
            environment.merge(Self.unitEnvironment) { own, _ in own }
        }
        let isJournal = environment["JOURNAL_STREAM"] != nil
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = JournalLog(label: label, isJournal: isJournal)
            handler.logLevel = level
            return handler
        }
        let configuration: StationConfiguration
        do {
            configuration = try StationConfiguration.load(
                path: config,
                surroundings: StationConfiguration.Surroundings(
                    environment: environment,
                    profileFolder: boardProfiles
                )
            )
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("\(error)\n".utf8))
            throw ExitCode(Self.badConfiguration)
        }
        if printCoilguard {
            guard let table = configuration.coilGuardTable else {
                throw ValidationError("no lock of \(config) is on a GPIO line, so it needs no coil guard")
            }
            print(table, terminator: "")
            return
        }
        if check {
            for warning in configuration.warnings { print("warning: \(warning)") }
            print("\(config): good: \(configuration.summary)")
            return
        }
        let logger = Logger(label: "pickupd")
        do {
            let program = StationProgram(
                configuration: configuration,
                environment: environment,
                logger: logger,
                isUnwalkedServed: unwalked
            )
            try await program.run()
        } catch {
            logger.critical("\(error)")
            throw ExitCode.failure
        }
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
