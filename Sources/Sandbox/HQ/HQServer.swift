internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOFoundationCompat
internal import StationAPI

/// The Station API and the shop's own API and page, over HTTP on loopback.
struct HQServer: Sendable {
    static let longPollMaxSeconds = 110

    let hq: SandboxHQ

    func run(port: Int, logger: Logger, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: HQContext.self)
        stationRoutes(
            router.group("stations/:station").add(middleware: Weather(hq: hq)).add(middleware: Problems())
        )
        identityRoutes(router)
        shopRoutes(router)
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { channel in
                if let port = channel.localAddress?.port { onListening(port) }
            },
            logger: logger
        )
        try await application.serve(logger: logger)
    }

    // MARK: The Station API

    private func stationRoutes(_ routes: RouterGroup<HQContext>) {
        routes.get("orders") { request, context in
            if let problem = await refusal(request, context) { return problem }
            let query = request.uri.queryParameters
            return try await page(
                cursor: query["cursor"].map(String.init),
                limit: query["limit"].flatMap { Int($0) },
                wait: query["wait"].flatMap { Int($0) }
            )
        }
        routes.post("orders") { request, context in
            if let problem = await refusal(request, context) { return problem }
            let question = try await Self.body(request, FeedQuestion.self)
            return try await page(cursor: question.cursor, limit: question.limit, wait: question.wait)
        }
        routes.post("events") { request, context in
            if let problem = await refusal(request, context) { return problem }
            let body = try await Self.data(request, upTo: 1 << 18)
            if let problem = await unsigned(request, body) { return problem }
            return try await takeEvent(request, body)
        }
        routes.put("state") { request, context in
            if let problem = await refusal(request, context) { return problem }
            let body = try await Self.data(request, upTo: 1 << 20)
            if let problem = await unsigned(request, body) { return problem }
            await hq.keep(try Self.decode(request, StationReport.self, body))
            return Response(status: .noContent)
        }
    }

    private struct FeedQuestion: Codable {
        var cursor: String?
        var limit: Int?
        var wait: Int?
    }

    private struct EventAnswer: Codable {
        var eventId: String
        var result: String
    }

    /// Who asks, and for which station.
    func refusal(_ request: Request, _ context: HQContext) async -> Response? {
        switch await hq.standing(of: request.headers[.authorization] ?? "") {
        case .good: break
        case .replaced:
            return Self.problem(
                Problem(.stationReplaced, status: 403, title: "another box is this station now")
            )
        case .unknown:
            return Self.problem(Problem(type: "about:blank", status: 401, title: "wrong or missing token"))
        }
        guard context.parameters.get("station") == hq.configuration.station else {
            return Self.problem(Problem(.unknownStation, status: 404, title: "no such station"))
        }
        return nil
    }

    private func page(cursor: String?, limit: Int?, wait: Int?) async throws -> Response {
        let limit = min(max(limit ?? 500, 1), 5000)
        let end = ContinuousClock.now + .seconds(min(max(wait ?? 0, 0), Self.longPollMaxSeconds))
        while true {
            guard let page = await hq.page(after: cursor, limit: limit) else {
                return Self.problem(Problem(.cursorExpired, status: 410, title: "ask without a cursor"))
            }
            let remaining = end - ContinuousClock.now
            guard page.items.isEmpty, cursor != nil, remaining > .zero, await !hq.isStopping else {
                return Self.bytes(await hq.spoiled(Self.encode(page)), "application/json")
            }
            await hq.change(withinMs: max(1, Int(remaining / .milliseconds(1))))
        }
    }

    private static func encode(_ page: FeedLog.Page) -> Data {
        var json = Data("{\"items\":[".utf8)
        for (index, item) in page.items.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json.append(item)
        }
        json.append(
            Data(
                """
                ],"nextCursor":"\(page.nextCursor)","hasMore":\(page.hasMore),"snapshot":\(page.isSnapshot),\
                "serverTime":"\(WireTime.now().text)"}
                """.utf8
            )
        )
        return json
    }

    private func takeEvent(_ request: Request, _ body: Data) async throws -> Response {
        let fault = await hq.currentFault()
        let event: CloudEvent
        do {
            event = try JSONDecoder().decode(CloudEvent.self, from: body)
        } catch {
            return Self.problem(
                Problem(.payloadInvalid, status: 400, title: "not a CloudEvent", detail: "\(error)")
            )
        }
        // The id in the body counts: a gateway may drop the header. Two ids are a mistake of the sender's.
        if let name = Self.idempotencyKey, let key = request.headers[name], key != "\"\(event.id)\"" {
            return Self.problem(
                Problem(.payloadInvalid, status: 400, title: "Idempotency-Key is not the event's id")
            )
        }
        let reception = await hq.take(event)
        switch reception {
        case .mismatch:
            let title = "this id came before with another content"
            return Self.problem(Problem(.idempotencyMismatch, status: 422, title: title))
        case .unknownOrder:
            return Self.problem(Problem(.unknownOrder, status: 422, title: "no such order"))
        case .applied, .duplicate:
            if fault == .droppedReply { throw ReplyLost() }
            if reception == .applied, await hq.isReplyLost { throw ReplyLost() }
            let result = EventAnswer(
                eventId: event.id,
                result: reception == .duplicate ? "duplicate" : "applied"
            )
            let status: HTTPResponse.Status = fault == .accepted202 ? .accepted : .ok
            return Self.bytes(try JSONEncoder().encode(result), "application/json", status: status)
        }
    }

    // MARK: Answers

    /// The header's name is a constant that is a valid token (RFC 9110, 5.6.2).
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key")

    static func data(_ request: Request, upTo limit: Int) async throws -> Data {
        Data(buffer: try await request.body.collect(upTo: limit))
    }

    static func body<Value: Decodable>(
        _ request: Request,
        _ type: Value.Type,
        upTo limit: Int = 65_536
    ) async throws -> Value {
        try decode(request, type, try await data(request, upTo: limit))
    }

    static func decode<Value: Decodable>(_ request: Request, _ type: Value.Type, _ body: Data) throws -> Value
    {
        let mediaType = request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        guard mediaType == "application/json" else { throw HTTPError(.unsupportedMediaType) }
        do {
            return try JSONDecoder().decode(type, from: body)
        } catch is DecodingError {
            throw HTTPError(.badRequest)
        }
    }

    static func json(_ value: some Encodable) throws -> Response {
        bytes(try JSONEncoder().encode(value), "application/json")
    }

    static func bytes(_ data: Data, _ type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(data: data))
        )
    }

    static func problem(_ problem: Problem) -> Response {
        let body = (try? JSONEncoder().encode(problem)) ?? Data()
        return bytes(
            body,
            "application/problem+json",
            status: HTTPResponse.Status(code: problem.status ?? 500)
        )
    }
}

/// Every refusal of the Station API is a problem, also those of the server's own.
struct Problems: RouterMiddleware {
    typealias Context = HQContext

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError {
            let isPayload = [.badRequest, .contentTooLarge, .unsupportedMediaType].contains(error.status)
            let title = error.body ?? error.status.reasonPhrase
            let problem = Problem(.payloadInvalid, status: error.status.code, title: title)
            let other = Problem(type: "about:blank", status: error.status.code, title: title)
            return HQServer.problem(isPayload ? problem : other)
        }
    }
}

/// The reply is lost on its way: the connection ends without one.
struct ReplyLost: Error {}
