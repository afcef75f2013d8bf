import Foundation
import Glibc

/// A store's proxy: makes connections for `CONNECT`, whatever name is asked for, to loopback.
final class TestProxy: Sendable {
    struct Asked: Sendable {
        /// `CONNECT host:port HTTP/1.1`.
        var line: String
        var authorization: String?
    }

    let port: Int
    let asked = Watch<[Asked]>([])
    private let listener: Int32

    /// - Parameter answer: what is said to a request; nil: the connection is made.
    init(answer: @escaping @Sendable (Asked) -> String?) throws {
        let server = try WireServer.listen(port: 0)
        (listener, port) = (server.listener, server.port)
        Thread.detachNewThread { [self, listener] in
            while case let client = accept(listener, nil, nil), client >= 0 {
                Thread.detachNewThread { self.serve(client, answer) }
            }
            close(listener)
        }
    }

    func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32, _ answer: (Asked) -> String?) {
        defer { close(client) }
        var head: [UInt8] = []
        while !head.suffix(4).elementsEqual(Array("\r\n\r\n".utf8)) {
            var byte: UInt8 = 0
            guard recv(client, &byte, 1, 0) == 1 else { return }
            head.append(byte)
        }
        let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let credentials = lines.first { $0.lowercased().hasPrefix("proxy-authorization:") }
        let request = Asked(
            line: lines[0],
            authorization: credentials.map { String($0.drop { $0 != " " }.dropFirst()) }
        )
        asked.update { $0.append(request) }
        if let text = answer(request) {
            Self.send(client, Array(text.utf8)[...])
            return
        }
        guard let port = lines[0].split(separator: " ").dropFirst().first?.split(separator: ":").last,
            let target = UInt16(port), let server = Self.connect(target)
        else { return }
        defer { close(server) }
        Self.send(client, Array("HTTP/1.1 200 Connection established\r\n\r\n".utf8)[...])
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            Self.pass(server, to: client)
            done.signal()
        }
        Self.pass(client, to: server)
        done.wait()
    }

    private static func pass(_ from: Int32, to: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while case let count = recv(from, &buffer, buffer.count, 0), count > 0 {
            guard send(to, buffer[..<count]) else { break }
        }
        shutdown(to, Int32(SHUT_RDWR))
        shutdown(from, Int32(SHUT_RDWR))
    }

    @discardableResult
    private static func send(_ descriptor: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static func connect(_ port: UInt16) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard connected else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
