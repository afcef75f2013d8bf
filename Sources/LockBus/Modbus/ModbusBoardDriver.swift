internal import DeviceIO

/// Modbus lock boards behind one serial line or TCP connection.
final class ModbusBoardDriver: LockBoardDriver {
    private struct Board {
        let unit: ModbusUnit
        let map: ModbusMap
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
            boards.append(Board(unit: unit, map: map, lampOutputs: lamps))
        }
        guard let transport = configuration.modbusTransport else { throw .badAddress }
        self.boards = boards
        link = try ModbusLink(transport: transport, timing: configuration.modbusTiming)
    }

    var isOpen: Bool { link.isOpen }
    var lateReplies: Int { link.lateReplies }

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
        let (unit, coils) = (boards[board].unit, boards[board].map.coils)
        _ = try run { link throws(ModbusFailure) in
            try link.write(.clearCoils(address: coils.base, count: UInt16(coils.count)), to: unit)
        }
    }

    func readCoils(_ board: Int, hasty: Bool) throws(WireFailure) -> [Bool] {
        let (unit, coils) = (boards[board].unit, boards[board].map.coils)
        return try run { link throws(ModbusFailure) in
            try link.readBits(
                .readCoils(address: coils.base, count: UInt16(coils.count)),
                from: unit,
                patience: hasty ? .brief : .full
            )
        }
    }

    func readInputs(_ board: Int) throws(WireFailure) -> [Bool] {
        guard let inputs = boards[board].map.inputs else { return [] }
        let unit = boards[board].unit
        return try run { link throws(ModbusFailure) in
            try link.readBits(.readInputs(address: inputs.base, count: UInt16(inputs.count)), from: unit)
        }
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
        watchdogSteps(boards[board].map) + boards[board].map.settings.count
    }

    /// The watchdog's time is written, then read back; then the settings are read.
    func prepare(_ board: Int, step: Int) throws(WireFailure) {
        let (unit, map) = (boards[board].unit, boards[board].map)
        if case .onOff(let watchdog) = map.pulse, step < 2 {
            if step == 0 {
                _ = try run { link throws(ModbusFailure) in
                    try link.write(
                        .writeRegister(address: watchdog.register, value: watchdog.value),
                        to: unit
                    )
                }
            } else {
                try verify(
                    AddressRange(base: watchdog.register, count: 1),
                    hold: watchdog.value,
                    of: unit,
                    else: "the output watchdog does not keep its time; a coil could stay on"
                )
            }
            return
        }
        let setting = map.settings[step - watchdogSteps(map)]
        do throws(WireFailure) {
            try verify(setting.registers, hold: setting.value, of: unit, else: setting.why)
        } catch {
            // A board without that register (exception 1 or 2) has nothing that could be set wrong.
            if case .refused(let code, _) = error.fault, code <= 2 { return }
            throw error
        }
    }

    func pulse(
        _ board: Int,
        channel: Int,
        durationMs: Int,
        notAfter: BootTime
    ) throws(WireFailure) -> BootTime {
        let (unit, map) = (boards[board].unit, boards[board].map)
        let request: ModbusRequest =
            switch map.pulse {
            case .flash(let base, let unitMs):
                .flashCoil(
                    address: AddressRange(base: base, count: map.coils.count).address(of: channel),
                    ticks: FlashTicks(milliseconds: durationMs, unitMs: unitMs)
                )
            case .onOff:
                .switchCoil(address: map.coils.address(of: channel), on: true)
            }
        return try run { link throws(ModbusFailure) in
            try link.write(request, to: unit, notAfter: notAfter)
        }
    }

    func switchOff(_ board: Int, channel: Int) throws(WireFailure) {
        let (unit, coils) = (boards[board].unit, boards[board].map.coils)
        // Hasty: the coil must go off, and a late echo of an earlier "off" does no harm, for the coil is
        // read back.
        _ = try run { link throws(ModbusFailure) in
            try link.write(
                .switchCoil(address: coils.address(of: channel), on: false),
                to: unit,
                patience: .brief
            )
        }
    }

    func switchOutput(_ board: Int, output: Int, on: Bool) throws(WireFailure) {
        let (unit, coils) = (boards[board].unit, boards[board].map.coils)
        guard boards[board].lampOutputs.contains(output) else {
            throw WireFailure(fault: .unusable("output \(output) is no lamp and no beeper"), wasSent: false)
        }
        _ = try run { link throws(ModbusFailure) in
            try link.write(.switchCoil(address: coils.address(of: output), on: on), to: unit)
        }
    }

    func diagnose(_ board: Int) -> WireFault? {
        link.speaksSerialFrames(unit: boards[board].unit) ? Self.fault(.wrongMode) : nil
    }

    private func watchdogSteps(_ map: ModbusMap) -> Int {
        if case .onOff = map.pulse { 2 } else { 0 }
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
        case .badData, .wrongMode, .busNoise, .unsupportedBaud, .badAddress: .unusable(error.description)
        }
    }
}
