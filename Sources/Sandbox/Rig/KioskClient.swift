internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1

/// The kiosk as its page sees it, without a browser: reads views, presses buttons.
public struct KioskClient: Sendable {
    /// What is on the screen.
    public struct Screen: Hashable, Sendable {
        /// The screen's name, such as `takeParcel`.
        public var name: String
        /// The compartment it is about.
        public var compartment: String?
        /// The notice over it.
        public var notice: String?
        /// The whole view, for messages.
        public var text: String
    }

    /// The kiosk did not answer as a kiosk.
    public struct Failure: Error, CustomStringConvertible {
        /// What came instead.
        public var description: String
    }

    private let base: String

    /// The kiosk on this port of the loopback interface.
    public init(port: Int) {
        base = "http://127.0.0.1:\(port)"
    }

    /// What is on the screen now: the first event of the stream.
    public func screen() async throws -> Screen {
        var request = HTTPClientRequest(url: base + "/events")
        request.headers.add(name: "Accept", value: "text/event-stream")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        guard response.status == .ok else {
            throw Failure(description: "the kiosk answered \(response.status)")
        }
        var text = ""
        for try await part in response.body {
            text += String(buffer: part)
            if let data = Self.event(in: text) { return try Self.screen(data) }
        }
        throw Failure(description: "the kiosk closed its event stream")
    }

    /// Waits until one of these screens is shown.
    ///
    /// - Throws: ``Failure`` with what is shown instead once the time is over.
    @discardableResult
    public func wait(for names: String..., withinMs limit: Int = 15_000) async throws -> Screen {
        let end = ContinuousClock.now + .milliseconds(limit)
        var last = "nothing"
        repeat {
            if let screen = try? await screen() {
                if names.contains(screen.name) { return screen }
                last = screen.text
            }
            try await Task.sleep(for: .milliseconds(30))
        } while ContinuousClock.now < end
        throw Failure(
            description: "the kiosk should show \(names.joined(separator: " or ")) and shows \(last)"
        )
    }

    /// Types a code.
    public func type(code: String) async throws { try await send(["code": code]) }

    /// Types a PIN.
    public func type(pin: String) async throws { try await send(["pin": pin]) }

    /// Presses a button without a value, such as `startLoading`.
    public func press(_ button: String) async throws {
        try await send(["button": [button: [String: String]()]])
    }

    private func send(_ body: [String: Any]) async throws {
        var request = HTTPClientRequest(url: base + "/input")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.body = .bytes(ByteBuffer(data: try JSONSerialization.data(withJSONObject: body)))
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
        guard (200..<300).contains(response.status.code) else {
            let text = try await response.body.collect(upTo: 4096)
            throw Failure(description: "the kiosk refused: \(response.status) \(String(buffer: text))")
        }
    }

    private static func event(in text: String) -> Data? {
        guard let end = text.range(of: "\n\n") else { return nil }
        let lines = text[..<end.lowerBound].split(separator: "\n")
        let data = lines.filter { $0.hasPrefix("data:") }.map { $0.dropFirst(5) }.joined(separator: "\n")
        return data.isEmpty ? nil : Data(data.utf8)
    }

    private static func screen(_ data: Data) throws -> Screen {
        guard let view = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let screen = view["screen"] as? [String: Any], let name = screen.keys.first
        else {
            throw Failure(description: "not a view: \(String(decoding: data.prefix(200), as: UTF8.self))")
        }
        let notice = (view["notice"] as? [String: Any])?["kind"] as? String
        return Screen(
            name: name,
            compartment: compartment(in: screen),
            notice: notice,
            text:
                "\(name) \(String(decoding: (try? JSONSerialization.data(withJSONObject: screen)) ?? Data(), as: UTF8.self))"
        )
    }

    private static func compartment(in value: Any) -> String? {
        guard let members = value as? [String: Any] else { return nil }
        if let found = members["compartment"] as? String { return found }
        for key in members.keys.sorted() {
            if let member = members[key], let found = compartment(in: member) { return found }
        }
        return nil
    }
}
