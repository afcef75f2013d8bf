internal import Foundation
internal import Glibc

/// Keeps a second process off the database: `flock` on a file beside it, held until this one ends.
final class StationLock: Sendable {
    private let descriptor: Int32

    init(folder: String) throws(StoreError) {
        let path = folder + "/station.lock"
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .folder(path: folder, reason: String(cString: strerror(errno)))
        }
        guard Self.lock(descriptor) else {
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(descriptor, &buffer, buffer.count)
            let owner = String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
            close(descriptor)
            throw .inUse(path: folder, byProcess: owner.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        let text = "\(getpid())\n"
        guard ftruncate(descriptor, 0) == 0, write(descriptor, text, text.utf8.count) == text.utf8.count
        else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw .folder(path: folder, reason: reason)
        }
    }

    /// A process that ours starts holds a copy of the lock until its own program begins: a moment, not a
    /// second controller.
    private static func lock(_ descriptor: Int32) -> Bool {
        for _ in 0..<25 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            var pause = timespec(tv_sec: 0, tv_nsec: 20_000_000)
            nanosleep(&pause, nil)
        }
        return false
    }

    deinit {
        close(descriptor)
    }
}
