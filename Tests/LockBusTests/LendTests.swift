import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

/// A bus whose port is given to a technician, and taken back.
@Suite(.serialized)
struct LendTests {
    @Test func aLentBusIsSilentItsBoardsSayWhyAndAScanHasTheLine() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs])
        try await harness.run { _ in
            #expect(await harness.bus.lend())
            #expect(await harness.waitUntil("a", isUp: false, reason: LockBus.lentReason))
            #expect(harness.readings().last == .unknown, "a door that nobody reads")
            let report = await harness.pulse(withinMs: 500)
            #expect(report == .notActuated(.boardDown(reason: LockBus.lentReason)))
            let again = await harness.bus.lend()
            #expect(!again, "lent twice")
            let plan = ScanPlan(
                target: .serial(path: harness.slave.path),
                settings: [LineSettings(baud: 115_200)],
                units: [1, 2],
                answerMs: 60
            )
            let seen = harness.slave.requests.all.count
            let found = try BusScan(
                plan: plan,
                profiles: BoardProfile.Catalogue(directory: Profiles.directory)
            ).run()
            #expect(found.findings.map(\.unit) == [1])
            let during = harness.slave.requests.all.dropFirst(seen)
            #expect(during.allSatisfy { $0.function <= 4 }, "the bus wrote while its port was lent")
            await harness.bus.takeBack()
            #expect(await harness.waitUntil("a", isUp: true))
            #expect(await harness.waitForReading(.closed))
            #expect(await harness.pulse().isActuated)
        }
    }

    @Test func thePulseInProgressEndsAndTheCoilReadsOffBeforeThePortIsFree() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog])
        try await harness.run { _ in
            #expect(await harness.pulse(ms: 300).isActuated)
            #expect(await harness.bus.lend())
            #expect(harness.slave.board(1) { $0.coils() }.allSatisfy { !$0 }, "lent with a coil on")
            // The last that the bus asked is whether every coil is off.
            #expect(harness.slave.requests.all.suffix(2).map(\.function) == [0x0F, 0x01])
            await harness.bus.takeBack()
            #expect(await harness.waitUntil("a", isUp: true))
        }
    }

    @Test func aBusThatIsShutDownWhileItIsLentEnds() async throws {
        let harness = try BusHarness(.serial, [Profiles.flashWithInputs])
        try await harness.run { _ in
            #expect(await harness.bus.lend())
        }
        #expect(await harness.bus.lend() == false)
    }
}
