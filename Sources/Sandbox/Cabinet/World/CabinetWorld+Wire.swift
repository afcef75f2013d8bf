internal import DeviceIO

/// What boards do with requests: the register maps of hardware/boards, from the boards' side.
extension CabinetWorld {
    /// What a board answers to a request that libmodbus's slave side cannot serve.
    enum VendorAnswer: Hashable, Sendable {
        /// The request itself: it is done.
        case echo
        /// This exception.
        case exception(UInt8)
    }

    private static let illegalValue: UInt8 = 3
    /// Waveshare: FC05 at 0x0200 + n switches relay n on for the value in units of 100 ms.
    private static let flashOn: UInt16 = 0x0200
    /// Implementations clamp the time at 0x7FFF; what the board does beyond is not known.
    private static let longestFlash: UInt16 = 0x7FFF
    /// Waveshare: FC05 at 0x00FF switches all relays.
    private static let allRelays: UInt16 = 0x00FF

    /// The boards a request is for: one, all of the bank for RTU's broadcast, or none.
    func boards(for request: ModbusRequest, on bank: SandboxBankName) -> [Int] {
        let all = boards.indices.filter { boards[$0].bank == bank }
        switch (request.framing, request.unit) {
        case (.rtu, 0):
            return request.isWrite ? all : []
        case (.tcp, 0), (.tcp, 0xFF):
            // Masters that know no unit ids use 0 or 255; a device of its own answers, a gateway does not.
            return all.count == 1 ? all : []
        default:
            return all.filter { boards[$0].unit == request.unit }
        }
    }

    /// Does what only this vendor knows; nil if it is a request for libmodbus.
    mutating func vendorAnswer(to request: ModbusRequest, board: Int) -> VendorAnswer? {
        guard boards[board].model == .waveshareRelayD8, request.function == 0x05 else { return nil }
        let now = request.arrival.complete
        if request.address == Self.allRelays {
            switch request.value {
            case 0xFF00:
                for channel in boards[board].coils.indices {
                    switchOn(board, channel, cause: .coil, for: nil, arrival: request.arrival)
                }
            case 0x0000: switchAllOff(board, at: now, by: .coil)
            default: return .exception(Self.illegalValue)
            }
            return .echo
        }
        let flashes = Self.flashOn..<Self.flashOn + UInt16(boards[board].coils.count)
        guard flashes.contains(request.address) else { return nil }
        guard (1...Self.longestFlash).contains(request.value) else { return .exception(Self.illegalValue) }
        switchOn(
            board,
            Int(request.address - Self.flashOn),
            cause: .flash,
            for: UInt64(request.value) * 100,
            arrival: request.arrival
        )
        return .echo
    }

    /// What libmodbus is to see of a board for this request.
    func image(of board: Int, for request: ModbusRequest) -> BoardImage {
        let state = boards[board]
        let blocks: [(first: UInt16, values: [UInt16])] =
            switch state.model {
            case .waveshareRelayD8:
                [
                    (0x1000, state.controlModes),
                    (0x2000, [state.uart]),
                    (0x4000, [UInt16(state.unit)]),
                    (0x8000, [0x00C8]),
                ]
            case .coilBoard16:
                [(0x0000, [state.watchdogMs / 100])]
            }
        let block = blocks.last { $0.first <= request.address } ?? blocks[0]
        return BoardImage(
            coils: state.coils.map(\.isOn),
            inputs: inputs(of: board),
            firstRegister: block.first,
            registers: block.values
        )
    }

    /// Does what libmodbus wrote into the image.
    mutating func adopt(_ image: BoardImage, of board: Int, for request: ModbusRequest) {
        let single = request.function == 0x05 && request.value == 0xFF00 ? Int(request.address) : nil
        for (channel, isOn) in image.coils.enumerated() {
            // A single write is a command also to a coil that is on; a write of many only where it changes
            // one.
            if isOn, channel == single || !boards[board].coils[channel].isOn {
                switchOn(board, channel, cause: .coil, for: nil, arrival: request.arrival)
            } else if !isOn {
                switchOff(board, channel, at: request.arrival.complete, by: .coil)
            }
        }
        guard let first = image.registers.first, request.function == 0x06 || request.function == 0x10 else {
            return
        }
        switch (boards[board].model, image.firstRegister) {
        case (.coilBoard16, _): boards[board].watchdogMs = min(first, 600) * 100
        case (.waveshareRelayD8, 0x1000): boards[board].controlModes = image.registers
        case (.waveshareRelayD8, 0x2000): boards[board].uart = first
        case (.waveshareRelayD8, 0x4000):
            if (1...247).contains(first) { boards[board].unit = UInt8(first) }
        case (.waveshareRelayD8, _): break
        }
    }
}
