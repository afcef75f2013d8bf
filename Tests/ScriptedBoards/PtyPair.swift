internal import Dispatch
internal import Foundation
internal import Glibc
internal import Synchronization

/// Two ttys joined by a wire: what one writes the other reads.
public final class PtyPair: Sendable {
    /// One end.
    public let left: String
    /// The other end.
    public let right: String
    private let isCut = Mutex(false)
    private let finished = DispatchSemaphore(value: 0)

    /// Opens a pair.
    public init() throws {
        let (first, second) = (try openPty(), try openPty())
        left = first.path
        right = second.path
        Thread { [self] in
            copy(first.master, second.master)
            for pty in [first, second] { pty.end() }
            finished.signal()
        }.start()
    }

    /// Hangs both ends up.
    public func cut() {
        isCut.withLock { $0 = true }
        finished.wait()
        finished.signal()
    }

    private func copy(_ first: Int32, _ second: Int32) {
        var bytes = [UInt8](repeating: 0, count: 512)
        while !isCut.withLock({ $0 }) {
            var entries = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&entries, 2, 10) > 0 else { continue }
            for (from, to) in [(0, second), (1, first)] where entries[from].revents & Int16(POLLIN) != 0 {
                let count = read(entries[from].fd, &bytes, bytes.count)
                if count > 0 { _ = write(to, bytes, count) }
            }
        }
    }
}

/// A raw pty. Its slave side is held open, so that reads of the master do not fail while nobody else has it
/// open.
public func openPty() throws -> ScriptedPty {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var (unlocked, number): (Int32, Int32) = (0, 0)
    // TIOCSPTLCK and TIOCGPTN (tty_ioctl(4)): glibc's openpty is not in Swift's module map.
    guard master >= 0, ioctl(master, 0x4004_5431, &unlocked) == 0, ioctl(master, 0x8004_5430, &number) == 0
    else { throw POSIXError(.ENODEV) }
    let path = "/dev/pts/\(number)"
    let slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)
    var settings = termios()
    tcgetattr(slave, &settings)
    cfmakeraw(&settings)
    tcsetattr(slave, TCSANOW, &settings)
    let name = FileManager.default.temporaryDirectory.appendingPathComponent("tty-\(UUID())").path
    guard symlink(path, name) == 0 else { throw POSIXError(.EIO) }
    return ScriptedPty(master: master, slave: slave, path: name)
}

/// An open pty.
///
/// Its path is a name of its own, which ends with it: numbers under /dev/pts are used again at once, and a
/// bus that looks for its line for ever would find another test's.
public struct ScriptedPty: Sendable {
    /// The test's side.
    public let master: Int32
    /// The station's side, held open.
    public let slave: Int32
    /// Where the station opens it.
    public let path: String

    /// Takes the path away and hangs up.
    public func end() {
        unlink(path)
        close(slave)
        close(master)
    }
}
