internal import DeviceIO

extension LockBus {
    /// Switches a lamp or a beeper on or off. As good as done on return: it is sent when the line is free, and
    /// again until the board has it. After a start and at the end of the bus every output is off.
    /// - Parameters:
    ///   - name: a point of kind `lamp` or `beeper`; anything else is ignored.
    ///   - forMs: for how long it is on; a beeper is on for 5 s at most.
    public func switchPoint(_ name: PointName, on isOn: Bool, forMs: Int? = nil) {
        for board in boards {
            for index in board.points.indices where board.points[index].configuration.name == name {
                guard board.points[index].output != nil else { return }
                let isBeeper = board.points[index].configuration.kind == .beeper
                let longestMs = isBeeper ? min(forMs ?? Pace.beepMaximumMs, Pace.beepMaximumMs) : forMs
                let until = longestMs.map { BootTime.now().advanced(byMilliseconds: UInt64(max(0, $0))) }
                board.points[index].wanted = (isOn, isOn ? until : nil)
                wake()
            }
        }
    }
}

// Points: inputs come with the readings of the sensors, registers are read now and then.
extension LockBus {
    func observePoints(_ inputs: [Bool], of board: Board, at now: BootTime) {
        for index in board.points.indices {
            guard case .input(let number) = board.points[index].configuration.place, number <= inputs.count
            else { continue }
            if let news = board.points[index].observe(inputs[number - 1]) {
                tell(board.points[index], news, at: now)
            }
        }
    }

    func losePoints(of board: Board, at now: BootTime) {
        for index in board.points.indices {
            if let news = board.points[index].lose() { tell(board.points[index], news, at: now) }
        }
    }

    func doubtPoints(of board: Board) {
        for index in board.points.indices { board.points[index].doubt() }
    }

    /// The register that has waited longest, and since when it is due.
    func nextRegister(of board: Board) -> (index: Int, dueAt: BootTime)? {
        board.points.indices.compactMap { index in
            guard case .register = board.points[index].configuration.place else { return nil }
            return (index, board.points[index].nextRead)
        }.min { $0.dueAt < $1.dueAt }
    }

    func readRegister(_ index: Int, of board: Board) {
        guard case .register(let address) = board.points[index].configuration.place else { return }
        do throws(WireFailure) {
            let number = try ask(board) { driver throws(WireFailure) in
                try driver.readRegister(board.index, address: address)
            }
            let now = BootTime.now()
            board.points[index].nextRead = now.advanced(byMilliseconds: Pace.registerMs)
            if let news = board.points[index].observe(number) { tell(board.points[index], news, at: now) }
        } catch {
            let now = BootTime.now()
            board.points[index].nextRead = now.advanced(byMilliseconds: Pace.registerMs)
            // A refusal is an answer: the board lives, and its doors must not suffer from a wrong register.
            if case .refused = error.fault {
                if let news = board.points[index].lose() { tell(board.points[index], news, at: now) }
                return
            }
            failed(board, error)
        }
    }

    /// The first output that is not as it shall be, and since when.
    func nextOutput(of board: Board) -> (index: Int, dueAt: BootTime)? {
        board.points.indices.compactMap { index in
            let point = board.points[index]
            guard point.output != nil else { return nil }
            if point.isOn != point.wanted.isOn { return (index, point.switchAt) }
            return point.wanted.isOn ? point.wanted.until.map { (index, $0) } : nil
        }.min { $0.dueAt < $1.dueAt }
    }

    func switchOutput(_ index: Int, of board: Board) {
        guard let output = board.points[index].output else { return }
        if let until = board.points[index].wanted.until, until <= BootTime.now() {
            board.points[index].wanted = (false, nil)
        }
        let isOn = board.points[index].wanted.isOn
        board.points[index].isOn = nil
        do throws(WireFailure) {
            try ask(board) { driver throws(WireFailure) in
                try driver.switchOutput(board.index, output: output, on: isOn)
            }
            board.points[index].isOn = isOn
        } catch {
            board.points[index].switchAt = BootTime.now().advanced(byMilliseconds: Pace.outputRetryMs)
            failed(board, error)
        }
    }

    /// What the coils say of outputs: one that is not as it shall be is switched again.
    func noteOutputs(_ coils: [Bool], of board: Board) {
        for index in board.points.indices {
            guard let output = board.points[index].output, output <= coils.count else { continue }
            board.points[index].isOn = coils[output - 1]
        }
    }

    private func tell(_ point: PointState, _ value: PointValue, at now: BootTime) {
        emit(.point(point.configuration.name, value, at: now))
    }
}

extension Pace {
    /// How often a register with a measured value is read.
    static let registerMs: UInt64 = 5000
    /// When a lamp that could not be switched is tried again.
    static let outputRetryMs: UInt64 = 1000
    /// No beep is longer.
    static let beepMaximumMs = 5000
}

extension BusConfiguration {
    /// Everything that is wrong with the points.
    func pointProblems() -> [ConfigurationProblem] {
        var found: [ConfigurationProblem] = []
        var names: Set<PointName> = []
        var places: Set<[String]> = []
        for point in points {
            func report(_ message: String) {
                let text = "point \(point.name.rawValue): \(message)"
                found.append(ConfigurationProblem(board: point.board, channel: nil, message: text))
            }
            if !names.insert(point.name).inserted { report("the name is used twice; rename one") }
            if !places.insert([point.board.rawValue, "\(point.place)"]).inserted {
                report("another point is at the same place; wire one each")
            }
            guard let board = boards.first(where: { $0.name == point.board }) else {
                report("\(point.board.rawValue) is not on this bus")
                continue
            }
            if let message = placeProblem(of: point, on: board) { report(message) }
        }
        return found
    }

    private func placeProblem(of point: PointConfiguration, on board: BoardConfiguration) -> String? {
        switch point.place {
        case .input(let number):
            guard (1...max(1, board.profile.inputs)).contains(number), board.profile.inputs > 0 else {
                return "it is on input \(number), and \(board.profile.name) has \(board.profile.inputs)"
            }
            let isSensor = boards.contains { other in
                other.doors.contains { $0.sensor?.board == board.name && $0.sensor?.input == number }
            }
            return isSensor ? "input \(number) is the sensor of a door; a point needs its own" : nil
        case .output(let number):
            return outputProblem(number, on: board)
        case .register:
            return board.profile.coilsCanBeRead ? nil : "\(board.profile.name) has no registers"
        }
    }

    /// Outputs that may be on for long.
    func lampOutputs(of board: BoardConfiguration) -> Set<Int> {
        let outputs = points.filter { $0.board == board.name }.compactMap { point -> Int? in
            if case .output(let number) = point.place { number } else { nil }
        }
        return Set(outputs).subtracting(board.doors.map(\.channel))
    }

    private func outputProblem(_ number: Int, on board: BoardConfiguration) -> String? {
        guard board.profile.outputsMayStayOn else {
            return "the outputs of \(board.profile.name) are for locks only"
        }
        guard (1...board.profile.channels).contains(number) else {
            return "\(board.profile.name) has outputs 1 to \(board.profile.channels)"
        }
        return board.doors.contains { $0.channel == number }
            ? "output \(number) opens a door; a lock must never be held energised" : nil
    }
}
