import CBenchBaseline
import DeviceIO
import Foundation
import Logging
import Sandbox
import StationCore
import StationStore

/// Runs the measurements, one after the other, and says where it is.
struct Bench {
    struct Settings {
        var folder: URL
        var orders: Int
        var rounds: Int
    }

    /// The size of what the station commits for one scan: journal line, opening and two events (measured: 2.3
    /// to 2.6 KB).
    private static let rowBytes = 2_400

    let settings: Settings

    init(_ settings: Settings) {
        self.settings = settings
    }

    func run() async throws -> Results {
        try? FileManager.default.removeItem(at: settings.folder)
        let rig = try await makeRig()
        var results = Results()
        results.orders = settings.orders
        say("HQ makes \(settings.orders) orders")
        await rig.hq.generate(orders: settings.orders)
        try await measureFeed(rig, &results)
        let bare = try BareLoop(folder: settings.folder, codes: settings.orders, rowBytes: Self.rowBytes)
        try await measureLatency(rig, bare, &results)
        try await measureResync(rig, &results)
        try await measureStart(rig, &results)
        try bare.stop()
        await rig.stop()
        return results
    }

    private func makeRig() async throws -> StationRig {
        var rig = StationRig.Settings(
            folder: settings.folder,
            program: StationProcess.sibling("pickupd"),
            profiles: try Checkout.boardProfiles()
        )
        rig.duplicateWindowMs = 100
        rig.policy = ["doneMs": 2_000, "refusalMs": 2_000]
        return try await StationRig(rig, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    }

    // MARK: The feed

    private func measureFeed(_ rig: StationRig, _ results: inout Results) async throws {
        say("feed: from HQ into the station's database")
        let station = try rig.startStation()
        let start = ContinuousClock.now
        try await rig.waitUntilServing(station)
        var shown = 0
        while true {
            let count = try Database.orders(in: rig.layout.state)
            if count >= settings.orders { break }
            if count - shown >= settings.orders / 5 {
                shown = count
                say("  \(count) orders")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        results.feedSeconds = (ContinuousClock.now - start) / .seconds(1)
        try await Task.sleep(for: .seconds(1))
        await station.stop()
        let copy = settings.folder.appendingPathComponent("bare-insert.sqlite").path
        let took = bench_copy_rows(rig.layout.state + "/station.sqlite", copy)
        guard took > 0 else { throw Failed("the bare insert failed") }
        results.insertSeconds = Double(took) / 1e9
        say("  ours \(results.feedSeconds) s, bare insert \(results.insertSeconds) s")
    }

    // MARK: scan → frame

    private func measureLatency(_ rig: StationRig, _ bare: BareLoop, _ results: inout Results) async throws {
        for round in 0..<settings.rounds {
            say("scan → frame: round \(round + 1) of \(settings.rounds)")
            let codes = try Loading.fill(rig, round: round, orders: settings.orders)
            let station = try rig.startStation()
            try await rig.waitUntilServing(station)
            for (door, code) in codes {
                results.ours.add(try await collect(rig, door: door, code: code))
                results.baseline.add(try await bare.sample(Int.random(in: 0..<settings.orders)))
            }
            await station.stop()
        }
    }

    private func measureResync(_ rig: StationRig, _ results: inout Results) async throws {
        for round in 0..<settings.rounds {
            say("under resync: round \(round + 1) of \(settings.rounds)")
            let codes = try Loading.fill(rig, round: settings.rounds + round, orders: settings.orders)
            let station = try rig.startStation()
            try await rig.waitUntilServing(station)
            let again = Task {
                while !Task.isCancelled {
                    await rig.hq.forgetCursors()
                    try? await Task.sleep(for: .milliseconds(1_500))
                }
            }
            for (door, code) in codes {
                results.underResync.add(try await collect(rig, door: door, code: code))
            }
            again.cancel()
            await station.stop()
        }
    }

    /// One real collect: microseconds from the terminator to the first byte of the lock frame.
    private func collect(_ rig: StationRig, door: String, code: String) async throws -> Double {
        let before = rig.cabinet.pulses().count
        guard let scanned = rig.scanner.scan(code, terminator: .carriageReturn) else {
            throw Failed("no scanner")
        }
        let seen = await rig.cabinet.waitUntil(withinMs: 10_000) { _ in rig.cabinet.pulses().count > before }
        guard seen != nil, let pulse = rig.cabinet.pulses().last, pulse.door?.rawValue == door else {
            throw Failed(
                "door \(door) was not pulsed; the kiosk shows \((try? rig.kiosk.screen().text) ?? "nothing")"
            )
        }
        try await Task.sleep(for: .milliseconds(1_000))
        let name = SandboxDoorName(rawValue: door)
        for _ in 0..<50
        where rig.cabinet.snapshot().doors.first(where: { $0.name == name })?.position == .open {
            _ = rig.cabinet.close(name)
            try await Task.sleep(for: .milliseconds(20))
        }
        try await rig.kiosk.wait(for: "done")
        return Double(pulse.firstByteAt - scanned.nanoseconds) / 1000
    }

    // MARK: Start

    private func measureStart(_ rig: StationRig, _ results: inout Results) async throws {
        say("start after kill -9")
        let codes = try Loading.fill(rig, round: 2 * settings.rounds, orders: settings.orders)
        let first = try rig.startStation()
        try await rig.waitUntilServing(first)
        try await Task.sleep(for: .seconds(2))
        await first.kill()
        let start = ContinuousClock.now
        let station = try rig.startStation()
        try await rig.waitUntilServing(station)
        results.startToKioskSeconds = (ContinuousClock.now - start) / .seconds(1)
        guard let (door, code) = codes.first else { return }
        let before = rig.cabinet.pulses().count
        while rig.cabinet.pulses().count == before {
            rig.scanner.scan(code, terminator: .carriageReturn)
            _ = await rig.cabinet.waitUntil(withinMs: 150) { _ in rig.cabinet.pulses().count > before }
        }
        results.startToDoorSeconds = (ContinuousClock.now - start) / .seconds(1)
        say("  door \(door)")
        try await Task.sleep(for: .seconds(2))
        results.residentMiB = try Memory.residentMiB(of: station.processID)
        await station.stop()
    }
}

/// A measurement that could not be made.
struct Failed: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
