public import ArgumentParser
import Foundation
public import HQBridge
public import Logging
import SystemdService

/// HQ's side of the Station API.
@main
struct PickupBridge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup-bridge",
        abstract: "HQ's side of the Station API: feeds for many stations, and the inbox of what they report.",
        subcommands: [
            Serve.self, StationCommands.self, OrderCommands.self, KeyCommands.self, WorkCommands.self,
            Status.self, ExpireCursors.self,
        ]
    )
}

/// What every command needs.
struct BridgeOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "/etc/pickup-bridge/bridge.yaml"

    /// EX_CONFIG of sysexits.h: starting again will not help, and systemd does not try.
    private static let badConfiguration: Int32 = 78

    func load() throws -> BridgeConfiguration {
        do {
            return try BridgeConfiguration.load(
                path: config,
                environment: ProcessInfo.processInfo.environment
            )
        } catch {
            say("\(error)")
            throw ExitCode(Self.badConfiguration)
        }
    }

    /// Opens the store, does `body` and closes it; what goes wrong is said in one line.
    func withStore(_ body: (BridgeStore, BridgeConfiguration) async throws -> Void) async throws {
        let configuration = try load()
        do {
            let store = try await BridgeStore.open(configuration.place, retention: configuration.retention)
            do {
                try await body(store, configuration)
                await store.close()
            } catch {
                await store.close()
                throw error
            }
        } catch let error as BridgeStoreError {
            say("\(error)")
            throw ExitCode.failure
        }
    }
}

/// A line for people on the standard error.
func say(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
}

extension BridgeStationID: ExpressibleByArgument {
    /// An id of the wire.
    public init?(argument: String) { self.init(argument) }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}

/// `serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves until SIGTERM; several on one PostgreSQL work side by side."
    )

    @OptionGroup var options: BridgeOptions

    @Flag(help: "Check the configuration, open nothing, and say what is wrong with it.")
    var check = false

    @Option(help: "The least log level: trace, debug, info, notice, warning, error or critical.")
    var logLevel: Logger.Level = .info

    func run() async throws {
        let configuration = try options.load()
        if check {
            print("\(options.config): good")
            return
        }
        let environment = ProcessInfo.processInfo.environment
        let isJournal = environment["JOURNAL_STREAM"] != nil
        let level = logLevel
        LoggingSystem.bootstrap { label in
            var handler = JournalLog(label: label, isJournal: isJournal)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "pickup-bridge")
        let notify = SystemdNotify(environment: environment)
        let watchdog = notify.watchdogInterval.map { interval in
            Task {
                while !Task.isCancelled {
                    notify.watchdog()
                    try? await Task.sleep(for: interval / 2)
                }
            }
        }
        defer { watchdog?.cancel() }
        do {
            try await BridgeProgram(configuration: configuration, logger: logger).run { port in
                notify.ready(status: "serving stations on port \(port)")
                logger.notice("serving", metadata: ["port": "\(port)"])
            }
            logger.notice("stopped")
        } catch {
            logger.critical("\(error)")
            throw ExitCode.failure
        }
    }
}
