import ArgumentParser
import DeviceIO
import Foundation
import Logging
import Sandbox

/// How long a customer waits between the scan and a screen that says so.
///
/// From the moment just before the scanner's terminator goes into the pty to the moment at which the page in a real
/// Chromium (without a window, driven by `Tests/Browser/screen_times.py`) has changed its screen to "door … is opening",
/// and to the next frame that the browser draws after it. Every scan is a real collect by the real pickupd. Both clocks
/// are this machine's; the page's is as fine as a browser gives it (0.1 ms).
struct ScreenBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "screen",
        abstract: "Scan → screen changed, measured in the page of a real Chromium."
    )

    @Option(help: "Scans.")
    var samples = 200

    @Option(help: "The folder for the station; emptied first.")
    var state = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench-screen").path

    /// What a customer does not notice.
    private static let goalMs = 100.0

    func validate() throws {
        guard (1...10_000).contains(samples) else { throw ValidationError("give 1 to 10 000 samples") }
    }

    func run() async throws {
        guard let profiles = StationRig.boardProfiles() else {
            throw Failed("run pickup-bench from its checkout: hardware/boards is not there")
        }
        let signals = Children.endWithInterrupt()
        defer {
            Children.killAll()
            for signal in signals { signal.cancel() }
        }
        let folder = URL(fileURLWithPath: state, isDirectory: true)
        try? FileManager.default.removeItem(at: folder)
        var settings = StationRig.Settings(
            folder: folder,
            program: StationProcess.sibling("pickupd"),
            profiles: profiles
        )
        settings.duplicateWindowMs = 100
        settings.moreBoards = 5
        settings.policy = ["doneMs": 60_000, "reopenGraceMs": 0]
        let rig = try await StationRig(
            settings,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        )
        let orders = max(1_000, samples)
        await rig.hq.generate(orders: orders)
        let first = try Children.start(rig)
        try await rig.waitUntilServing(first)
        _ = try await rig.hq.untilSnapshotIsRead(after: 0, withinSeconds: 120)
        await Children.stop(first)
        var changed = Samples()
        var drawn = Samples()
        while changed.count < samples {
            let wanted = samples - changed.count
            let codes = try Loading.fill(rig, first: changed.count, count: wanted, orders: orders)
            let station = try Children.start(rig)
            try await rig.waitUntilServing(station)
            let screen = try BrowserScreen(root: profiles + "/../..", kiosk: rig.layout.kioskPort)
            try await screen.waitFor("home")
            for (door, code) in codes {
                let name = SandboxDoorName(rawValue: door)
                guard let scanned = rig.scanner.scan(code) else { throw Failed("nobody reads the scanner") }
                let times = try await screen.waitFor("opening", "takeParcel")
                let sentAt = Date().timeIntervalSince1970 * 1000 - scanned.millisecondsAgo
                changed.add((times.changedAt - sentAt) * 1000)
                drawn.add((times.drawnAt - sentAt) * 1000)
                try await rig.takeParcelAndLeave(name)
                try await screen.waitFor("home")
            }
            screen.close()
            await Children.stop(station)
        }
        await rig.stop()
        say(
            "scan → screen, \(changed.count) scans, in ms; the goal is \(Int(Self.goalMs)) at the 99th percentile"
        )
        report("the page has changed", changed)
        report("the browser has drawn it", drawn)
    }

    private func report(_ what: String, _ samples: Samples) {
        let p50 = samples.percentile(0.5) / 1000
        let p99 = samples.percentile(0.99) / 1000
        say(
            "  \(what): p50 \(shown(p50)), p99 \(shown(p99)) (\(p99 <= Self.goalMs ? "within" : "ABOVE") the goal)"
        )
    }
}

extension BootTime {
    /// Milliseconds that have passed since this moment.
    fileprivate var millisecondsAgo: Double {
        Double(BootTime.now().nanoseconds - nanoseconds) / 1_000_000
    }
}
