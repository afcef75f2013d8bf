internal import Glibc

/// What can go wrong with one Modbus transaction. The set is closed: a caller decides on every case.
public enum ModbusError: Error, Hashable, Sendable {
    /// No byte of a reply within the response time.
    case timeout
    /// A reply began and was not whole within its time: truncated, or dribbling byte by byte.
    case shortFrame
    /// A whole reply with a wrong checksum.
    case crc
    /// Another slave answered.
    case wrongUnit(UInt8)
    /// The board refused, with a Modbus exception code (1 function, 2 address, 3 value, 6 busy, 11 no
    /// answer …).
    case exception(UInt8)
    /// The reply to a write does not repeat it byte for byte. libmodbus 3.1.6 would have called it success.
    case wrongEcho
    /// The reply answers another request: another function or another transaction.
    case lateReply
    /// A reply that is no Modbus frame, or not of the length that was asked for.
    case badData
    /// Bytes that nobody sent came before the reply.
    case leadingGarbage
    /// The reply lacks its first byte, as when the adapter still drives the line when the board begins.
    case headLost
    /// The request itself came back where the reply should have been: the adapter hears what it sends.
    case ownEcho
    /// The network board speaks RTU frames over TCP; this driver needs its Modbus TCP mode.
    case wrongMode
    /// The serial line does not become quiet.
    case busNoise
    /// The moment after which the request may not be sent has passed; it was not sent.
    case expired
    /// The port or connection is gone.
    case disconnected(errno: Int32)
    /// The port or connection cannot be opened.
    case cannotOpen(errno: Int32)
    /// Another process owns the serial port.
    case portBusy
    /// The process has so many descriptors open that libmodbus's `select` would write outside its memory.
    case descriptorTooLarge(Int32)
    /// A speed that libmodbus does not know.
    case unsupportedBaud(Int)
    /// A path, host, port or number of stop bits that cannot be.
    case badAddress
}

extension ModbusError: CustomStringConvertible {
    /// The cause in a few words, and the remedy where there is one.
    public var description: String {
        switch self {
        case .timeout: "no answer"
        case .shortFrame: "the answer broke off; check the cabling and the response time"
        case .crc: "the answer's checksum is wrong; check cabling, termination and baud rate"
        case .wrongUnit(let unit): "unit \(unit) answered instead; check for two boards with one address"
        case .exception(let code): "the board refused: Modbus exception \(code)"
        case .wrongEcho: "the answer repeats another command"
        case .lateReply: "an answer to an earlier request; raise the response time"
        case .badData: "the answer is no valid Modbus frame"
        case .leadingGarbage: "bytes before the answer that nobody sent; check bias and termination"
        case .headLost: "the answer's beginning is missing; check the adapter's turnaround"
        case .ownEcho: "the adapter hears its own request; switch its echo off"
        case .wrongMode:
            "the board speaks RTU frames over TCP; set its serial server to the Modbus TCP protocol"
        case .busNoise: "the line is never quiet; check termination and bias"
        case .expired: "too old to be sent"
        case .disconnected(let code): "connection lost: \(Self.text(code))"
        case .cannotOpen(let code): "cannot open: \(Self.text(code))"
        case .portBusy: "another process owns the port; stop it"
        case .descriptorTooLarge(let number):
            "descriptor \(number) is too large for libmodbus; set LimitNOFILE=1024"
        case .unsupportedBaud(let baud): "libmodbus knows no \(baud) baud"
        case .badAddress: "the path, host, port or stop bits cannot be used"
        }
    }

    private static func text(_ code: Int32) -> String {
        switch code {
        case 0: "closed by the other side"
        case ENOENT: "no such device"
        case ECONNREFUSED: "connection refused"
        case ECONNRESET, EPIPE: "closed by the other side"
        case EACCES: "permission denied"
        case EIO, ENXIO, ENODEV: "device unplugged"
        case ETIMEDOUT, EINPROGRESS: "no connection in time"
        case EHOSTUNREACH, ENETUNREACH: "no route"
        default: "errno \(code)"
        }
    }
}

/// A failed transaction: what happened, and whether the request may have reached the wire.
public struct ModbusFailure: Error, Hashable, Sendable {
    /// What happened.
    public let cause: ModbusError
    /// `false` means that surely no byte of the request was sent.
    public let wasSent: Bool

    /// A failure with its cause.
    public init(_ cause: ModbusError, wasSent: Bool) {
        self.cause = cause
        self.wasSent = wasSent
    }
}
