internal import DeviceIO

/// Something in a bus's configuration that cannot be: found before any port is opened.
public struct ConfigurationProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which board, if it is one board's.
    public let board: BoardName?
    /// Which lock output, if it is one door's.
    public let channel: Int?
    /// What is wrong, and what would be right.
    public let message: String

    /// The place and the message.
    public var description: String {
        let place = [board.map { "board \($0.rawValue)" }, channel.map { "channel \($0)" }].compactMap { $0 }
        return place.isEmpty ? message : place.joined(separator: ", ") + ": " + message
    }
}

extension BusConfiguration {
    /// Everything that is wrong with this configuration; empty when it can be used.
    public func problems() -> [ConfigurationProblem] {
        var found = busProblems() + gpioProblems()
        var names: Set<BoardName> = []
        var units: Set<UInt8> = []
        var sensors: Set<SensorWiring> = []
        for board in boards {
            func report(_ message: String, channel: Int? = nil) {
                found.append(ConfigurationProblem(board: board.name, channel: channel, message: message))
            }
            if !names.insert(board.name).inserted { report("the name is used twice on this bus; rename one") }
            if !units.insert(board.unit).inserted {
                report("unit \(board.unit) is used twice on this bus; give each board its own address")
            }
            let profile = board.profile
            if let message = gpioProblem(of: profile) ?? wireProblem(of: profile) { report(message) }
            if let message = unitProblem(board.unit, board.profile) { report(message) }
            if let message = pulseTimeProblem(of: board) { report(message) }
            if let message = lineProblem(of: board.profile) { report(message) }
            var channels: Set<Int> = []
            for door in board.doors {
                if !channels.insert(door.channel).inserted {
                    report("the channel is used twice; each door needs its own", channel: door.channel)
                }
                if let message = pulseProblem(
                    of: board.profile,
                    channel: door.channel,
                    durationMs: door.pulseMs
                ) {
                    report(message, channel: door.channel)
                }
                if let message = lockProblem(door.lock, on: board.profile) {
                    report(message, channel: door.channel)
                }
                guard let sensor = door.sensor else { continue }
                if let message = sensorProblem(sensor) { report(message, channel: door.channel) }
                let place = SensorWiring(board: sensor.board, input: sensor.input, openIs: .on)
                if !sensors.insert(place).inserted {
                    let text =
                        "input \(sensor.input) of \(sensor.board.rawValue) serves two doors; wire one each"
                    report(text, channel: door.channel)
                }
            }
        }
        return found + pointProblems()
    }

    /// Why a pulse of this length cannot be asked of this output, or `nil` when it can.
    func pulseProblem(of profile: BoardProfile, channel: Int, durationMs: Int) -> String? {
        guard (1...profile.channels).contains(channel) else {
            return "\(profile.name) has channels 1 to \(profile.channels)"
        }
        guard (1...profile.maximumPulseMs).contains(durationMs) else {
            return "a pulse of \(durationMs) ms; \(profile.name) allows 1 to \(profile.maximumPulseMs) ms"
        }
        if let fixedMs = profile.fixedPulseMs, durationMs != fixedMs {
            return "a pulse of \(durationMs) ms; \(profile.name) always gives \(fixedMs) ms,"
                + " so leave out `pulseMs`"
        }
        let onMs = profile.timeOnMs(for: durationMs)
        guard onMs <= durationMs + 100 else {
            return "a pulse of \(durationMs) ms would last \(onMs) ms, for \(profile.name) times its pulses"
                + " in larger units; write pulseMs: \(onMs) if the lock bears that, or use another board"
        }
        guard profile.isHostTimed, let modbusTransport else { return nil }
        let worst = modbusTiming.worstCaseMs(on: modbusTransport) + profile.needs.requestGapMs
        guard durationMs + worst <= profile.maximumOnMs else {
            return
                "a pulse of \(durationMs) ms could become \(durationMs + worst) ms when an answer fails, and"
                + " \(profile.name) allows \(profile.maximumOnMs) ms; shorten the pulse or responseTimeoutMs"
        }
        return nil
    }

