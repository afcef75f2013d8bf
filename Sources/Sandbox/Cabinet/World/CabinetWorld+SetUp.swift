internal import DeviceIO

extension CabinetWorld {
    /// Wires the cabinet up, or says what is impossible about it.
    init(banks: [SandboxBank]) throws(SandboxError) {
        boards = []
        doors = []
        var names: Set<String> = []
        func claim(_ kind: String, _ name: String) throws(SandboxError) {
            guard names.insert("\(kind) \(name)").inserted else {
                throw .configuration("\(kind) \(name) is there twice; give each a name of its own.")
            }
        }
        for bank in banks {
            try claim("bank", bank.name.rawValue)
            for board in bank.boards {
                try claim("board", board.name.rawValue)
                try claim("unit", "\(board.unit) on bank \(bank.name.rawValue)")
                guard (1...247).contains(board.unit) else {
                    throw .configuration(
                        "unit \(board.unit) of board \(board.name.rawValue) is not in 1…247."
                    )
                }
                let coil = Coil()
                boards.append(
                    Board(
                        name: board.name,
                        bank: bank.name,
                        unit: board.unit,
                        model: board.model,
                        coils: [Coil](repeating: coil, count: board.model.channels),
                        controlModes: [UInt16](repeating: 0, count: board.model.channels)
                    )
                )
            }
        }
        for board in banks.flatMap(\.boards) {
            for door in board.doors {
                try claim("door", door.name.rawValue)
                try wire(door, to: board)
            }
        }
    }

    private mutating func wire(_ door: SandboxDoor, to board: SandboxBoard) throws(SandboxError) {
        let words = "door \(door.name.rawValue)"
        guard let lock = index(of: board.name), let sensorBoard = index(of: door.sensor?.board ?? board.name)
        else {
            throw .configuration("\(words): its sensor's board is not there.")
        }
        guard boards[lock].coils.indices.contains(door.channel - 1) else {
            throw .configuration("\(words): channel \(door.channel) is not on board \(board.name.rawValue).")
        }
        guard boards[lock].coils[door.channel - 1].door == nil else {
            throw .configuration("\(words): channel \(door.channel) has a door already.")
        }
        if let input = door.sensor?.input, !(1...boards[sensorBoard].model.channels).contains(input) {
            throw .configuration("\(words): input \(input) is not on its sensor's board.")
        }
        boards[lock].coils[door.channel - 1].door = doors.count
        doors.append(Door(wiring: door, board: lock, sensorBoard: sensorBoard))
    }
}
