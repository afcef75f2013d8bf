import Foundation
import Glibc

/// A port that says the same to everybody who connects, and ends the connection when the other has said something.
final class ChattyServer: Sendable {
    let port: Int
    private let listener: Int32

    init(_ text: String) throws {
        let server = try WireServer.listen(port: 0)
        (listener, port) = (server.listener, server.port)
        Thread.detachNewThread { [listener] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                let bytes = Array(text.utf8)
                _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                _ = recv(descriptor, &buffer, buffer.count, 0)
                close(descriptor)
            }
            close(listener)
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }
}
