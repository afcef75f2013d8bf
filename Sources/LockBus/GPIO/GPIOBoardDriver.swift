internal import CoilGuard
internal import DeviceIO
internal import Synchronization

/// Locks and door contacts on the lines of one GPIO chip.
///
/// The outputs belong to `pickup-coilguard`, which times the pulses and switches off when this process dies or
/// hangs; here they are only asked for. The inputs belong to this process: their edges wake the bus.
final class GPIOBoardDriver: LockBoardDriver {
    private struct Board {
        let outputs: [OutputName]
        /// The channel of each output.
        let channels: [Int]
        let count: Int
        /// Where each input of the board is among the bus's, from 0; `nil` where it has no line.
        let inputs: [Int?]
    }

    private let chip: String
    private let socket: String
    private let outputs: [GuardedOutput]
    private let boards: [Board]
    private let inputs: [GPIOInput]
    private let consumer: String
    private var client: GuardClient?
    private var watch: GPIOInputs?
    private var times: [[BootTime?]]
    private var onChange: (@Sendable (Int) -> Void)?

    /// `nil` when the bus is no GPIO chip.
    init?(_ configuration: BusConfiguration) {
        guard let place = configuration.gpioPlace else { return nil }
        var boards: [Board] = []
        var inputs: [GPIOInput] = []
        for (index, board) in configuration.boards.enumerated() {
            guard let map = board.profile.gpioMap else { return nil }
            var places = [Int?](repeating: nil, count: board.profile.inputs)
            for (input, line) in board.lines.inputs.sorted(by: { $0.key < $1.key })
            where (1...max(1, board.profile.inputs)).contains(input) {
                places[input - 1] = inputs.count
                let wanted = GPIOInput(
                    line: GPIOLine(line),
                    isActiveLow: map.inputIsActiveLow,
                    bias: map.bias,
                    debounceMs: map.debounceMs
                )
                inputs.append(wanted)
            }
            let channels = board.lines.outputs.keys.sorted()
            boards.append(
                Board(
                    outputs: configuration.guardedOutputs(of: index).map(\.name),
                    channels: channels,
                    count: board.profile.channels,
                    inputs: places
                )
            )
        }
        chip = place.chip
        socket = place.guardSocket
        outputs = configuration.boards.indices.flatMap { configuration.guardedOutputs(of: $0) }
        consumer = "pickupd \(configuration.name.rawValue)"
        self.boards = boards
        self.inputs = inputs
        times = boards.map { Array(repeating: nil, count: $0.inputs.count) }
    }

    private(set) var isOpen = false
    var lateReplies: Int { 0 }

    func readyAt(_ board: Int) -> BootTime { BootTime(nanoseconds: 0) }

    func watchInputs(_ changed: @escaping @Sendable (Int) -> Void) {
        onChange = changed
    }

    func open() throws(WireFailure) {
        close()
        do throws(WireFailure) {
            try openOutputs()
            try openInputs()
            isOpen = true
        } catch {
            close()
            throw error
        }
    }

    /// Finds the guard, and out whether it means the same lines. A wall of contacts alone needs no guard.
    private func openOutputs() throws(WireFailure) {
        guard !outputs.isEmpty else { return }
        do throws(GuardClientError) {
            client = try GuardClient(path: socket)
        } catch {
            throw Self.lost(error.description)
        }
        switch try ask(.check(outputs)) {
        case .ok: break
        case .differs(let name, let mine): throw Self.lost(differs(name, mine))
        case let answer: throw failure(answer)
        }
    }

    private func openInputs() throws(WireFailure) {
        guard !inputs.isEmpty else { return }
        let (count, changed) = (boards.count, onChange)
        do throws(GPIOError) {
            watch = try GPIOInputs(chip: chip, inputs: inputs, consumer: consumer) {
                for board in 0..<count { changed?(board) }
            }
        } catch {
            throw Self.lost(error.description)
        }
    }

    private func differs(_ name: OutputName, _ mine: String) -> String {
        let ours = outputs.first { $0.name == name }?.description ?? ""
        return "the coil guard's table has \(mine) where station.yaml means \(ours); write it anew with "
            + "pickupd --print-coilguard, then restart pickup-coilguard"
    }

    func close() {
        isOpen = false
        client = nil
        watch?.close()
        watch = nil
    }

    // MARK: Outputs

    func allOff(_ board: Int) throws(WireFailure) {
        guard !boards[board].outputs.isEmpty else { return }
        try done(.off(boards[board].outputs))
    }

    func switchOff(_ board: Int, channel: Int) throws(WireFailure) {
        try done(.off([try output(board, channel)]))
    }

