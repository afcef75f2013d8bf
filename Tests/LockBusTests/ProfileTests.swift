import Foundation
import StrictYAML
import Testing

@testable import LockBus

struct ProfileTests {
    @Test func theShippedProfilesLoad() throws {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        #expect(catalogue.names.count >= 20)
        let flash = try #require(catalogue["waveshare-modbus-rtu-relay-8ch"])
        #expect((flash.channels, flash.inputs, flash.maximumPulseMs) == (8, 0, 3000))
        #expect(flash.timing == .board)
        #expect(flash.line == .serial(baud: 9600, parity: .none, unit: 1))
        #expect(flash.commissioning.addressRegister == 0x4000)
        #expect(flash.commissioning.baudRegister == 0x2000)
        let generic = try #require(catalogue["generic-coil-16ch-watchdog"])
        #expect((generic.channels, generic.inputs, generic.maximumPulseMs) == (16, 16, 1000))
        #expect(generic.timing == .host(watchdogMs: 1500))
        let relays = try #require(catalogue["eletechsup-ryn408f"])
        #expect(relays.commissioning.addressSwitches?.contains("DIP") == true)
        #expect(relays.commissioning.addressRegister == nil)
        #expect(relays.timeOnMs(for: 300) == 1000)
        let wellPro = try #require(catalogue["wellpro-wp8025adam"])
        #expect(wellPro.timing == .unguarded)
        #expect(wellPro.commissioning.baudCodes[19200] == 3)
        #expect(catalogue["no-such-board"] == nil)
    }

    @Test func theProfilesOfBoardsThatDoNotSpeakModbusLoad() throws {
        let expected: [(String, locks: Int, inputs: Int, fixedMs: Int?)] = [
            ("kerong-cu48", 48, 48, 1000), ("kerong-cu16", 16, 32, nil), ("kerong-cu16-fixed", 16, 32, 1000),
            ("kerong-cu12", 12, 24, nil), ("lockboard-8a-8", 8, 8, 300), ("lockboard-8a-12", 12, 12, 300),
            ("lockboard-8a-24", 24, 24, 300), ("lockboard-8a-50", 50, 50, 300),
        ]
        for (name, locks, inputs, fixedMs) in expected {
            let profile = try Profiles.load(name)
            #expect((profile.channels, profile.inputs, profile.fixedPulseMs) == (locks, inputs, fixedMs))
            #expect(profile.timing == .board && !profile.coilsCanBeRead)
            if let fixedMs { #expect(profile.timeOnMs(for: 50) == fixedMs) }
        }
    }

    static let serial = """
        profile: x
        title: X
        protocol: lockboard-8a
        line: { baud: 9600, parity: none, unit: 1 }
        locks: 12
        status: { closedIs: on, bytes: 2 }
        unlock: { proof: answer, withinMs: 800 }
        pulse: { time: fixed, onMs: 300, gapMs: 200, coolDown: 5 }
        """

    @Test(arguments: [
        ("locks: 12", "locks: 51", 5, "`locks` is 51; it must be 1 to 50"),
        ("bytes: 2", "bytes: 1", 6, "`bytes` is 1; it must be 2 to 7"),
        ("closedIs: on", "closedIs: high", 6, "it must be one of `on`, `off`"),
        ("proof: answer", "proof: hope", 7, "it must be one of `answer`, `latch`"),
        ("time: fixed", "time: written", 8, "time cannot be written; write `time: fixed`"),
        ("coolDown: 5", "coolDown: 1", 8, "it must be 5 to 1000"),
        ("onMs: 300", "onMs: 9000", 8, "it must be 10 to 3000"),
        ("locks: 12", "locks: 12\nopenAll: 0x00", 6, "the profile has no key `openAll`; remove it"),
        (
            "lockboard-8a", "kerong-cu48", 6, "`status` has no key `bytes`"
        ),
    ])
    func aBadProfileOfSuchABoardSaysSoToo(_ old: String, _ new: String, _ line: Int, _ words: String) throws {
        #expect(Self.serial.contains(old))
        _ = try BoardProfile.load(yaml: Self.serial, file: "x.yaml")
        let yaml = Self.serial.replacingOccurrences(of: old, with: new)
        let error = try #require(throws: ProfileError.self) {
            try BoardProfile.load(yaml: yaml, file: "x.yaml")
        }
        #expect(error.description.hasPrefix("x.yaml:\(line): "), "\(error)")
        #expect(error.description.contains(words), "\(error)")
    }

