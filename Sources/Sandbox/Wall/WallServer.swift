internal import Foundation
internal import HTTPTypes
internal import Hummingbird
public import Logging
internal import NIOCore

/// The demo's page: the simulated wall as a picture whose doors people can open and close, the scanner to
/// hold a code in
/// front of, and the kiosk and the shop beside it.
public final class WallServer: Sendable {
    /// Something to hold in front of the scanner.
    public struct Card: Sendable, Codable {
        /// What it is, for people.
        public var title: String
        /// The text it carries.
        public var text: String
        /// What kind of thing it is: `code`, `label` or `badge`.
        public var kind: String

        /// A card.
        public init(title: String, text: String, kind: String) {
            self.title = title
            self.text = text
            self.kind = kind
        }
    }

    /// Where the other pages are.
    public struct Links: Sendable, Codable {
        /// The kiosk's page.
        public var kiosk: String
        /// The shop's page.
        public var shop: String

        /// The other pages.
        public init(kiosk: String, shop: String) {
            self.kiosk = kiosk
            self.shop = shop
        }
    }

    private struct Action: Codable {
        var door: String
        var action: String
    }

    private struct Scan: Codable {
        var text: String
    }

    private struct Plug: Codable {
        var isPlugged: Bool
    }

    private let cabinet: SandboxCabinet
    private let scanner: SandboxScanner
    private let links: Links
    private let cards: @Sendable () async -> [Card]

    /// A page for this cabinet and scanner; `cards` lists what can be held in front of the scanner now.
    public init(
        cabinet: SandboxCabinet,
        scanner: SandboxScanner,
        links: Links,
        cards: @escaping @Sendable () async -> [Card]
    ) {
        self.cabinet = cabinet
        self.scanner = scanner
        self.links = links
        self.cards = cards
    }

    /// Serves on this loopback port until the task is cancelled.
    public func run(port: Int, logger: Logger) async throws {
        let router = Router()
        router.get("/") { _, _ in Self.file(PackageResources.wall_html, "text/html; charset=utf-8") }
        router.get("/wall.css") { _, _ in Self.file(PackageResources.wall_css, "text/css") }
        router.get("/wall.js") { _, _ in Self.file(PackageResources.wall_js, "text/javascript") }
        router.get("/links") { [links] _, _ in try Self.json(links) }
        router.get("/cards") { [cards] _, _ in try Self.json(await cards()) }
        router.get("/state") { [cabinet] _, _ in try Self.json(cabinet.snapshot()) }
        router.get("/changes") { [cabinet] _, _ in Self.stream(cabinet) }
        router.post("/door") { [weak self] request, _ in
            let action = try await Self.body(request, Action.self)
            return try self?.perform(action) ?? Response(status: .gone)
        }
        router.post("/scan") { [scanner] request, _ in
            let scan = try await Self.body(request, Scan.self)
            guard scan.text.utf8.count <= 256 else { return Response(status: .contentTooLarge) }
            scanner.scan(scan.text, terminator: .carriageReturn)
            return Response(status: .noContent)
        }
        router.post("/scanner") { [scanner] request, _ in
            if try await Self.body(request, Plug.self).isPlugged {
                try scanner.replug()
            } else {
                scanner.unplug()
            }
            return Response(status: .noContent)
        }
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            logger: logger
        )
        try await application.serve(logger: logger)
    }

    private func perform(_ action: Action) throws -> Response {
        let door = SandboxDoorName(rawValue: action.door)
        let isKnown =
            switch action.action {
            case "pull": cabinet.pull(door)
            case "close": cabinet.close(door)
            case "force": cabinet.force(door)
            case "stick": cabinet.setStuck(true, door: door)
            case "unstick": cabinet.setStuck(false, door: door)
            case "cutSensor": cabinet.setSensor(.cutOpen, door: door)
            case "mendSensor": cabinet.setSensor(.honest, door: door)
            default: false
            }
        // A locked door that is pulled stays shut: that is an answer too.
        return Response(status: isKnown ? .noContent : .conflict)
    }

    private static func body<Value: Decodable>(_ request: Request, _ type: Value.Type) async throws -> Value {
        // Only this page may move doors: a form of another site can send text, never this.
        guard request.headers[.contentType] == "application/json" else {
            throw HTTPError(.unsupportedMediaType)
        }
        let buffer = try await request.body.collect(upTo: 4096)
        do {
            return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView))
        } catch {
            throw HTTPError(.badRequest)
        }
    }

    private static func file(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func json(_ value: some Encodable) throws -> Response {
        file(Array(try JSONEncoder().encode(value)), "application/json")
    }

    private static func stream(_ cabinet: SandboxCabinet) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                try await writer.write(event(cabinet.snapshot()))
                for await snapshot in cabinet.changes() {
                    try await writer.write(event(snapshot))
                }
                try await writer.finish(nil)
            }
        )
    }

    private static func event(_ snapshot: SandboxCabinetSnapshot) throws -> ByteBuffer {
        var buffer = ByteBuffer(string: "data: ")
        buffer.writeBytes(try JSONEncoder().encode(snapshot))
        buffer.writeString("\n\n")
        return buffer
    }
}
