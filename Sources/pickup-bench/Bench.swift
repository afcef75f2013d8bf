import CBenchBaseline
import Foundation
import Logging
import Sandbox

/// Runs the measurements, one after the other, and says where it is.
struct Bench {
    struct Settings {
        var folder: URL
        var orders: Int
        var samples: Int
        var resyncSamples: Int
        var starts: Int
    }

    /// Boards of 16 doors besides the demo wall's two: with its 12, the TCP bank has 92 doors to fill at
    /// once.
    private static let moreBoards = 5

    let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
    }

    func run() async throws -> Results {
        try? FileManager.default.removeItem(at: settings.folder)
        let rig = try await makeRig()
        var results = Results(orders: settings.orders)
        say("HQ makes \(settings.orders) orders")
        await rig.hq.generate(orders: settings.orders)
        try await measureFeed(rig, &results)
        let bare = try BareLoop(folder: settings.folder, codes: settings.orders)
        let latency = ScanToFrame(rig: rig, bare: bare, orders: settings.orders)
        say("scan → frame: \(settings.samples) of each, in turns")
        results.idle = try await latency.measure(settings.samples, firstOrder: 0, underResync: false)
        say("scan → frame under resync: \(settings.resyncSamples) of each, in turns")
        results.busy = try await latency.measure(
            settings.resyncSamples,
            firstOrder: settings.samples,
            underResync: true
        )
        say("start after kill -9: \(settings.starts) times")
        try await StartMeasure(rig: rig, orders: settings.orders).measure(
            settings.starts,
            firstOrder: settings.samples + settings.resyncSamples,
            into: &results
        )
        try bare.stop()
        await rig.stop()
        return results
    }

    private func makeRig() async throws -> StationRig {
        guard let profiles = StationRig.boardProfiles() else {
            throw Failed("run pickup-bench from its checkout: hardware/boards is not there")
        }
        var rig = StationRig.Settings(
            folder: settings.folder,
            program: StationProcess.sibling("pickupd"),
            profiles: profiles
        )
        rig.duplicateWindowMs = 100
        rig.moreBoards = Self.moreBoards
        rig.policy = ["doneMs": 2_000, "refusalMs": 2_000, "reopenGraceMs": 0]
        return try await StationRig(rig, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }

    private func measureFeed(_ rig: StationRig, _ results: inout Results) async throws {
        say("feed: from HQ into the station's database")
        let station = try Children.start(rig)
        try await rig.waitUntilServing(station)
        results.feedSeconds = try await rig.hq.untilSnapshotIsRead(after: 0, withinSeconds: 600)
        results.residentAfterFeedMiB = try Memory.residentMiB(of: station.processID)
        await Children.stop(station)
        let copy = settings.folder.appendingPathComponent("bare-insert.sqlite").path
        let took = bench_copy_rows(rig.layout.state + "/station.sqlite", copy)
        guard took > 0 else { throw Failed("the bare insert failed") }
        results.insertSeconds = Double(took) / 1e9
        try? FileManager.default.removeItem(atPath: copy)
        say("  ours \(shown(results.feedSeconds)) s, bare insert \(shown(results.insertSeconds)) s")
    }
}

extension SandboxHQ {
    /// Waits until a snapshot later than that many has been read whole and is durable; returns how long
    /// reading it took, in seconds.
    func untilSnapshotIsRead(after count: Int, withinSeconds limit: Int) async throws -> Double {
        let end = ContinuousClock.now + .seconds(limit)
        while ContinuousClock.now < end {
            let reading = feedReading()
            if reading.snapshots > count, let begun = reading.begunAt, let ended = reading.endedAt {
                return (ended - begun) / .seconds(1)
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failed("the station did not read the feed within \(limit) s")
    }
}

/// Two decimals.
func shown(_ value: Double) -> String {
    String(format: "%.2f", value)
}
