internal import CStationShims
internal import Glibc

/// A TCP connection to a serial server that passes bytes on as they are (its "raw" or "transparent" mode).
///
/// Closing it drops what was not sent yet: a command that was held up on the way must not arrive later.
final class SerialSocket: SerialMedium {
    private let host: String
    private let port: Int
    private let descriptor: Int32

    /// Connects within `milliseconds`; the lookup of a name may take longer.
    /// - Throws: ``SerialLineError/network(host:port:code:)``.
    init(host: String, port: Int, withinMilliseconds milliseconds: UInt64) throws(SerialLineError) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
            throw .network(host: host, port: port, code: EHOSTUNREACH)
        }
        defer { freeaddrinfo(list) }
        var code = EHOSTUNREACH
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next {
            let attempt = Self.connect(entry.pointee, withinMilliseconds: milliseconds)
            if attempt >= 0 {
                self.host = host
                self.port = port
                descriptor = attempt
                return
            }
            code = -attempt
            next = entry.pointee.ai_next
        }
        throw .network(host: host, port: port, code: code)
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// The connected descriptor, or a negative errno.
    private static func connect(_ entry: addrinfo, withinMilliseconds milliseconds: UInt64) -> Int32 {
        let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let made = socket(entry.ai_family, entry.ai_socktype | flags, entry.ai_protocol)
        guard made >= 0 else { return -errno }
        var code = Glibc.connect(made, entry.ai_addr, entry.ai_addrlen) == 0 ? 0 : errno
        if code == EINPROGRESS {
            var poller = pollfd(fd: made, events: Int16(POLLOUT), revents: 0)
            let nanoseconds = Int64(clamping: milliseconds) * 1_000_000
            if station_poll(&poller, 1, nanoseconds) > 0 {
                var size = socklen_t(MemoryLayout<Int32>.size)
                if getsockopt(made, SOL_SOCKET, SO_ERROR, &code, &size) != 0 { code = errno }
            } else {
                code = ETIMEDOUT
            }
        }
        guard code == 0 else {
            _ = Glibc.close(made)
            return -code
        }
        ModbusDescriptor.tuneSocket(made)
        var drop = linger(l_onoff: 1, l_linger: 0)
        setsockopt(made, SOL_SOCKET, SO_LINGER, &drop, socklen_t(MemoryLayout<linger>.size))
        return made
    }

    func wait(nanoseconds: Int64) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return station_poll(&entry, 1, max(0, nanoseconds)) > 0
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> SerialPort.ReadResult {
        guard buffer.count > 0 else { return .nothing }
        let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 { return .bytes(count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        return .gone
    }

    func write(_ bytes: [UInt8]) throws(SerialLineError) {
        while true {
            let count = bytes.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EINTR { continue }
            guard count == bytes.count else { throw gone }
            return
        }
    }

    var gone: SerialLineError { .network(host: host, port: port, code: ECONNRESET) }
}
