/// Judges a reply that libmodbus has received, whole, against the request: libmodbus 3.1.6 compares too
/// little.
struct ModbusReplyCheck {
    let request: ModbusRequest
    /// Unit and PDU as sent.
    let sent: UnsafePointer<UInt8>
    /// The frame as received, and its length as libmodbus reported it.
    let frame: UnsafePointer<UInt8>
    let length: Int
    let isSerial: Bool

    /// Where the function code is in the frame.
    var functionIndex: Int { isSerial ? 1 : 7 }

    /// `nil` when the reply is exactly the one that was asked for.
    func fault() -> ModbusError? {
        let trailer = isSerial ? 2 : 0
        let pduLength = length - functionIndex - trailer
        guard pduLength >= 2 else { return .shortFrame }
        if !isSerial, let fault = headFault(pduLength: pduLength) { return fault }
        let unit = frame[functionIndex - 1]
        guard unit == sent[0] else { return .wrongUnit(unit) }
        let function = frame[functionIndex]
        if function == sent[1] | 0x80 {
            return pduLength == 2 ? .exception(frame[functionIndex + 1]) : .badData
        }
        guard function == sent[1] else { return .lateReply }
        guard pduLength == request.replyLength else { return .badData }
        if let count = request.replyDataLength {
            return Int(frame[functionIndex + 1]) == count ? nil : .badData
        }
        for index in 0..<5 where frame[functionIndex + index] != sent[1 + index] { return .wrongEcho }
        return nil
    }

    /// The MBAP head: raw requests carry transaction 0, the protocol is 0, and the length counts what
    /// follows it.
    private func headFault(pduLength: Int) -> ModbusError? {
        if Self.isSerialFrame(frame, length: length, unit: sent[0], function: sent[1]) { return .wrongMode }
        guard frame[2] == 0, frame[3] == 0 else { return .badData }
        guard frame[0] == 0, frame[1] == 0 else { return .lateReply }
        return Int(frame[4]) << 8 | Int(frame[5]) == pduLength + 1 ? nil : .badData
    }

    /// Whether a worthless reply is the right one behind foreign bytes, without its first byte, or the request
    /// itself. `bytes` are at least 16, zero where nothing was received; `isWhole`: as many were received as
    /// their head asked for.
    static func mangling(
        of bytes: UnsafePointer<UInt8>,
        isWhole: Bool,
        sent: UnsafePointer<UInt8>
    ) -> ModbusError? {
        let (unit, function) = (sent[0], sent[1])
        let isRead = function <= 4
        if isRead, isWhole, (0..<5).allSatisfy({ bytes[$0] == sent[$0] }) { return .ownEcho }
        // A read's reply goes on with the number of its data bytes, a write's with what was written.
        func isHead(at place: Int) -> Bool {
            guard bytes[place] == function else { return false }
            return isRead
                ? bytes[place + 1] > 0 && bytes[place + 1] <= 32
                : bytes[place + 1] == sent[2] && bytes[place + 2] == sent[3]
        }
        if isHead(at: 0), !isHead(at: 1) { return .headLost }
        return (1...3).contains { bytes[$0] == unit && isHead(at: $0 + 1) } ? .leadingGarbage : nil
    }

    /// Whether the bytes begin with an RTU frame that answers `function` of `unit`: checksum and all.
    static func isSerialFrame(
        _ bytes: UnsafePointer<UInt8>,
        length: Int,
        unit: UInt8,
        function: UInt8
    ) -> Bool {
        guard length >= 5, bytes[0] == unit, bytes[1] & 0x7F == function else { return false }
        let expected: Int =
            if bytes[1] & 0x80 != 0 {
                5
            } else if function <= 4 {
                Int(bytes[2]) + 5
            } else {
                8
            }
        guard expected <= length else { return false }
        let crc = modbusCRC(UnsafeBufferPointer(start: bytes, count: expected - 2))
        return bytes[expected - 2] == UInt8(truncatingIfNeeded: crc)
            && bytes[expected - 1] == UInt8(truncatingIfNeeded: crc >> 8)
    }
}

/// The checksum of an RTU frame; its low byte is sent first (Modbus over Serial Line V1.02, 6.2.2).
func modbusCRC(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt16 {
    var crc: UInt16 = 0xFFFF
    for byte in bytes {
        crc ^= UInt16(byte)
        for _ in 0..<8 {
            crc = crc & 1 == 0 ? crc >> 1 : (crc >> 1) ^ 0xA001
        }
    }
    return crc
}
