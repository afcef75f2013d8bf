internal import Foundation
internal import Glibc

/// Asks the station over its admin socket.
public enum AdminClient {
    /// Why there is no answer.
    public enum Failure: Error, Hashable, CustomStringConvertible {
        /// Nobody listens there.
        case notRunning(path: String, reason: String)
        /// The answer was not one.
        case noAnswer(String)

        /// What is wrong, and what to do.
        public var description: String {
            switch self {
            case .notRunning(let path, let reason):
                "pickupd does not answer at \(path) (\(reason)): is it running? See `systemctl status pickupd`. "
                    + "Ask as root or as a member of its group; --socket names another socket"
            case .noAnswer(let reason):
                "pickupd gave no answer that could be read (\(reason)): pickupctl and pickupd must be of one version"
            }
        }
    }

    /// Sends one question and waits for the answer, at most ten seconds.
    public static func ask(_ request: AdminRequest, socket path: String) throws(Failure) -> AdminReply {
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .notRunning(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        try connect(descriptor, to: path)
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        do {
            let question = Array(try JSONEncoder().encode(request)) + [UInt8(ascii: "\n")]
            guard send(descriptor, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
                throw Failure.noAnswer(String(cString: strerror(errno)))
            }
            var answer: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { break }
                answer += buffer.prefix(count)
                if answer.last == UInt8(ascii: "\n") { break }
            }
            guard !answer.isEmpty else {
                throw Failure.noAnswer("the connection was closed; are you allowed to ask?")
            }
            return try JSONDecoder().decode(AdminReply.self, from: Data(answer))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw .noAnswer("\(error)")
        }
    }

    private static func connect(_ descriptor: Int32, to path: String) throws(Failure) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw .notRunning(path: path, reason: "the path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, length)
            }
        }
        guard result == 0 else { throw .notRunning(path: path, reason: String(cString: strerror(errno))) }
    }
}
