import Foundation
import Glibc
import Testing

@testable import CoilGuard

/// The real guard in a process of its own, on lines that keep their level when it dies.
private final class Rig {
    let folder: URL
    let levels: URL
    private(set) var guardian: Child

    init(outputs: Int = 3) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("coilguard-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        levels = folder.appendingPathComponent("levels")
        // What a start finds is not always off.
        try Data(repeating: 1, count: outputs).write(to: levels)
        let table = (1...outputs).map { number in
            "output A/\(number) chip=double line=#\(number) active=high drive=push-pull"
                + " supply=\(number == 3 ? "B" : "A") max-ms=1000 gap-ms=50 rest=5"
        }
        try Data(table.joined(separator: "\n").utf8).write(to: folder.appendingPathComponent("table"))
        guardian = try Self.start(folder, levels)
        try waitForSocket()
    }

    deinit {
        guardian.end(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    private static func start(_ folder: URL, _ levels: URL, more: [String] = []) throws -> Child {
        let table = folder.appendingPathComponent("table").path
        let socket = folder.appendingPathComponent("socket").path
        let place = more.isEmpty ? ["--socket", socket] : more
        return try Child("sticky-guard", [levels.path, "--config", table] + place)
    }

    var socket: String { folder.appendingPathComponent("socket").path }

    func waitForSocket() throws {
        // The socket is there before the lines are taken; who gets an answer has waited for that.
        let first = OutputName(rawValue: "A/1")
        try until("the guard answers") { (try? GuardClient(path: socket).ask(.read([first]))) != nil }
    }

    func restart() throws {
        guardian = try Self.start(folder, levels)
        try waitForSocket()
    }

    /// What `ExecStopPost=` runs.
    func allOff() throws -> Int32 { try Self.start(folder, levels, more: ["--all-off"]).waitForExit() }

    func level(_ output: Int) throws -> UInt8 { try Data(contentsOf: levels)[output - 1] }

    func set(_ output: Int, _ level: UInt8) throws {
        let file = try FileHandle(forUpdating: levels)
        try file.seek(toOffset: UInt64(output - 1))
        try file.write(contentsOf: Data([level]))
        try file.close()
    }

    /// A client in a process of its own.
    func client() throws -> Child {
        let client = try Child("gpio-probe", ["client", socket])
        try client.wait(for: "connected")
        return client
    }

    /// Every change of an output so far: level and milliseconds.
    func changes(_ output: Int) throws -> [(level: Int, atMs: Double)] {
        let log = try String(contentsOf: folder.appendingPathComponent("levels.log"), encoding: .utf8)
        return log.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").compactMap { UInt64($0) }
            guard words.count == 3, words[0] == UInt64(output - 1) else { return nil }
            return (Int(words[1]), Double(words[2]) / 1e6)
        }
    }

    /// How long an output was on, the last time.
    func lastPulseMs(_ output: Int) throws -> Double {
        let changes = try changes(output)
        let off = try #require(changes.last)
        let on = try #require(changes.dropLast().last)
        try #require(on.level == 1 && off.level == 0)
        return off.atMs - on.atMs
    }

    func ask(_ client: GuardClient, pulse number: Int, _ milliseconds: Int) throws -> GuardAnswer {
        let limit = GuardTime.now().advanced(byMilliseconds: 2000)
        let name = OutputName(rawValue: "A/\(number)")
        return try client.ask(.pulse(name, milliseconds: milliseconds, notAfter: limit))
    }
}

/// Each test has a guard of its own; one at a time, so that a busy machine does not blur their times.
@Suite(.serialized) struct ProcessTests {
    @Test func everyOutputIsOffAtStart() throws {
        let rig = try Rig()
        for output in 1...3 { #expect(try rig.level(output) == 0) }
    }

    @Test func aPulseIsNoLongerThanAskedForAndNoShorter() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        guard case .on = try rig.ask(client, pulse: 1, 200) else { throw Failed() }
        #expect(try rig.level(1) == 1)
        try until("the pulse ends") { try rig.level(1) == 0 }
        let onMs = try rig.lastPulseMs(1)
        #expect(onMs > 195 && onMs < 300, "\(onMs) ms")
    }

    @Test func noClientCanLengthenAPulse() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        #expect(try rig.ask(client, pulse: 1, 1001) == .refused(.tooLong(maximumMs: 1000)))
        guard case .on = try rig.ask(client, pulse: 1, 300) else { throw Failed() }
        guard case .refused(.busy) = try rig.ask(client, pulse: 1, 1000) else { throw Failed() }
        guard case .refused(.busy) = try rig.ask(client, pulse: 2, 1000) else { throw Failed() }
        try until("the pulse ends") { try rig.level(1) == 0 }
        guard case .refused(.resting) = try waitOutBusy({ try rig.ask(client, pulse: 1, 1000) }) else { throw Failed() }
        #expect(try rig.lastPulseMs(1) < 400)
    }

