internal import CoilGuard
internal import DeviceIO

// What a configuration says of GPIO lines: what is wrong with it, and what the coil guard must be told.
extension BusConfiguration {
    /// The chip's label and the guard's socket; `nil` when the bus is no GPIO chip.
    var gpioPlace: (chip: String, guardSocket: String)? {
        if case .gpio(let chip, let guardSocket) = transport { (chip, guardSocket) } else { nil }
    }

    /// The lines of `coilguard.conf` for this bus: none when it is no GPIO chip.
    public var coilGuardLines: [String] {
        boards.indices.flatMap { guardedOutputs(of: $0).map(\.description) }
    }

    /// The wired outputs of a board, in the order of their channels.
    func guardedOutputs(of index: Int) -> [GuardedOutput] {
        let board = boards[index]
        guard let place = gpioPlace, let map = board.profile.gpioMap else { return [] }
        return board.lines.outputs.sorted { $0.key < $1.key }.map { channel, line in
            GuardedOutput(
                name: Self.outputName(board.name, channel),
                chip: place.chip,
                line: GPIOLine(line).description,
                isActiveLow: map.outputIsActiveLow,
                isOpenDrain: map.isOpenDrain,
                supply: Self.guardSupply(of: board),
                maximumMs: board.profile.maximumPulseMs,
                gapMs: board.profile.gapMs,
                rest: board.profile.coolDown
            )
        }
    }

    /// The guard lets one output of a supply be on at a time: boards that share a supply for one share it there
    /// too, and a supply that bears more is left to the bus.
    private static func guardSupply(of board: BoardConfiguration) -> String {
        guard let supply = board.supply, supply.maxSimultaneous == 1 else { return board.name.rawValue }
        return supply.name.rawValue
    }

    static func outputName(_ board: BoardName, _ channel: Int) -> OutputName {
        OutputName(rawValue: "\(board.rawValue)/\(channel)")
    }

    /// A board on a bus of another kind.
    func gpioProblem(of profile: BoardProfile) -> String? {
        switch (gpioPlace != nil, profile.usesGPIO) {
        case (true, false): "\(profile.name) does not hang on GPIO lines; put it on a bus of its own"
        case (false, true): "\(profile.name) hangs on GPIO lines; put it on a bus with `gpio: { chip: … }`"
        default: nil
        }
    }

    /// Everything that is wrong with the lines of a GPIO bus.
    func gpioProblems() -> [ConfigurationProblem] {
        guard let place = gpioPlace else { return [] }
        var found: [ConfigurationProblem] = []
        var users: [GPIOLine: String] = [:]
        func report(_ message: String, _ board: BoardConfiguration? = nil, _ channel: Int? = nil) {
            found.append(ConfigurationProblem(board: board?.name, channel: channel, message: message))
        }
        if place.chip.isEmpty { report("the chip's label is empty; gpiodetect shows the labels") }
        if place.chip.hasPrefix("gpiochip") || place.chip.hasPrefix("/dev/") {
            report("`\(place.chip)` is a number, which changes; name its label, which gpiodetect shows")
        }
        let names = [place.chip] + boards.map(\.name.rawValue) + boards.flatMap(\.lines.outputs.values)
        for name in names where name.contains(where: { $0.isWhitespace || $0.isNewline }) {
            report("`\(name)` has a space in it, and the coil guard's table has none; use the line's offset")
        }
        for board in boards {
            let inputs = board.lines.inputs.map { ("input \($0.key)", $0.key, $0.value) }
            let outputs = board.lines.outputs.map { ("output \($0.key)", $0.key, $0.value) }
            let lamps = board.lines.lamps.map { ("output \($0.key)", $0.key, $0.value) }
            for (what, channel, line) in (outputs + inputs + lamps).sorted(by: { $0.0 < $1.0 }) {
                let user = "\(what) of \(board.name.rawValue)"
                if let other = users.updateValue(user, forKey: GPIOLine(line)) {
                    report("line \(line) is \(other) as well; give each its own", board, channel)
                }
            }
            for door in board.doors {
                if board.lines.outputs[door.channel] == nil {
                    report("its lock has no line; write `line: GPIO17`", board, door.channel)
                }
                let input = door.sensor.flatMap { $0.board == board.name ? $0.input : nil }
                if let input, board.lines.inputs[input] == nil {
                    report("its sensor has no line; write `sensor: { line: GPIO5 }`", board, door.channel)
                }
            }
        }
        for point in points {
            guard let board = boards.first(where: { $0.name == point.board }), board.profile.usesGPIO else {
                continue
            }
            switch point.place {
            case .input(let number) where board.lines.inputs[number] == nil:
                let what = "point \(point.name.rawValue) is on input \(number), which has no line"
                report("\(what); write `inputs: { \(number): GPIO12 }` at the board", board)
            case .output(let number) where board.lines.lamps[number] == nil:
                let what = "point \(point.name.rawValue) is on output \(number), which has no line"
                report("\(what); write `outputs: { \(number): GPIO22 }` at the board", board)
            case .input, .output: break
            case .register: report("point \(point.name.rawValue): GPIO lines have no registers", board)
            }
        }
        let count = boards.reduce(0) { $0 + $1.lines.outputs.count }
        if count > GuardedOutput.limit {
            report("the coil guard holds \(GuardedOutput.limit) outputs at most")
        }
        return found
    }
}
