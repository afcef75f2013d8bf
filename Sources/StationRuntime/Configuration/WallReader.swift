internal import KioskServer
internal import LockBus
internal import StationCore
internal import StrictYAML
internal import Yams

/// Reads buses, boards and compartments: what is wired where, and how the wall looks.
struct WallReader {
    struct Wall {
        var buses: [BusConfiguration] = []
        var compartments: [CompartmentPlan] = []
        var wiring: [StationConfiguration.Wiring] = []
        var picture = WallPlan(banks: [])
        var points = PointPlan()
    }

    private struct Board {
        var bus: BusName
        var profile: BoardProfile
        var unit: UInt8
        var line: Int
        var supply: Supply?
        var doors: [DoorWiring] = []
        var lines = GPIOWiring()
    }

    private struct Place {
        var column: Int
        var row: Int
        var cell: WallPlan.Cell
    }

    /// What a change of does not make another door move: a walked door stays walked.
    private static let notWiring: Set<String> = [
        "title", "responseTimeoutMs", "byteTimeoutMs", "requestGapMs", "supply", "size", "row", "column",
    ]

    let profiles: BoardProfile.Catalogue
    let file: String

    func read(_ root: inout StrictMapping) throws -> Wall {
        var wall = Wall()
        var boards: [(name: BoardName, board: Board)] = []
        var busLines: [(bus: BusConfiguration, title: String, line: Int)] = []
        var texts = WiringTexts()
        for node in try root.list("buses") {
            var section = try StrictMapping(node, name: "a bus", file: file)
            let bus = try readBus(&section)
            if busLines.contains(where: { $0.bus.name == bus.name }) {
                throw error(section.line, "bus `\(bus.name.rawValue)` is there twice", "rename one")
            }
            let title = try section.optionalString("title") ?? bus.name.rawValue
            try section.finish()
            busLines.append((bus, title, section.line))
            texts.buses[bus.name] = CanonicalYAML.text(of: node, without: Self.notWiring)
        }
        var supplies = try SupplyReader(&root, file: file)
        for node in try root.list("boards") {
            var section = try StrictMapping(node, name: "a board", file: file)
            let (name, board) = try readBoard(
                &section,
                buses: busLines.map(\.bus.name),
                number: boards.count + 1,
                &supplies
            )
            if boards.contains(where: { $0.name == name }) {
                throw error(section.line, "board `\(name.rawValue)` is there twice", "rename one")
            }
            boards.append((name, board))
            texts.boards[name] =
                CanonicalYAML.text(of: node, without: Self.notWiring)
                + (profiles.canonicalText(of: board.profile.name) ?? "")
        }
        try supplies.finish()
        var places: [(bank: BankID, place: Place)] = []
        for node in try root.list("compartments") {
            var section = try StrictMapping(node, name: "a compartment", file: file)
            let compartment = try readCompartment(&section, boards: &boards, wall: &wall)
            let column = try section.optionalInteger("column", in: 1...100)
            let row = try section.optionalInteger("row", in: 1...100)
            try section.finish()
            let before = places.count { $0.bank == compartment.bank }
            let cell = WallPlan.Cell(compartment: compartment.id, size: compartment.size)
            let place = Place(column: column ?? before / 4 + 1, row: row ?? before % 4 + 1, cell: cell)
            places.append((compartment.bank, place))
            let own = CanonicalYAML.text(of: node, without: Self.notWiring)
            let last = wall.wiring.count - 1
            wall.wiring[last].fingerprint = texts.fingerprint(of: wall.wiring[last], own: own)
        }
        guard !wall.compartments.isEmpty else {
            throw error(root.line, "there are no compartments", "list at least one under `compartments:`")
        }
        wall.points = try PointReader(file: file).read(&root) { name in
            boards.first { $0.name == name }?.board.bus
        }
        for (bus, title, line) in busLines {
            var complete = bus
            complete.points = wall.points.entries.filter { $0.bus == bus.name }.map(\.point)
            complete.boards = boards.filter { $0.board.bus == bus.name }.map { name, board in
                BoardConfiguration(
                    name: name,
                    profile: board.profile,
                    unit: board.unit,
                    doors: board.doors,
                    lines: board.lines,
                    supply: board.supply
                )
            }
            try check(complete, boards: boards, line: line)
            wall.buses.append(complete)
            wall.picture.banks.append(picture(of: bus.name, title: title, places))
        }
        return wall
    }

