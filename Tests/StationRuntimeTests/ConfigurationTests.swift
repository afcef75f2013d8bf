import Foundation
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
            #expect(!configuration.wiring.isEmpty, "\(example.lastPathComponent)")
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
