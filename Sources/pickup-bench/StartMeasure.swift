import Foundation
import Sandbox

/// How long a station needs after a kill -9, and how much memory it has then.
struct StartMeasure {
    let rig: StationRig
    let orders: Int

    func measure(_ count: Int, firstOrder: Int, into results: inout Results) async throws {
        let codes = try Loading.fill(rig, first: firstOrder, count: count + 1, orders: orders)
        let ready = try ReadySocket(path: rig.layout.run + "/notify.sock")
        defer { ready.close() }
        var running = try Children.start(rig)
        try await rig.waitUntilServing(running)
        for (door, code) in codes.prefix(count) {
            try await Task.sleep(for: .seconds(1))
            await Children.kill(running)
            ready.drain()
            let start = ContinuousClock.now
            let station = try Children.start(rig)
            running = station
            async let readyAt = ready.waitUntilReady(withinSeconds: 20)
            async let shownAt = waitForKiosk(station)
            try await waitForDoor(door, code)
            results.startToDoor.append((ContinuousClock.now - start) / .seconds(1))
            results.startToReady.append((try await readyAt - start) / .seconds(1))
            results.startToKiosk.append((try await shownAt - start) / .seconds(1))
            say(
                "  READY after \(shown(results.startToReady.last ?? 0)) s, kiosk after "
                    + "\(shown(results.startToKiosk.last ?? 0)) s, first door after "
                    + "\(shown(results.startToDoor.last ?? 0)) s"
            )
            try await endVisit(door)
        }
        try await Task.sleep(for: .seconds(2))
        results.residentMiB = try Memory.residentMiB(of: running.processID)
        await Children.stop(running)
    }

    private func waitForKiosk(_ station: StationProcess) async throws -> ContinuousClock.Instant {
        try await rig.waitUntilServing(station)
        return .now
    }

    /// Somebody holds the code in front of the scanner until the door opens.
    private func waitForDoor(_ door: String, _ code: String) async throws {
        let before = rig.cabinet.snapshot().pulses
        for _ in 0..<1_000 {
            rig.scanner.scan(code, terminator: .carriageReturn)
            if let pulse = try await rig.cabinet.firstPulse(after: before, withinMs: 15) {
                guard pulse.door?.rawValue == door else {
                    throw Failed("another door than \(door) was pulsed")
                }
                return
            }
        }
        throw Failed("door \(door) was not pulsed after the start:\n\(rig.logTail())")
    }

    private func endVisit(_ door: String) async throws {
        let name = SandboxDoorName(rawValue: door)
        try await rig.kiosk.wait(for: "takeParcel")
        try await Task.sleep(for: .seconds(1))
        while rig.cabinet.snapshot()[door: name]?.position == .open {
            rig.cabinet.close(name)
            try await Task.sleep(for: .milliseconds(20))
        }
        try await rig.kiosk.wait(for: "done", "home")
    }
}

enum Memory {
    /// VmRSS of a process, in MiB.
    static func residentMiB(of process: Int32) throws -> Double {
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard
            let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
                Double($0)
            })
        else {
            throw Failed("no VmRSS for \(process)")
        }
        return kilobytes / 1024
    }
}
