import ArgumentParser
import DeviceIO
import Foundation
import Glibc
import Sandbox

/// What a wall costs while nobody is there.
///
/// The real pickupd as a child process, without HQ and scanner: 200 doors on 4 RTU lines at 19200 baud, 7 boards each,
/// at the far end of ptys that are paced as UARTs. Its CPU time is what the kernel booked on it (`/proc/<pid>/stat`)
/// between two moments, all its threads together.
struct IdleBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "Measures pickupd's CPU time with 200 doors on 4 lines and nobody there."
    )

    private static let lines = 4
    private static let boards = 7
    private static let doors = 200

    @Option(help: "Seconds to measure.")
    var seconds = 20.0

    @Option(help: "The folder for its files; emptied first.")
    var folder = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench-idle").path

    func run() async throws {
        guard let profiles = StationRig.boardProfiles() else {
            throw Failed("run pickup-bench from its checkout: hardware/boards is not there")
        }
        let folder = URL(fileURLWithPath: self.folder, isDirectory: true)
        try? FileManager.default.removeItem(at: folder)
        let state = folder.appendingPathComponent("state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        let slaves = PacedLine.slaves(units: 1...UInt8(Self.boards), inputs: 0xFF)
        let lines = try (0..<Self.lines).map {
            try PacedLine(link: link(folder, $0), baud: 19200, slaves: slaves)
        }
        defer { for line in lines { line.stop() } }
        let file = folder.appendingPathComponent("station.yaml")
        try configuration(folder, profiles)
            .write(to: file, atomically: true, encoding: .utf8)
        let key = Data((0..<32).map { _ in UInt8.random(in: 0...255) }).base64EncodedString()
        try key.write(to: folder.appendingPathComponent("key"), atomically: true, encoding: .utf8)
        let station = try StationProcess(
            program: StationProcess.sibling("pickupd"),
            configuration: file.path,
            log: folder.appendingPathComponent("log")
        )
        let signals = Children.endWithInterrupt()
        defer { for signal in signals { signal.cancel() } }
        do {
            try await measure(station, lines)
        } catch {
            await station.kill()
            throw error
        }
        await station.stop()
    }

    private func measure(_ station: StationProcess, _ lines: [PacedLine]) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while lines.contains(where: { $0.statistics.requests[2, default: 0] < 10 * Self.boards }) {
            guard ContinuousClock.now < end, station.isRunning else {
                throw Failed("the station does not read its doors: see \(folder)/log")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        // The start is over when the last board has been read for a while.
        try await Task.sleep(for: .seconds(3))
        let (ticksBefore, requestsBefore) = (try cpuTicks(station), requests(lines))
        let begin = BootTime.now()
        try await Task.sleep(for: .seconds(seconds))
        let took = Double(BootTime.now().nanoseconds - begin.nanoseconds) / 1e9
        let used = Double(try cpuTicks(station) - ticksBefore) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let frames = Double(requests(lines) - requestsBefore) / took
        let share = used / took
        let wall = "\(Self.doors) doors on \(Self.lines) lines, nobody there"
        say("\(wall), \(shown(took)) s: \(shown(frames)) requests/s")
        say("CPU \(shown(share * 100)) % of a core   ≤ 1 %   \(share <= 0.01 ? "met" : "MISSED")")
    }

    private func requests(_ lines: [PacedLine]) -> Int {
        lines.map { $0.statistics.requests.values.reduce(0, +) }.reduce(0, +)
    }

    /// utime and stime, in clock ticks (proc(5)).
    private func cpuTicks(_ station: StationProcess) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(station.processID)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else {
            throw Failed("no CPU time of the station")
        }
        return user + system
    }

    private func link(_ folder: URL, _ line: Int) -> String {
        folder.appendingPathComponent("dev/line-\(line + 1)").path
    }

    private func configuration(_ folder: URL, _ profiles: String) -> String {
        var text = """
            station: { id: IDLE, name: Idle, phone: "0", keyFile: \(folder.path)/key, stateFolder: \(folder.path)/state,
              boardProfiles: \(profiles) }
            kiosk: { port: 0 }
            buses:

            """
        for line in 0..<Self.lines {
            text += "  - { name: line-\(line + 1), rtu: { path: \(link(folder, line)), baud: 19200 } }\n"
        }
        text += "boards:\n"
        for line in 1...Self.lines {
            for unit in 1...Self.boards {
                text += "  - { name: B\(line)-\(unit), bus: line-\(line), unit: \(unit),"
                text += " profile: waveshare-modbus-rtu-relay-d-8ch }\n"
            }
        }
        text += "compartments:\n"
        for door in 0..<Self.doors {
            let (line, place) = (door % Self.lines + 1, door / Self.lines)
            text +=
                "  - { id: D-\(door), size: M, board: B\(line)-\(place / 8 + 1), channel: \(place % 8 + 1) }\n"
        }
        return text
    }
}
