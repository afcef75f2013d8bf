internal import CModbus
internal import Glibc

// One transaction, step by step.
extension ModbusLink {
    private static var briefMs: UInt64 { 50 }

    var replyDataIndex: Int { transport.isSerial ? 3 : 9 }

    @discardableResult
    mutating func transact(
        _ message: ModbusRequest,
        _ unit: ModbusUnit,
        _ patience: Patience,
        _ notAfter: BootTime?
    ) throws(ModbusFailure) -> BootTime {
        if descriptor < 0 {
            do throws(ModbusError) { try open() } catch { throw ModbusFailure(error, wasSent: false) }
        }
        do throws(ModbusError) {
            if transport.isSerial { try quietLine(unit, patience) } else { try checkSocket() }
        } catch {
            close()
            throw ModbusFailure(error, wasSent: false)
        }
        let length = message.encode(unit: unit, into: request)
        // On a serial line libmodbus 3.1.6 takes 0 to 247 only.
        guard modbus_set_slave(context, Int32(unit.rawValue)) == 0 else {
            throw ModbusFailure(.badAddress, wasSent: false)
        }
        let sentAt = BootTime.now()
        if let notAfter, notAfter < sentAt { throw ModbusFailure(.expired, wasSent: false) }
        try sendRequest(length)
        var fault = receive(message, length: length, sentAt: sentAt)
        if let found = fault { fault = refine(found) }
        lastFault = fault
        let now = BootTime.now()
        lastActive = now
        guard let fault else {
            failuresInARow = 0
            return sentAt
        }
        if case .exception = fault {
            failuresInARow = 0
        } else {
            recover(from: fault, of: unit, at: now)
        }
        throw ModbusFailure(fault, wasSent: true)
    }

    private mutating func sendRequest(_ length: Int) throws(ModbusFailure) {
        var attempts = 0
        while modbus_send_raw_request(context, request, Int32(length)) < 0 {
            let code = errno
            attempts += 1
            // An interrupted write has written nothing, so this is still the first sending.
            if code == EINTR, attempts < 4 { continue }
            close()
            throw ModbusFailure(.disconnected(errno: code), wasSent: code == ModbusErrno.badData)
        }
    }

    private mutating func receive(
        _ message: ModbusRequest,
        length: Int,
        sentAt: BootTime
    ) -> ModbusError? {
        replyMicroseconds = nil
        let deadline = sentAt.advanced(byMilliseconds: UInt64(timing.responseMs))
        switch ModbusDescriptor.waitReadable(descriptor, until: deadline) {
        case .timedOut: return .timeout
        case .failed(let code): return .disconnected(errno: code)
        case .readable: break
        }
        let spent = BootTime.now().nanoseconds - sentAt.nanoseconds
        let sending = UInt64(length + 2) * (pace?.bitNanoseconds ?? 0) * 10
        replyMicroseconds = Int((spent > sending ? spent - sending : 0) / 1000)
        let onWire = pace.map { Int($0.characterNanoseconds) * (message.replyLength + 3) / 1_000_000 } ?? 0
        setReplyTime(milliseconds: timing.byteMs + onWire)
        reply.update(repeating: 0, count: 16)
        let length = modbus_receive_confirmation(context, reply)
        if length > 0 {
            return check(message, length: Int(length)).fault()
        }
        // libmodbus answers 0 for a frame from another slave, and does not check that frame further.
        return length == 0 ? .wrongUnit(reply[0]) : classify(errno, message)
    }

    private func check(_ message: ModbusRequest, length: Int) -> ModbusReplyCheck {
        ModbusReplyCheck(
            request: message,
            sent: request,
            frame: reply,
            length: length,
            isSerial: transport.isSerial
        )
    }

