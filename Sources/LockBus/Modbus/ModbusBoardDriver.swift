internal import DeviceIO

/// Modbus lock boards behind one serial line or TCP connection.
final class ModbusBoardDriver: LockBoardDriver {
    private struct Board {
        let unit: ModbusUnit
        let map: ModbusMap
        let preparation: [ModbusMap.Preparation]
        /// Outputs that may be on for long: lamps and beepers, never locks.
        let lampOutputs: Set<Int>
    }

    private var link: ModbusLink
    private let boards: [Board]

    /// - Throws: when the configuration cannot be used; ``BusConfiguration/problems()`` tells that earlier.
    init(_ configuration: BusConfiguration) throws(ModbusError) {
        var boards: [Board] = []
        for board in configuration.boards {
            guard let unit = ModbusUnit(board.unit), case .modbus(let map) = board.profile.wire else {
                throw .badAddress
            }
            let lamps = configuration.lampOutputs(of: board)
            boards.append(Board(unit: unit, map: map, preparation: map.preparation, lampOutputs: lamps))
        }
        guard let transport = configuration.modbusTransport else { throw .badAddress }
        self.boards = boards
        link = try ModbusLink(transport: transport, timing: configuration.modbusTiming)
    }

    var isOpen: Bool { link.isOpen }
    var lateReplies: Int { link.lateReplies }
    var strayBytes: Int { link.strayBytes }
    var secondReplies: Int { link.secondReplies }
    var replyMicroseconds: Int? { link.replyMicroseconds }

    var quietUntil: BootTime { link.gapEndsAt }

    func open() throws(WireFailure) {
        do throws(ModbusError) {
            try link.open()
        } catch {
            throw WireFailure(fault: .lost(error.description), wasSent: false)
        }
    }

    func readyAt(_ board: Int) -> BootTime {
        link.readyAt(for: boards[board].unit)
    }

    func close() {
        link.close()
    }

    func allOff(_ board: Int) throws(WireFailure) {
        let request: ModbusRequest =
            switch boards[board].map.outputs {
            case .coils(let coils, _): .clearCoils(address: coils.base, count: UInt16(coils.count))
            case .registers(_, _, .register(let register)): .clearRegister(address: register, code: .openAll)
            case .registers(let range, let off, .each):
                .clearRegisters(address: range.base, count: UInt16(range.count), code: off)
            }
        try write(request, to: boards[board], patience: .full)
    }

    func readCoils(_ board: Int, hasty: Bool) throws(WireFailure) -> [Bool] {
        let unit = boards[board].unit
        let patience: ModbusLink.Patience = hasty ? .brief : .full
        switch boards[board].map.outputs {
        case .coils(let coils, let readBase):
            return try run { link throws(ModbusFailure) in
                try link.readBits(
                    .readCoils(address: readBase, count: UInt16(coils.count)),
                    from: unit,
                    patience: patience
                )
            }
        case .registers(let range, _, _):
            let values = try run { link throws(ModbusFailure) in
                try link.readRegisters(
                    .readRegisters(address: range.base, count: UInt16(range.count)),
                    from: unit,
                    patience: patience
                )
            }
            return values.map { $0 != 0 }
        }
    }

    func readInputs(_ board: Int) throws(WireFailure) -> [Bool] {
        guard let inputs = boards[board].map.inputs else { return [] }
        let (unit, count) = (boards[board].unit, UInt16(inputs.range.count))
        let request: ModbusRequest =
            inputs.areCoils
            ? .readCoils(address: inputs.range.base, count: count)
            : .readInputs(address: inputs.range.base, count: count)
        return try run { link throws(ModbusFailure) in try link.readBits(request, from: unit) }
    }

    func readRegister(_ board: Int, address: UInt16) throws(WireFailure) -> UInt16 {
        let unit = boards[board].unit
        let numbers = try run { link throws(ModbusFailure) in
            try link.readRegisters(.readRegisters(address: address, count: 1), from: unit)
        }
        guard let number = numbers.first else {
            throw WireFailure(fault: .unusable("the answer is empty"), wasSent: true)
        }
        return number
    }

    func preparationCount(_ board: Int) -> Int {
        boards[board].preparation.count
    }

    func prepare(_ board: Int, step: Int) throws(WireFailure) {
        switch boards[board].preparation[step] {
        case .write(let register):
            let request = ModbusRequest.writeRegister(address: register.address, value: register.value)
            try write(request, to: boards[board], patience: .full)
        case .check(let registers, let value, let why, let isOptional):
            do throws(WireFailure) {
                try verify(registers, hold: value, of: boards[board].unit, else: why)
            } catch {
                // A board without that register (exception 1 or 2) has nothing that could be set wrong.
                if isOptional, case .refused(let code, _) = error.fault, code <= 2 { return }
                throw error
            }
        }
    }

    func restartCount(_ board: Int) -> Int {
        boards[board].map.watchdog?.restart.count ?? 0
    }