    /// What every file must have: a line (GPIO is none), a source; and no all-on or toggle address within reach.
    @Test func everyShippedProfileSaysWhereItIsFromAndHowItIsReached() throws {
        let catalogue = try BoardProfile.Catalogue(directory: Profiles.directory)
        for name in catalogue.names {
            let text = try String(contentsOfFile: "\(Profiles.directory)/\(name).yaml", encoding: .utf8)
            #expect(text.contains("sources:\n  - http"), "\(name)")
            let profile = try #require(catalogue[name])
            #expect((profile.line == nil) == profile.usesGPIO, "\(name)")
            if name.hasPrefix("waveshare") {
                #expect(text.contains("neverWrite: [0x00FF, 0x01FF]"), "\(name)")
            }
            if profile.timing == .unguarded { #expect(text.contains("lock: motor"), "\(name)") }
        }
        let wires = catalogue.names.compactMap { catalogue[$0]?.line?.isNetwork }
        #expect(wires.count { $0 } >= 5 && wires.count { !$0 } >= 5)
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
        ("timeMs: 1500", "timeMs: 1500, set: never", 11, "it must be one of `write`, `check`"),
        ("timeMs: 1500", "timeMs: 1500, also: [{ register: 1 }]", 11, "an entry of `also` has no `value`"),
        ("title: X", "title: X\nline: { baud: 9600, unit: 1 }", 3, "`line` has no `parity`"),
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

    static let registers = """
        profile: x
        title: X
        protocol: modbus
        registers: { base: 1, count: 8, off: 0x0200, allOff: { register: 0 } }
        pulse:
          timing: board
          command: delay
          maximumMs: 1000
          gapMs: 150
          coolDown: 5
        """

    static let flash = """
        profile: x
        title: X
        protocol: modbus
        coils: { base: 0x0000, count: 8 }
        pulse:
          timing: board
          base: 0x0200
          unitMs: 100
          maximumMs: 3000
          gapMs: 150
          coolDown: 5
        neverWrite: [0x00FF, 0x01FF]
        """

    @Test func theOtherExamplesAreGoodToo() throws {
        #expect(try BoardProfile.load(yaml: Self.registers, file: "x.yaml").maximumOnMs == 1000)
        #expect(try BoardProfile.load(yaml: Self.flash, file: "x.yaml").maximumOnMs == 3000)
    }

    /// Toggle, latch, all on and broadcast have no way into a profile.
    @Test(arguments: [
        (registers, "off: 0x0200", "off: 0x0300", 4, "`off` is 0x300, which does not switch one relay off"),
        (registers, "off: 0x0200", "off: 0x0100", 4, "does not switch one relay off"),
        (registers, "off: 0x0200", "off: 0x0700", 4, "does not switch one relay off"),
        (registers, "off: 0x0200", "off: 0x0800", 4, "does not switch one relay off"),
        (registers, "register: 0 ", "register: 3 ", 4, "`allOff` is the register of one relay"),
        (registers, "command: delay", "command: toggle", 7, "must be one of `flash`, `delay`, `block`"),
        (registers, "command: delay", "command: flash", 6, "relays in `registers` take `command: delay`"),
        (registers, "command: delay", "command: delay\n  code: 0x07", 8, "has no key `code`"),
        (registers, "timing: board", "timing: host", 6, "can time pulses on `coils` only"),
        (registers, "title: X", "title: X\ncoils: { base: 0, count: 8 }", 3, "`coils` and `registers`"),
        (flash, "base: 0x0200", "base: 0x01F8", 6, "reaches address 511, which `neverWrite` forbids"),
        (flash, "base: 0x0200", "base: 0x00F8", 6, "reaches address 255, which `neverWrite` forbids"),
        (flash, "base: 0x0200", "base: 0x0000", 6, "`base` is inside `coils`"),
        (flash, "base: 0x0200", "base: 0x0004", 6, "`base` is inside `coils`"),
        (flash, "title: X", "title: X\nline: { baud: 9600, parity: none, unit: 0 }", 3, "`unit` is 0"),
        (flash, "title: X", "title: X\nline: { port: 502, unit: 0 }", 3, "`unit` is 0; it must be 1 to 255"),
        (flash, "title: X", "title: X\naddress: { register: 0x4000, minimum: 0 }", 3, "`minimum` is 0"),
        (flash, "title: X", "title: X\nquirks: { echo: never }", 3, "one of `exact`, `inexact`"),
        (flash, "timing: board", "timing: board\n  command: block", 6, "`pulse` has no `stride`"),
        (flash, "timing: board", "timing: board\n  command: delay", 6, "without `registers`"),
    ])
    func aCommandThatOpensMoreThanOneDoorCannotBeWritten(
        _ yaml: String,
        _ old: String,
        _ new: String,
        _ line: Int,
        _ words: String
    ) throws {
        #expect(yaml.contains(old))
        let changed = yaml.replacingOccurrences(of: old, with: new)
        let error = try #require(throws: ProfileError.self) {
            try BoardProfile.load(yaml: changed, file: "x.yaml")
        }
        #expect(error.description.contains(words), "\(error)")
        #expect(error.line == line, "\(error)")
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
    static func configuration(_ change: (inout BusConfiguration) throws -> Void) throws -> [String] {
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
        try change(&configuration)
        return configuration.problems().map(\.description)
    }

    @Test func aGoodConfigurationHasNoProblems() throws {
        #expect(try Self.configuration { _ in } == [])
    }

    @Test func whatBearsItMayHangOnABoardThatNothingGuards() throws {
        let problems = try Self.configuration {
            $0.boards[0].profile = try Profiles.load("wellpro-wp8025adam")
            $0.boards[0].doors[0].lock = .motor
            $0.boards[1].profile = try Profiles.load("eletechsup-ryn408f")
            $0.boards[1].doors[0] = DoorWiring(channel: 8, sensor: nil, pulseMs: 1000)
            $0.boards[0].doors[0].sensor = nil
        }
        #expect(problems == [])
    }

    @Test func eachProblemNamesItsBoardAndChannelAndWhatIsRight() throws {
        let cases: [((inout BusConfiguration) throws -> Void, String)] = [
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
            ({ $0.boards[0].profile = try Profiles.load("wellpro-wp8025adam") }, "a solenoid would burn"),
            ({ $0.boards[0].profile = try Profiles.load("wellpro-wp8025adam") }, "write lock: motor"),
            ({ $0.boards[0].profile = try Profiles.load("eletechsup-ryn408f") }, "write pulseMs: 1000"),
            (
                { $0.boards[0].profile = try Profiles.load("waveshare-modbus-poe-eth-relay-8ch") },
                "speaks Modbus TCP only"
            ),
            ({ $0.boards[0].profile.needs.replyMs = 500 }, "takes up to 500 ms to answer"),
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

    /// A line of boards that do not speak Modbus.
    static func line(_ change: (inout BusConfiguration) -> Void) throws -> [String] {
        let boards = try [("a", UInt8(0)), ("b", 1)].map { name, unit in
            BoardConfiguration(
                name: BoardName(rawValue: name),
                profile: try Profiles.load("kerong-cu16"),
                unit: unit,
                doors: (1...2).map { DoorWiring(channel: $0, sensor: nil, pulseMs: 500) }
            )
        }
        var configuration = BusConfiguration(
            name: BusName(rawValue: "wall"),
            transport: .serial(path: "/dev/ttyUSB0", baud: 19200, parity: .none, stopBits: 1),
            boards: boards
        )
        change(&configuration)
        return configuration.problems().map(\.description)
    }

    @Test func boardsOfTwoKindsShareNoLine() throws {
        #expect(try Self.line { _ in } == [])
        #expect(try Self.line { $0.transport = .serialTCP(host: "10.0.0.5", port: 4001) } == [])
        let (modbus, cu48) = (try Profiles.flash, try Profiles.load("kerong-cu48"))
        let board8A = try Profiles.load("lockboard-8a-8")
        let cases: [((inout BusConfiguration) -> Void, String)] = [
            ({ $0.boards[1].profile = modbus }, "board b: waveshare-modbus-rtu-relay-8ch speaks Modbus"),
            (
                { $0.transport = .rtu(path: "/dev/x", baud: 19200, parity: .none, stopBits: 1) },
                "board a: kerong-cu16 does not speak Modbus; put it on a bus with `serial:`"
            ),
            ({ $0.transport = .tcp(host: "h", port: 502) }, "board a: kerong-cu16 does not speak Modbus"),
            ({ $0.boards[1].profile = cu48 }, "board b: kerong-cu48 speaks kerong-cu48 and the first board"),
            ({ $0.boards[1].unit = 10 }, "board b: unit 10 cannot be addressed; its switches give 0 to 9"),
            (
                {
                    for index in 0...1 { $0.boards[index].profile = board8A }
                }, "board a: unit 0 cannot be addressed; its switches give 1 to 32"
            ),
            ({ $0.boards[1].doors[0].pulseMs = 400 }, "board b: pulses of 400 and 500 ms"),
            (
                {
                    for index in 0...1 { $0.boards[index].profile = cu48 }
                }, "board a, channel 1: a pulse of 500 ms; kerong-cu48 always gives 1000 ms"
            ),
            ({ $0.transport = .serialTCP(host: "", port: 0) }, "port 0 does not exist"),
            (
                { $0.transport = .serial(path: "", baud: 12345, parity: .none, stopBits: 1) },
                "12345 baud is not supported"
            ),
        ]
        for (change, words) in cases {
            let problems = try Self.line(change)
            #expect(problems.contains { $0.contains(words) }, "\(words): \(problems)")
        }
    }
}