    private func classify(_ code: Int32, _ message: ModbusRequest) -> ModbusError {
        switch code {
        case ModbusErrno.badCRC: return .crc
        case ModbusErrno.badSlave: return .wrongUnit(reply[0])
        case ModbusErrno.badData...ModbusErrno.tooMuchData, EINVAL: return .badData
        case ETIMEDOUT:
            // The first byte was there. RTU frames are shorter than libmodbus's MBAP head wants, so a board
            // in the wrong mode ends here with its whole frame in the buffer.
            let isSerialFrame = ModbusReplyCheck.isSerialFrame(
                reply,
                length: 16,
                unit: request[0],
                function: request[1]
            )
            return !transport.isSerial && isSerialFrame ? .wrongMode : .shortFrame
        default: return .disconnected(errno: code)
        }
    }

    /// What else the bytes of a worthless reply on a serial line say.
    private func refine(_ fault: ModbusError) -> ModbusError {
        guard transport.isSerial else { return fault }
        switch fault {
        case .crc, .wrongUnit, .badData, .shortFrame, .lateReply:
            return ModbusReplyCheck.mangling(
                of: reply,
                isWhole: fault != .shortFrame,
                sent: request
            ) ?? fault
        default: return fault
        }
    }

    /// After a failure a late reply may still come: wait for it and flush (serial), or drop the connection
    /// (TCP).
    private mutating func recover(from fault: ModbusError, of unit: ModbusUnit, at now: BootTime) {
        failuresInARow += 1
        lastFailure = now
        if case .disconnected = fault { return close() }
        guard transport.isSerial else { return close() }
        let late = now.advanced(byMilliseconds: UInt64(timing.responseMs))
        // After silence the longest reply time has passed already, and what this slave may still say cannot
        // be
        // taken for another slave's answer: only it has to be waited for. Otherwise nobody knows who speaks.
        quietUntil = fault == .timeout ? now.advanced(byMilliseconds: Self.briefMs) : late
        lateUnit = unit
        lateUntil = late
        if failuresInARow % 3 == 0 { close() }
    }

    /// Waits until nothing has been on the line for the frame gap, throwing away what comes meanwhile.
    private mutating func quietLine(_ unit: ModbusUnit, _ patience: Patience) throws(ModbusError) {
        let readyAt = readyAt(for: unit)
        let briefly = min(readyAt, lastFailure.advanced(byMilliseconds: Self.briefMs))
        ModbusDescriptor.sleep(until: patience == .full ? readyAt : briefly)
        var isCounted = false
        for _ in 0..<8 {
            ModbusDescriptor.sleep(until: gapEndsAt)
            guard let pending = ModbusDescriptor.pendingBytes(descriptor) else {
                throw .disconnected(errno: errno)
            }
            if pending > 0, !isCounted {
                countLeftovers()
                isCounted = true
            }
            guard modbus_flush(context) >= 0 else { throw .disconnected(errno: errno) }
            if pending == 0 { return }
            lastActive = BootTime.now()
        }
        throw .busNoise
    }

    /// Says what it was that waited on a serial line before a request.
    private mutating func countLeftovers() {
        switch lastFault {
        case .timeout, .shortFrame: lateReplies += 1
        case nil, .exception:
            // The head of a frame from the slave that was asked before: it, or another one, answered twice.
            let count = read(descriptor, reply, 2)
            let isReply = count == 2 && reply[0] == request[0] && reply[1] & 0x7F == request[1]
            if isReply { secondReplies += 1 } else { strayBytes += 1 }
        // The rest of a reply that was found worthless before it was whole.
        default: break
        }
    }

    /// A TCP connection must be alive and empty before a request. A late reply makes a new connection.
    private mutating func checkSocket() throws(ModbusError) {
        switch ModbusDescriptor.socketState(descriptor) {
        case .quiet: return
        case .closed(let code): throw .disconnected(errno: code)
        case .staleBytes:
            lateReplies += 1
            close()
            try open()
        }
    }

    func setReplyTime(milliseconds: Int) {
        modbus_set_response_timeout(
            context,
            UInt32(milliseconds / 1000),
            UInt32(milliseconds % 1000) * 1000
        )
    }
}
