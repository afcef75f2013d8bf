internal import Foundation
internal import Glibc

/// Tells systemd how the service is (sd_notify(3)): a datagram to `$NOTIFY_SOCKET`. Without one nothing
/// happens.
public struct SystemdNotify: Sendable {
    private let path: String?
    /// How often the watchdog wants to hear from us; nil: there is none.
    public let watchdogInterval: Duration?

    /// Takes the socket from the environment that systemd made.
    public init(environment: [String: String]) {
        path = environment["NOTIFY_SOCKET"]
        let isOurs = environment["WATCHDOG_PID"].map { $0 == String(getpid()) } ?? true
        watchdogInterval =
            isOurs ? environment["WATCHDOG_USEC"].flatMap { Int64($0) }.map { .microseconds($0) } : nil
    }

    /// The service serves.
    public func ready(status: String) { send("READY=1\nSTATUS=\(status)") }
    /// One line for `systemctl status`.
    public func status(_ status: String) { send("STATUS=\(status)") }
    /// The service ends; `status` says what it still does.
    public func stopping(status: String) { send("STOPPING=1\nSTATUS=\(status)") }
    /// A sign of life for the watchdog.
    public func watchdog() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        guard let path, !path.isEmpty else { return }
        let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return }
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
        // An abstract socket is written with @ and addressed with NUL.
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        let length = MemoryLayout<sa_family_t>.size + bytes.count
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let message = Array(message.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                sendto(socket, message, message.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(length))
            }
        }
    }
}
