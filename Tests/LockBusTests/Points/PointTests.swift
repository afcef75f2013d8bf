import DeviceIO
import ScriptedBoards
import Testing

@testable import LockBus

@Suite(.serialized)
struct PointTests {
    private static func point(
        _ name: String,
        _ kind: PointConfiguration.Kind,
        _ place: PointConfiguration.Place,
        activeIs: SensorWiring.Level = .on,
        scale: Double = 1
    ) -> PointConfiguration {
        PointConfiguration(
            name: PointName(rawValue: name),
            kind: kind,
            board: BoardName(rawValue: "a"),
            place: place,
            activeIs: activeIs,
            scale: scale
        )
    }

    private static func values(_ events: [LockBusEvent], _ name: String) -> [PointValue] {
        events.compactMap { event in
            if case .point(PointName(rawValue: name), let value, _) = event { value } else { nil }
        }
    }

    private func wait(_ harness: BusHarness, _ name: String, for value: PointValue) async -> Bool {
        await harness.events.wait { (events: [LockBusEvent]) in Self.values(events, name).last == value }
    }

    @Test func anInputThatIsNoDoorIsReadWithTheDoors() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog]) {
            $0.points = [
                Self.point("mains", .mainsLost, .input(16), activeIs: .off),
                Self.point("cover", .tamper, .input(15)),
            ]
        } prepare: { slave in
            slave.board(1) { $0.inputs[15] = true }
        }
        try await harness.run { _ in
            #expect(await wait(harness, "mains", for: .inactive))
            #expect(await wait(harness, "cover", for: .inactive))
            harness.slave.board(1) { $0.inputs[15] = false }
            #expect(await wait(harness, "mains", for: .active))
            harness.slave.script { _ in .silence(acts: false) }
            #expect(await wait(harness, "mains", for: .unknown))
            harness.slave.heal()
            #expect(await wait(harness, "mains", for: .active))
            #expect(Self.values(harness.events.all, "mains") == [.inactive, .active, .unknown, .active])
            // One request for doors and points alike.
            let inputs = harness.slave.requests.all.filter { $0.function == 2 }
            #expect(inputs.allSatisfy { $0.pdu == [2, 0, 0, 0, 16] })
        }
    }

    /// S14: one reading, which may be a late reply, says nothing of the mains.
    @Test func oneStrangeReadingIsNoNews() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog]) {
            $0.points = [Self.point("mains", .mainsLost, .input(16))]
        }
        try await harness.run { _ in
            #expect(await wait(harness, "mains", for: .inactive))
            let before = harness.slave.requests.all.count { $0.function == 2 }
            harness.slave.script { [slave = harness.slave] request in
                guard request.function == 2 else { return .answer }
                let number = slave.requests.all.count { $0.function == 2 }
                return number == before ? .pdu([2, 2, 0x00, 0x80]) : .answer
            }
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.count { $0.function == 2 } >= before + 4
                }
            )
            #expect(Self.values(harness.events.all, "mains") == [.inactive])
        }
    }

    @Test func aTemperatureIsSignedScaledAndToldWhenItMoves() async throws {
        let harness = try BusHarness(.serial, [Profiles.watchdog]) {
            $0.points = [Self.point("air", .temperature, .register(7), scale: 0.1)]
        } prepare: { slave in
            slave.board(1) { $0.registers[7] = UInt16(bitPattern: -52) }
        }
        try await harness.run { _ in
            #expect(await wait(harness, "air", for: .measured(-5.2)))
        }
        // A register that the board does not have costs no door anything.
        let other = try BusHarness(.serial, [Profiles.watchdog]) {
            $0.points = [Self.point("air", .temperature, .register(7))]
        }
        try await other.run { reports in
            #expect(reports.first?.isUp == true)
            #expect(await wait(other, "air", for: .unknown))
            #expect(await other.pulse().isActuated)
        }
    }

    @Test func aLampStaysOnAndABeeperDoesNot() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash]) {
            $0.points = [
                Self.point("lamp", .lamp, .output(7)), Self.point("beeper", .beeper, .output(8)),
            ]
        }
        try await harness.run { _ in
            await harness.bus.switchPoint(PointName(rawValue: "lamp"), on: true)
            await harness.bus.switchPoint(PointName(rawValue: "beeper"), on: true, forMs: 300)
            #expect(await harness.slave.requests.wait { $0.pdu == [5, 0, 7, 0xFF, 0] })
            #expect(await harness.slave.requests.wait { $0.pdu == [5, 0, 7, 0, 0] })
            // The bus looks at its coils meanwhile, and takes a lamp for no lock that was left on.
            let seen = harness.slave.requests.all.count
            #expect(
                await harness.slave.requests.wait { (all: [ScriptedSlave.Request]) in
                    all.dropFirst(seen).count { $0.function == 1 } >= 2
                }
            )
            let coils = harness.slave.board(1) { $0.coils() }
            #expect(coils.indices.filter { coils[$0] } == [6])
            await harness.bus.switchPoint(PointName(rawValue: "lamp"), on: false)
            #expect(await harness.slave.requests.wait { $0.pdu == [5, 0, 6, 0, 0] })
            #expect(await harness.pulse().isActuated)
        }
        #expect(harness.slave.board(1) { $0.coils() }.allSatisfy { !$0 })
    }

    @Test func aDoorsOutputIsNeverALamp() async throws {
        let harness = try BusHarness(.serial, [Profiles.flash]) {
            $0.points = [Self.point("lamp", .lamp, .output(1))]
        }
        try await harness.run { reports in
            #expect(reports.first?.reason.contains("never be held energised") == true, "\(reports)")
            await harness.bus.switchPoint(PointName(rawValue: "lamp"), on: true)
            #expect(harness.slave.requests.all.isEmpty)
        }
        // The driver refuses on its own account, too.
        var configuration = try Self.configuration([Self.point("lamp", .lamp, .output(3))])
        configuration.boards[0].doors = [DoorWiring(channel: 1, sensor: nil, pulseMs: 300)]
        let driver = try ModbusBoardDriver(configuration)
        for output in [0, 1, 2, 4, 9] {
            let error = #expect(throws: WireFailure.self) {
                try driver.switchOutput(0, output: output, on: true)
            }
            #expect(error?.wasSent == false)
        }
    }

    private static func configuration(_ points: [PointConfiguration]) throws -> BusConfiguration {
        let a = BoardName(rawValue: "a")
        let door = DoorWiring(
            channel: 1,
            sensor: SensorWiring(board: a, input: 1, openIs: .on),
            pulseMs: 300
        )
        return BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .rtu(path: "/dev/null", baud: 9600, parity: .none, stopBits: 1),
            boards: [BoardConfiguration(name: a, profile: try Profiles.watchdog, unit: 1, doors: [door])],
            points: points
        )
    }

    @Test func whatCannotBeAPointIsSaid() throws {
        let cases: [([PointConfiguration], String)] = [
            ([Self.point("p", .tamper, .input(17))], "it is on input 17"),
            ([Self.point("p", .tamper, .input(1))], "input 1 is the sensor of a door"),
            ([Self.point("p", .lamp, .output(17))], "has outputs 1 to 16"),
            ([Self.point("p", .lamp, .output(1))], "output 1 opens a door"),
            ([Self.point("p", .tamper, .input(2)), Self.point("p", .tamper, .input(3))], "used twice"),
            ([Self.point("p", .tamper, .input(2)), Self.point("q", .tamper, .input(2))], "the same place"),
        ]
        for (points, words) in cases {
            let problems = try Self.configuration(points).problems().map(\.description)
            #expect(problems.contains { $0.contains(words) }, "\(words): \(problems)")
        }
        #expect(try Self.configuration([Self.point("p", .tamper, .input(2))]).problems().isEmpty)
    }
}
