import ArgumentParser
import CBenchBaseline
import DeviceIO
import Foundation
import Glibc
import LockBus
import Logging
import Sandbox

/// How near to a line's own speed the doors are read.
///
/// Twelve boards of 8 inputs on one RTU line, a pty whose far end takes and sends a byte per character time and loses
/// a request that begins before 3.5 characters of silence (``PacedLine``). Counted at the far end: whole FC02 requests
/// in the middle of a run. 100 % is the ideal schedule: request, silence, answer, silence, and nothing else; the time
/// that a slave computes and a USB adapter holds bytes back is zero. Three masters take turns on a new line each:
/// - **ours**: a ``LockBus`` with `polling: continuous`, all that it does besides (coil checks) included,
/// - **libmodbus**: a loop in C that keeps the silence and does nothing else,
/// - **pymodbus**: its synchronous client in a process of its own; it keeps no silence by itself, so the loop does.
/// All three run at nice -20 where that is allowed: what is measured is the driver, not the neighbours.
struct PollBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll",
        abstract: "Reads doors over a line that is paced as a UART, next to libmodbus and pymodbus."
    )

    @Option(help: "Seconds of one run.")
    var seconds = 6.0

    @Option(help: "Runs of each master at each speed; the best one counts, for all three alike.")
    var runs = 3

    @Option(help: "The folder for the plot and the lines' links.")
    var folder = FileManager.default.temporaryDirectory.appendingPathComponent("pickup-bench").path

    func validate() throws {
        guard (1.0...600).contains(seconds), (1...100).contains(runs) else {
            throw ValidationError("give 1 to 600 seconds and 1 to 100 runs")
        }
    }

    func run() async throws {
        guard let profiles = StationRig.boardProfiles() else {
            throw Failed("run pickup-bench from its checkout: hardware/boards is not there")
        }
        let name = "waveshare-modbus-rtu-relay-d-8ch"
        guard let profile = try BoardProfile.Catalogue(directory: profiles)[name] else {
            throw Failed("the profile \(name) is not there")
        }
        let isFirst = Priority.raise()
        let link = URL(fileURLWithPath: folder).appendingPathComponent("dev/paced").path
        let measure = PollMeasure(profile: profile, root: profiles + "/../..", link: link, seconds: seconds)
        var results = PollResults()
        for baud in [9600, 19200, 115_200] {
            for run in 1...runs {
                say("\(baud) baud, run \(run) of \(runs)")
                for master in PollMaster.allCases {
                    results.add(try await measure.run(master, baud: baud), of: master, baud: baud)
                }
            }
        }
        say(results.table())
        if !isFirst { say("without the right to a higher priority: other work is in these numbers") }
        say(results.plot())
        let plot = URL(fileURLWithPath: folder).appendingPathComponent("poll-rate.svg")
        try results.svg().write(to: plot, atomically: true, encoding: .utf8)
        say("plot: \(plot.path)")
    }
}

/// Who reads the doors.
enum PollMaster: String, CaseIterable {
    case ours
    case libmodbus = "bare libmodbus"
    case pymodbus
}

/// One run of one master.
struct PollMeasure {
    static let units = 12

    let profile: BoardProfile
    let root: String
    let link: String
    let seconds: Double

    func run(_ master: PollMaster, baud: Int) async throws -> PollResults.Run {
        let slaves = PacedLine.slaves(units: 1...UInt8(Self.units), inputs: 0)
        let line = try PacedLine(link: link, baud: baud, slaves: slaves)
        defer { line.stop() }
        let window: Window
        switch master {
        case .ours: window = try await ours(line, baud)
        case .libmodbus: window = try await bare(line, baud)
        case .pymodbus: window = try await python(line, baud)
        }
        let statistics = line.statistics
        return PollResults.Run(
            share: window.rate * Double(line.idealNanoseconds(requestBytes: 8, replyBytes: 6)) / 1e9,
            pollsPerSecond: window.rate,
            others: statistics.requests.filter { $0.key != 2 }.values.reduce(0, +),
            tooEarly: statistics.tooEarly,
            isRealTime: statistics.isRealTime
        )
    }

