import Foundation

/// A request as its bytes came.
struct WireRequest: Sendable, CustomStringConvertible {
    var at: ContinuousClock.Instant
    var method: String
    /// The request target, byte for byte.
    var target: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    enum Operation: Sendable { case feed, events, state }

    var operation: Operation {
        let path = target.prefix { $0 != "?" }
        if path.hasSuffix("/orders") { return .feed }
        return path.hasSuffix("/events") ? .events : .state
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// A parameter of the query, not decoded.
    func parameter(_ name: String) -> String? {
        target.split(separator: "?", maxSplits: 1).dropFirst().first?
            .split(separator: "&")
            .first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1)) }
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    /// A member of the body's JSON object that is text.
    func member(_ name: String) -> String? {
        let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        return object?[name] as? String
    }

    var description: String { "\(method) \(target) [\(body.count) bytes]" }

    init?(head: [UInt8], body: [UInt8]) {
        var lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines.removeFirst().split(separator: " ").map(String.init)
        guard first.count == 3 else { return nil }
        at = .now
        (method, target) = (first[0], first[1])
        headers = lines.compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...]
            return (String(line[..<colon]), value.trimmingCharacters(in: .whitespaces))
        }
        self.body = body
    }

    /// The length of the body that a head announces.
    static func bodyLength(of head: [UInt8]) -> Int {
        WireRequest(head: head, body: [])?.header("Content-Length").flatMap { Int($0) } ?? 0
    }
}
