import Foundation
import LockBus
import StationCore
import StationRuntime
import Testing

/// A wall on GPIO lines, as its file says it.
@Suite struct GPIOWallTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let good = """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: /s }
        buses:
          - { name: pi, gpio: { chip: pinctrl-rp1 } }
        boards:
          - { name: A, bus: pi, profile: generic-gpio-mosfet-16ch }
          - { name: B, bus: pi, profile: generic-gpio-relay-16ch }
        compartments:
          - { id: A-01, size: S, board: A, channel: 1, line: GPIO17, sensor: { line: GPIO5, openIs: on } }
          - { id: A-02, size: S, board: A, channel: 2, line: 27, sensor: none }
          - { id: B-01, size: S, board: B, channel: 1, line: GPIO4 }
        """

    private func load(_ text: String) throws(ConfigurationError) -> StationConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
        try? text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try Self.load(path: file.path)
    }

    private static func load(path: String) throws(ConfigurationError) -> StationConfiguration {
        try StationConfiguration.load(
            path: path,
            surroundings: StationConfiguration.Surroundings(
                environment: ["CREDENTIALS_DIRECTORY": "/c", "STATE_DIRECTORY": "/s"],
                profileFolder: root.appendingPathComponent("hardware/boards").path
            )
        )
    }

    @Test func aGoodFileGivesTheWallAndTheGuardsTable() throws {
        let configuration = try load(Self.good)
        #expect(configuration.plan.compartments.map(\.hasDoorSensor) == [true, false, false])
        let table = try #require(configuration.coilGuardTable)
        let lines = table.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.count == 3)
        #expect(lines[0].hasPrefix("output A/1 chip=pinctrl-rp1 line=GPIO17 active=high "))
        #expect(lines[1].hasPrefix("output A/2 chip=pinctrl-rp1 line=#27 "))
        #expect(lines[2].hasPrefix("output B/1 chip=pinctrl-rp1 line=GPIO4 active=low "))
    }

    @Test func theExampleWallIsGoodAndWarnsOfNoPin() throws {
        let path = Self.root.appendingPathComponent("hardware/stations/gpio-8-doors.yaml").path
        let configuration = try Self.load(path: path)
        #expect(configuration.plan.compartments.count == 8)
        #expect(configuration.warnings.filter { $0.contains("GPIO") }.isEmpty)
    }

    @Test func aWallWithoutGPIONeedsNoGuard() throws {
        let path = Self.root.appendingPathComponent("hardware/stations/demo-20-doors.yaml").path
        #expect(try Self.load(path: path).coilGuardTable == nil)
    }

    @Test func anInputForAPointIsNamedAtItsBoard() throws {
        let board = "profile: generic-gpio-relay-16ch"
        let points = """

            points:
              - { name: mains, kind: mainsLost, board: B, input: 9, activeIs: on }
            ups: { locks: false }
            """
        let good = Self.good.replacingOccurrences(of: board, with: board + ", inputs: { 9: GPIO12 }") + points
        let configuration = try load(good)
        #expect(configuration.buses[0].boards[1].lines.inputs == [9: "GPIO12"])
        let error = #expect(throws: ConfigurationError.self) { try load(Self.good + points) }
        #expect(
            error?.lines.joined().contains("inputs: { 9: GPIO12 }") == true,
            "\(String(describing: error))"
        )
    }

    @Test func aLampHasALineOfItsOwnThatTheGuardDoesNotHold() throws {
        let board = "profile: generic-gpio-relay-16ch"
        let points = """

            points:
              - { name: light, kind: lamp, board: B, output: 9 }
            """
        let good =
            Self.good.replacingOccurrences(of: board, with: board + ", outputs: { 9: GPIO22 }") + points
        let configuration = try load(good)
        #expect(configuration.buses[0].boards[1].lines.lamps == [9: "GPIO22"])
        #expect(configuration.coilGuardTable?.contains("GPIO22") == false)
        let error = #expect(throws: ConfigurationError.self) { try load(Self.good + points) }
        #expect(
            error?.lines.joined().contains("outputs: { 9: GPIO22 }") == true,
            "\(String(describing: error))"
        )
    }

    @Test(arguments: [
        ("chip: pinctrl-rp1", "chip: gpiochip0", 3, "name its label"),
        ("chip: pinctrl-rp1", "chp: pinctrl-rp1", 3, "did you mean `chip`?"),
        ("gpio: { chip: pinctrl-rp1 }", "tcp: { host: h }", 5, "put it on a bus with `gpio:"),
        (", line: GPIO17", "", 8, "has no `line`"),
        ("line: GPIO4", "line: GPIO17", 6, "line GPIO17 is output 1 of A as well"),
        ("line: 27, sensor: none", "line: 27, sensor: { input: 3 }", 9, "has no `line`"),
        ("line: GPIO5, openIs: on", "line: GPIO5, openIf: on", 8, "did you mean `openIs`?"),
        ("generic-gpio-mosfet-16ch }", "generic-gpio-mosfet-16ch, unit: 1 }", 5, "has no key `unit`"),
        ("16ch }", "16ch, inputs: { 1: GPIO12 } }", 8, "is in its `inputs` already"),
        ("16ch }", "16ch, outputs: { 1: GPIO12 } }", 8, "is in its `outputs` already"),
        ("16ch }", "16ch, outputs: { 9: GPIO17 } }", 5, "line GPIO17 is output 1 of A as well"),
        ("channel: 2, line: 27", "channel: 2, line: 27, pulseMs: 2000", 5, "allows 1 to 1000 ms"),
    ])
    func aMistakeIsSaidWithItsLine(_ old: String, _ new: String, _ line: Int, _ text: String) throws {
        let range = try #require(Self.good.range(of: old))
        let error = #expect(throws: ConfigurationError.self) {
            try load(Self.good.replacingCharacters(in: range, with: new))
        }
        let said = error?.lines.joined(separator: "\n") ?? ""
        #expect(said.contains(".yaml:\(line):"), "\(said)")
        #expect(said.contains(text), "\(said)")
    }
}
