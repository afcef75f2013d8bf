internal import CStationShims
internal import Glibc

/// Tells when an entry of one directory appears, is renamed or changes its mode: inotify(7).
///
/// A port that is plugged in again shows as a new entry, and becomes usable when udev sets its mode. The
/// watch
/// only wakes; whoever waits then tries to open the path, and tries once a second besides, because the
/// directory
/// itself may come later than the watch (`/dev/serial/by-id` exists only while something is in it).
public struct DirectoryWatch: ~Copyable, Sendable {
    private let descriptor: Int32

    /// Watches `directory`; nil when it does not exist or the system has no watch left.
    public init?(directory: String) {
        let opened = station_watch_directory(directory)
        guard opened >= 0 else { return nil }
        descriptor = opened
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Waits until the directory changed, `wake` was raised, or the time is over; says no more than that.
    public borrowing func wait(wake: WakeSignal, nanoseconds: Int64) {
        var entries = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        _ = station_poll(&entries, entries.count, nanoseconds)
        _ = station_watch_drain(descriptor)
    }
}
