internal import CStationShims
internal import Glibc

/// Wakes a thread that waits in ``SerialPort/wait(wake:nanoseconds:)`` or on a descriptor of its own.
///
/// Any thread may raise it, any number of times; it stays up until the waiting thread drains it. It never
/// blocks and never allocates.
public final class WakeSignal: Sendable {
    /// The eventfd, for a poll set. It belongs to this object: never close it.
    public let descriptor: Int32

    /// Opens an eventfd.
    /// - Throws: ``SerialPortError/system(path:operation:code:)`` when no descriptor is to be had.
    public init() throws(SerialPortError) {
        let opened = station_wake_open()
        guard opened >= 0 else {
            throw .system(path: "eventfd", operation: "open", code: -opened)
        }
        descriptor = opened
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Wakes the waiting thread, now or at its next wait.
    public func raise() {
        station_wake_raise(descriptor)
    }

    /// Takes the signal down. Call before looking at what it announced, so that a later raise is not lost.
    public func drain() {
        station_wake_drain(descriptor)
    }

    /// Waits until it is raised or the time is over.
    /// - Parameter nanoseconds: the longest wait; negative = no limit.
    public func wait(nanoseconds: Int64) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        _ = station_poll(&entry, 1, nanoseconds)
    }
}
