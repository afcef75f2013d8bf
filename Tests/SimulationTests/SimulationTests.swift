import Foundation
import StationSim
import Testing

/// Seeded worlds against the real rules and the real store. `SIM_SEED=…` repeats one (`SIM_TRACE=file` writes
/// down all that
/// happens), `SIM_SESSIONS=…` plays more of them.
@Suite struct SimulationTests {
    private static let perSeed = 100

    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @discardableResult
    private static func play(_ seed: UInt64, sessions: Int = perSeed) throws -> Simulation<DiskStore> {
        let simulation = try Simulation(seed: seed, store: try DiskStore())
        if let path = ProcessInfo.processInfo.environment["SIM_TRACE"] {
            try Data().write(to: URL(fileURLWithPath: path))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
            simulation.onTrace = { try? file.write(contentsOf: Data(($0 + "\n").utf8)) }
        }
        try simulation.run(sessions: sessions)
        return simulation
    }

    @Test func tenThousandSessionsBreakNoPromise() throws {
        if let seed = Self.number("SIM_SEED") {
            let simulation = try Self.play(seed)
            print("seed \(seed): \(simulation.options)")
            print(
                "\(simulation.sessions) sessions, \(simulation.pulses) pulses, \(simulation.crashes) crashes"
            )
            return
        }
        let wanted = Int(Self.number("SIM_SESSIONS") ?? 10_000)
        // Half of the seeds are the same in every run, half are new.
        let fresh = UInt64.random(in: 1...UInt64(UInt32.max))
        print("simulation: seeds 1… and \(fresh)…; a failure prints its seed, SIM_SEED=… repeats it")
        var (sessions, pulses, crashes, worlds) = (0, 0, 0, 0)
        while sessions < wanted {
            let offset = UInt64(worlds / 2)
            let simulation = try Self.play(worlds % 2 == 0 ? 1 + offset : fresh + offset)
            sessions += simulation.sessions
            pulses += simulation.pulses
            crashes += simulation.crashes
            worlds += 1
        }
        print("simulation: \(sessions) sessions in \(worlds) worlds, \(pulses) pulses, \(crashes) crashes")
        #expect(sessions >= wanted)
        #expect(crashes > 0, "no world crashed: the crash tests tested nothing")
        #expect(pulses > sessions / 4, "hardly any door was opened: the worlds tested little")
    }

    @Test func theSameSeedGivesTheSameWorldTwice() throws {
        let first = try Self.play(42, sessions: 40)
        let second = try Self.play(42, sessions: 40)
        #expect(first.fingerprint == second.fingerprint)
        #expect(first.pulses == second.pulses)
    }
}
