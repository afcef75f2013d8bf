import Foundation
import StrictYAML
import Testing

@testable import LockBus

/// A wall on the header of a Raspberry Pi.
private func wall(
    _ outputs: [Int: String],
    inputs: [Int: String] = [:],
    profile: String = "generic-gpio-mosfet-16ch",
    chip: String = "pinctrl-rp1"
) throws -> BusConfiguration {
    let board = BoardName(rawValue: "A")
    let doors = outputs.keys.sorted().map { channel in
        let sensor = inputs[channel].map { _ in SensorWiring(board: board, input: channel, openIs: .off) }
        return DoorWiring(channel: channel, sensor: sensor, pulseMs: 300)
    }
    let configuration = BoardConfiguration(
        name: board,
        profile: try Profiles.load(profile),
        unit: 1,
        doors: doors,
        lines: GPIOWiring(outputs: outputs, inputs: inputs)
    )
    return BusConfiguration(
        name: BusName(rawValue: "pi"),
        transport: .gpio(chip: chip, guardSocket: "/nowhere"),
        boards: [configuration]
    )
}

@Suite struct GPIOConfigurationTests {
    @Test func aGoodWallHasNoProblems() throws {
        let found = try wall([1: "GPIO17", 2: "27"], inputs: [1: "GPIO5"]).problems()
        #expect(found.isEmpty, "\(found)")
    }

    @Test func aLineServesOnePurpose() throws {
        let twice = try wall([1: "GPIO17", 2: "GPIO17"]).problems()
        #expect(twice.contains { $0.message.contains("line GPIO17") && $0.message.contains("as well") })
        let mixed = try wall([1: "GPIO17"], inputs: [1: "GPIO17"]).problems()
        #expect(mixed.count == 1)
    }

    @Test func aChipIsNamedByItsLabelAndNeverByItsNumber() throws {
        for chip in ["gpiochip0", "/dev/gpiochip4", ""] {
            let found = try wall([1: "GPIO17"], chip: chip).problems()
            #expect(found.count == 1, "\(chip): \(found)")
        }
    }

    @Test func aDoorWithoutALineIsAProblemOfThatDoor() throws {
        var configuration = try wall([1: "GPIO17", 2: "GPIO27"], inputs: [1: "GPIO5"])
        configuration.boards[0].lines = GPIOWiring(outputs: [1: "GPIO17"])
        let found = configuration.problems()
        #expect(found.map(\.channel) == [1, 2])
        #expect(found.map(\.message).joined().contains("its sensor has no line"))
        #expect(found.map(\.message).joined().contains("its lock has no line"))
    }

    @Test func boardsOfAnotherKindDoNotFit() throws {
        var modbus = try wall([1: "GPIO17"])
        modbus.boards[0].profile = try Profiles.watchdog
        #expect(modbus.problems().contains { $0.message.contains("does not hang on GPIO lines") })
        var lines = try wall([1: "GPIO17"])
        lines.transport = .tcp(host: "localhost", port: 502)
        #expect(lines.problems().contains { $0.message.contains("put it on a bus with `gpio:") })
    }