    private func error(_ line: Int, _ problem: String, _ remedy: String) -> ConfigurationError {
        ConfigurationError(["\(file):\(line): \(problem); \(remedy)"])
    }

    /// The rules of the bus itself, with the line of the board or the bus they concern.
    private func check(_ bus: BusConfiguration, boards: [(name: BoardName, board: Board)], line: Int) throws {
        let problems = bus.problems()
        guard !problems.isEmpty else { return }
        throw ConfigurationError(
            problems.map { problem in
                let place =
                    problem.board.flatMap { name in boards.first { $0.name == name }?.board.line } ?? line
                return "\(file):\(place): \(problem)"
            }
        )
    }

    private func picture(of bus: BusName, title: String, _ places: [(bank: BankID, place: Place)])
        -> WallPlan.Bank
    {
        let id = BankID(bus.rawValue)
        let own = places.filter { $0.bank == id }.map(\.place)
        let columns = own.map(\.column).max() ?? 0
        let cells = (0..<columns).map { column in
            own.filter { $0.column == column + 1 }.sorted { $0.row < $1.row }.map(\.cell)
        }
        return WallPlan.Bank(id: id, title: title, columns: cells.filter { !$0.isEmpty })
    }

    private func readBus(_ section: inout StrictMapping) throws -> BusConfiguration {
        let name = BusName(rawValue: try section.string("name"))
        let transport = try readTransport(&section)
        return BusConfiguration(
            name: name,
            transport: transport,
            responseTimeoutMs: try section.optionalInteger("responseTimeoutMs", in: 20...5_000) ?? 300,
            byteTimeoutMs: try section.optionalInteger("byteTimeoutMs", in: 5...1_000) ?? 50,
            requestGapMs: try section.optionalInteger("requestGapMs", in: 0...1_000) ?? 0,
            polling: try section.optionalChoice("polling", BusPolling.self) ?? .adaptive,
            boards: []
        )
    }

    /// One of `tcp`, `rtu`, `gpio`, `serial` and `serialTCP`: the last two for boards that do not speak Modbus.
    private func readTransport(_ section: inout StrictMapping) throws -> BusTransport {
        if let chip = try readChip(&section) { return chip }
        if var tcp = try section.optionalMapping("tcp") {
            let host = try tcp.string("host")
            let port = try tcp.optionalInteger("port", in: 1...65_535) ?? 502
            try tcp.finish()
            return .tcp(host: host, port: port)
        }
        if var server = try section.optionalMapping("serialTCP") {
            let host = try server.string("host")
            let port = try server.integer("port", in: 1...65_535)
            try server.finish()
            return .serialTCP(host: host, port: port)
        }
        if var line = try section.optionalMapping("serial") {
            let path = try line.string("path")
            let baud = try line.integer("baud", in: 300...921_600)
            let parity = try line.optionalChoice("parity", BusParity.self) ?? .none
            let stopBits = try line.optionalInteger("stopBits", in: 1...2) ?? 1
            try line.finish()
            return .serial(path: path, baud: baud, parity: parity, stopBits: stopBits)
        }
        var rtu = try section.mapping("rtu")
        let path = try rtu.string("path")
        let baud = try rtu.optionalInteger("baud", in: 300...921_600) ?? 9600
        let parity = try rtu.optionalChoice("parity", BusParity.self) ?? .none
        let stopBits = try rtu.optionalInteger("stopBits", in: 1...2) ?? 1
        try rtu.finish()
        return .rtu(path: path, baud: baud, parity: parity, stopBits: stopBits)
    }

    private func readBoard(
        _ section: inout StrictMapping,
        buses: [BusName],
        number: Int,
        _ supplies: inout SupplyReader
    ) throws -> (BoardName, Board) {
        let name = BoardName(rawValue: try section.string("name"))
        let bus = BusName(rawValue: try section.string("bus"))
        let profileName = try section.string("profile")
        // Lines have no address; boards are still told apart by one.
        let usesGPIO = profiles[profileName]?.usesGPIO ?? false
        let unit = usesGPIO ? min(number, 247) : try section.integer("unit", in: 0...255)
        let lines = try profiles[profileName].map { try readInputs(&section, profile: $0) }
        let supply = try supplies.supply(of: &section)
        try section.finish()
        guard buses.contains(bus) else {
            let known = buses.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw error(
                section.line,
                "there is no bus `\(bus.rawValue)`",
                "use one of \(known), or add it under `buses:`"
            )
        }
        guard let profile = profiles[profileName] else {
            let known = profiles.names.joined(separator: ", ")
            throw error(section.line, "there is no board profile `\(profileName)`", "use one of \(known)")
        }
        var board = Board(
            bus: bus,
            profile: profile,
            unit: UInt8(unit),
            line: section.line,
            supply: supply
        )
        board.lines = lines ?? GPIOWiring()
        return (name, board)
    }

