internal import CStationShims
internal import Glibc

/// System calls on the descriptor that libmodbus opened.
enum ModbusDescriptor {
    /// Takes the serial port for this process, before libmodbus touches its settings.
    ///
    /// libmodbus opens a tty that another process uses without a word (measured). The lock is advisory and
    /// lives as long as the returned descriptor.
    static func lock(path: String) throws(ModbusError) -> Int32 {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw errno == EBUSY ? .portBusy : .cannotOpen(errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .portBusy : .cannotOpen(errno: code)
        }
        return descriptor
    }

    /// Gives the port back. The lock ends here and not with the last copy of the descriptor: a child process
    /// that is being started has one for a moment (flock(2)).
    static func unlock(_ descriptor: Int32) {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    /// Refuses further opens of the tty by processes without CAP_SYS_ADMIN.
    static func refuseOthers(_ descriptor: Int32) {
        _ = ioctl(descriptor, UInt(TIOCEXCL))
    }

    /// Makes a dead peer noticed within seconds and small frames leave at once.
    static func tuneSocket(_ descriptor: Int32) {
        set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 3)
        set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
        set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 5000)
    }

    /// Whether `select` in libmodbus could take the next descriptor: `FD_SET` beyond 1023 writes outside
    /// its set, and the library checks that only from 3.1.12 on.
    static func ensureRoom(below limit: Int32) throws(ModbusError) {
        let probe = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard probe >= 0 else { throw .cannotOpen(errno: errno) }
        close(probe)
        guard probe < limit else { throw .descriptorTooLarge(probe) }
    }

    /// Bytes that wait to be read on a tty; `nil` when it is hung up.
    static func pendingBytes(_ descriptor: Int32) -> Int? {
        var count: Int32 = 0
        return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : nil
    }

    /// The state of an idle socket before a request.
    enum SocketState { case quiet, staleBytes, closed(errno: Int32) }

    static func socketState(_ descriptor: Int32) -> SocketState {
        var byte: UInt8 = 0
        while true {
            let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
            if count > 0 { return .staleBytes }
            if count == 0 { return .closed(errno: 0) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .quiet
            default: return .closed(errno: errno)
            }
        }
    }

    enum Wait { case readable, timedOut, failed(errno: Int32) }

    /// Waits for the first byte until `deadline`; a signal does not lengthen or shorten the wait.
    static func waitReadable(_ descriptor: Int32, until deadline: BootTime) -> Wait {
        while true {
            let now = BootTime.now().nanoseconds
            let left = deadline.nanoseconds > now ? deadline.nanoseconds - now : 0
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&entry, 1, Int32((left + 999_999) / 1_000_000))
            if ready > 0 { return .readable }
            if ready == 0 { return .timedOut }
            if errno != EINTR { return .failed(errno: errno) }
        }
    }

    /// Blocks this thread until `moment`.
    static func sleep(until moment: BootTime) {
        while true {
            let now = BootTime.now().nanoseconds
            guard moment.nanoseconds > now else { return }
            let left = moment.nanoseconds - now
            var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
            nanosleep(&time, nil)
        }
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// Error numbers of libmodbus; its macros add to an enumeration and so are not imported.
enum ModbusErrno {
    static let base: Int32 = 112_345_678
    static let badCRC = base + 12
    static let badData = base + 13
    static let badException = base + 14
    static let unknownException = base + 15
    static let tooMuchData = base + 16
    static let badSlave = base + 17
}