    private struct Window {
        var polls: Int
        var nanoseconds: UInt64
        var rate: Double { Double(polls) * 1e9 / Double(max(1, nanoseconds)) }
    }

    /// Counts in the middle of a run, from one poll's end to another's.
    private func window(_ line: PacedLine) async throws -> Window {
        let end = BootTime.now().advanced(byMilliseconds: 20_000)
        while line.statistics.requests[2, default: 0] < 3 * Self.units {
            guard BootTime.now() < end else { throw Failed("no door is read") }
            try await Task.sleep(for: .milliseconds(20))
        }
        let first = mark(line)
        try await Task.sleep(for: .seconds(seconds))
        let last = mark(line)
        return Window(
            polls: last.polls - first.polls,
            nanoseconds: last.at.nanoseconds - first.at.nanoseconds
        )
    }

    private func mark(_ line: PacedLine) -> (polls: Int, at: BootTime) {
        let statistics = line.statistics
        let last = statistics.last.last { $0.frame[1] == 2 }
        return (statistics.requests[2, default: 0], last?.endedAt ?? .now())
    }

    private func ours(_ line: PacedLine, _ baud: Int) async throws -> Window {
        let boards = (1...Self.units).map { unit in
            let name = BoardName(rawValue: "board-\(unit)")
            let doors = (1...8).map { channel in
                let sensor = SensorWiring(board: name, input: channel, openIs: .on)
                return DoorWiring(channel: channel, sensor: sensor, pulseMs: 300)
            }
            return BoardConfiguration(name: name, profile: profile, unit: UInt8(unit), doors: doors)
        }
        let configuration = BusConfiguration(
            name: BusName(rawValue: "paced"),
            transport: .rtu(path: line.path, baud: baud, parity: .none, stopBits: 1),
            polling: .continuous,
            boards: boards
        )
        let bus = LockBus(
            configuration: configuration,
            logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }
        ) { _ in }
        let reports = await bus.start()
        guard reports.allSatisfy({ $0.state == .up }) else {
            throw Failed("boards are down: \(reports.map(\.state))")
        }
        let window = try await window(line)
        await bus.shutdown()
        return window
    }

    private func bare(_ line: PacedLine, _ baud: Int) async throws -> Window {
        let (path, seconds) = (line.path, seconds + 3)
        let master = Thread {
            let answers = bench_poll_inputs(path, Int32(baud), Int32(Self.units), seconds)
            if answers <= 0 { say("the bare program failed at line \(-answers)") }
        }
        master.start()
        let window = try await window(line)
        while !master.isFinished { try await Task.sleep(for: .milliseconds(20)) }
        return window
    }

    private func python(_ line: PacedLine, _ baud: Int) async throws -> Window {
        let process = Process()
        // Not resolved: Python finds its environment by the link's place.
        process.executableURL = URL(fileURLWithPath: root + "/.venv/bin/python")
        process.arguments = ["-c", Self.script, line.path, "\(baud)", "\(Self.units)", "\(seconds + 6)"]
        process.standardOutput = FileHandle.nullDevice
        do {
            try process.run()
        } catch {
            throw Failed("no pymodbus: run ./hardware/setup --tests")
        }
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        return try await window(line)
    }

    private static let script = """
        import sys, time
        from pymodbus.client import ModbusSerialClient
        path, baud, units, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
        client = ModbusSerialClient(path, baudrate=baud, timeout=0.3, retries=0)
        assert client.connect()
        silence = 0.00175 if baud > 19200 else 38.5 / baud
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for unit in range(1, units + 1):
                time.sleep(silence)
                try:
                    client.read_discrete_inputs(0, count=8, device_id=unit)
                except Exception:
                    pass
        """
}
