import DeviceIO
import Foundation
import Sandbox

/// Latencies of ours and of the baseline, taken in turns.
struct ScanToFrame {
    struct Pair {
        var ours = Samples()
        var bare = Samples()
    }

    let rig: StationRig
    let bare: BareLoop
    let orders: Int

    /// Takes `count` samples of each; the orders from `firstOrder` on are put into the wall, wall by wall.
    func measure(_ count: Int, firstOrder: Int, underResync: Bool) async throws -> Pair {
        var pair = Pair()
        var next = firstOrder
        while pair.ours.count < count {
            let wanted = count - pair.ours.count
            let codes = try Loading.fill(rig, first: next, count: wanted, orders: orders)
            next += codes.count
            let station = try Children.start(rig)
            try await rig.waitUntilServing(station)
            let resyncs = underResync ? Resyncs(rig.hq) : nil
            try await settle(underResync)
            for (door, code) in codes {
                pair.ours.add(try await collect(door: door, code: code))
                try await pause()
                pair.bare.add(try await bare.sample(Int.random(in: 0..<orders)))
                try await pause()
                report(pair, of: count)
            }
            if let resyncs { say("  meanwhile \(await resyncs.stop()) resyncs were begun") }
            await Children.stop(station)
        }
        return pair
    }

    /// The start's own work is over, or the resync has begun.
    private func settle(_ underResync: Bool) async throws {
        try await Task.sleep(for: .milliseconds(underResync ? 500 : 1_500))
    }

    /// A customer does not come in step with anything the station does.
    private func pause() async throws {
        try await Task.sleep(for: .milliseconds(Int.random(in: 60...160)))
    }

    private func report(_ pair: Pair, of count: Int) {
        guard pair.ours.count % max(1, count / 10) == 0 else { return }
        say(
            "  \(pair.ours.count) of \(count): p50 ours \(Int(pair.ours.percentile(0.5))) µs, bare "
                + "\(Int(pair.bare.percentile(0.5))) µs; p99 ours \(Int(pair.ours.percentile(0.99))) µs, bare "
                + "\(Int(pair.bare.percentile(0.99))) µs"
        )
    }

    /// One real collect, to its end: microseconds from the terminator to the first byte of the lock frame.
    private func collect(door: String, code: String) async throws -> Double {
        let name = SandboxDoorName(rawValue: door)
        let before = rig.cabinet.snapshot().pulses
        guard let scanned = rig.scanner.scan(code, terminator: .carriageReturn) else {
            throw Failed("nobody reads the scanner")
        }
        guard let pulse = try await rig.cabinet.firstPulse(after: before), pulse.door == name else {
            let screen = (try? rig.kiosk.screen().text) ?? "nothing"
            throw Failed("door \(door) was not pulsed; the kiosk shows \(screen)")
        }
        try await rig.takeParcelAndLeave(name)
        return Double(pulse.firstByteAt - scanned.nanoseconds) / 1000
    }
}

extension StationRig {
    /// The customer takes the parcel behind the door that opens, closes it and goes.
    func takeParcelAndLeave(_ name: SandboxDoorName) async throws {
        try await kiosk.wait(for: "takeParcel")
        // Nobody can shut the door while the coil holds the bolt back.
        while cabinet.snapshot()[door: name]?.position == .open {
            try await Task.sleep(for: .milliseconds(20))
            cabinet.close(name)
        }
        // So short a visit may be a flicker of the sensor: then the kiosk asks.
        if try await kiosk.wait(for: "confirmTaken", "done").name == "confirmTaken" {
            try await kiosk.press("taken")
            try await kiosk.wait(for: "done")
        }
        try await kiosk.press("finish")
        try await kiosk.wait(for: "home")
    }
}

extension SandboxCabinet {
    /// The next pulse, at most ten seconds from now.
    func firstPulse(after number: Int, withinMs limit: Int = 10_000) async throws -> SandboxPulse? {
        let end = ContinuousClock.now + .milliseconds(limit)
        repeat {
            if let pulse = pulses(after: number).first { return pulse }
            try await Task.sleep(for: .milliseconds(2))
        } while ContinuousClock.now < end
        return nil
    }
}

/// Makes the station read all orders again as soon as it has read them.
struct Resyncs {
    private let hq: SandboxHQ
    private let task: Task<Int, Never>

    init(_ hq: SandboxHQ) {
        self.hq = hq
        task = Task {
            var begun = 0
            while !Task.isCancelled {
                let before = await hq.feedReading().snapshots
                await hq.forgetCursors()
                begun += 1
                _ = try? await hq.untilSnapshotIsRead(after: before, withinSeconds: 120)
            }
            return begun
        }
    }

    /// Begins no further one; returns how many were begun.
    func stop() async -> Int {
        task.cancel()
        return await task.value
    }
}
