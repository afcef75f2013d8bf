import DeviceIO
import Testing

@testable import Sandbox

@Suite struct CabinetWorldTests {
    private func at(_ milliseconds: UInt64) -> BootTime {
        BootTime(nanoseconds: 0).advanced(byMilliseconds: milliseconds)
    }

    private func arrival(_ milliseconds: UInt64) -> CabinetWorld.Arrival {
        CabinetWorld.Arrival(firstByte: at(milliseconds), complete: at(milliseconds))
    }

    private func world(
        model: SandboxBoardModel = .waveshareRelayD8,
        spring: SandboxDoor.Spring = .pops
    ) throws -> CabinetWorld {
        try CabinetWorld(banks: [
            SandboxBank(
                name: "bank",
                transport: .tcp(port: 0),
                boards: [.filled(name: "board", unit: 1, model: model, doors: ["A1", "A2"], spring: spring)]
            )
        ])
    }

    @Test func aTimedPulseEndsAtItsOwnMomentHoweverLateAnyoneLooks() throws {
        var world = try world()
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(1000))
        #expect(world.nextDeadline(on: "bank") == at(1300))
        world.pass(until: at(1299))
        #expect(world.isCoilOn(of: 0))
        world.pass(until: at(9000))
        #expect(!world.isCoilOn(of: 0))
        #expect(world.pulses[0].durationMs == 300)
        #expect(world.pulses[0].end == .timer)
        #expect(world.nextDeadline(on: "bank") == nil)
    }

    @Test func theWatchdogDropsAllOutputsWhenItsTimeIsOver() throws {
        var world = try world(model: .coilBoard16)
        world.boards[0].watchdogMs = 500
        world.boards[0].lastRequest = at(1000)
        world.switchOn(0, 0, cause: .coil, for: nil, arrival: arrival(1000))
        world.switchOn(0, 5, cause: .coil, for: nil, arrival: arrival(1000))
        world.pass(until: at(1499))
        #expect(world.boards[0].watchdogDrops == 0)
        world.pass(until: at(1500))
        #expect(world.boards[0].watchdogDrops == 1)
        #expect(world.pulses.map(\.end) == [.watchdog, .watchdog])
        #expect(world.pulses.map(\.durationMs) == [500, 500])
        #expect(world.pulses.map(\.door) == ["A1", nil])
        world.pass(until: at(9000))
        #expect(world.boards[0].watchdogDrops == 1)
    }

    @Test func aSecondCommandIsAPulseOfItsOwnAndTheOnTimeCountsOn() throws {
        var world = try world()
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(0))
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(200))
        world.pass(until: at(500))
        #expect(world.pulses.map(\.end) == [.again, .timer])
        #expect(world.pulses.map(\.durationMs) == [200, 300])
        #expect(world.snapshot(at: at(500), banks: []).doors[0].longestOnMs == 500)
    }

    @Test func aStuckLatchHoldsAndForceOpensPastIt() throws {
        var world = try world()
        world.doors[0].isStuck = true
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(0))
        #expect(world.doors[0].position == .closed)
        let canPull = world.pull(0)
        #expect(!canPull)
        world.force(0)
        #expect(world.doors[0].position == .open)
    }

    @Test func aDoorThatWaitsIsUnlockedUntilItIsPulledAndClosed() throws {
        var world = try world(spring: .waitsForPull)
        var canPull = world.pull(0)
        #expect(!canPull)
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(0))
        world.pass(until: at(300))
        #expect(world.doors[0].position == .closed)
        #expect(world.doors[0].latch == .unlocked)
        canPull = world.pull(0)
        #expect(canPull)
        let stays = world.close(0)
        #expect(stays)
        #expect(world.doors[0].latch == .locked)
        canPull = world.pull(0)
        #expect(!canPull)
    }

    @Test func aDoorDoesNotCatchWhileTheCoilIsOn() throws {
        var world = try world()
        world.switchOn(0, 0, cause: .flash, for: 300, arrival: arrival(0))
        var stays = world.close(0)
        #expect(!stays)
        world.pass(until: at(300))
        stays = world.close(0)
        #expect(stays)
    }

    @Test func aCutSensorReadsOneThing() throws {
        var world = try world()
        world.doors[0].sensorMode = .cutOpen
        #expect(world.inputs(of: 0).prefix(2) == [false, true])
        world.doors[0].sensorMode = .cutClosed
        world.force(0)
        #expect(world.inputs(of: 0).prefix(2) == [true, true])
        #expect(world.doors[0].position == .open)
    }

    @Test func aBoardWithoutPowerHasNoOutputOn() throws {
        var world = try world(model: .coilBoard16)
        world.boards[0].watchdogMs = 500
        world.switchOn(0, 0, cause: .coil, for: nil, arrival: arrival(0))
        world.setDead(true, board: 0, at: at(100))
        #expect(!world.isCoilOn(of: 0))
        #expect(world.pulses[0].end == .power)
        #expect(world.boards[0].watchdogMs == 0)
    }

    @Test func oldPulsesAreForgottenAndCounted() throws {
        var world = try world()
        for number in UInt64(0)..<25_000 {
            world.switchOn(0, 0, cause: .flash, for: 1, arrival: arrival(number * 2))
            world.pass(until: at(number * 2 + 1))
        }
        #expect(world.pulseCount == 25_000)
        #expect((CabinetWorld.keptPulses...2 * CabinetWorld.keptPulses).contains(world.pulses.count))
        #expect(world.pulses.last?.number == 25_000)
        #expect(world.pulses.allSatisfy { $0.end == .timer })
    }

    @Test func impossibleCabinetsAreRefusedWithWords() {
        func words(_ boards: [SandboxBoard]) -> String {
            do throws(SandboxError) {
                _ = try CabinetWorld(banks: [SandboxBank(name: "b", transport: .tcp(port: 0), boards: boards)]
                )
                return "accepted"
            } catch {
                return "\(error)"
            }
        }
        func board(_ name: SandboxBoardName, unit: UInt8 = 1, _ doors: [SandboxDoor]) -> SandboxBoard {
            SandboxBoard(name: name, unit: unit, model: .waveshareRelayD8, doors: doors)
        }
        #expect(words([board("x", []), board("x", unit: 2, [])]).contains("board x is there twice"))
        #expect(words([board("x", []), board("y", [])]).contains("unit 1 on bank b is there twice"))
        #expect(words([board("x", unit: 0, [])]).contains("not in 1…247"))
        let door = SandboxDoor(name: "A1", channel: 9, sensor: nil)
        #expect(words([board("x", [door])]).contains("channel 9"))
        let sensor = SandboxDoor(name: "A1", channel: 1, sensor: .init(input: 9))
        #expect(words([board("x", [sensor])]).contains("input 9"))
        let stray = SandboxDoor(name: "A1", channel: 1, sensor: .init(board: "z", input: 1))
        #expect(words([board("x", [stray])]).contains("sensor's board"))
        let twice = SandboxDoor(name: "A2", channel: 1, sensor: nil)
        let first = SandboxDoor(name: "A1", channel: 1, sensor: nil)
        #expect(words([board("x", [first, twice])]).contains("has a door already"))
    }
}
