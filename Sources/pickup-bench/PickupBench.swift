import ArgumentParser
import Foundation

/// Measures the station against a bare C program, in one run, as ratios.
///
/// - scan → frame: from the moment just before the scanner's terminator goes into the pty to the first byte
///   of the lock frame at
///   the Modbus slave. Ours is the real pickupd, the real configuration, a real collect of a loaded order.
///   The baseline reads the
///   same kind of pty, looks the code up in 100 000, commits one row of the same size with
///   `synchronous=FULL`, and writes the
///   coil. The two take turns, so that what the disk does to one it does to the other.
/// - under resync: the same while HQ sends all orders again and again.
/// - feed: all orders from HQ on loopback into the station's database, against a bare insert of the very same
///   rows.
/// - start: from exec after a kill -9 to the kiosk's first view, and to the first door.
/// - memory: resident, then.
@main
struct PickupBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup-bench",
        abstract: "Measures the station side by side with a bare C program."
    )

    @Option(help: "Live orders in the database.")
    var orders = 100_000

    @Option(help: "Rounds of twelve doors for each latency.")
    var rounds = 10

    @Flag(help: "A short run: few rounds, 10 000 orders.")
    var quick = false

    @Option(help: "The folder for databases and the plot; emptied first.")
    var state = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench").path

    func run() async throws {
        let settings = Bench.Settings(
            folder: URL(fileURLWithPath: state, isDirectory: true),
            orders: quick ? 10_000 : orders,
            rounds: quick ? 2 : rounds
        )
        let results = try await Bench(settings).run()
        say(results.table())
        let plot = settings.folder.appendingPathComponent("scan-to-frame.svg")
        try results.svg().write(to: plot, atomically: true, encoding: .utf8)
        say(results.plot())
        say("plot: \(plot.path)")
    }
}

/// Shows a line at once, also through a pipe.
func say(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
