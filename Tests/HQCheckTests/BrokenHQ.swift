import AsyncHTTPClient
import Foundation
import HQCheck
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Sandbox
import StationAPI
import Synchronization

/// The sandbox's HQ behind a gate that breaks exactly one thing.
struct BrokenHQ {
    static let token = "token-of-the-station"
    static let station = "S1"

    /// A request as the gate sees it.
    struct Question {
        var method: String
        var path: String
        var query: [String: String]
        var headers: [String: String]
        var body: Data

        var isFeed: Bool { path.hasSuffix("/orders") }
        var hasToken: Bool { headers["authorization"] == "Bearer \(BrokenHQ.token)" }
        var text: String { String(decoding: body, as: UTF8.self) }

        /// Whether it is an event of this check.
        func isEvent(_ name: CheckName, _ suffix: String = "\"") -> Bool {
            path.hasSuffix("/events") && text.contains(".\(name.rawValue)\(suffix)")
        }
    }

    /// An answer as the gate passes it on.
    struct Reply {
        var status: Int
        var type: String
        var encoding: String?
        var body: Data

        static func problem(_ status: Int, _ kind: String = "about:blank") -> Reply {
            Reply(
                status: status,
                type: "application/problem+json",
                body: Data("{\"type\":\"\(kind)\",\"status\":\(status)}".utf8)
            )
        }

        /// The answer with a text replaced.
        func replacing(_ old: String, _ new: String) -> Reply {
            var reply = self
            let text = String(decoding: body, as: UTF8.self)
            reply.body = Data(text.replacingOccurrences(of: old, with: new).utf8)
            return reply
        }
    }

    /// Spoils an answer; `asked` counts how often the very same question came before.
    typealias Spoiler = @Sendable (_ question: Question, _ reply: Reply, _ asked: Int) async -> Reply

    /// Runs `body` against an HQ with some orders, spoiled like this.
    /// - Parameter holds: whether a question may be held open.
    static func with(
        _ spoiler: @escaping Spoiler,
        holds: Bool = true,
        _ body: (_ target: HQTarget, _ base: String) async throws -> Void
    ) async throws {
        let quiet = Logger(label: "hq") { _ in SwiftLogNoOpLogHandler() }
        let key = WebhookSigningKey.makePair()
        var configuration = SandboxHQ.Configuration(
            station: station,
            stationKey: [UInt8](repeating: 7, count: 32),
            token: token
        )
        configuration.eventKeys = [key.verificationKey]
        let hq = SandboxHQ(configuration, logger: quiet)
        let port = try await hq.start()
        await hq.generate(orders: 5)
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let gate = Task {
            try await serve(Gate(port: port, holds: holds, spoiler: spoiler), quiet) {
                continuation.yield($0)
            }
        }
        var iterator = ports.makeAsyncIterator()
        let result: Result<Void, any Error>
        do {
            let gatePort = await iterator.next() ?? 0
            let base = "http://127.0.0.1:\(gatePort)"
            var target = try HQTarget(station: station, base: base)
            target.token = token
            target.signingKey = key
            try await body(target, base)
            result = .success(())
        } catch {
            result = .failure(error)
        }
        gate.cancel()
        _ = await gate.result
        await hq.stop()
        try result.get()
    }

    private static func serve(
        _ gate: Gate,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (Int) -> Void
    ) async throws {
        let router = Router()
        router.add(middleware: gate)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.run()
    }
}

/// How often each question came.
private final class Asked: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ question: BrokenHQ.Question) -> Int {
        let pairs = question.query.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let name = "\(question.method) \(question.path) \(pairs) \(question.text)"
        return counts.withLock { counts in
            counts[name, default: 0] += 1
            return (counts[name] ?? 1) - 1
        }
    }
}

/// Passes everything on, and spoils what comes back.
private struct Gate: RouterMiddleware {
    typealias Context = BasicRequestContext

    let port: Int
    let holds: Bool
    let spoiler: BrokenHQ.Spoiler
    let asked = Asked()

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let body = Data(try await request.body.collect(upTo: 1 << 20).readableBytesView)
        let question = BrokenHQ.Question(
            method: request.method.rawValue,
            path: request.uri.path,
            query: Dictionary(
                request.uri.queryParameters.map { (String($0.key), String($0.value)) },
                uniquingKeysWith: { $1 }
            ),
            headers: Dictionary(
                request.headers.map { ($0.name.canonicalName, $0.value) },
                uniquingKeysWith: { $1 }
            ),
            body: body
        )
        let reply = await spoiler(question, try await pass(request, body), asked.count(question))
        var headers: HTTPFields = [.contentType: reply.type]
        if let encoding = reply.encoding { headers[.contentEncoding] = encoding }
        return Response(
            status: .init(code: reply.status),
            headers: reply.status == 204 ? [:] : headers,
            body: reply.status == 204 ? .init() : .init(byteBuffer: ByteBuffer(bytes: reply.body))
        )
    }

    private func pass(_ request: Request, _ body: Data) async throws -> BrokenHQ.Reply {
        let wanted = "\(request.uri)"
        let uri = holds ? wanted : wanted.replacingOccurrences(of: "&wait=", with: "&ignored=")
        var message = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(uri)")
        message.method = .RAW(value: request.method.rawValue)
        for field in request.headers where !["content-length", "host"].contains(field.name.canonicalName) {
            message.headers.add(name: field.name.canonicalName, value: field.value)
        }
        if !body.isEmpty { message.body = .bytes(ByteBuffer(bytes: body)) }
        let response = try await HTTPClient.shared.execute(message, timeout: .seconds(60))
        let bytes = try await response.body.collect(upTo: 64 << 20)
        return BrokenHQ.Reply(
            status: Int(response.status.code),
            type: response.headers.first(name: "content-type") ?? "",
            body: Data(bytes.readableBytesView)
        )
    }
}
