internal import CStationShims
public import DeviceIO
internal import Glibc
internal import Synchronization

/// A pty that plays a device on a serial port: the station opens ``path``, the sandbox reads and writes here.
///
/// ``path`` is a symbolic link, as udev makes one under `/dev/serial/by-id`: it stays the same while the pty
/// behind
/// it changes. ``unplug()`` removes the link and hangs up, ``replug()`` brings both back. Any thread may
/// call.
public final class PtyPort: Sendable {
    private struct Pair {
        var master: Int32
        /// Keeps the pair alive while the station is away, so that it can come back to the same pty.
        var keeper: Int32
        /// inotify on the slave being closed.
        var closing: Int32
        var device: String
    }

    /// The station's side: a symbolic link that the station opens.
    public let path: String
    private let pair = Mutex<Pair?>(nil)
    /// Raised after every change of the descriptors, for a thread that polls them.
    let changed: WakeSignal

    /// Makes the pty and its link; missing folders on the way are made too, an old link is replaced.
    /// - Throws: ``PtyError`` when the system has no pty left or the link cannot be made.
    public init(link: String) throws(PtyError) {
        path = link
        do throws(SerialPortError) {
            changed = try WakeSignal()
        } catch {
            throw .system(path: link, operation: "eventfd", code: EMFILE)
        }
        try replug()
    }

    deinit {
        unplug()
    }

    /// Whether the device is there.
    public var isPlugged: Bool {
        pair.withLock { $0 != nil }
    }

    /// Pulls the plug: the link goes, and the station's descriptor hangs up. Unplugged twice is unplugged.
    public func unplug() {
        pair.withLock { pair in
            guard let old = pair else { return }
            pair = nil
            _ = Glibc.unlink(path)
            Self.close(old)
        }
        changed.raise()
    }

    /// Plugs it in again, as a new pty behind the same link. Plugged in twice is plugged in.
    /// - Throws: ``PtyError`` as at the start.
    public func replug() throws(PtyError) {
        let failure = pair.withLock { pair -> PtyError? in
            guard pair == nil else { return nil }
            switch Self.open(link: path) {
            case .success(let opened):
                pair = opened
                return nil
            case .failure(let error):
                return error
            }
        }
        changed.raise()
        if let failure { throw failure }
    }

    /// Sends `bytes` to the station.
    /// - Parameter milliseconds: how long to wait while the station does not read and the kernel's buffer (a
    ///   few
    ///   KiB) is full.
    /// - Returns: when the last byte was handed to the kernel, taken just before it was; nil when unplugged
    ///   or not read in time.
    @discardableResult
    public func write(_ bytes: [UInt8], withinMilliseconds milliseconds: UInt64 = 5000) -> BootTime? {
        var sent = 0
        var now = BootTime.now()
        let deadline = now.advanced(byMilliseconds: milliseconds)
        while sent < bytes.count {
            let written = pair.withLock { pair -> Int? in
                guard let pair else { return nil }
                // First, and under the same lock: the next station's bytes must not go with the dead one's.
                Self.forgetDeadStation(of: pair)
                let rest = bytes[sent...]
                now = .now()
                return rest.withUnsafeBytes { Glibc.write(pair.master, $0.baseAddress, $0.count) }
            }
            guard let written else { return nil }
            if written > 0 {
                sent += written
            } else {
                guard BootTime.now() < deadline else { return nil }
                waitForRoom()
            }
        }
        return now
    }

    /// Reads what the station wrote, without waiting; the number of bytes, 0 when there are none.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        pair.withLock { pair in
            guard let pair else { return 0 }
            return max(0, Glibc.read(pair.master, buffer.baseAddress, buffer.count))
        }
    }

    /// What to poll for news from the station: its bytes, its leaving, and a change of the descriptors.
    ///
    /// A descriptor may be closed by ``unplug()`` while it is polled: the poll then returns at once or for a
    /// stranger's event, and the calls above look anew, so neither does harm.
    func pollEntries() -> [pollfd] {
        let input = Int16(POLLIN)
        var entries = [pollfd(fd: changed.descriptor, events: input, revents: 0)]
        pair.withLock { pair in
            guard let pair else { return }
            entries.append(pollfd(fd: pair.master, events: input, revents: 0))
            entries.append(pollfd(fd: pair.closing, events: input, revents: 0))
        }
        return entries
    }

    /// Takes down the signal of a change. Call it right after every poll and before looking at anything that
    /// is
    /// announced by raising it, such as the order to stop: what is raised later ends the next poll.
    func takeChange() {
        changed.drain()
    }

    /// Takes note of the station's leaving; call after every poll.
    /// ``write(_:withinMilliseconds:)`` does so first of all.
    ///
    /// A real port forgets TIOCEXCL and unread bytes with its last user; a pty keeps both as long as the pair
    /// lives. It would refuse a station that starts again after `kill -9`, or give it a dead one's replies.
    func service() {
        pair.withLock { pair in
            if let pair { Self.forgetDeadStation(of: pair) }
        }
    }

    private static func forgetDeadStation(of pair: Pair) {
        guard station_watch_drain(pair.closing) > 0 else { return }
        _ = station_tty_lift_exclusive(pair.keeper)
        _ = station_tty_forget_input(pair.keeper)
    }

    private func waitForRoom() {
        // The lock is not held while waiting, so the descriptor may be another's by then: a short wait is
        // safe.
        let master = pair.withLock { $0?.master ?? -1 }
        var entry = pollfd(fd: master, events: Int16(POLLOUT), revents: 0)
        _ = station_poll(&entry, 1, 5_000_000)
    }

    private static func close(_ pair: Pair) {
        // The master first: closing it hangs the station up.
        for descriptor in [pair.master, pair.keeper, pair.closing] { _ = Glibc.close(descriptor) }
    }

    private static func open(link: String) -> Result<Pair, PtyError> {
        var pair = Pair(master: -1, keeper: -1, closing: -1, device: "")
        var name = [CChar](repeating: 0, count: 128)
        let failure = station_pty_open(&pair.master, &pair.keeper, &name, name.count)
        guard failure == 0 else {
            return .failure(.system(path: link, operation: "make a pty", code: failure))
        }
        pair.device = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        pair.closing = station_watch_closing(pair.device)
        guard pair.closing >= 0 else {
            defer { close(pair) }
            return .failure(.system(path: pair.device, operation: "watch", code: -pair.closing))
        }
        if let error = makeLink(link, to: pair.device) {
            close(pair)
            return .failure(error)
        }
        return .success(pair)
    }

    /// Makes the link under another name and moves it into place: it appears at once and whole.
    private static func makeLink(_ link: String, to device: String) -> PtyError? {
        var folder = ""
        for part in link.split(separator: "/", omittingEmptySubsequences: false).dropLast() {
            folder += part + "/"
            _ = mkdir(folder, 0o755)
        }
        let temporary = "\(link).new"
        _ = Glibc.unlink(temporary)
        guard symlink(device, temporary) == 0, rename(temporary, link) == 0 else {
            return .system(path: link, operation: "make a link", code: errno)
        }
        return nil
    }
}
