import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Synchronization

/// Answers every request of the kiosk: a handful of exact paths, each with its methods.
struct KioskResponder: HTTPResponder {
    /// The most bytes of an input.
    static let inputLimit = 1024
    /// The most inputs being decided at once; one screen sends one at a time.
    static let inputsAtOnce = 8

    let assets: PageAssets
    let headers: SecurityHeaders
    let station: any KioskStation
    let hub: EventHub
    let binding: PortBinding
    let inputs: InputCount
    let logger: Logger

    func respond(to request: Request, context: KioskContext) async throws -> Response {
        var response: Response
        do {
            response = try await route(request, context: context)
        } catch let problem as Problem {
            logger.debug("kiosk refuses a request", metadata: ["problem": "\(problem.name)"])
            response = problem.response(closing: context.channel)
        } catch {
            // The error is not logged: it could quote what was sent.
            logger.error("kiosk failed to answer a request", metadata: ["type": "\(type(of: error))"])
            response = Problem.unexpected.response(closing: context.channel)
        }
        headers.add(to: &response)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func route(_ request: Request, context: KioskContext) async throws -> Response {
        guard let port = binding.boundPort else { throw Problem.stopping }
        try RequestGuard.check(request, port: port)
        let path = request.head.path?.prefix { $0 != "?" } ?? ""
        switch path {
        case "/events":
            try allow([.get], request)
            try RequestGuard.checkSameOrigin(request)
            return try events(on: context.channel)
        case "/input":
            try allow([.post], request)
            try RequestGuard.checkSameOrigin(request)
            return try await input(request)
        default:
            guard let asset = assets.byPath[String(path)] else { throw Problem.notFound }
            try allow([.get, .head], request)
            var fields: HTTPFields = [.contentType: asset.type]
            // The start page is a local file, to a browser another origin: this one picture tells it that we answer.
            if path == SecurityHeaders.sharedPath { fields[.crossOriginResourcePolicy] = "cross-origin" }
            return Response(
                status: .ok,
                headers: fields,
                body: ResponseBody(byteBuffer: asset.bytes)
            )
        }
    }

    private func allow(_ methods: [HTTPRequest.Method], _ request: Request) throws(Problem) {
        guard methods.contains(request.method) else { throw .methodNotAllowed(allowed: methods) }
    }

    private func events(on channel: any Channel) throws(Problem) -> Response {
        let reader = try hub.open(on: channel)
        let body = ResponseBody { writer in
            defer { hub.close(reader) }
            try await reader.stream(to: &writer)
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .kioskPage: assets.version],
            body: body
        )
    }

    private func input(_ request: Request) async throws -> Response {
        let type = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased().filter {
            !$0.isWhitespace
        }
        guard type == "application/json" else { throw Problem.notJSON }
        let input = try Self.decode(try await Self.body(of: request))
        guard inputs.begin(limit: Self.inputsAtOnce) else {
            logger.notice("kiosk refuses an input: too many at once")
            throw Problem.busy
        }
        defer { inputs.end() }
        await station.kioskInput(input)
        return Response(status: .noContent)
    }

    private static func body(of request: Request) async throws -> ByteBuffer {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > inputLimit {
            throw Problem.tooLarge
        }
        var body = ByteBuffer()
        for try await part in request.body {
            guard body.readableBytes + part.readableBytes <= inputLimit else { throw Problem.tooLarge }
            body.writeImmutableBuffer(part)
        }
        return body
    }

    private static func decode(_ body: ByteBuffer) throws(Problem) -> KioskInput {
        do {
            return try JSONDecoder().decode(KioskInput.self, from: Data(body.readableBytesView))
        } catch {
            throw .badInput
        }
    }
}

/// Counts the inputs that are being decided.
final class InputCount: Sendable {
    private let count = Mutex(0)

    func begin(limit: Int) -> Bool {
        count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
    }

    func end() {
        count.withLock { $0 -= 1 }
    }
}
