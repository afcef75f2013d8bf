internal import DeviceIO

/// Cuts what a master sends over a serial line into requests. Pure.
///
/// The length follows from the function code, so that a request is answered when its last byte is there; a
/// silence
/// ends what is no request, as the specification has it.
struct RTURequestFramer: Sendable {
    /// A pty carries a request in one piece; over a paced line bytes come one by one, and late on a busy
    /// machine.
    static let silenceMs: UInt64 = 20
    private static let longest = 256

    private var buffer: [UInt8] = []
    private var firstByte = BootTime(nanoseconds: 0)
    private var isLost = false
    private(set) var badFrames = 0
    /// When a silence ends what has begun.
    private(set) var silenceDue: BootTime?

    mutating func take(_ bytes: some Collection<UInt8>, at now: BootTime) -> [ModbusRequest] {
        guard !bytes.isEmpty else { return [] }
        if let due = silenceDue, due <= now { silence() }
        silenceDue = now.advanced(byMilliseconds: Self.silenceMs)
        var requests: [ModbusRequest] = []
        for byte in bytes where !isLost {
            if buffer.isEmpty { firstByte = now }
            buffer.append(byte)
            guard let expected = expectedLength() else {
                isLost = buffer.count > Self.longest
                continue
            }
            guard buffer.count == expected else { continue }
            if modbusCRC(buffer.dropLast(2)) == Array(buffer.suffix(2)) {
                requests.append(request(at: now))
                buffer.removeAll(keepingCapacity: true)
            } else {
                isLost = true
            }
        }
        if buffer.isEmpty && !isLost { silenceDue = nil }
        return requests
    }

    /// Nothing came for a while: a request of an unknown function may be whole; all else is lost.
    @discardableResult
    mutating func silence() -> ModbusRequest? {
        defer {
            buffer.removeAll(keepingCapacity: true)
            isLost = false
            silenceDue = nil
        }
        guard isLost || !buffer.isEmpty else { return nil }
        if !isLost, buffer.count >= 4, modbusCRC(buffer.dropLast(2)) == Array(buffer.suffix(2)) {
            return request(at: firstByte)
        }
        badFrames += 1
        return nil
    }

    private func request(at now: BootTime) -> ModbusRequest {
        ModbusRequest(
            framing: .rtu,
            bytes: buffer,
            arrival: CabinetWorld.Arrival(firstByte: firstByte, complete: now)
        )
    }

    /// Nil while it is not known yet, or for a function that these boards do not have.
    private func expectedLength() -> Int? {
        guard buffer.count >= 2 else { return nil }
        switch buffer[1] {
        case 0x01...0x06: return 8
        case 0x0F, 0x10: return buffer.count >= 7 ? 9 + Int(buffer[6]) : nil
        default: return nil
        }
    }
}

/// Cuts one TCP connection's bytes into requests. Pure.
struct TCPRequestFramer: Sendable {
    /// What is no Modbus TCP, such as RTU frames over TCP: the connection is of no use any more.
    struct NotModbusTCP: Error {}

    private static let header = 7
    private static let longest = 260

    private var buffer: [UInt8] = []
    private var firstByte = BootTime(nanoseconds: 0)

    mutating func take(_ bytes: some Collection<UInt8>, at now: BootTime) throws(NotModbusTCP)
        -> [ModbusRequest]
    {
        if buffer.isEmpty { firstByte = now }
        buffer += bytes
        var requests: [ModbusRequest] = []
        while buffer.count >= Self.header {
            let length = 6 + (Int(buffer[4]) << 8 | Int(buffer[5]))
            guard buffer[2] == 0, buffer[3] == 0, (Self.header + 1...Self.longest).contains(length) else {
                throw NotModbusTCP()
            }
            guard buffer.count >= length else { break }
            requests.append(
                ModbusRequest(
                    framing: .tcp,
                    bytes: Array(buffer.prefix(length)),
                    arrival: CabinetWorld.Arrival(firstByte: firstByte, complete: now)
                )
            )
            buffer.removeFirst(length)
            firstByte = now
        }
        return requests
    }
}
