// What the tests on a real kernel (Tests/GPIO) and on a double of the guard drive from outside: it does one thing with
// GPIO lines, says what happened in lines, and takes orders in lines. Ends with its standard input.
//
//   gpio-probe library                              the major version of libgpiod
//   gpio-probe chips                                labels, one a line
//   gpio-probe client SOCKET                        orders to a guard: `pulse NAME MS`, `off NAME`, `read NAME`
//   gpio-probe inputs CHIP BIAS DEBOUNCE_MS LINE[,low]…   edges: `INDEX LEVEL NANOSECONDS`
//   gpio-probe bus CHIP SOCKET PROFILES LOCK:DOOR…  a lock bus with one board: orders `pulse CHANNEL MS`, `reports`
internal import CoilGuard
internal import DeviceIO
internal import Dispatch
internal import Glibc
internal import LockBus
internal import Logging

func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = Glibc.write(STDOUT_FILENO, bytes, bytes.count)
}

func fail(_ text: String) -> Never {
    say("failed: \(text)")
    exit(1)
}

/// Asks a guard what each line of the input says.
func client(_ socket: String) {
    let connection: GuardClient
    do { connection = try GuardClient(path: socket) } catch { fail("\(error)") }
    say("connected")
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        let name = OutputName(rawValue: words.count > 1 ? words[1] : "")
        let request: GuardRequest
        switch words.first {
        case "pulse":
            let limit = GuardTime(nanoseconds: BootTime.now().advanced(byMilliseconds: 2000).nanoseconds)
            request = .pulse(name, milliseconds: Int(words[2]) ?? 0, notAfter: limit)
        case "off": request = .off([name])
        default: request = .read([name])
        }
        do { say(try connection.ask(request).text(number: 0)) } catch { fail("\(error)") }
    }
}

func inputs(_ words: [String]) {
    guard let bias = GPIOBias(rawValue: words[1]), let debounceMs = Int(words[2]) else { fail("usage") }
    let lines = words.dropFirst(3).map { word in
        let isActiveLow = word.hasSuffix(",low")
        let line = GPIOLine(String(isActiveLow ? word.dropLast(4) : word[...]))
        return GPIOInput(line: line, isActiveLow: isActiveLow, bias: bias, debounceMs: debounceMs)
    }
    let wake = DispatchSemaphore(value: 0)
    do {
        let inputs = try GPIOInputs(chip: words[0], inputs: lines, consumer: "gpio-probe") { wake.signal() }
        let wanted = Array(lines.indices)
        var levels = try inputs.read(wanted).readings.map(\.isOn)
        say("watching " + levels.map { $0 ? "1" : "0" }.joined(separator: " "))
        while true {
            wake.wait()
            var hasMore = true
            while hasMore {
                let (readings, more) = try inputs.read(wanted)
                hasMore = more
                for index in wanted where readings[index].isOn != levels[index] {
                    levels[index] = readings[index].isOn
                    let lateMs = BootTime.now().milliseconds(since: readings[index].since)
                    say("\(index) \(levels[index] ? 1 : 0) \(readings[index].since.nanoseconds) \(lateMs)")
                }
            }
        }
    } catch { fail("\(error)") }
}

/// On the main thread, which it may block: Swift's pool has one thread on a machine with one processor.
@MainActor
func bus(_ words: [String]) async throws {
    guard let profile = try BoardProfile.Catalogue(directory: words[2])["generic-gpio-mosfet-16ch"] else {
        fail("no profile")
    }
    var lines = GPIOWiring()
    var doors: [DoorWiring] = []
    let (name, board) = (BusName(rawValue: "pi"), BoardName(rawValue: "A"))
    for (index, pair) in words.dropFirst(3).enumerated() {
        let parts = pair.split(separator: ":").map(String.init)
        lines.outputs[index + 1] = parts[0]
        lines.inputs[index + 1] = parts[1]
        let sensor = SensorWiring(board: board, input: index + 1, openIs: .off)
        doors.append(DoorWiring(channel: index + 1, sensor: sensor, pulseMs: 300))
    }
    let wiring = BoardConfiguration(name: board, profile: profile, unit: 1, doors: doors, lines: lines)
    let configuration = BusConfiguration(
        name: name,
        transport: .gpio(chip: words[0], guardSocket: words[1]),
        boards: [wiring]
    )
    let bus = LockBus(configuration: configuration, logger: Logger(label: "probe")) { event in
        switch event {
        case .door(let door, let reading, let time):
            say("door \(door.channel) \(reading) \(time.nanoseconds)")
        case .board(let report): say("board \(report.state)")
        case .coilStuckOn(let door, _): say("stuck \(door.channel)")
        case .point(let name, let value, _): say("point \(name.rawValue) \(value)")
        }
    }
    for report in await bus.start() { say("started \(report.state)") }
    while let line = readLine() {
        let words = line.split(separator: " ").map(String.init)
        if words.first == "reports" {
            for report in await bus.reports() { say("report \(report.state)") }
            continue
        }
        let request = PulseRequest(
            id: "probe",
            door: DoorChannel(bus: name, board: board, channel: Int(words[1]) ?? 0),
            durationMs: Int(words[2]) ?? 0,
            notAfter: BootTime.now().advanced(byMilliseconds: 5000)
        )
        say("pulsed \(words[1]) \(await bus.pulse(request))")
    }
    await bus.shutdown()
    say("shut down")
}

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "library": say("\(GPIOChip.gpiodMajor)")
case "chips": for label in GPIOChip.labels() { say(label) }
case "client" where arguments.count == 2: client(arguments[1])
case "inputs" where arguments.count >= 5: inputs(Array(arguments.dropFirst()))
case "bus" where arguments.count >= 5: try await bus(Array(arguments.dropFirst()))
default: fail("usage: see Tests/GPIOProbe/main.swift")
}
