import Foundation
import Glibc

/// A port that takes connections and drops them at once.
final class DroppingServer: Sendable {
    let port: Int
    private let listener: Int32

    init(onDrop: @escaping @Sendable () -> Void) throws {
        let server = try WireServer.listen(port: 0)
        (listener, port) = (server.listener, server.port)
        Thread.detachNewThread { [listener] in
            while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
                close(descriptor)
                onDrop()
            }
            close(listener)
        }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
    }
}
