import Foundation
import Glibc

/// systemd's end of sd_notify(3): a datagram socket whose path the station finds in `NOTIFY_SOCKET`.
final class ReadySocket: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Listens, and puts the path into this process's environment, which its children inherit.
    init(path: String) throws {
        self.path = path
        unlink(path)
        descriptor = socket(
            AF_UNIX,
            Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue),
            0
        )
        guard descriptor >= 0 else { throw Failed("no socket for READY=1") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw Failed("\(path) is too long for a socket: give a shorter --state")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = descriptor
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw Failed("\(path): \(String(cString: strerror(errno)))") }
        setenv("NOTIFY_SOCKET", path, 1)
    }

    func close() {
        unsetenv("NOTIFY_SOCKET")
        unlink(path)
        Glibc.close(descriptor)
    }

    /// Forgets what was said before.
    func drain() {
        while receive() != nil {}
    }

    /// When READY=1 came, to 2 ms.
    func waitUntilReady(withinSeconds limit: Int) async throws -> ContinuousClock.Instant {
        let end = ContinuousClock.now + .seconds(limit)
        while ContinuousClock.now < end {
            while let message = receive() {
                if message.hasPrefix("READY=1") { return .now }
            }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Failed("the station did not say READY=1 within \(limit) s")
    }

    private func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}