    @Test func anotherSupplyIsNotWaitedFor() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        guard case .on = try rig.ask(client, pulse: 1, 300) else { throw Failed() }
        guard case .on = try rig.ask(client, pulse: 3, 300) else { throw Failed() }
        #expect(try client.ask(.read([.init(rawValue: "A/1"), .init(rawValue: "A/2")])) == .levels([true, false]))
    }

    @Test func aClientThatIsKilledInAPulseEndsIt() throws {
        let rig = try Rig()
        let client = try rig.client()
        try client.say("pulse A/1 1000")
        try client.wait(for: "0 on ")
        #expect(try rig.level(1) == 1)
        client.end(SIGKILL)
        try until("the pulse ends") { try rig.level(1) == 0 }
        #expect(try rig.lastPulseMs(1) < 900, "it ended with its time, not with its client")
    }

    @Test func aClientThatHangsInAPulseDoesNotLengthenIt() throws {
        let rig = try Rig()
        let client = try rig.client()
        try client.say("pulse A/1 300")
        try client.wait(for: "0 on ")
        client.signal(SIGSTOP)
        try until("the pulse ends") { try rig.level(1) == 0 }
        client.end(SIGKILL)
        #expect(try rig.lastPulseMs(1) < 400)
    }

    /// The hazard of a Raspberry Pi's own kernel, and what the unit does about it.
    @Test func aGuardThatIsKilledInAPulseLeavesTheLineOnUntilAllOffRuns() throws {
        let rig = try Rig()
        let client = try rig.client()
        try client.say("pulse A/1 1000")
        try client.wait(for: "0 on ")
        rig.guardian.end(SIGKILL)
        #expect(try rig.level(1) == 1, "the double must keep the level, or this test proves nothing")
        #expect(try rig.allOff() == 0)
        #expect(try rig.level(1) == 0)
    }

    @Test func aGuardThatStartsAnewSwitchesOffWhatItsPredecessorLeftOn() throws {
        let rig = try Rig()
        let client = try rig.client()
        try client.say("pulse A/1 1000")
        try client.wait(for: "0 on ")
        rig.guardian.end(SIGKILL)
        #expect(try rig.level(1) == 1)
        try rig.restart()
        #expect(try rig.level(1) == 0)
        try client.say("read A/1")
        try client.wait(for: "failed: the coil guard hung up")
    }

    @Test func aGuardThatIsStoppedInAPulseSwitchesOffFirst() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        guard case .on = try rig.ask(client, pulse: 1, 1000) else { throw Failed() }
        #expect(rig.guardian.end(SIGTERM) == 0)
        #expect(try rig.level(1) == 0)
    }

    @Test func aChipThatComesBackIsTakenAgainOff() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        try rig.set(1, 2)
        #expect(try client.ask(.read([OutputName(rawValue: "A/1")])) == .refused(.line(code: -ENODEV)))
        #expect(try rig.ask(client, pulse: 1, 100) == .refused(.line(code: -ENODEV)))
        guard case .on = try rig.ask(client, pulse: 2, 100) else { throw Failed() }
        try rig.set(1, 1)
        try until("it is taken again") { try rig.level(1) == 0 }
        try until("it can be pulsed") {
            if case .on = try rig.ask(client, pulse: 1, 100) { true } else { false }
        }
    }

    @Test func aClientThatSpeaksNonsenseIsHungUpOnAndLosesItsPulse() throws {
        let rig = try Rig()
        let connection = GuardConnection(descriptor: try connect(rig.socket))
        let limit = GuardTime.now().advanced(byMilliseconds: 2000).nanoseconds
        guard connection.send("1 pulse A/1 1000 \(limit)") else { throw Failed() }
        guard case .packet(let answer) = connection.receive(), answer.hasPrefix("1 on ") else { throw Failed() }
        guard connection.send("open sesame") else { throw Failed() }
        guard case .packet("0 refused malformed") = connection.receive() else { throw Failed() }
        guard case .gone = connection.receive() else { throw Failed() }
        #expect(try rig.level(1) == 0)
    }

    @Test func aTableThatDiffersIsTold() throws {
        let rig = try Rig()
        let client = try GuardClient(path: rig.socket)
        let table = try GuardTable(text: String(contentsOf: rig.folder.appendingPathComponent("table"), encoding: .utf8))
        #expect(try client.ask(.check(table.outputs)) == .ok)
        var other = table.outputs[0]
        other.maximumMs = 2000
        let mine = table.outputs[0]
        #expect(try client.ask(.check([other])) == .differs(mine.name, mine: mine.description))
        other.name = OutputName(rawValue: "Z/1")
        #expect(try client.ask(.check([other])) == .differs(other.name, mine: "nothing"))
    }

    @Test func aWrongTableEndsTheGuardForGood() throws {
        let rig = try Rig()
        try Data("output A/1".utf8).write(to: rig.folder.appendingPathComponent("table"))
        #expect(try rig.allOff() == 78)
    }

    /// Only meaningful as root, who can become somebody else.
    @Test(.enabled(if: geteuid() == 0)) func aUserWhoIsNotNamedIsNotLetIn() throws {
        let rig = try Rig()
        chmod(rig.folder.path, 0o755)
        chmod(rig.socket, 0o666)
        let probe = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("gpio-probe").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setpriv")
        process.arguments = ["--reuid", "65534", "--regid", "65534", "--clear-groups", probe, "client", rig.socket]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data("pulse A/1 300\n".utf8))
        try input.fileHandleForWriting.close()
        process.waitUntilExit()
        let said = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
        #expect(said.contains("refused not-allowed") || said.contains("hung up"), "\(said)")
        #expect(try rig.changes(1).allSatisfy { $0.level == 0 })
    }

    private struct Failed: Error {}

    private func waitOutBusy(_ ask: () throws -> GuardAnswer) throws -> GuardAnswer {
        var answer = try ask()
        try until("the supply has rested") {
            if case .refused(.busy) = answer { answer = try ask() }
            if case .refused(.busy) = answer { return false }
            return true
        }
        return answer
    }

    private func connect(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, size) }
        }
        try #require(result == 0)
        return descriptor
    }
}
