import DeviceIO
import Foundation
import Logging
import ScriptedBoards
import Testing

@testable import LockBus

/// A bus with one board of `hardware/boards`, and that board on the other end of its wire.
final class VendorBench: Sendable {
    let profile: BoardProfile
    let slave: ScriptedSlave
    let unit: UInt8
    private let configuration: BusConfiguration
    let events = Recorder<LockBusEvent>()

    init(
        _ profile: BoardProfile,
        hasSensors: Bool = true,
        change: (inout SimulatedBoard) -> Void = { _ in }
    ) throws {
        self.profile = profile
        let line = try #require(profile.line)
        unit = line.isNetwork || line.unit <= 247 ? line.unit : 1
        var board = try #require(VendorBoards.board(for: profile.name))
        change(&board)
        slave = try line.isNetwork ? .network([unit: board]) : .serial([unit: board])
        let name = BoardName(rawValue: "a")
        let doors = (1...profile.channels).map { channel in
            let sensor = SensorWiring(board: name, input: channel, openIs: .on)
            return DoorWiring(
                channel: channel,
                sensor: hasSensors && channel <= profile.inputs ? sensor : nil,
                pulseMs: profile.timeOnMs(for: 300),
                lock: profile.timing == .unguarded ? .motor : .solenoid
            )
        }
        configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: line.isNetwork
                ? .tcp(host: "127.0.0.1", port: slave.port)
                : .rtu(path: slave.path, baud: 115_200, parity: .none, stopBits: 1),
            responseTimeoutMs: 300,
            byteTimeoutMs: 30,
            boards: [BoardConfiguration(name: name, profile: profile, unit: unit, doors: doors)]
        )
    }

    func makeBus() -> LockBus {
        let events = events
        return LockBus(
            configuration: configuration,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) {
            events.append($0)
        }
    }

    func pulse(_ bus: LockBus, _ channel: Int) async -> PulseReport {
        await bus.pulse(
            PulseRequest(
                id: "o-1",
                door: BusHarness.door("a", channel),
                durationMs: profile.timeOnMs(for: 300),
                notAfter: BootTime.now().advanced(byMilliseconds: 5000)
            )
        )
    }

    var history: [SimulatedBoard.OnTime] { slave.board(unit) { $0.history } }

    func waitUntil(_ condition: @Sendable (inout SimulatedBoard) -> Bool) async -> Bool {
        let limit = BootTime.now().advanced(byMilliseconds: 8000)
        while BootTime.now() < limit {
            if slave.board(unit, condition) { return true }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}

extension LockBus {
    /// Holds the bus's thread up.
    func stall(milliseconds: UInt32) {
        usleep(milliseconds * 1000)
    }
}

@Suite(.serialized)
struct VendorBoardTests {
    @Test func aPulseIsOnTheRightOutputForItsTimeAndEveryOutputIsOffAfterwards() async throws {
        var names = try GoldenTests.modbusNames()
        #expect(names.count >= 20)
        // A few at a time: each has a thread for its bus and one for its board.
        while !names.isEmpty {
            let few = names.prefix(4)
            names.removeFirst(few.count)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for name in few { group.addTask { try await serve(VendorBench(Profiles.load(name))) } }
                try await group.waitForAll()
            }
        }
    }

    private func serve(_ bench: VendorBench) async throws {
        let name = bench.profile.name
        let bus = bench.makeBus()
        let reports = await bus.start()
        #expect(reports.map(\.isUp) == [true], "\(name): \(reports)")
        let last = bench.profile.channels
        for channel in [1, last] {
            let report = await bench.pulse(bus, channel)
            #expect(report.isActuated, "\(name): \(report)")
        }
        await bus.shutdown()
        let coils = bench.slave.board(bench.unit) { $0.coils() }
        #expect(!coils.contains(true), "\(name)")
        let history = bench.history
        #expect(history.map(\.coil) == [0, last - 1], "\(name): \(history)")
        let wanted = UInt64(bench.profile.timeOnMs(for: 300))
        for time in history {
            // The board's own clock; a busy machine lets it see "on" late.
            #expect(time.milliseconds + 100 >= wanted, "\(name): \(time.milliseconds)")
            #expect(time.milliseconds <= UInt64(bench.profile.maximumOnMs), "\(name): \(time.milliseconds)")
        }
        bench.slave.stop()
    }

    @Test func aKilledControllerLeavesTheCoilToTheBoard() async throws {
        for name in ["eletechsup-r421a08", "lctech-lc-modbus-8r-d7", "wago-750-352", "beckhoff-bk9000"] {
            let bench = try VendorBench(Profiles.load(name))
            let bus = bench.makeBus()
            #expect(await bus.start().map(\.isUp) == [true], "\(name)")
            #expect(await bench.pulse(bus, 2).isActuated, "\(name)")
            // From here on nothing of the controller reaches the board.
            bench.slave.script { _ in .silence(acts: false) }
            bench.slave.hangUp()
            #expect(
                await bench.waitUntil { $0.history.last?.until != nil || !$0.coils().contains(true) },
                "\(name)"
            )
            let onMs = bench.history.first?.milliseconds ?? .max
            #expect(onMs <= UInt64(bench.profile.maximumOnMs), "\(name): \(onMs)")
            await bus.shutdown()
            bench.slave.stop()
        }
    }

    @Test func offIsOwedToAnUnguardedBoardFromTheMomentOnWasSent() async throws {
        let bench = try VendorBench(Profiles.load("wellpro-wp8025adam"))
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        // "On" is carried out, and its answer is lost; so are the answers to the coil's reading.
        bench.slave.script { request in
            request.isPulse ? .silence(acts: true) : request.function == 1 ? .silence(acts: false) : .answer
        }
        #expect(await bench.pulse(bus, 3).isUnknown)
        #expect(await bench.waitUntil { !$0.coils()[2] && $0.history.count == 1 })
        bench.slave.heal()
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func aWatchdogThatIsNotSetKeepsTheBoardDownAndSaysWhatToWrite() async throws {
        for (register, words) in [
            (UInt16(0x1000), "write 15 to register 0x1000"), (0x100A, "write 1 to register"),
        ] {
            let bench = try VendorBench(Profiles.load("wago-750-352")) { $0.registers[register] = 0 }
            let bus = bench.makeBus()
            let reports = await bus.start()
            #expect(reports[0].reason.contains(words), "\(reports)")
            #expect(!bench.slave.requests.all.contains { $0.function == 6 })
            await bus.shutdown()
            bench.slave.stop()
        }
    }

    @Test func aBoardWhoseWatchdogTrippedBeforeTheStartIsRestarted() async throws {
        let bench = try VendorBench(Profiles.load("beckhoff-bk9000")) { $0.trip() }
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        let writes = bench.slave.requests.all.filter { $0.function >= 5 }.map(\.function)
        #expect(writes == [0x0F, 0x06, 0x06, 0x0F])
        #expect(await bench.pulse(bus, 1).isActuated)
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func aBoardWhoseWatchdogTripsInServiceTakesTheNextOpening() async throws {
        let bench = try VendorBench(Profiles.load("beckhoff-bk9000"))
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        bench.slave.board(bench.unit) { $0.trip() }
        let refused = await bench.pulse(bus, 1)
        #expect(!refused.isActuated)
        #expect(await bench.waitUntil { !$0.isTripped })
        #expect(await bench.pulse(bus, 2).isActuated)
        #expect(bench.history.map(\.coil) == [1])
        await bus.shutdown()
        bench.slave.stop()
    }

    /// The bus's thread is held up for longer than the watchdog's time, as on a machine that is out of breath.
    @Test func anOpeningAfterALongPauseRestartsTheBoardFirst() async throws {
        let bench = try VendorBench(Profiles.load("beckhoff-bk9000"))
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        for channel in [1, 2] {
            await bus.stall(milliseconds: 1200)
            #expect(await bench.pulse(bus, channel).isActuated)
        }
        #expect(bench.history.map(\.coil) == [0, 1])
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func aBoardWithoutSensorsHasItsWatchdogFedAllTheSame() async throws {
        let bench = try VendorBench(Profiles.load("beckhoff-bk9000"), hasSensors: false)
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        let isFed = await bench.slave.requests.wait(seconds: 20) { (all: [ScriptedSlave.Request]) in
            all.last.map { $0.at.milliseconds(since: all[0].at) > 3500 } ?? false
        }
        let times = bench.slave.requests.all.map(\.at)
        let gaps = zip(times, times.dropFirst()).map { $1.milliseconds(since: $0) }.sorted()
        // Half of the watchdog's time; a busy machine may be late once.
        #expect(isFed && gaps.count >= 5 && gaps[gaps.count / 2] < 700, "\(gaps)")
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func aBoardThatDelaysItsAnswersIsNamed() async throws {
        let bench = try VendorBench(Profiles.load("eletechsup-ryn408f")) { $0.registers[0x00FC] = 5 }
        let bus = bench.makeBus()
        let reports = await bus.start()
        #expect(reports[0].reason.contains("set register 0x00FC"), "\(reports)")
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func onlyTheSecondsCodeEndsARunningTimeAndTheProfileUsesIt() async throws {
        // A time of 255 s is running.
        let bench = try VendorBench(Profiles.load("eletechsup-ryn408f")) { $0.take([6, 0, 5, 0x06, 0xFF]) }
        #expect(bench.slave.board(bench.unit) { $0.coils()[5] })
        let bus = bench.makeBus()
        #expect(await bus.start().map(\.isUp) == [true])
        #expect(bench.slave.board(bench.unit) { !$0.coils().contains(true) })
        await bus.shutdown()
        bench.slave.stop()
    }

    @Test func aBoardThatRepeatsWritesWronglyIsProvenByReadingBack() async throws {
        let text = try String(
            contentsOfFile: Profiles.directory + "/generic-coil-16ch-watchdog.yaml",
            encoding: .utf8
        )
        for (quirk, isUp) in [("", false), ("\nquirks: { echo: inexact }\n", true)] {
            let profile = try BoardProfile.load(yaml: text + quirk, file: "x.yaml")
            let bench = try VendorBench(profile)
            bench.slave.script { $0.function >= 5 ? .wrongEcho : .answer }
            let bus = bench.makeBus()
            let reports = await bus.start()
            #expect(reports.map(\.isUp) == [isUp], "\(reports)")
            // The coil, read back, is the proof of the pulse.
            if isUp { #expect(await bench.pulse(bus, 1).isActuated) }
            await bus.shutdown()
            #expect(!bench.slave.board(1) { $0.coils().contains(true) })
            bench.slave.stop()
        }
    }
}
