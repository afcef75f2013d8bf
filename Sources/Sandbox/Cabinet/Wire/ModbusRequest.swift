internal import DeviceIO

/// How Modbus frames look on a wire.
enum ModbusFraming: Sendable {
    /// Unit, PDU, CRC.
    case rtu
    /// MBAP header (transaction, protocol, length, unit), PDU.
    case tcp

    /// Where the unit id is.
    var unitOffset: Int {
        switch self {
        case .rtu: 0
        case .tcp: 6
        }
    }

    /// Where the function code is.
    var functionOffset: Int { unitOffset + 1 }
}

/// One whole request as it came from the wire.
struct ModbusRequest: Sendable {
    var framing: ModbusFraming
    var bytes: [UInt8]
    var arrival: CabinetWorld.Arrival

    var unit: UInt8 { bytes[framing.unitOffset] }
    var function: UInt8 { bytes[framing.functionOffset] }
    /// The first two words behind the function code: an address, and a value or a count. Zero if not there.
    var address: UInt16 { word(at: framing.functionOffset + 1) }
    var value: UInt16 { word(at: framing.functionOffset + 3) }

    var isWrite: Bool { [0x05, 0x06, 0x0F, 0x10].contains(function) }
    var isRead: Bool { (0x01...0x04).contains(function) }

    private func word(at offset: Int) -> UInt16 {
        guard offset + 1 < bytes.count else { return 0 }
        return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
    }
}

/// The CRC of Modbus RTU (Modbus over Serial Line 1.02, section 6.2.2), low byte first on the wire.
func modbusCRC(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
        crc ^= UInt16(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xA001 : crc >> 1 }
    }
    return [UInt8(crc & 0xFF), UInt8(crc >> 8)]
}
