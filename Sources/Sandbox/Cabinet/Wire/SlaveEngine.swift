internal import CModbus
internal import Glibc

/// What a board shows to libmodbus: its coils, its inputs, and one block of registers.
struct BoardImage: Sendable {
    var coils: [Bool]
    var inputs: [Bool]
    var firstRegister: UInt16
    var registers: [UInt16]
}

/// libmodbus's slave side: `modbus_receive` parses a request, `modbus_reply` does it and answers.
///
/// It sits at one end of a socket pair. The bank reads whole requests from the wire, puts one in at the other
/// end
/// and takes the reply out there: `modbus_receive` on an RTU wire takes the next request for another unit's
/// reply
/// when a unit is absent (3.1.6, `_modbus_rtu_receive`), and the bank has to spoil replies before they leave.
///
/// One thread at a time; nothing in it blocks, because a whole request is there before it is asked to read.
final class SlaveEngine {
    private let framing: ModbusFraming
    private let context: OpaquePointer
    private let inner: Int32
    private let outer: Int32

    init(framing: ModbusFraming) throws(SandboxError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .system(operation: "make a socket pair", code: errno)
        }
        let made: OpaquePointer? =
            switch framing {
            case .rtu: modbus_new_rtu("/dev/null", 9600, CChar(UInt8(ascii: "N")), 8, 1)
            case .tcp: modbus_new_tcp("127.0.0.1", 502)
            }
        // libmodbus waits with select(2), which cannot see descriptors of 1024 and more.
        guard let made, ends[0] < 1024 else {
            let failure = made == nil ? errno : EMFILE
            for end in ends { _ = Glibc.close(end) }
            if let made { modbus_free(made) }
            throw .system(operation: "set up libmodbus", code: failure)
        }
        self.framing = framing
        context = made
        inner = ends[0]
        outer = ends[1]
        _ = fcntl(outer, F_SETFL, O_NONBLOCK)
        modbus_set_socket(context, inner)
        // Both only matter if a request were cut: then the engine gives up instead of waiting for ever.
        // libmodbus
        // sleeps the response time-out before it answers an impossible count with an exception.
        modbus_set_indication_timeout(context, 0, 100_000)
        modbus_set_response_timeout(context, 0, 1000)
    }

    deinit {
        // Not modbus_close: for RTU it would set the terminal's settings back on what is no terminal.
        modbus_free(context)
        _ = Glibc.close(inner)
        _ = Glibc.close(outer)
    }

    /// Does a standard request on `image` and returns libmodbus's reply; empty for a broadcast, or for what
    /// libmodbus does not accept.
    func reply(to request: ModbusRequest, image: inout BoardImage) -> [UInt8] {
        guard let received = receive(request) else { return [] }
        let mapping = modbus_mapping_new_start_address(
            0,
            UInt32(image.coils.count),
            0,
            UInt32(image.inputs.count),
            UInt32(image.firstRegister),
            UInt32(image.registers.count),
            0,
            0
        )
        guard let mapping else { return [] }
        defer { modbus_mapping_free(mapping) }
        for (index, coil) in image.coils.enumerated() { mapping.pointee.tab_bits[index] = coil ? 1 : 0 }
        for (index, input) in image.inputs.enumerated() {
            mapping.pointee.tab_input_bits[index] = input ? 1 : 0
        }
        for (index, value) in image.registers.enumerated() { mapping.pointee.tab_registers[index] = value }
        _ = modbus_reply(context, received, Int32(received.count), mapping)
        for index in image.coils.indices { image.coils[index] = mapping.pointee.tab_bits[index] != 0 }
        for index in image.registers.indices { image.registers[index] = mapping.pointee.tab_registers[index] }
        return takeReply()
    }

    /// The exception reply with that code.
    func exception(to request: ModbusRequest, code: UInt8) -> [UInt8] {
        _ = modbus_set_slave(context, Int32(request.unit))
        _ = modbus_reply_exception(context, request.bytes, UInt32(code))
        return takeReply()
    }

    private func receive(_ request: ModbusRequest) -> [UInt8]? {
        _ = modbus_set_slave(context, Int32(request.unit))
        _ = takeReply()
        let sent = request.bytes.withUnsafeBytes { Glibc.write(outer, $0.baseAddress, $0.count) }
        guard sent == request.bytes.count else { return nil }
        var received = [UInt8](repeating: 0, count: Int(MODBUS_MAX_ADU_LENGTH))
        let count = modbus_receive(context, &received)
        guard count > 0 else {
            _ = modbus_flush(context)
            return nil
        }
        return Array(received.prefix(Int(count)))
    }

    private func takeReply() -> [UInt8] {
        var reply = [UInt8](repeating: 0, count: Int(MODBUS_MAX_ADU_LENGTH))
        let count = Glibc.read(outer, &reply, reply.count)
        return Array(reply.prefix(max(0, count)))
    }
}
