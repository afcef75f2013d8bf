internal import Glibc

/// Where a serial line is.
public enum SerialPlace: Hashable, Sendable {
    /// A tty of this machine. Stop bits are 1 or 2.
    case port(path: String, baud: Int, parity: SerialParity, stopBits: Int)
    /// A serial server in raw mode; the line's speed is set in the server.
    case server(host: String, port: Int)
}

/// Why a serial line cannot be used, and what to do about it.
public enum SerialLineError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The tty's error.
    case port(SerialPortError)
    /// The serial server cannot be reached, or hung up.
    case network(host: String, port: Int, code: Int32)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .port(let error):
            error.description
        case .network(let host, let port, let code):
            "\(host):\(port): \(String(cString: strerror(code))). Check the serial server's power, address and "
                + "port, and that no other program is connected to it."
        }
    }
}

/// What carries the bytes of a serial line.
protocol SerialMedium: AnyObject {
    /// Writes all of `bytes`, within 200 ms.
    func write(_ bytes: [UInt8]) throws(SerialLineError)
    /// Waits until there is something to read or the other end is gone; `false` when the time is over.
    func wait(nanoseconds: Int64) -> Bool
    /// Reads what is there, without waiting.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadResult
    /// What to throw when the other end is gone.
    var gone: SerialLineError { get }
}

/// A tty as a medium.
final class SerialPortMedium: SerialMedium {
    private let port: SerialPort

    init(_ port: consuming SerialPort) {
        self.port = port
    }

    func write(_ bytes: [UInt8]) throws(SerialLineError) {
        do throws(SerialPortError) {
            try port.write(bytes, withinMilliseconds: 200)
        } catch {
            throw .port(error)
        }
    }

    func wait(nanoseconds: Int64) -> Bool {
        port.wait(nanoseconds: nanoseconds)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadResult {
        port.read(into: buffer)
    }

    var gone: SerialLineError { .port(.gone(path: port.path)) }
}

/// One open serial line, on a tty or behind a serial server: bytes out, bytes in, each within a time. Closed
/// when the object ends. Used by one thread at a time.
public final class SerialLine {
    private let medium: any SerialMedium

    /// Opens the line and throws away what was received before.
    /// - Parameters:
    ///   - place: where it is.
    ///   - milliseconds: how long connecting to a serial server may take.
    public init(place: SerialPlace, withinMilliseconds milliseconds: UInt64) throws(SerialLineError) {
        switch place {
        case .port(let path, let baud, let parity, let stopBits):
            do throws(SerialPortError) {
                medium = SerialPortMedium(
                    try SerialPort(path: path, baud: baud, parity: parity, stopBits: stopBits)
                )
            } catch {
                throw .port(error)
            }
        case .server(let host, let port):
            medium = try SerialSocket(host: host, port: port, withinMilliseconds: milliseconds)
        }
    }

    /// Writes all of `bytes`.
    /// - Throws: when the line is gone, or does not take them within 200 ms.
    public func write(_ bytes: [UInt8]) throws(SerialLineError) {
        try medium.write(bytes)
    }

    /// Appends what arrives until `deadline` at the latest; returns at once when something is there.
    /// - Returns: whether something came.
    /// - Throws: when the line is gone.
    public func read(into bytes: inout [UInt8], until deadline: BootTime) throws(SerialLineError) -> Bool {
        let now = BootTime.now().nanoseconds
        let left = deadline.nanoseconds > now ? deadline.nanoseconds - now : 0
        return medium.wait(nanoseconds: Int64(clamping: left)) ? try take(&bytes) : false
    }

    /// Throws away what was received, up to about 4 KiB; returns those bytes.
    public func discard() throws(SerialLineError) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < 4096, try take(&bytes) {}
        return bytes
    }

    /// Leaves the line alone until `moment`, without reading; blocks the thread.
    public func rest(until moment: BootTime) {
        ModbusDescriptor.sleep(until: moment)
    }

    private func take(_ bytes: inout [UInt8]) throws(SerialLineError) -> Bool {
        var result = SerialPort.ReadResult.nothing
        let part = [UInt8](unsafeUninitializedCapacity: 256) { buffer, count in
            result = medium.read(into: UnsafeMutableRawBufferPointer(buffer))
            if case .bytes(let read) = result { count = read }
        }
        switch result {
        case .bytes: bytes += part
        case .nothing: return false
        case .gone: throw medium.gone
        }
        return true
    }
}