    private func readCompartment(
        _ section: inout StrictMapping,
        boards: inout [(name: BoardName, board: Board)],
        wall: inout Wall
    ) throws -> CompartmentPlan {
        let id = CompartmentID(try section.string("id"))
        let size = try section.choice("size", Size.self)
        let boardName = BoardName(rawValue: try section.string("board"))
        let channel = try section.integer("channel", in: 1...256)
        let wantedMs = try section.optionalInteger("pulseMs", in: 50...3_000)
        let lock = try section.optionalChoice("lock", LockKind.self) ?? .solenoid
        guard let index = boards.firstIndex(where: { $0.name == boardName }) else {
            throw error(section.line, "there is no board `\(boardName.rawValue)`", "add it under `boards:`")
        }
        if wall.compartments.contains(where: { $0.id == id }) {
            throw error(section.line, "compartment `\(id)` is there twice", "each label may be used once")
        }
        let board = boards[index].board
        let pulseMs = wantedMs ?? board.profile.fixedPulseMs ?? 500
        if let fixedMs = board.profile.fixedPulseMs, pulseMs != fixedMs {
            let problem = "`pulseMs` is \(pulseMs), and a \(board.profile.name) always gives \(fixedMs) ms"
            throw error(section.line, problem, "leave it out")
        }
        let line = try readOutputLine(&section, profile: board.profile)
        let input =
            line == nil ? nil : try readInputLine(&section, board: boardName, channel: channel)
        let sensor =
            line == nil
            ? try readSensor(&section, board: boardName, channel: channel, profile: board.profile)
            : input?.wiring
        if board.doors.contains(where: { $0.channel == channel }) {
            throw error(
                section.line,
                "channel \(channel) of board `\(boardName.rawValue)` opens two compartments",
                "give `\(id)` its own channel"
            )
        }
        if let line { boards[index].board.lines.outputs[channel] = line }
        if let input, boards[index].board.lines.inputs.updateValue(input.line, forKey: channel) != nil {
            let problem = "input \(channel) of board `\(boardName.rawValue)` is in its `inputs` already"
            throw error(section.line, problem, "number the inputs of points after those of the doors")
        }
        boards[index].board.doors.append(
            DoorWiring(channel: channel, sensor: sensor, pulseMs: pulseMs, lock: lock)
        )
        let plan = CompartmentPlan(
            id: id,
            kind: .locker,
            bank: BankID(board.bus.rawValue),
            board: BoardID(boardName.rawValue),
            size: size,
            hasDoorSensor: sensor != nil,
            pulseMs: pulseMs,
            coolDownMs: board.profile.coolDown * board.profile.timeOnMs(for: pulseMs)
        )
        wall.compartments.append(plan)
        wall.wiring.append(
            StationConfiguration.Wiring(
                compartment: id,
                door: DoorChannel(bus: board.bus, board: boardName, channel: channel),
                sensor: sensor,
                fingerprint: ""
            )
        )
        return plan
    }

    /// `sensor: none`, a mapping, or nothing said: the input of the lock's own number, where the board has
    /// inputs.
    private func readSensor(
        _ section: inout StrictMapping,
        board: BoardName,
        channel: Int,
        profile: BoardProfile
    ) throws -> SensorWiring? {
        if let word = section.optionalWord("sensor") {
            guard word == "none" else {
                throw error(
                    section.line,
                    "`sensor` is `\(word)`",
                    "write `none`, or { board, input, openIs }"
                )
            }
            return nil
        }
        guard var sensor = try section.optionalMapping("sensor") else {
            return profile.inputs > 0 ? SensorWiring(board: board, input: channel, openIs: .off) : nil
        }
        let wiring = SensorWiring(
            board: try sensor.optionalString("board").map { BoardName(rawValue: $0) } ?? board,
            input: try sensor.integer("input", in: 1...256),
            openIs: try sensor.optionalChoice("openIs", SensorWiring.Level.self) ?? .off
        )
        try sensor.finish()
        return wiring
    }
}
