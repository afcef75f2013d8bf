import ArgumentParser
import Foundation
import Logging
import Sandbox

/// A whole pickup station on one machine, every wire real.
@main
struct PickupDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup-demo",
        abstract: "A shop, HQ, a simulated wall and the real station controller, on this machine.",
        discussion: """
            Open the printed address in a browser: order in the shop, load as staff (badge STAFF-1001, PIN 4711), collect as \
            the customer. With --story the whole way is played unattended.
            """
    )

    @Flag(help: "Play the whole story unattended; exit status 0, or 1 with the step that failed.")
    var story = false

    @Flag(help: "Empty the demo's folder first.")
    var fresh = false

    @Option(help: "The demo's folder.")
    var state = FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".pickup-demo").path

    @Option(help: "The port of the demo's page; kiosk and shop take the next two.")
    var port = 8090

    @Flag(help: "Serve only the simulated cabinet over Modbus TCP.")
    var cabinetOnly = false

    @Option(help: "With --cabinet-only: the port.")
    var cabinetPort: UInt16 = 1502

    @Flag(help: "Serve only HQ with its shop, for whoever checks the Station API.")
    var hqOnly = false

    @Option(help: "With --hq-only: the port; 0: any.")
    var hqPort = 0

    @Option(help: "With --hq-only: the station that HQ knows.")
    var hqStation = "DEMO-1"

    @Option(help: "With --hq-only: a file with the token that the station must show.")
    var hqTokenFile: String?

    func run() async throws {
        let level: Logger.Level = .critical
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        if cabinetOnly {
            try await CabinetDemo.serve(port: cabinetPort)
        } else if hqOnly {
            try await HQDemo(port: hqPort, station: hqStation, tokenFile: hqTokenFile).serve()
        } else {
            try await StationDemo(state: state, port: port, isFresh: fresh).run(story: story)
        }
    }
}

/// Shows a line at once, also through a pipe.
func say(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
