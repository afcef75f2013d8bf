import Foundation
import LockBus
import StationAPI
import StationCore
import Testing

@testable import StationRuntime

/// What the configuration says about supplies and the governor, and what it cannot say about coils.
@Suite struct SafetyConfigurationTests {
    private static let good = """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: /s }
        buses:
          - { name: left, tcp: { host: 127.0.0.1, port: 1502 } }
          - { name: right, tcp: { host: 127.0.0.1, port: 1503 } }
        supplies:
          - { name: psu-1, maxSimultaneous: 2, gapMs: 200 }
        boards:
          - { name: A, bus: left, profile: generic-coil-16ch-watchdog, unit: 1, supply: psu-1 }
          - { name: B, bus: right, profile: generic-coil-16ch-watchdog, unit: 1, supply: psu-1 }
          - { name: C, bus: right, profile: generic-coil-16ch-watchdog, unit: 2 }
        compartments:
          - { id: A-01, size: S, board: A, channel: 1 }
          - { id: B-01, size: S, board: B, channel: 1 }
          - { id: C-01, size: S, board: C, channel: 1 }
        governor:
          staff: { perMinute: 10 }
          hq: { perHour: 3, perDay: 0 }
        """

    private static var root: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    private func load(_ text: String) throws(ConfigurationError) -> StationConfiguration {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
        try? text.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        return try StationConfiguration.load(
            path: file.path,
            surroundings: StationConfiguration.Surroundings(
                environment: [:],
                profileFolder: Self.root.appendingPathComponent("hardware/boards").path
            )
        )
    }

    private func complaint(replacing old: String, with new: String) throws -> String {
        #expect(Self.good.contains(old), "the test replaces nothing")
        let error = #expect(throws: ConfigurationError.self) {
            try load(Self.good.replacingOccurrences(of: old, with: new))
        }
        return try #require(error?.lines.first)
    }

    // MARK: Supplies

    @Test func boardsOfTwoBusesShareOneSupplyAndTheThirdHasItsOwn() throws {
        let buses = try load(Self.good).buses
        let supplies = buses.flatMap(\.boards).map(\.supply)
        let shared = try #require(supplies[0])
        #expect(shared === supplies[1])
        #expect(supplies[2] == nil)
        #expect(shared.maxSimultaneous == 2)
        #expect(shared.gapMs == 200)
    }

    @Test func aSupplyIsForOneCoilUnlessItSaysMore() throws {
        let text = Self.good.replacingOccurrences(of: ", maxSimultaneous: 2, gapMs: 200", with: "")
        let supply = try #require(try load(text).buses.first?.boards.first?.supply)
        #expect(supply.maxSimultaneous == 1)
        #expect(supply.gapMs == 150)
    }

    @Test(arguments: [
        ("unit: 1, supply: psu-1 }\n  - { name: B", "unit: 1, supply: psu-2 }\n  - { name: B", 8, "`psu-1`"),
        ("maxSimultaneous: 2", "maxSimultaneous: 0", 6, "1 to 16"),
        ("gapMs: 200", "gapMs: 6000", 6, "0 to 5000"),
        ("gapMs: 200", "gap: 200", 6, "gapMs"),
        ("gapMs: 200 }", "gapMs: 200 }\n  - { name: psu-1 }", 7, "rename"),
        ("gapMs: 200 }", "gapMs: 200 }\n  - { name: idle }", 7, "supply: idle"),
    ])
    func aWrongSupplyIsRefusedWithItsLine(old: String, new: String, line: Int, remedy: String) throws {
        let text = try complaint(replacing: old, with: new)
        #expect(text.contains(".yaml:\(line):"), "\(text)")
        #expect(text.contains(remedy), "\(text)")
    }

    // MARK: Coils

    @Test func noPulseCanBeAskedForThatItsProfileDoesNotAllow() throws {
        let text = try complaint(
            replacing: "board: C, channel: 1",
            with: "board: C, channel: 1, pulseMs: 1001"
        )
        #expect(text.contains(".yaml:10:"), "\(text)")
        #expect(text.contains("1 to 1000 ms"), "\(text)")
    }

    @Test func aBoardThatTimesNoPulseAndHasNoWatchdogIsRefusedForLocks() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let boards = Self.root.appendingPathComponent("hardware/boards")
        let name = "generic-coil-16ch-watchdog.yaml"
        let profile = try String(contentsOf: boards.appendingPathComponent(name), encoding: .utf8)
        let start = try #require(profile.range(of: "\nwatchdog:"))
        let bare = profile[..<start.lowerBound] + "\n"
        try bare.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        let text = try complaint(
            replacing: "stateFolder: /s }",
            with: "stateFolder: /s, boardProfiles: \(folder.path) }"
        )
        #expect(text.contains("\(name):"), "\(text)")
        #expect(text.contains("watchdog"), "\(text)")
        #expect(text.contains("stay on when the controller dies"), "\(text)")
    }

    // MARK: Governor

    @Test func theGovernorsLimitsCanBeLowered() throws {
        let limits = try load(Self.good).policy.governor
        #expect(limits.limit(of: .staff, .minute, doors: 3) == 10)
        #expect(limits.limit(of: .hq, .day, doors: 3) == 0)
        #expect(limits.limit(of: .customer, .minute, doors: 3) == 20)
    }

    @Test(arguments: [
        ("perMinute: 10", "perMinute: 21", 16, "0 to 20"), ("perHour: 3", "perHour: 7", 17, "0 to 6"),
        ("perMinute: 10", "perMinute: -1", 16, "0 to 20"), ("perHour: 3", "perHours: 3", 17, "perHour"),
        ("  hq:", "  head:", 17, "head"),
    ])
    func aLimitAboveItsCeilingIsRefusedWithTheCeiling(
        old: String,
        new: String,
        line: Int,
        remedy: String
    ) throws {
        let text = try complaint(replacing: old, with: new)
        #expect(text.contains(".yaml:\(line):"), "\(text)")
        #expect(text.contains(remedy), "\(text)")
    }

    @Test func hqsPolicyMayLowerALimitAndNotRaiseIt() throws {
        let policy = try load(Self.good).policy
        let (applied, unusable) = PolicySetting.applied(
            [
                "governorStaffPerMinute": .integer(4), "governorHqPerHour": .integer(4),
                "governorHqPerDay": .integer(1), "governorHqPerMinute": .integer(1_000_000),
                "governorTechnicianPerDay": .integer(-1), "governorDogPerDay": .integer(1),
            ],
            to: policy
        )
        #expect(applied.governor.staff.perMinute == 4)
        #expect(applied.governor.hq.perHour == 3, "the file says 3")
        #expect(applied.governor.hq.perDay == 0, "the file says 0")
        #expect(applied.governor.limit(of: .hq, .minute, doors: 3) == 2, "the ceiling stays")
        #expect(
            unusable == [
                "governorDogPerDay", "governorHqPerDay", "governorHqPerHour", "governorTechnicianPerDay",
            ]
        )
    }
}