    /// A coil that nobody switches off when the controller dies burns (S6).
    private func lockProblem(_ lock: LockKind, on profile: BoardProfile) -> String? {
        guard profile.timing == .unguarded, lock == .solenoid else { return nil }
        return "nothing switches an output of \(profile.name) off when the controller dies, and a solenoid"
            + " would burn; use a board that times its pulses or has an output watchdog, or, if this lock"
            + " bears being energised without end, write lock: motor"
    }

    private func lineProblem(of profile: BoardProfile) -> String? {
        if case .network? = profile.line, case .rtu = transport {
            return "\(profile.name) speaks Modbus TCP only; put it on a bus with tcp: { host: … }"
        }
        guard responseTimeoutMs < profile.needs.replyMs else { return nil }
        return "\(profile.name) takes up to \(profile.needs.replyMs) ms to answer, and responseTimeoutMs is"
            + " \(responseTimeoutMs); raise it"
    }

    private func busProblems() -> [ConfigurationProblem] {
        var found: [ConfigurationProblem] = []
        func report(_ message: String) {
            found.append(ConfigurationProblem(board: nil, channel: nil, message: message))
        }
        func require(_ value: Int, in range: ClosedRange<Int>, _ key: String) {
            guard !range.contains(value) else { return }
            report("\(key) is \(value); it must be \(range.lowerBound) to \(range.upperBound) ms")
        }
        if boards.isEmpty { report("the bus has no board; add one or remove the bus") }
        require(responseTimeoutMs, in: 20...2000, "responseTimeoutMs")
        require(byteTimeoutMs, in: 5...500, "byteTimeoutMs")
        require(requestGapMs, in: 0...500, "requestGapMs")
        switch transport {
        case .rtu(let path, let baud, _, let stopBits), .serial(let path, let baud, _, let stopBits):
            if path.isEmpty { report("the path is empty; name the tty, best one of /dev/serial/by-id") }
            if !ModbusTransport.supportedBauds.contains(baud) {
                let known = ModbusTransport.supportedBauds.sorted().map(String.init).joined(separator: ", ")
                report("\(baud) baud is not supported; use one of \(known)")
            }
            if !(1...2).contains(stopBits) { report("stopBits is \(stopBits); it must be 1 or 2") }
        case .tcp(let host, let port):
            if host.isEmpty { report("the host is empty; give a name or an address") }
            if !(1...65535).contains(port) { report("port \(port) does not exist; Modbus TCP uses 502") }
        case .serialTCP(let host, let port):
            if host.isEmpty { report("the host is empty; give the serial server's name or address") }
            if !(1...65535).contains(port) { report("port \(port) does not exist; see the serial server") }
        case .gpio: break
        }
        return found
    }

    private func unitProblem(_ unit: UInt8, _ profile: BoardProfile) -> String? {
        if let map = profile.serialMap { return map.unitProblem(unit) }
        if unit == 0 { return "unit 0 would address every board; use the board's own address, 1 to 247" }
        if case .tcp = transport, unit == 255 { return nil }
        return unit > 247 ? "unit \(unit) cannot be addressed; use 1 to 247" : nil
    }

    private func sensorProblem(_ sensor: SensorWiring) -> String? {
        guard let board = boards.first(where: { $0.name == sensor.board }) else {
            return "its sensor is on \(sensor.board.rawValue), which is not on this bus"
        }
        guard board.profile.inputs > 0 else {
            return "its sensor is on \(sensor.board.rawValue), but \(board.profile.name) has no inputs"
        }
        guard (1...board.profile.inputs).contains(sensor.input) else {
            return "its sensor is on input \(sensor.input);"
                + " \(board.profile.name) has 1 to \(board.profile.inputs)"
        }
        return nil
    }
}
