import Foundation
import Glibc

/// A client on a bare socket, so that a test can send what no HTTP library would. One read waits at most 5 s,
/// and all reads up to a text or the end 10 s, so that a stream that goes on for ever fails its test.
final class RawClient: Sendable {
    struct Failure: Error { var reason: String }

    private let descriptor: Int32

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var timeout = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure(reason: "connect: errno \(errno)") }
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        // MSG_NOSIGNAL: a server that has hung up must fail the test, not kill its process.
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failure(reason: "send: errno \(errno)")
        }
    }

    /// The next bytes; empty at the end of the stream.
    func receive() async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: a read that waits must not hold one that the server under test needs.
            Thread.detachNewThread { [self] in
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                if count < 0 {
                    continuation.resume(throwing: Failure(reason: "receive: errno \(errno)"))
                } else {
                    continuation.resume(returning: String(decoding: bytes[..<count], as: UTF8.self))
                }
            }
        }
    }

    /// Reads until `text` has come; gives everything read so far.
    func receive(until text: String) async throws -> String {
        var all = ""
        let deadline = ContinuousClock.now + .seconds(10)
        while !all.contains(text) {
            guard .now < deadline else { throw Failure(reason: "no '\(text)' in 10 s") }
            let part = try await receive()
            guard !part.isEmpty else { throw Failure(reason: "ended before '\(text)': \(all)") }
            all += part
        }
        return all
    }

    /// Reads until the server closes the connection.
    func receiveToEnd() async throws -> String {
        var all = ""
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            guard .now < deadline else { throw Failure(reason: "no end in 10 s: \(all.prefix(500))") }
            let part = try await receive()
            if part.isEmpty { return all }
            all += part
        }
    }
}

/// A response, taken apart.
struct Reply {
    var status: Int
    var headers: [String: String]
    var body: String

    init(_ text: String) throws {
        guard let end = text.range(of: "\r\n\r\n") else {
            throw RawClient.Failure(reason: "no response: \(text)")
        }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        status = Int(lines[0].split(separator: " ")[1]) ?? 0
        headers = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        body = String(text[end.upperBound...])
    }

    /// The last part of an RFC 9457 problem's type.
    var problem: String? {
        guard headers["content-type"] == "application/problem+json",
            let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any],
            json["status"] as? Int == status, json["title"] is String, json["detail"] is String
        else { return nil }
        return (json["type"] as? String)?.split(separator: "/").last.map(String.init)
    }
}

/// One request on a connection of its own.
func request(
    _ port: Int,
    _ method: String,
    _ path: String,
    host: String? = nil,
    headers: [String: String] = [:],
    body: String = ""
) async throws -> Reply {
    let client = try RawClient(port: port)
    var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n"
    for (name, value) in headers { text += "\(name): \(value)\r\n" }
    if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
    try client.send(text + "\r\n" + body)
    return try Reply(try await client.receiveToEnd())
}

func postInput(_ port: Int, _ body: String, headers: [String: String] = [:]) async throws -> Reply {
    let json = ["Content-Type": "application/json"].merging(headers) { _, given in given }
    return try await request(port, "POST", "/input", headers: json, body: body)
}
