import CModbus
import Glibc
import Sandbox

/// libmodbus's master side, as the station uses it, for the tests' end of the wire.
final class ModbusMaster {
    struct Failure: Error, Equatable, CustomStringConvertible {
        var code: Int32
        var description: String { String(cString: modbus_strerror(code)) }

        static let timeout = Failure(code: ETIMEDOUT)
        static let badCRC = Failure(code: MODBUS_ENOBASE + 12)
        static let badData = Failure(code: MODBUS_ENOBASE + 13)
        static let badUnit = Failure(code: MODBUS_ENOBASE + 17)
        static let reset = Failure(code: ECONNRESET)

        static func exception(_ code: Int32) -> Failure { Failure(code: MODBUS_ENOBASE + code) }
    }

    private let context: OpaquePointer
    private let isTCP: Bool

    /// Connects. The time-out is long, so that a busy machine does not fail a test; tests of silence set
    /// their own.
    init(_ endpoint: SandboxCabinet.Endpoint, unit: UInt8, timeoutMs: UInt32 = 5000) throws {
        let made: OpaquePointer? =
            switch endpoint {
            case .tcp(let host, let port): modbus_new_tcp(host, Int32(port))
            case .rtu(let path): modbus_new_rtu(path, 19_200, CChar(UInt8(ascii: "N")), 8, 1)
            }
        guard let made else { throw Failure(code: errno) }
        context = made
        if case .tcp = endpoint { isTCP = true } else { isTCP = false }
        setTimeout(timeoutMs)
        address(unit)
        try check(modbus_connect(context))
    }

    deinit {
        modbus_close(context)
        modbus_free(context)
    }

    func setTimeout(_ milliseconds: UInt32) {
        modbus_set_response_timeout(context, milliseconds / 1000, milliseconds % 1000 * 1000)
        modbus_set_byte_timeout(context, 0, 200_000)
    }

    func address(_ unit: UInt8) {
        modbus_set_slave(context, Int32(unit))
    }

    func flush() {
        modbus_flush(context)
    }

    func coils(_ count: Int, from first: Int = 0) throws -> [Bool] {
        try bits(count) { modbus_read_bits(context, Int32(first), Int32(count), $0) }
    }

    func inputs(_ count: Int) throws -> [Bool] {
        try bits(count) { modbus_read_input_bits(context, 0, Int32(count), $0) }
    }

    func write(coil: Int, _ isOn: Bool) throws {
        try check(modbus_write_bit(context, Int32(coil), isOn ? 1 : 0))
    }

    func write(coils: [Bool]) throws {
        try check(modbus_write_bits(context, 0, Int32(coils.count), coils.map { $0 ? 1 : 0 }))
    }

    func register(_ address: UInt16) throws -> UInt16 {
        var value: UInt16 = 0
        try check(modbus_read_registers(context, Int32(address), 1, &value))
        return value
    }

    func write(register: UInt16, _ value: UInt16) throws {
        try check(modbus_write_register(context, Int32(register), value))
    }

    func writeMany(register: UInt16, _ values: [UInt16]) throws {
        try check(modbus_write_registers(context, Int32(register), Int32(values.count), values))
    }

    /// Sends a PDU that libmodbus has no function for and returns the reply's PDU, checked by libmodbus.
    func raw(_ pdu: [UInt8], unit: UInt8) throws -> [UInt8] {
        let request = [unit] + pdu
        try check(modbus_send_raw_request(context, request, Int32(request.count)))
        var reply = [UInt8](repeating: 0, count: 260)
        let count = try check(modbus_receive_confirmation(context, &reply))
        return isTCP ? Array(reply[7..<count]) : Array(reply[1..<count - 2])
    }

    /// Waveshare's flash-on: on now, off by itself after so many tenths of a second.
    func flash(coil: UInt8, tenths: UInt16, unit: UInt8) throws {
        let pdu: [UInt8] = [5, 2, coil, UInt8(tenths >> 8), UInt8(tenths & 0xFF)]
        guard try raw(pdu, unit: unit) == pdu else { throw Failure(code: 0) }
    }

    private func bits(_ count: Int, _ read: (UnsafeMutablePointer<UInt8>) -> Int32) throws -> [Bool] {
        var bytes = [UInt8](repeating: 0, count: count)
        let result = bytes.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map(read) ?? -1
        }
        try check(result)
        return bytes.map { $0 != 0 }
    }

    @discardableResult
    private func check(_ result: Int32) throws -> Int {
        guard result >= 0 else { throw Failure(code: errno) }
        return Int(result)
    }
}