    @Test func boardsOnOneSupplyShareItInTheGuardToo() throws {
        func supplies(_ supply: Supply) throws -> [String] {
            var configuration = try wall([1: "GPIO17"])
            var other = configuration.boards[0]
            other.name = BoardName(rawValue: "B")
            configuration.boards[0].supply = supply
            other.supply = supply
            configuration.boards.append(other)
            return configuration.coilGuardLines.map { line in
                line.split(separator: " ").first { $0.hasPrefix("supply=") }.map(String.init) ?? line
            }
        }
        #expect(try supplies(Supply(name: SupplyName(rawValue: "psu"))) == ["supply=psu", "supply=psu"])
        #expect(
            try supplies(Supply(name: SupplyName(rawValue: "psu"), maxSimultaneous: 2)) == [
                "supply=A", "supply=B",
            ]
        )
    }

    @Test func theGuardIsToldWhatTheProfileAllows() throws {
        #expect(
            try wall([2: "27", 1: "GPIO17"]).coilGuardLines == [
                "output A/1 chip=pinctrl-rp1 line=GPIO17 active=high drive=push-pull supply=A max-ms=1000 gap-ms=150 rest=5",
                "output A/2 chip=pinctrl-rp1 line=#27 active=high drive=push-pull supply=A max-ms=1000 gap-ms=150 rest=5",
            ]
        )
    }

    @Test(arguments: [
        ("maximumMs: 1000", "maximumMs: 3001", "it must be 1 to 3000"),
        ("bias: pull-up", "bias: up", "`as-is`, `off`, `pull-up`, `pull-down`"),
        ("active: high", "active: yes", "`high`, `low`"),
        ("debounceMs: 20", "debounce: 20", "did you mean `debounceMs`?"),
        ("count: 16", "count: 65", "it must be 1 to 64"),
    ])
    func aProfileThatBreaksItsSchemaIsRefusedWithItsLine(_ old: String, _ new: String, _ remedy: String)
        throws
    {
        let path = Profiles.directory + "/generic-gpio-mosfet-16ch.yaml"
        let good = try String(contentsOfFile: path, encoding: .utf8)
        let range = try #require(good.range(of: old))
        let text = good.replacingCharacters(in: range, with: new)
        let error = #expect(throws: ProfileError.self) {
            try BoardProfile.load(yaml: text, file: "gpio.yaml")
        }
        let line = good[..<range.lowerBound].count { $0 == "\n" } + 1
        #expect(error?.line == line)
        #expect(error?.remedy.contains(remedy) == true, "\(String(describing: error))")
    }
}

@Suite struct GPIOWarningTests {
    private func warnings(_ bus: BusConfiguration, parameter: String?, kernel: String) throws -> [String] {
        let system = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: system) }
        let folder = system.appendingPathComponent("module/pinctrl_rp1/parameters")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try parameter?.write(
            to: folder.appendingPathComponent("persist_gpio_outputs"),
            atomically: true,
            encoding: .utf8
        )
        return bus.gpioWarnings(system: system.path, kernel: kernel)
    }

    @Test(arguments: [
        ("generic-gpio-mosfet-16ch", "GPIO17", nil),
        ("generic-gpio-mosfet-16ch", "GPIO5", "starts with a pull-up"),
        ("generic-gpio-mosfet-16ch", "8", "starts with a pull-up"), ("generic-gpio-relay-16ch", "GPIO5", nil),
        ("generic-gpio-relay-16ch", "GPIO17", "starts with a pull-down"),
        ("generic-gpio-mosfet-16ch", "GPIO0", "EEPROM"),
        ("generic-gpio-relay-16ch", "GPIO14", "serial console"), ("generic-gpio-mosfet-16ch", "GPIO30", nil),
    ])
    func aPinThatMayOpenADoorAtEachStartIsWarnedOf(_ profile: String, _ line: String, _ text: String?) throws
    {
        let bus = try wall([1: line], profile: profile)
        let found = try warnings(bus, parameter: "N\n", kernel: "6.6.51+rpt-rpi-2712")
        #expect(found.count == (text == nil ? 0 : 1), "\(found)")
        if let text { #expect(found.first?.contains(text) == true, "\(found)") }
    }

    @Test func aKernelThatKeepsOutputsDrivenIsWarnedOf() throws {
        let bus = try wall([1: "GPIO17"])
        let ours = "6.6.51+rpt-rpi-2712"
        #expect(try warnings(bus, parameter: "N\n", kernel: ours).isEmpty)
        #expect(
            try warnings(bus, parameter: "Y\n", kernel: ours).first?.contains("dtparam=strict_gpiod") == true
        )
        #expect(try warnings(bus, parameter: nil, kernel: ours).first?.contains("does not say") == true)
        #expect(try warnings(bus, parameter: nil, kernel: "6.1.0-56-arm64").isEmpty)
    }

    @Test func anotherMachinesPinsAreNotJudged() throws {
        #expect(
            try wall([1: "GPIO5"], chip: "INT3450:00").gpioWarnings(kernel: "6.6.51+rpt-rpi-2712").isEmpty
        )
    }
}
