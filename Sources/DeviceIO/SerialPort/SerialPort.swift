internal import CStationShims
internal import Glibc

/// A serial port that this value alone owns: raw, 8 data bits, no flow control, closed when the value ends.
///
/// Reads never block: wait with ``wait(wake:nanoseconds:)``, then read. A second opener of the same path is
/// refused, in this program as in others.
public struct SerialPort: ~Copyable, Sendable {
    /// What a read brought.
    public enum ReadResult: Hashable, Sendable {
        /// So many bytes were stored, at least one.
        case bytes(Int)
        /// Nothing is there now.
        case nothing
        /// The device is gone: close the port at once, else it comes back under another name.
        case gone
    }

    /// Why a wait ended.
    public enum WaitResult: Hashable, Sendable {
        /// Read now: there are bytes, or the device is gone.
        case ready
        /// The signal was raised; the port may be ready as well.
        case woken
        /// The time is over.
        case timedOut
    }

    /// The path it was opened by.
    public let path: String
    private let descriptor: Int32

    /// Opens and sets up the port, and throws away what was received before.
    /// - Parameters:
    ///   - path: the tty, best a path that stays the same when it is plugged in again.
    ///   - baud: bits per second, one of the speeds termios knows.
    ///   - parity: the parity bit; a byte that comes with a wrong one is read as 0.
    ///   - stopBits: 1 or 2.
    /// - Throws: ``SerialPortError``, each with its remedy; the port is closed then.
    public init(
        path: String,
        baud: Int,
        parity: SerialParity = .none,
        stopBits: Int = 1
    ) throws(SerialPortError) {
        guard let speed = UInt32(exactly: baud), station_tty_knows_baud(speed) != 0 else {
            throw .unknownBaud(path: path, baud: baud)
        }
        let opened = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard opened >= 0 else {
            throw .from(code: errno, path: path, operation: "open")
        }
        let failure =
            Self.setUp(opened, path: path, baud: speed)
            ?? Self.setFrame(opened, path: path, baud: baud, parity: parity, stopBits: stopBits)
        if let failure {
            _ = Glibc.close(opened)
            throw failure
        }
        self.path = path
        descriptor = opened
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// The claim comes first: a port that another program uses must not have its speed changed under it.
    private static func setUp(_ descriptor: Int32, path: String, baud: UInt32) -> SerialPortError? {
        guard isatty(descriptor) == 1 else { return .notATerminal(path: path) }
        let claim = station_tty_claim(descriptor)
        if claim != 0 { return .from(code: claim, path: path, operation: "claim") }
        let settings = station_tty_make_raw(descriptor, baud)
        if settings == ENOTSUP || settings == EINVAL {
            return .settingsRefused(path: path, baud: Int(baud))
        }
        if settings != 0 { return .from(code: settings, path: path, operation: "set up") }
        let flush = station_tty_flush(descriptor)
        return flush == 0 ? nil : .from(code: flush, path: path, operation: "flush")
    }

    private static func setFrame(
        _ descriptor: Int32,
        path: String,
        baud: Int,
        parity: SerialParity,
        stopBits: Int
    ) -> SerialPortError? {
        let result = station_tty_set_frame(descriptor, parity.code, Int32(clamping: stopBits))
        if result == ENOTSUP || result == EINVAL { return .settingsRefused(path: path, baud: baud) }
        return result == 0 ? nil : .from(code: result, path: path, operation: "set up")
    }

    /// Waits until there is something to read or the device is gone; `false` when the time is over.
    /// - Parameter nanoseconds: the longest wait.
    public borrowing func wait(nanoseconds: Int64) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return station_poll(&entry, 1, max(0, nanoseconds)) > 0
    }

    /// Waits until there is something to read, the signal is raised, or the time is over.
    /// - Parameters:
    ///   - wake: raised to end the wait; it is left up, so drain it.
    ///   - nanoseconds: the longest wait; negative = no limit.
    public borrowing func wait(wake: WakeSignal, nanoseconds: Int64) -> WaitResult {
        withUnsafeTemporaryAllocation(of: pollfd.self, capacity: 2) { entries in
            entries.initializeElement(at: 0, to: pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
            entries.initializeElement(
                at: 1,
                to: pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)
            )
            let ready = station_poll(entries.baseAddress, 2, nanoseconds)
            guard ready > 0 else { return .timedOut }
            return entries[1].revents != 0 ? .woken : .ready
        }
    }

    /// Reads what is there, without waiting.
    ///
    /// An unplugged USB port answers a read with 0 bytes, one whose adapter failed with EIO or ENODEV.
    public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) -> ReadResult {
        guard buffer.count > 0 else { return .nothing }
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        return .gone
    }

    /// Writes all of `bytes`, and waits for room in the kernel's buffer as long as `milliseconds` allow.
    /// - Throws: ``SerialPortError/gone(path:)``, or ``SerialPortError/system(path:operation:code:)`` with
    ///   ETIMEDOUT when the device does not take the bytes in time.
    public borrowing func write(
        _ bytes: [UInt8],
        withinMilliseconds milliseconds: UInt64
    ) throws(SerialPortError) {
        let deadline = BootTime.now().advanced(byMilliseconds: milliseconds)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                sent += count
                continue
            }
            guard count == 0 || errno == EAGAIN || errno == EINTR else { throw .gone(path: path) }
            let now = BootTime.now()
            guard now < deadline else { throw .system(path: path, operation: "write", code: ETIMEDOUT) }
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = station_poll(&entry, 1, Int64(deadline.nanoseconds - now.nanoseconds))
        }
    }

    /// Closes it now rather than at the end of the value's life.
    public consuming func close() {}
}
