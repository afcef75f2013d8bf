import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

/// A coil rests five times as long as it really was on.
@Suite struct CoilHeatTests {
    private func at(_ ms: UInt64) -> BootTime { BootTime(nanoseconds: ms * 1_000_000) }
    private var cold: CoilHeat { CoilHeat(coolDown: 5, maximumOnMs: 3_000) }

    @Test func aPulseCostsItsDuty() {
        var heat = cold
        heat.pulsed(from: at(10_000), until: at(10_500))
        #expect(heat.coldAt == at(13_000))
    }

    @Test func whatEndedLateRestsLonger() {
        var heat = cold
        heat.pulsed(from: at(10_000), until: at(10_500))
        heat.seenOff(at: at(11_000))
        #expect(heat.coldAt == at(16_000))
        heat.seenOff(at: at(900_000))
        #expect(heat.coldAt == at(13_000 + 15_000), "unseen it is on for 3 s at most")
    }

    @Test func whatStaysOnHeatsOn() {
        var heat = cold
        heat.pulsed(from: at(10_000), until: at(10_500))
        for second in 11...70 { heat.seenOn(at: at(UInt64(second) * 1_000), atMostSince: at(9_000)) }
        heat.seenOff(at: at(70_100))
        #expect(heat.coldAt == at(70_000 + 5 * 60_000))
    }

    @Test func whatSomebodyElseSwitchedOnCountsFromWhenItWasOffLast() {
        var heat = cold
        heat.pulsed(from: at(10_000), until: at(10_500))
        heat.seenOn(at: at(100_000), atMostSince: at(98_000))
        #expect(heat.coldAt == at(110_000), "the pulse long before is over")
    }

    @Test func heatAddsUp() {
        var heat = cold
        heat.pulsed(from: at(10_000), until: at(10_500))
        // On again one second later, half cold only.
        heat.seenOn(at: at(13_000), atMostSince: at(12_000))
        #expect(heat.coldAt == at(13_000 + 5_000 + 1_000))
    }

    @Test func absurdTimesSaturate() {
        var heat = cold
        heat.assumeOn(ms: .max, until: at(1))
        #expect(heat.coldAt == BootTime(nanoseconds: .max))
    }
}

@Suite(.serialized)
struct HotStartTests {
    /// How long a door must rest right after a start, when it may have been pulsed so long before it.
    private func rest(
        _ profile: BoardProfile,
        from fromMs: UInt64,
        notAfter afterMs: UInt64
    ) async throws -> Int {
        let harness = try BusHarness(.serial, [profile])
        defer { harness.slave.stop() }
        let now = BootTime.now()
        func ago(_ ms: UInt64) -> BootTime { BootTime(nanoseconds: now.nanoseconds - ms * 1_000_000) }
        let pulse = PossiblePulse(from: ago(fromMs), notAfter: ago(afterMs))
        _ = await harness.bus.start(after: [BusHarness.door("a", 1): pulse])
        #expect(await harness.pulse("a", 2).isActuated, "nobody has pulsed the other one")
        let report = await harness.pulse("a", 1, withinMs: 100)
        let pulses = harness.pulses.count
        await harness.bus.shutdown()
        guard case .notActuated(.coilBudget(let retryAfterMs)) = report, pulses == 1 else { return 0 }
        return retryAfterMs
    }

    @Test func whatAnotherOwnerMayHavePulsedRestsForAsLongAsItMayHaveBeenOn() async throws {
        let short = try await rest(Profiles.flash, from: 400, notAfter: 0)
        #expect((1...1_500).contains(short), "300 ms on at most, less the start: \(short)")
        let long = try await rest(Profiles.watchdog, from: 60_000, notAfter: 0)
        #expect((5_000...9_000).contains(long), "300 ms and its watchdog's 1.5 s on at most: \(long)")
    }

    @Test func whatWasPulsedLongAgoIsCold() async throws {
        #expect(try await rest(Profiles.watchdog, from: 60_000, notAfter: 55_000) == 0)
    }

    @Test func aCoilThatWasOnForTooLongRestsForAllOfIt() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog], responseMs: 60)
        try await harness.run { _ in
            harness.slave.script { $0.isOff ? .silence(acts: false) : .answer }
            #expect(await harness.pulse("a", 1, ms: 200).isActuated)
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count { $0.isOff } >= 2
                }
            )
            harness.slave.heal()
            #expect(await settled { !harness.slave.board(1) { $0.coils()[0] } })
            let onMs = harness.slave.board(1) { $0.history[0].milliseconds }
            #expect(
                await settled {
                    harness.slave.requests.all.last { $0.function == 1 || $0.isOff }?.function == 1
                }
            )
            guard case .notActuated(.coilBudget(let wait)) = await harness.pulse("a", 1, ms: 200) else {
                Issue.record("a hot coil was pulsed")
                return
            }
            // 200 ms would rest for a second; it was on for longer, and rests longer.
            #expect(onMs > 240, "\(onMs)")
            #expect(wait > 1_000, "\(wait) ms after \(onMs) ms on")
        }
    }
}
