import Foundation
import Testing

@testable import LockBus

struct ProfileTests {
    @Test func theShippedProfilesLoad() throws {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        let shipped = [
            "generic-coil-16ch-watchdog", "waveshare-modbus-rtu-relay-8ch",
            "waveshare-modbus-rtu-relay-d-8ch",
        ]
        #expect(Set(shipped).isSubset(of: catalogue.names))
        let flash = try #require(catalogue["waveshare-modbus-rtu-relay-8ch"])
        #expect((flash.channels, flash.inputs, flash.maximumPulseMs) == (8, 0, 3000))
        #expect(flash.timing == .board)
        let generic = try #require(catalogue["generic-coil-16ch-watchdog"])
        #expect((generic.channels, generic.inputs, generic.maximumPulseMs) == (16, 16, 1000))
        #expect(generic.timing == .host(watchdogMs: 1500))
        #expect(catalogue["no-such-board"] == nil)
    }

    static let good = """
        profile: x
        title: X
        protocol: modbus
        coils: { base: 0x0000, count: 8 }
        pulse:
          timing: host
          maximumMs: 500
          maximumOnMs: 3000
          gapMs: 150
          coolDown: 5
        watchdog: { register: 0, unitMs: 100, timeMs: 1500 }
        neverWrite: [0x00FF]
        """

    @Test func theExampleOfTheErrorTestsIsGood() throws {
        #expect(try BoardProfile.load(yaml: Self.good, file: "x.yaml").channels == 8)
    }

    /// What is replaced by what, and the error's line and words.
    @Test(arguments: [
        ("coolDown: 5", "cooldown: 5", 10, "did you mean `coolDown`"),
        (
            "  coolDown: 5", "  coolDown: 5\n  gapMS: 3", 11,
            "`pulse` has no key `gapMS`; did you mean `gapMs`?"
        ),
        ("title: X", "title: X\ncolour: red", 3, "the profile has no key `colour`; remove it"),
        ("coolDown: 5", "coolDown: 4", 10, "`coolDown` is 4; it must be 5 to 1000"),
        ("count: 8", "count: 0", 4, "`count` is 0; it must be 1 to 64"),
        ("count: 8", "count: eight", 4, "`count` is not a whole number"),
        ("base: 0x0000", "base: 0x10000", 4, "`base` is 0x10000"),
        ("protocol: modbus", "protocol: canopen", 3, "`protocol` is `canopen`; it must be one of `modbus`"),
        ("timing: host", "timing: both", 6, "it must be one of `board`, `host`"),
        ("watchdog: { register: 0, unitMs: 100, timeMs: 1500 }\n", "", 6, "without a `watchdog`"),
        ("timeMs: 1500", "timeMs: 2600", 11, "a coil could stay on for 3100 ms"),
        ("timeMs: 1500", "timeMs: 1550", 11, "units of 100 ms; use a multiple"),
        ("timeMs: 1500", "timeMs: 900", 11, "it must be 1000 to 10000"),
        ("base: 0x0000", "base: 0x00F8", 4, "reaches address 255, which `neverWrite` forbids"),
        ("maximumOnMs: 3000", "maximumOnMs: 400", 8, "it must be 500 to 10000"),
        ("title: X", "title: X\ntitle: Y", 2, "a key is there twice: title"),
        ("title: X", "title: [", 0, "correct the YAML there"),
        ("coils: { base: 0x0000, count: 8 }", "coils: 8", 4, "`coils` is not a mapping"),
        ("neverWrite: [0x00FF]", "neverWrite: 0x00FF", 12, "`neverWrite` is not a list"),
    ])
    func aBadProfileSaysWhereAndWhatToDo(_ old: String, _ new: String, _ line: Int, _ words: String) throws {
        #expect(Self.good.contains(old))
        let yaml = Self.good.replacingOccurrences(of: old, with: new)
        let error = try #require(throws: ProfileError.self) {
            try BoardProfile.load(yaml: yaml, file: "x.yaml")
        }
        #expect(error.description.contains(words), "\(error)")
        if line > 0 { #expect(error.description.hasPrefix("x.yaml:\(line): "), "\(error)") }
    }

