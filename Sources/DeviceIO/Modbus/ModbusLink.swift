internal import CModbus
internal import Glibc

/// The one owner of one libmodbus context: a serial line or a TCP connection with its slaves.
///
/// Not thread-safe on purpose: it lives inside one actor on its own thread. Every call blocks, for a
/// bounded time: ``worstCaseMs`` at most, plus what name resolution takes when a TCP link opens by name.
///
/// libmodbus only frames, sends and receives here. What it gets wrong in 3.1.6 is done around it: error
/// recovery stays off, every reply is compared whole, a serial line is quiet before each request, a link
/// that went wrong is flushed or closed, and the time of a reply is bounded as a whole.
public struct ModbusLink: ~Copyable {
    /// How long to wait for a late reply after a failure before the next request.
    public enum Patience: Sendable {
        /// A whole response time: what a read needs, because a late reply to an earlier read looks like its
        /// own.
        case full
        /// 50 ms: enough where the reply cannot be mistaken (a read after a write), or where haste matters
        /// more (switching a coil off).
        case brief
    }

    let transport: ModbusTransport
    let timing: ModbusTiming
    let context: OpaquePointer
    let request: UnsafeMutablePointer<UInt8>
    let reply: UnsafeMutablePointer<UInt8>
    let pace: SerialPace?
    private let descriptorLimit: Int32

    private(set) var descriptor: Int32 = -1
    private var lockDescriptor: Int32 = -1
    var failuresInARow = 0
    var lastActive = BootTime(nanoseconds: 0)
    var lastFailure = BootTime(nanoseconds: 0)

    /// Until when the line is left quiet for everyone, and for one slave, after a failure.
    var quietUntil = BootTime(nanoseconds: 0)
    var lateUnit: ModbusUnit?
    var lateUntil = BootTime(nanoseconds: 0)
    /// Times that bytes of an earlier reply were found before a request and thrown away.
    public internal(set) var lateReplies = 0
    /// Times that bytes were found on an idle serial line that nobody had sent.
    public internal(set) var strayBytes = 0
    /// Times that a second reply followed a whole one from the same slave.
    public internal(set) var secondReplies = 0
    /// From the end of the last request to the first byte of its reply, in microseconds, as far as this side
    /// can see it; `nil` without a reply.
    public internal(set) var replyMicroseconds: Int?
    /// What went wrong with the last transaction.
    var lastFault: ModbusError?
    /// Times that the link was opened.
    public private(set) var opens = 0

    /// Prepares a link; opens nothing.
    /// - Throws: `.unsupportedBaud` or `.badAddress`.
    public init(transport: ModbusTransport, timing: ModbusTiming) throws(ModbusError) {
        try self.init(transport: transport, timing: timing, descriptorLimit: 1024)
    }

    init(transport: ModbusTransport, timing: ModbusTiming, descriptorLimit: Int32) throws(ModbusError) {
        self.transport = transport
        self.timing = timing
        self.descriptorLimit = descriptorLimit
        context = try Self.makeContext(transport)
        request = .allocate(capacity: ModbusRequest.maximumLength)
        reply = .allocate(capacity: Int(MODBUS_MAX_ADU_LENGTH))
        reply.initialize(repeating: 0, count: Int(MODBUS_MAX_ADU_LENGTH))
        pace = if case .rtu(_, let baud, _, _) = transport { SerialPace(baud: baud) } else { nil }
        modbus_set_error_recovery(context, MODBUS_ERROR_RECOVERY_NONE)
        // No byte time: then the time set before a reply is received bounds the reply as a whole, because
        // select(2) on Linux counts it down (libmodbus src/modbus.c, _modbus_receive_msg).
        modbus_set_byte_timeout(context, 0, 0)
    }

    deinit {
        if descriptor >= 0 { modbus_close(context) }
        if lockDescriptor >= 0 { Glibc.close(lockDescriptor) }
        modbus_free(context)
        request.deallocate()
        reply.deallocate()
    }

    /// Whether a port or connection is open; it may be gone all the same.
    public var isOpen: Bool { descriptor >= 0 }

    /// The longest that one transaction with brief patience blocks.
    public var worstCaseMs: Int { timing.worstCaseMs(on: transport) }

    /// The moment from which a request with full patience does not wait for a late reply.
    public func readyAt(for unit: ModbusUnit) -> BootTime {
        unit == lateUnit ? max(quietUntil, lateUntil) : quietUntil
    }

    /// When the silence between two frames is over; the past on TCP.
    public var gapEndsAt: BootTime {
        guard let pace else { return BootTime(nanoseconds: 0) }
        let gap = max(pace.frameGapNanoseconds, UInt64(timing.gapMs) * 1_000_000)
        return BootTime(nanoseconds: lastActive.nanoseconds + gap)
    }

