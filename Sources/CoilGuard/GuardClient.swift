internal import CStationShims
internal import Glibc

/// Why the guard could not be asked.
public enum GuardClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Nobody listens at the socket, or it may not be used; with its errno.
    case unreachable(path: String, code: Int32)
    /// The guard hung up, did not answer in time, or answered what cannot be read. `wasSent`: the request may
    /// have been carried out; by now the guard has switched off what it switched on for us.
    case hungUp(wasSent: Bool)

    /// Cause and remedy in one line.
    public var description: String {
        switch self {
        case .unreachable(let path, let code) where code == EACCES || code == EPERM:
            "the coil guard at \(path) may not be used by this program's user; see systemd/README.md"
        case .unreachable(let path, let code):
            "no coil guard at \(path) (\(String(cString: strerror(code)))); start it: systemctl start pickup-coilguard"
        case .hungUp:
            "the coil guard hung up; see journalctl -u pickup-coilguard"
        }
    }
}

/// A connection to the guard. What was switched on over it goes off when it ends.
public final class GuardClient {
    /// The guard answers within a millisecond. A slow line (behind I2C, say) may take more; beyond this the
    /// guard is as good as dead.
    private static let timeoutMs: Int32 = 500

    private let connection: GuardConnection
    private var number: UInt64 = 0

    /// Connects.
    /// - Parameter path: the guard's socket.
    public init(path: String) throws(GuardClientError) {
        let opened = station_packet_connect(path, Self.timeoutMs)
        guard opened >= 0 else { throw .unreachable(path: path, code: -opened) }
        connection = GuardConnection(descriptor: opened)
    }

    /// Asks, and waits for the answer: half a second at most. After an error the connection is of no more use:
    /// end it, so that the guard lets go.
    public func ask(_ request: GuardRequest) throws(GuardClientError) -> GuardAnswer {
        number += 1
        guard connection.send(request.text(number: number)) else { throw .hungUp(wasSent: false) }
        while true {
            guard case .packet(let text) = connection.receive(), let found = GuardAnswer.parse(text) else {
                throw .hungUp(wasSent: true)
            }
            // Number 0 is said unasked, to a client that is not let in.
            if found.number == number || found.number == 0 { return found.answer }
        }
    }
}
