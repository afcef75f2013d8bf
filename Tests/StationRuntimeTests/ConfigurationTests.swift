import Foundation
import LockBus
import StationCore
import StationRuntime
import Testing

@Suite struct ConfigurationTests {
    private static let good = """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: /s }
        buses:
          - { name: wall, tcp: { host: 127.0.0.1, port: 1502 } }
        boards:
          - { name: A, bus: wall, profile: generic-coil-16ch-watchdog, unit: 1 }
        compartments:
          - { id: A-01, size: S, board: A, channel: 1 }
          - { id: A-02, size: L, board: A, channel: 2, sensor: none, pulseMs: 300 }
          - { id: A-03, size: M, board: A, channel: 3, sensor: { input: 7, openIs: on } }
        scanner: { path: /dev/null }
        policy: { closeReminderMs: 5000, collectPartial: false }
        """

    private func load(_ text: String) throws(ConfigurationError) -> StationConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
        try? text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try StationConfiguration.load(
            path: file.path,
            surroundings: StationConfiguration.Surroundings(
                environment: [:],
                profileFolder: root.appendingPathComponent("hardware/boards").path
            )
        )
    }

    /// The one line of the error that a changed configuration gives.
    private func complaint(replacing old: String, with new: String) throws -> String {
        #expect(Self.good.contains(old), "the test replaces nothing")
        let error = #expect(throws: ConfigurationError.self) {
            try load(Self.good.replacingOccurrences(of: old, with: new))
        }
        return try #require(error?.lines.first)
    }

    @Test func aGoodFileGivesTheWallAsItIsWired() throws {
        let configuration = try load(Self.good)
        let compartments = configuration.plan.compartments
        #expect(compartments.map(\.id) == ["A-01", "A-02", "A-03"])
        #expect(compartments.map(\.hasDoorSensor) == [true, false, true])
        #expect(compartments[1].pulseMs == 300)
        #expect(configuration.wiring.count == 3)
        #expect(configuration.policy.closeReminderMs == 5000)
        #expect(!configuration.policy.collectPartial)
        #expect(configuration.hash.count == 64)
    }

    /// Nothing ends a pulse of this board when the controller dies: the file must say that the locks bear it.
    @Test func aBoardThatNothingGuardsIsForMotorLocksOnly() throws {
        let unguarded = Self.good.replacingOccurrences(
            of: "generic-coil-16ch-watchdog",
            with: "generic-coil-8ch"
        )
        .replacingOccurrences(of: ", sensor: none", with: "")
        .replacingOccurrences(of: ", sensor: { input: 7, openIs: on }", with: "")
        let error = #expect(throws: ConfigurationError.self) { try load(unguarded) }
        #expect(error?.lines.count == 3)
        #expect(error?.lines.first?.contains(".yaml:5: board A, channel 1: ") == true)
        #expect(error?.lines.first?.contains("write lock: motor") == true)
        let motors = unguarded.replacingOccurrences(of: ", board: A", with: ", board: A, lock: motor")
        #expect(try load(motors).plan.compartments.count == 3)
    }

    @Test func aBoardThatCountsSecondsRestsItsCoilsForSeconds() throws {
        let slow = Self.good.replacingOccurrences(
            of: "tcp: { host: 127.0.0.1, port: 1502 }",
            with: "rtu: { path: /dev/x }"
        )
        .replacingOccurrences(of: "generic-coil-16ch-watchdog", with: "eletechsup-r421a08")
        .replacingOccurrences(of: "sensor: none, pulseMs: 300", with: "pulseMs: 1000")
        .replacingOccurrences(of: "size: S", with: "size: S, pulseMs: 1000")
        .replacingOccurrences(of: "sensor: { input: 7, openIs: on }", with: "pulseMs: 1000")
        #expect(try load(slow).plan.compartments.map(\.coolDownMs) == [5000, 5000, 5000])
    }

    @Test func anUnknownKeyIsNamedWithItsLineAndASuggestion() throws {
        let line = try complaint(replacing: "policy: {", with: "polcy: {")
        #expect(line.contains(".yaml:11:"))
        #expect(line.contains("polcy"))
        #expect(line.contains("did you mean `policy`"))
    }

    @Test func oneChannelForTwoCompartmentsIsRefused() throws {
        let line = try complaint(replacing: "channel: 2", with: "channel: 1")
        #expect(line.contains(".yaml:8:"))
        #expect(line.contains("channel 1"))
    }

    @Test func oneLabelForTwoCompartmentsIsRefused() throws {
        let line = try complaint(replacing: "id: A-02", with: "id: A-01")
        #expect(line.contains(".yaml:8:"))
    }

    @Test func aProfileThatIsNotThereIsRefusedWithTheOnesThatAre() throws {
        let line = try complaint(replacing: "generic-coil-16ch-watchdog", with: "acme-9000")
        #expect(line.contains(".yaml:5:"))
        #expect(line.contains("generic-coil-16ch-watchdog"))
    }

    @Test(arguments: [
        ("size: S", "size: XXL", 7), ("unit: 1", "unit: 300", 5), ("pulseMs: 300", "pulseMs: 9999", 8),
        ("openIs: on", "openIs: maybe", 9), ("closeReminderMs: 5000", "closeReminderMs: 1", 11),
        ("port: 1502", "port: 70000", 3), ("channel: 3", "channel: 99", 5), ("bus: wall", "bus: hall", 5),
    ])
    func anImpossibleValueIsRefusedWithItsLine(old: String, new: String, line: Int) throws {
        let text = try complaint(replacing: old, with: new)
        #expect(text.contains(".yaml:\(line):"), "\(text)")
        #expect(text.contains(";") || text.contains(" to "), "the error should say what to do: \(text)")
    }

    private static let line = """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: /s }
        buses:
          - { name: wall, serial: { path: /dev/ttyUSB0, baud: 19200, parity: none } }
        boards:
          - { name: A, bus: wall, profile: kerong-cu48, unit: 0 }
        compartments:
          - { id: A-01, size: S, board: A, channel: 48 }
        scanner: { path: /dev/null }
        """

    @Test func aLineOfBoardsThatDoNotSpeakModbusIsReadStrictly() throws {
        let configuration = try load(Self.line)
        let place = try #require(configuration.plan.compartments.first)
        #expect(place.hasDoorSensor && place.pulseMs == 1000)
        let server = "serialTCP: { host: 10.0.0.5, port: 4001 }"
        let serial = "serial: { path: /dev/ttyUSB0, baud: 19200, parity: none }"
        _ = try load(Self.line.replacingOccurrences(of: serial, with: server))
        let cases: [(String, String, Int, String)] = [
            ("serial:", "rtu:", 5, "kerong-cu48 does not speak Modbus"),
            (serial, "serial: { path: /dev/ttyUSB0 }", 3, "`baud`"),
            (serial, "serial: { path: /d, baud: 19200, port: 1 }", 3, "no key `port`"),
            (serial, "serial: { path: /d, baud: 19200 }, tcp: { host: h }", 3, "no key `serial`"),
            (serial, "serialTCP: { host: h }", 3, "`port`"),
            ("unit: 0", "unit: 10", 5, "its switches give 0 to 9"),
            ("channel: 48", "channel: 48, pulseMs: 300", 7, "always gives 1000 ms; leave it out"),
            ("channel: 48", "channel: 49", 5, "has channels 1 to 48"),
            ("kerong-cu48", "waveshare-modbus-rtu-relay-8ch", 5, "speaks Modbus and this line does not"),
        ]
        for (old, new, number, words) in cases {
            let text = Self.line.replacingOccurrences(of: old, with: new)
            #expect(text != Self.line)
            let error = #expect(throws: ConfigurationError.self) { try load(text) }
            let lines = error?.lines ?? []
            let line = try #require(lines.first { $0.contains(words) }, "\(words): \(lines)")
            #expect(line.contains(".yaml:\(number):"), "\(line)")
        }
    }

    private static let points = """
        ups: { locks: false, shutdownAfterSeconds: 300 }
        points:
          - { name: mains, kind: mainsLost, board: A, input: 16, activeIs: off }
          - { name: cover, kind: tamper, board: A, input: 15, activeIs: on }
          - { name: air, kind: temperature, board: A, register: 0x10, scale: 0.1, low: -5, high: 45.5 }
          - { name: lamp, kind: lamp, board: A, output: 16 }
          - { name: beeper, kind: beeper, board: A, output: 15 }
        """

    @Test func pointsAreReadStrictly() throws {
        let yaml = Self.good + "\n" + Self.points
        let plan = try load(yaml).points
        #expect(plan.entries.map(\.point.name.rawValue) == ["mains", "cover", "air", "lamp", "beeper"])
        #expect(plan.entries[2].limits == -5...45.5)
        #expect(!plan.locksOnUPS && plan.shutdownAfterSeconds == 300)
        #expect(try load(yaml).buses.first?.points.count == 5)
        let ups = "ups: { locks: false, shutdownAfterSeconds: 300 }"
        let mains = "  - { name: mains, kind: mainsLost, board: A, input: 16, activeIs: off }\n"
        let cases: [(String, String, Int, String)] = [
            (ups, "", 1, "nothing says whether the locks are on the UPS"),
            (mains, "", 12, "without a point of kind `mainsLost`"),
            ("locks: false", "locks: no", 12, "write true or false"),
            ("shutdownAfterSeconds: 300", "shutdownAfterSeconds: 1", 12, "it must be 10 to 86400"),
            ("kind: tamper", "kind: smoke", 15, "it must be one of"),
            ("name: cover", "name: mains", 15, "point `mains` is there twice"),
            ("board: A, input: 15", "board: Z, input: 15", 15, "there is no board `Z`"),
            (", activeIs: on }", " }", 15, "`activeIs`"),
            ("input: 15", "output: 15", 15, "`input`"),
            ("low: -5", "low: 50", 16, "is not below"),
            ("scale: 0.1", "scale: much", 16, "`scale` is not a number"),
            ("high: 45.5", "high: 4000", 16, "it must be -273.0 to 1000.0"),
            ("input: 15", "input: 7", 5, "is the sensor of a door"),
            ("output: 16", "output: 1", 5, "output 1 opens a door"),
            ("input: 15", "input: 17", 5, "it is on input 17"),
        ]
        for (old, new, number, words) in cases {
            let text = yaml.replacingOccurrences(of: old, with: new)
            #expect(text != yaml)
            let error = #expect(throws: ConfigurationError.self) { try load(text) }
            let lines = error?.lines ?? []
            let line = try #require(lines.first { $0.contains(words) }, "\(words): \(lines)")
            #expect(line.contains(".yaml:\(number):"), "\(line)")
        }
    }

    @Test func plainHTTPToAnotherMachineIsRefused() throws {
        let line = try complaint(
            replacing: "buses:",
            with: "hq: { baseURL: \"http://hq.example/api\" }\nbuses:"
        )
        #expect(line.contains("https"))
    }

    @Test func aKioskThatIsNotOnLoopbackIsRefused() throws {
        let line = try complaint(replacing: "scanner:", with: "kiosk: { host: 0.0.0.0 }\nscanner:")
        #expect(line.contains("0.0.0.0"))
    }

    @Test func brokenYAMLIsRefusedWithItsLine() throws {
        let line = try complaint(replacing: "buses:", with: "buses: [")
        #expect(line.contains(".yaml:"))
    }

    @Test func everyExampleStationIsGood() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("hardware/stations")
        let examples = try FileManager.default.contentsOfDirectory(
            at: folder,
            includingPropertiesForKeys: nil
        )
        #expect(!examples.isEmpty)
        for example in examples {
            let configuration = try StationConfiguration.load(
                path: example.path,
                surroundings: StationConfiguration.Surroundings(
                    environment: [
                        "STATE_DIRECTORY": "/s", "CREDENTIALS_DIRECTORY": "/c", "RUNTIME_DIRECTORY": "/r",
                    ],
                    profileFolder: root.appendingPathComponent("hardware/boards").path
                )
            )
            // The name of an example says how many doors it has: `rtu-20-doors.yaml`.
            let name = example.deletingPathExtension().lastPathComponent
            let doors = name.split(separator: "-").compactMap { Int($0) }.first
            #expect(configuration.wiring.count == doors, "\(name)")
        }
    }

    @Test func aMissingFileSaysSo() {
        let error = #expect(throws: ConfigurationError.self) {
            try StationConfiguration.load(
                path: "/nowhere/station.yaml",
                surroundings: StationConfiguration.Surroundings(environment: [:], profileFolder: "/nowhere")
            )
        }
        #expect(error?.lines.first?.contains("/nowhere/station.yaml") == true)
    }
}