    func readCoils(_ board: Int, hasty: Bool) throws(WireFailure) -> [Bool] {
        var coils = [Bool](repeating: false, count: boards[board].count)
        guard !boards[board].outputs.isEmpty else { return coils }
        let answer = try ask(.read(boards[board].outputs))
        guard case .levels(let levels) = answer, levels.count == boards[board].channels.count else {
            throw failure(answer)
        }
        for (channel, level) in zip(boards[board].channels, levels) where channel <= coils.count {
            coils[channel - 1] = level
        }
        return coils
    }

    func pulse(
        _ board: Int,
        channel: Int,
        durationMs: Int,
        notAfter: BootTime
    ) throws(WireFailure) -> BootTime {
        let limit = GuardTime(nanoseconds: notAfter.nanoseconds)
        let name = try output(board, channel)
        let answer = try ask(.pulse(name, milliseconds: durationMs, notAfter: limit))
        guard case .on(let since) = answer else { throw failure(answer) }
        return BootTime(nanoseconds: since.nanoseconds)
    }

    /// Lamps and beepers stay on for longer than the guard lets anything be on.
    func switchOutput(_ board: Int, output: Int, on: Bool) throws(WireFailure) {
        throw WireFailure(fault: .unusable("a lamp or beeper cannot be on a GPIO line"), wasSent: false)
    }

    func readRegister(_ board: Int, address: UInt16) throws(WireFailure) -> UInt16 {
        throw WireFailure(fault: .unusable("GPIO lines have no registers"), wasSent: false)
    }

    private func output(_ board: Int, _ channel: Int) throws(WireFailure) -> OutputName {
        guard let index = boards[board].channels.firstIndex(of: channel) else {
            throw WireFailure(fault: .unusable("output \(channel) has no line"), wasSent: false)
        }
        return boards[board].outputs[index]
    }

    private func done(_ request: GuardRequest) throws(WireFailure) {
        let answer = try ask(request)
        guard answer == .ok else { throw failure(answer) }
    }

    private func ask(_ request: GuardRequest) throws(WireFailure) -> GuardAnswer {
        guard let client else { throw Self.lost("the coil guard is not connected") }
        do throws(GuardClientError) {
            return try client.ask(request)
        } catch {
            // The guard lets go of what it holds for us as soon as the connection ends.
            self.client = nil
            guard case .hungUp(let wasSent) = error else { throw Self.lost(error.description) }
            throw WireFailure(fault: .lost(error.description), wasSent: wasSent)
        }
    }

    /// What a refusal is in terms of the bus. The output was not switched on, whatever it is.
    private func failure(_ answer: GuardAnswer) -> WireFailure {
        guard case .refused(let refusal) = answer else {
            return WireFailure(fault: .unusable("the coil guard's answer makes no sense"), wasSent: true)
        }
        let fault: WireFault =
            switch refusal {
            case .stale: .expired
            case .line(let code): lineFault(GPIOError(code: code, chip: chip))
            case .busy(let ms), .resting(let ms): .coilBudget(retryAfterMs: Int(ms))
            case .tooLong(let ms): .unusable("the coil guard allows \(ms) ms")
            case .unknownOutput, .malformed: .unusable("the coil guard does not know this output")
            case .notAllowed: .lost("the coil guard does not serve this program's user; see --allow-user")
            case .ending: .lost("the coil guard is ending")
            }
        return WireFailure(fault: fault, wasSent: false)
    }

    private func lineFault(_ error: GPIOError) -> WireFault {
        switch error {
        case .gone, .noChip: .lost(error.description)
        default: .wrongSetting("coil guard: \(error)")
        }
    }

    // MARK: Inputs

    func readInputs(_ board: Int) throws(WireFailure) -> [Bool] {
        guard let watch else { return [] }
        let places = boards[board].inputs
        do throws(GPIOError) {
            let (readings, hasMore) = try watch.read(places.compactMap { $0 })
            var levels = [Bool](repeating: false, count: places.count)
            var next = 0
            for (input, place) in places.enumerated() where place != nil {
                levels[input] = readings[next].isOn
                times[board][input] = readings[next].since
                next += 1
            }
            if hasMore { onChange?(board) }
            return levels
        } catch {
            throw Self.lost(error.description)
        }
    }

    func inputChangedAt(_ board: Int, input: Int) -> BootTime? {
        times[board].indices.contains(input) ? times[board][input] : nil
    }

    func preparationCount(_ board: Int) -> Int { 0 }
    func prepare(_ board: Int, step: Int) throws(WireFailure) {}
    func diagnose(_ board: Int) -> WireFault? { nil }

    private static func lost(_ reason: String) -> WireFailure {
        WireFailure(fault: .lost(reason), wasSent: false)
    }
}
