internal import DeviceIO

/// What it costs to read every door of a bus once.
struct BusLoad {
    /// Reading the inputs of boards of one kind.
    struct Part: Hashable {
        var boards: Int
        let requestBytes: Int
        let replyBytes: Int
    }

    /// What a board takes to answer beside what its frames take: seen on relay boards, and it may be more.
    static let answerMs = 5.0
    /// What a request takes over a network, the board's answer included.
    static let networkMs = 10.0

    let parts: [Part]
    /// Microseconds of one character, and of the silence before each frame; `nil` on a network.
    let character: Double?
    let gapMs: Double

    init(_ bus: BusConfiguration, baud other: Int? = nil) {
        var parts: [Part] = []
        let sensing = Set(bus.boards.flatMap(\.doors).compactMap(\.sensor?.board))
        for board in bus.boards where sensing.contains(board.name) || !board.profile.coilsCanBeRead {
            guard let exchange = board.profile.sensorExchange else { continue }
            let part = Part(boards: 1, requestBytes: exchange.request, replyBytes: exchange.reply)
            let same = parts.firstIndex {
                $0.requestBytes == part.requestBytes && $0.replyBytes == part.replyBytes
            }
            if let same { parts[same].boards += 1 } else { parts.append(part) }
        }
        self.parts = parts
        switch bus.transport {
        case .rtu(_, let configured, let parity, let stopBits),
            .serial(_, let configured, let parity, let stopBits):
            let baud = max(1, other ?? configured)
            character = Double(9 + stopBits + (parity == .none ? 0 : 1)) * 1_000_000 / Double(baud)
            let silence = Double(SerialPace(baud: baud).frameGapNanoseconds) / 1_000_000
            gapMs = max(silence, Double(bus.requestGapMs))
        case .tcp, .serialTCP, .gpio:
            character = nil
            gapMs = 0
        }
    }

    /// Milliseconds of one reading of one board.
    func milliseconds(_ part: Part) -> Double {
        guard let character else { return Self.networkMs }
        return wireMs(part, character) + 2 * gapMs + Self.answerMs
    }

    /// Milliseconds of one reading of every board.
    var cycleMs: Double {
        parts.reduce(0) { $0 + Double($1.boards) * milliseconds($1) }
    }

    /// How the cycle adds up, for people.
    func arithmetic(baud: Int?) -> String {
        let terms = parts.map { part in
            let count = "\(part.boards) \(part.boards == 1 ? "board" : "boards") × "
            guard let character, let baud else { return count + "about \(Self.shown(Self.networkMs)) ms" }
            return count + "(\(part.requestBytes) + \(part.replyBytes) bytes at \(baud) baud = "
                + "\(Self.shown(wireMs(part, character))) ms, 2 × \(Self.shown(gapMs)) ms of silence, "
                + "about \(Self.shown(Self.answerMs)) ms until the board answers)"
        }
        return terms.joined(separator: " + ") + " = \(Self.shown(cycleMs)) ms"
    }

    private func wireMs(_ part: Part, _ character: Double) -> Double {
        Double(part.requestBytes + part.replyBytes) * character / 1000
    }

    static func shown(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension BoardProfile {
    /// Bytes of the request that reads all inputs, and of its answer; `nil` without inputs.
    var sensorExchange: (request: Int, reply: Int)? {
        switch wire {
        case .modbus(let map): map.inputs.map { (8, 5 + ($0.range.count + 7) / 8) }
        case .serial(let map): (5, map.pollBytes - 5)
        case .gpio: nil
        }
    }
}

extension BusConfiguration {
    /// What will work and not well: every door is to be read every 500 ms (S7), and this line cannot.
    public func warnings() -> [ConfigurationProblem] {
        let load = BusLoad(self)
        guard load.cycleMs > Double(Pace.doorLimitMs), !load.parts.isEmpty else { return [] }
        let baud: Int? =
            switch transport {
            case .rtu(_, let configured, _, _), .serial(_, let configured, _, _): configured
            case .tcp, .serialTCP, .gpio: nil
            }
        var remedies: [String] = []
        if let baud {
            let faster = [19200, 38400, 57600, 115_200].first { speed in
                speed > baud && BusLoad(self, baud: speed).cycleMs <= Double(Pace.doorLimitMs)
            }
            if let faster {
                let cycle = BusLoad.shown(BusLoad(self, baud: faster).cycleMs)
                remedies.append("set boards and bus to \(faster) baud (\(cycle) ms)")
            }
        }
        let boards = load.parts.reduce(0) { $0 + $1.boards }
        let fitting = Int(Double(Pace.doorLimitMs) / (load.cycleMs / Double(boards)))
        remedies.append("move \(boards - fitting) of its \(boards) boards to another line")
        let text =
            "reading every door once takes \(load.arithmetic(baud: baud)), and every door is to be read every"
            + " \(Pace.doorLimitMs) ms; \(remedies.joined(separator: ", or "))"
        return [ConfigurationProblem(board: nil, channel: nil, message: text)]
    }
}
