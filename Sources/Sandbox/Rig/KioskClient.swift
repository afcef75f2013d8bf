internal import AsyncHTTPClient
internal import Foundation
internal import NIOCore
internal import NIOFoundationCompat
internal import NIOHTTP1
internal import Synchronization

/// The kiosk as its page sees it, without a browser: one event stream, read as views come; buttons pressed
/// over HTTP.
public final class KioskClient: Sendable {
    /// What is on the screen.
    public struct Screen: Hashable, Sendable {
        /// The screen's name, such as `takeParcel`.
        public var name: String
        /// The compartment it is about.
        public var compartment: String?
        /// The notice over it.
        public var notice: String?
        /// Whether the station has a scanner.
        public var scannerConnected: Bool
        /// On the staff menu: doors that a person may clear, with why.
        public var attention: [Attention]
        /// The whole view, for messages.
        public var text: String
    }

    /// A door on the staff menu that needs a person.
    public struct Attention: Hashable, Sendable {
        /// The door.
        public var compartment: String
        /// Why, such as `outcomeUnknown`.
        public var reason: String
    }

    /// The kiosk did not answer as a kiosk.
    public struct Failure: Error, CustomStringConvertible {
        /// What came instead.
        public var description: String
    }

    /// The newest view; none while there is no stream.
    private final class Newest: Sendable {
        private let data = Mutex<Data?>(nil)
        func set(_ newest: Data?) { data.withLock { $0 = newest } }
        var value: Data? { data.withLock { $0 } }
    }

    private let base: String
    private let newest: Newest
    private let reader: Task<Void, Never>

    /// The kiosk on this port of the loopback interface; it may come and go.
    public init(port: Int) {
        let base = "http://127.0.0.1:\(port)"
        let newest = Newest()
        self.base = base
        self.newest = newest
        reader = Task {
            while !Task.isCancelled {
                try? await Self.follow(base, newest)
                newest.set(nil)
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    deinit {
        reader.cancel()
    }

    private static func follow(_ base: String, _ newest: Newest) async throws {
        var request = HTTPClientRequest(url: base + "/events")
        request.headers.add(name: "Accept", value: "text/event-stream")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(3600))
        guard response.status == .ok else { return }
        var text = Substring()
        for try await part in response.body {
            text += String(buffer: part)
            while let end = text.range(of: "\n\n") {
                if let data = data(in: text[..<end.lowerBound]) { newest.set(data) }
                text = text[end.upperBound...]
            }
        }
    }

    /// The data of one event; a comment has none.
    private static func data(in event: Substring) -> Data? {
        let lines = event.split(separator: "\n").filter { $0.hasPrefix("data:") }
        return lines.isEmpty ? nil : Data(lines.map { $0.dropFirst(5) }.joined(separator: "\n").utf8)
    }

    /// What is on the screen now.
    ///
    /// - Throws: ``Failure`` while the kiosk does not answer.
    public func screen() throws -> Screen {
        guard let data = newest.value else { throw Failure(description: "the kiosk does not answer") }
        return try Self.screen(data)
    }

    /// Waits until one of these screens is shown.
    ///
    /// - Throws: ``Failure`` with what is shown instead once the time is over.
    @discardableResult
    public func wait(for names: String..., withinMs limit: Int = 15_000) async throws -> Screen {
        try await wait(for: names.joined(separator: " or "), withinMs: limit) { names.contains($0.name) }
    }

    /// Waits until the screen is as it should be, in words for the failure.
    ///
    /// - Throws: ``Failure`` with what is shown instead once the time is over.
    @discardableResult
    public func wait(
        for wanted: String,
        withinMs limit: Int = 15_000,
        _ isRight: (Screen) -> Bool
    ) async throws -> Screen {
        let end = ContinuousClock.now + .milliseconds(limit)
        var last = "nothing"
        repeat {
            if let screen = try? screen() {
                if isRight(screen) { return screen }
                last = screen.text
            }
            try await Task.sleep(for: .milliseconds(10))
        } while ContinuousClock.now < end
        throw Failure(description: "the kiosk should show \(wanted) and shows \(last)")
    }

    /// Types a code.
    public func type(code: String) async throws { try await send(["code": code]) }

    /// Types a PIN.
    public func type(pin: String) async throws { try await send(["pin": pin]) }

    /// Presses a button without a value, such as `startLoading`.
    public func press(_ button: String) async throws {
        try await send(["button": [button: [String: String]()]])
    }

    /// Presses a button with values, by their names; a value without a name is `_0`.
    public func press(_ button: String, with values: [String: any Sendable]) async throws {
        try await send(["button": [button: values]])
    }

    /// Staff clear what is wrong with a door; `found` is what they saw, such as `empty`.
    public func clear(_ compartment: String, found: String) async throws {
        try await send(["button": ["clear": ["_0": compartment, "reason": found]]])
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
            scannerConnected: view["scannerConnected"] as? Bool ?? false,
            attention: attention(in: screen),
            text:
                "\(name) \(String(decoding: (try? JSONSerialization.data(withJSONObject: screen)) ?? Data(), as: UTF8.self))"
        )
    }

    private static func attention(in screen: [String: Any]) -> [Attention] {
        guard let values = screen["staffMenu"] as? [String: Any], let menu = values["_0"] as? [String: Any],
            let list = menu["attention"] as? [[String: Any]]
        else { return [] }
        return list.compactMap { entry in
            guard entry["clearable"] as? Bool == true, let compartment = entry["compartment"] as? String,
                let reason = entry["reason"] as? String
            else { return nil }
            return Attention(compartment: compartment, reason: reason)
        }
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
