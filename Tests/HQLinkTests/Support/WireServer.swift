import Foundation
import Glibc
import Synchronization

/// A server made of nothing but a socket: a handler decides about every byte of its replies.
///
/// Each connection has its own thread, so that a handler may simply wait.
final class WireServer: Sendable {
    typealias Handler = @Sendable (WireRequest, WireConnection) -> Void

    struct Failed: Error {
        var what: String
        var errno: Int32
    }

    let port: Int
    let requests = Watch<[WireRequest]>([])
    /// Connections that were accepted.
    let accepted = Watch(0)
    private let listener: Int32
    private let open = Mutex<(isStopped: Bool, connections: [Int32: WireConnection])>((false, [:]))

    init(port: Int = 0, _ handler: @escaping Handler) throws {
        (listener, self.port) = try Self.listen(port: port)
        Thread.detachNewThread { self.acceptAll(handler) }
    }

    /// A socket that listens on loopback; port 0: any free one.
    static func listen(port: Int) throws -> (listener: Int32, port: Int) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw Failed(what: "socket", errno: errno) }
        var yes: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = in_port_t(port).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && Glibc.listen(listener, 64) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else {
            let code = errno
            close(listener)
            throw Failed(what: "bind", errno: code)
        }
        return (listener, Int(in_port_t(bigEndian: address.sin_port)))
    }

    /// Closes the port and every connection.
    func stop() {
        let connections = open.withLock { state in
            state.isStopped = true
            return Array(state.connections.values)
        }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { connection.end() }
    }

    private func acceptAll(_ handler: @escaping Handler) {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            var yes: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            let connection = WireConnection(descriptor)
            let isStopped = open.withLock { state in
                if !state.isStopped { state.connections[descriptor] = connection }
                return state.isStopped
            }
            guard !isStopped else {
                close(descriptor)
                break
            }
            accepted.update { $0 += 1 }
            Thread.detachNewThread {
                self.serve(connection, handler)
                _ = self.open.withLock { $0.connections.removeValue(forKey: descriptor) }
                connection.close()
            }
        }
        close(listener)
    }

    private func serve(_ connection: WireConnection, _ handler: Handler) {
        while let request = connection.readRequest() {
            requests.update { $0.append(request) }
            handler(request, connection)
        }
    }
}

/// One connection of a `WireServer`, used by its own thread; only `end` is for others.
final class WireConnection: Sendable {
    private let descriptor: Int32
    private let state = Mutex<(buffer: [UInt8], isClosed: Bool)>(([], false))

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes all bytes; false once the peer is gone.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    func send(_ reply: WireReply) -> Bool { send(reply.bytes) }

    /// Ends the connection in order.
    func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Ends the connection with a reset: unread and unsent bytes are lost.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Waits until the peer ends the connection.
    func hold() {
        while let more = readSome() {
            state.withLock { $0.buffer += more }
        }
    }

    func close() {
        let wasClosed = state.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        if !wasClosed { Glibc.close(descriptor) }
    }

    func readRequest() -> WireRequest? {
        var buffer = state.withLock { state in
            defer { state.buffer = [] }
            return state.isClosed ? nil : state.buffer
        }
        guard var bytes = buffer.take() else { return nil }
        while true {
            if let end = Self.headEnd(bytes) {
                let head = Array(bytes[..<end])
                let total = end + 4 + WireRequest.bodyLength(of: head)
                if bytes.count >= total {
                    state.withLock { $0.buffer = Array(bytes[total...]) }
                    return WireRequest(head: head, body: Array(bytes[(end + 4)..<total]))
                }
            }
            guard let more = readSome() else { return nil }
            bytes += more
        }
    }

    private func readSome() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        return (0...(bytes.count - 4)).first { index in
            bytes[index] == 13 && bytes[index + 1] == 10 && bytes[index + 2] == 13 && bytes[index + 3] == 10
        }
    }
}

/// Blocks the handler's thread.
func usleepMilliseconds(_ milliseconds: Int) {
    usleep(useconds_t(milliseconds * 1_000))
}