    @Test(arguments: ["", "just words", "- a\n- b", "a: \u{0}"])
    func whatIsNoProfileIsRefused(_ yaml: String) {
        #expect(throws: ProfileError.self) { try BoardProfile.load(yaml: yaml, file: "x.yaml") }
    }

    @Test func aFileMustBeNamedAsItsProfile() throws {
        let folder = URL.temporaryDirectory.appending(path: "profiles-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Self.good.write(to: folder.appending(path: "y.yaml"), atomically: true, encoding: .utf8)
        let error = try #require(throws: ProfileError.self) {
            try BoardProfile.Catalogue(directory: folder.path)
        }
        #expect(error.remedy == "name the file x.yaml")
        #expect(throws: ProfileError.self) { try BoardProfile.Catalogue(directory: "/no/such/folder") }
    }
}

struct BusConfigurationTests {
    static func configuration(_ change: (inout BusConfiguration) -> Void) throws -> [String] {
        let sensor = SensorWiring(board: BoardName(rawValue: "b"), input: 1, openIs: .on)
        var configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .rtu(path: "/dev/ttyUSB0", baud: 9600, parity: .none, stopBits: 1),
            boards: [
                BoardConfiguration(
                    name: BoardName(rawValue: "a"),
                    profile: try Profiles.flash,
                    unit: 1,
                    doors: [DoorWiring(channel: 1, sensor: sensor, pulseMs: 500)]
                ),
                BoardConfiguration(
                    name: BoardName(rawValue: "b"),
                    profile: try Profiles.watchdog,
                    unit: 2,
                    doors: [DoorWiring(channel: 16, sensor: nil, pulseMs: 1000)]
                ),
            ]
        )
        change(&configuration)
        return configuration.problems().map(\.description)
    }

    @Test func aGoodConfigurationHasNoProblems() throws {
        #expect(try Self.configuration { _ in } == [])
    }

    @Test func eachProblemNamesItsBoardAndChannelAndWhatIsRight() throws {
        let cases: [((inout BusConfiguration) -> Void, String)] = [
            ({ $0.boards[1].unit = 1 }, "board b: unit 1 is used twice"),
            ({ $0.boards[1].unit = 0 }, "board b: unit 0 would address every board"),
            ({ $0.boards[1].unit = 255 }, "board b: unit 255 cannot be addressed"),
            ({ $0.boards[1].name = $0.boards[0].name }, "board a: the name is used twice"),
            ({ $0.boards[0].doors[0].channel = 9 }, "board a, channel 9: waveshare"),
            (
                { $0.boards[0].doors.append($0.boards[0].doors[0]) },
                "board a, channel 1: the channel is used twice"
            ),
            ({ $0.boards[0].doors[0].pulseMs = 3001 }, "board a, channel 1: a pulse of 3001 ms"),
            ({ $0.boards[1].doors[0].pulseMs = 0 }, "board b, channel 16: a pulse of 0 ms"),
            ({ $0.responseTimeoutMs = 2000 }, "could become 31"),
            ({ $0.boards[0].doors[0].sensor?.input = 17 }, "input 17"),
            ({ $0.boards[0].doors[0].sensor?.board = BoardName(rawValue: "c") }, "not on this bus"),
            ({ $0.boards[0].doors[0].sensor?.board = BoardName(rawValue: "a") }, "has no inputs"),
            (
                { $0.boards[1].doors[0].sensor = $0.boards[0].doors[0].sensor },
                "input 1 of b serves two doors"
            ),
            ({ $0.boards = [] }, "the bus has no board"),
            ({ $0.responseTimeoutMs = 5 }, "responseTimeoutMs is 5"),
            ({ $0.byteTimeoutMs = 0 }, "byteTimeoutMs is 0"),
            ({ $0.requestGapMs = -1 }, "requestGapMs is -1"),
            ({ $0.transport = .rtu(path: "/dev/x", baud: 14400, parity: .none, stopBits: 1) }, "14400 baud"),
            ({ $0.transport = .rtu(path: "", baud: 9600, parity: .none, stopBits: 0) }, "the path is empty"),
            ({ $0.transport = .tcp(host: "", port: 0) }, "the host is empty"),
        ]
        for (change, words) in cases {
            let problems = try Self.configuration(change)
            #expect(problems.contains { $0.contains(words) }, "\(words): \(problems)")
        }
    }
}