    /// Opens the port or the connection; does nothing when it is open.
    public mutating func open() throws(ModbusError) {
        guard descriptor < 0 else { return }
        try ModbusDescriptor.ensureRoom(below: descriptorLimit)
        if case .rtu(let path, _, _, _) = transport {
            lockDescriptor = try ModbusDescriptor.lock(path: path)
        } else {
            setReplyTime(milliseconds: timing.connectMs)
        }
        guard modbus_connect(context) == 0 else {
            let code = errno
            releaseLock()
            throw code == EBUSY ? .portBusy : .cannotOpen(errno: code)
        }
        descriptor = modbus_get_socket(context)
        opens += 1
        failuresInARow = 0
        guard descriptor < descriptorLimit else {
            let number = descriptor
            close()
            throw .descriptorTooLarge(number)
        }
        if transport.isSerial {
            ModbusDescriptor.refuseOthers(descriptor)
        } else {
            ModbusDescriptor.tuneSocket(descriptor)
        }
    }

    /// Closes the port or connection. The next request opens it again.
    public mutating func close() {
        guard descriptor >= 0 else { return }
        modbus_close(context)
        descriptor = -1
        releaseLock()
    }

    /// Sends a write and compares its echo whole.
    /// - Parameter notAfter: the request is not sent later than this (`.expired`).
    /// - Returns: the moment just before the request was sent.
    @discardableResult
    public mutating func write(
        _ message: ModbusRequest,
        to unit: ModbusUnit,
        patience: Patience = .full,
        notAfter: BootTime? = nil
    ) throws(ModbusFailure) -> BootTime {
        try transact(message, unit, patience, notAfter)
    }

    /// Reads coils or discrete inputs.
    public mutating func readBits(
        _ message: ModbusRequest,
        from unit: ModbusUnit,
        patience: Patience = .full
    ) throws(ModbusFailure) -> [Bool] {
        try transact(message, unit, patience, nil)
        let count: UInt16
        switch message {
        case .readCoils(_, let wanted), .readInputs(_, let wanted): count = wanted
        default: throw ModbusFailure(.badData, wasSent: true)
        }
        let data = reply + replyDataIndex
        return (0..<Int(count)).map { data[$0 / 8] & (1 << UInt8($0 % 8)) != 0 }
    }

    /// Reads holding registers.
    public mutating func readRegisters(
        _ message: ModbusRequest,
        from unit: ModbusUnit,
        patience: Patience = .full
    ) throws(ModbusFailure) -> [UInt16] {
        try transact(message, unit, patience, nil)
        let data = reply + replyDataIndex
        let count = (message.replyDataLength ?? 0) / 2
        return (0..<count).map { UInt16(data[$0 * 2]) << 8 | UInt16(data[$0 * 2 + 1]) }
    }

    /// Finds out, on a silent TCP board, whether it speaks RTU frames over TCP: asks once in RTU. Closes
    /// the link.
    ///
    /// To a Modbus TCP board the question is an incomplete message that it drops with the connection.
    public mutating func speaksSerialFrames(unit: ModbusUnit) -> Bool {
        guard !transport.isSerial else { return false }
        close()
        guard (try? open()) != nil else { return false }
        defer { close() }
        let ask = ModbusRequest.readCoils(address: 0, count: 1)
        let length = ask.encode(unit: unit, into: request)
        let crc = modbusCRC(UnsafeBufferPointer(start: request, count: length))
        request[length] = UInt8(truncatingIfNeeded: crc)
        request[length + 1] = UInt8(truncatingIfNeeded: crc >> 8)
        guard send(descriptor, request, length + 2, Int32(MSG_NOSIGNAL)) == length + 2 else {
            return false
        }
        let deadline = BootTime.now().advanced(byMilliseconds: UInt64(timing.responseMs + timing.byteMs))
        var received = 0
        while received < 8, case .readable = ModbusDescriptor.waitReadable(descriptor, until: deadline) {
            let count = recv(descriptor, reply + received, 64, Int32(MSG_DONTWAIT))
            guard count > 0 else { break }
            received += count
            if ModbusReplyCheck.isSerialFrame(
                reply,
                length: received,
                unit: unit.rawValue,
                function: ask.function
            ) {
                return true
            }
        }
        return false
    }

    private mutating func releaseLock() {
        if lockDescriptor >= 0 { ModbusDescriptor.unlock(lockDescriptor) }
        lockDescriptor = -1
    }

    private static func makeContext(_ transport: ModbusTransport) throws(ModbusError) -> OpaquePointer {
        let context: OpaquePointer?
        switch transport {
        case .rtu(let path, let baud, let parity, let stopBits):
            guard ModbusTransport.supportedBauds.contains(baud) else { throw .unsupportedBaud(baud) }
            guard !path.isEmpty, (1...2).contains(stopBits) else { throw .badAddress }
            context = modbus_new_rtu(path, Int32(baud), parity.letter, 8, Int32(stopBits))
        case .tcp(let host, let port):
            // modbus_new_tcp takes numeric IPv4 only and turns a name into 255.255.255.255.
            guard !host.isEmpty, (1...65535).contains(port) else { throw .badAddress }
            context = modbus_new_tcp_pi(host, String(port))
        }
        guard let context else { throw .badAddress }
        return context
    }
}
