internal import DeviceIO

/// A question to a board that cannot move anything: reading is all that it can express.
enum ReadProbe: Hashable {
    /// FC01.
    case coils(UInt16, count: Int)
    /// FC02.
    case inputs(UInt16, count: Int)
    /// FC03.
    case registers(UInt16, count: Int)

    enum Answer: Hashable {
        case bits([Bool])
        case words([UInt16])
        /// The board answers that it has no such thing.
        case refused(UInt8)
        case silent
        /// Bytes came, and were no proper answer.
        case garbled(String)
        /// The port or the connection is gone.
        case lost(ModbusError)

        var isGood: Bool {
            switch self {
            case .bits, .words: true
            case .refused, .silent, .garbled, .lost: false
            }
        }

        /// There is somebody. Exceptions 10 and 11 are a gateway's own word that there is nobody (Modbus
        /// Application Protocol V1.1b3, section 7).
        var isFromBoard: Bool {
            switch self {
            case .bits, .words: true
            case .refused(let code): code != 10 && code != 11
            case .silent, .garbled, .lost: false
            }
        }
    }

    func ask(_ unit: ModbusUnit, over link: inout ModbusLink) -> Answer {
        do throws(ModbusFailure) {
            switch self {
            case .coils(let base, let count):
                return .bits(
                    try link.readBits(
                        .readCoils(address: base, count: UInt16(count)),
                        from: unit,
                        patience: .brief
                    )
                )
            case .inputs(let base, let count):
                return .bits(
                    try link.readBits(
                        .readInputs(address: base, count: UInt16(count)),
                        from: unit,
                        patience: .brief
                    )
                )
            case .registers(let base, let count):
                return .words(
                    try link.readRegisters(.readRegisters(address: base, count: UInt16(count)), from: unit)
                )
            }
        } catch {
            return Self.answer(error.cause)
        }
    }

    private static func answer(_ error: ModbusError) -> Answer {
        switch error {
        case .exception(let code): .refused(code)
        case .timeout, .expired: .silent
        case .shortFrame, .crc, .wrongUnit, .wrongEcho, .lateReply, .badData, .leadingGarbage, .headLost,
            .ownEcho, .busNoise, .wrongMode:
            .garbled(error.description)
        case .disconnected, .cannotOpen, .portBusy, .descriptorTooLarge, .unsupportedBaud, .badAddress:
            .lost(error)
        }
    }
}
