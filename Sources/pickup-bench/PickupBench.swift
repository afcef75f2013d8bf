import ArgumentParser
import Foundation
import Glibc

/// Measures the station against a bare C program, in one run, as ratios.
///
/// What the numbers mean:
/// - **scan → frame**: from the moment just before the scanner's terminator goes into the pty to the first
///   byte of the lock frame at the Modbus TCP slave. Ours is the real pickupd as a child process, with its
///   real configuration, and a real collect of a loaded order. The baseline is a loop in C that reads the
///   same kind of pty, looks the code up among as many, commits one row of the size of what the station
///   commits for a scan (`synchronous=FULL`, WAL), and writes the coil through libmodbus to the same kind of
///   slave. The two take turns, so that what disk and machine do to one they do to the other.
/// - **under resync**: the same while HQ makes the station read all orders again, and again. The goal is
///   held against the baseline that had the disk to itself; the baseline beside the resync is shown too.
/// - **feed**: from the station's first question to HQ on loopback to its first question after the last
///   page, which it asks when that page is durable. Compared with the inserts and the commit alone of the
///   very same rows, in the feed's order, into the same tables, with the same page cache.
/// - **start**: from the exec after a kill -9 to READY=1, to the kiosk's first view, to the first pulse of a
///   code that is scanned over and over. Of several starts the slowest counts.
/// - **memory**: VmRSS of pickupd after such a start, a served customer and two idle seconds.
///
/// `pickup-bench poll` and `pickup-bench idle` measure the buses alone: see ``PollBench`` and ``IdleBench``;
/// `pickup-bench fleet` measures HQ's side: see ``FleetBench``.
@main
struct PickupBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pickup-bench",
        abstract: "Measures the station side by side with a bare C program.",
        discussion:
            "Build it with `swift build -c release --static-swift-stdlib`: a debug build says nothing.",
        subcommands: [PollBench.self, IdleBench.self, FleetBench.self]
    )

    @Option(help: "Live orders in the database.")
    var orders = 100_000

    @Option(help: "Samples of each latency.")
    var samples = 368

    @Flag(help: "A smoke test in under a minute: 10 000 orders, 24 and 16 samples. Its p99 is no p99.")
    var quick = false

    @Option(help: "The folder for databases and the plot; emptied first.")
    var state = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench").path

    func validate() throws {
        guard (1_000...1_000_000).contains(orders), (1...10_000).contains(samples) else {
            throw ValidationError("give 1 000 to 1 000 000 orders and 1 to 10 000 samples")
        }
    }

    func run() async throws {
        let settings = Bench.Settings(
            folder: URL(fileURLWithPath: state, isDirectory: true),
            orders: quick ? 10_000 : orders,
            samples: quick ? 24 : samples,
            resyncSamples: quick ? 16 : samples,
            starts: quick ? 2 : 5
        )
        let signals = Children.endWithInterrupt()
        defer {
            Children.killAll()
            for signal in signals { signal.cancel() }
        }
        let results = try await Bench(settings).run()
        say(results.table())
        say(results.plot())
        let plot = settings.folder.appendingPathComponent("scan-to-frame.svg")
        try results.svg().write(to: plot, atomically: true, encoding: .utf8)
        say("plot: \(plot.path)")
    }
}

/// Shows a line at once, also through a pipe.
func say(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}

/// A measurement that could not be made.
struct Failed: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