    func restart(_ board: Int, step: Int) throws(WireFailure) {
        guard let register = boards[board].map.watchdog?.restart[step] else { return }
        let request = ModbusRequest.writeRegister(address: register.address, value: register.value)
        try write(request, to: boards[board], patience: .full)
    }

    func pulse(
        _ board: Int,
        channel: Int,
        durationMs: Int,
        notAfter: BootTime
    ) throws(WireFailure) -> BootTime {
        let (unit, map) = (boards[board].unit, boards[board].map)
        let ticks = FlashTicks(milliseconds: durationMs, unitMs: map.pulse.unitMs ?? 1)
        let output = map.outputs.range.address(of: channel)
        let request: ModbusRequest =
            switch map.pulse {
            case .flash(let base, _):
                .flashCoil(
                    address: AddressRange(base: base, count: map.outputs.range.count).address(of: channel),
                    ticks: ticks
                )
            case .delay: .delayRegister(address: output, seconds: ticks)
            case .block(let base, let stride, _):
                .flashBlock(
                    address: base &+ UInt16(truncatingIfNeeded: (channel - 1) * stride),
                    ticks: ticks
                )
            case .onOff: .switchCoil(address: output, on: true)
            }
        return try run { link throws(ModbusFailure) in
            try link.write(request, to: unit, notAfter: notAfter)
        }
    }

    func switchOff(_ board: Int, channel: Int) throws(WireFailure) {
        let outputs = boards[board].map.outputs
        let address = outputs.range.address(of: channel)
        let request: ModbusRequest =
            switch outputs {
            case .coils: .switchCoil(address: address, on: false)
            case .registers(_, let off, _): .clearRegister(address: address, code: off)
            }
        // Hasty: the coil must go off, and a late echo of an earlier "off" does no harm, for the coil is
        // read back.
        try write(request, to: boards[board], patience: .brief)
    }

    func switchOutput(_ board: Int, output: Int, on: Bool) throws(WireFailure) {
        guard case .coils(let coils, _) = boards[board].map.outputs,
            boards[board].lampOutputs.contains(output)
        else {
            throw WireFailure(fault: .unusable("output \(output) is no lamp and no beeper"), wasSent: false)
        }
        try write(.switchCoil(address: coils.address(of: output), on: on), to: boards[board], patience: .full)
    }

    func diagnose(_ board: Int) -> WireFault? {
        link.speaksSerialFrames(unit: boards[board].unit) ? Self.fault(.wrongMode) : nil
    }

    /// Writes what is read back afterwards: a board whose echo is not to be trusted may answer with any.
    private func write(
        _ request: ModbusRequest,
        to board: Board,
        patience: ModbusLink.Patience
    ) throws(WireFailure) {
        do throws(WireFailure) {
            _ = try run { link throws(ModbusFailure) in
                try link.write(request, to: board.unit, patience: patience)
            }
        } catch {
            if !board.map.echoIsExact, error.fault == .wrongEcho { return }
            throw error
        }
    }

    private func verify(
        _ registers: AddressRange,
        hold value: UInt16,
        of unit: ModbusUnit,
        else problem: String
    ) throws(WireFailure) {
        let read = try run { link throws(ModbusFailure) in
            try link.readRegisters(
                .readRegisters(address: registers.base, count: UInt16(registers.count)),
                from: unit
            )
        }
        guard read.allSatisfy({ $0 == value }) else {
            throw WireFailure(fault: .wrongSetting(problem), wasSent: true)
        }
    }

    private func run<Value>(
        _ body: (inout ModbusLink) throws(ModbusFailure) -> Value
    ) throws(WireFailure) -> Value {
        do throws(ModbusFailure) {
            return try body(&link)
        } catch {
            throw WireFailure(fault: Self.fault(error.cause), wasSent: error.wasSent)
        }
    }

    private static func fault(_ error: ModbusError) -> WireFault {
        switch error {
        case .timeout: .timeout
        case .shortFrame: .shortFrame
        case .crc: .crc
        case .wrongUnit(let unit): .wrongUnit(unit)
        // 1-3, 6 and 7 refuse before acting, and with 10 the gateway has no way to the board. The others
        // (4, 5, 8, 11) leave open what the board did (Modbus Application Protocol V1.1b3, section 7).
        case .exception(let code): .refused(code: code, isCertain: [1, 2, 3, 6, 7, 10].contains(code))
        case .wrongEcho: .wrongEcho
        case .lateReply: .lateReply
        case .expired: .expired
        case .disconnected, .cannotOpen, .portBusy, .descriptorTooLarge: .lost(error.description)
        case .leadingGarbage: .leadingGarbage
        case .headLost: .headLost
        case .ownEcho: .ownEcho
        case .wrongMode: .wrongMode(error.description)
        case .badData, .busNoise, .unsupportedBaud, .badAddress: .unusable(error.description)
        }
    }
}
