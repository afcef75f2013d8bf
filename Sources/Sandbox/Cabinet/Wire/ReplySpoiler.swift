/// What a bank does in answer to a request.
enum SlaveAction: Hashable, Sendable {
    /// Send these bytes, so much later.
    case send([UInt8], afterMs: UInt64)
    /// Say nothing.
    case silence
    /// Reset the connection.
    case reset
}

extension SandboxReplyFault {
    /// Whether this fault is about that request.
    func concerns(_ request: ModbusRequest) -> Bool {
        if kind == .wrongEchoAddress, !request.isWrite { return false }
        switch scope {
        case .all: return true
        case .reads: return request.isRead
        case .writes: return request.isWrite
        }
    }

    /// The reply as it leaves: `reply` is whole and right.
    func spoil(_ reply: [UInt8], framing: ModbusFraming) -> SlaveAction {
        guard !reply.isEmpty else { return .silence }
        var spoiled = reply
        switch kind {
        case .exception:
            break
        case .badCRC:
            // TCP has no CRC; a wrong transaction id is what goes wrong there.
            spoiled[framing == .rtu ? spoiled.count - 1 : 1] ^= 0xFF
        case .wrongEchoAddress:
            let low = framing.functionOffset + 2
            guard low < spoiled.count else { break }
            spoiled[low] &+= 1
            Self.seal(&spoiled, framing: framing)
        case .wrongUnit:
            spoiled[framing.unitOffset] &+= 1
            Self.seal(&spoiled, framing: framing)
        case .shortFrame:
            spoiled = Array(spoiled.prefix(spoiled.count / 2))
        case .late(let milliseconds):
            return .send(spoiled, afterMs: UInt64(max(0, milliseconds)))
        case .leadingGarbage:
            spoiled = [0x00, 0xFF, 0x5A] + spoiled
        case .noReply:
            return .silence
        case .reset:
            return .reset
        }
        return .send(spoiled, afterMs: 0)
    }

    private static func seal(_ reply: inout [UInt8], framing: ModbusFraming) {
        guard framing == .rtu else { return }
        reply.replaceSubrange((reply.count - 2)..., with: modbusCRC(reply.dropLast(2)))
    }
}
