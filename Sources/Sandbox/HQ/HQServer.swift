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
    let token: String

    func run(port: Int, logger: Logger, onListening: @escaping @Sendable (Int) -> Void) async throws {
        let router = Router(context: HQContext.self)
        stationRoutes(router.group("stations/:station").add(middleware: Weather(hq: hq)))
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
            return try await takeEvent(request)
        }
        routes.put("state") { request, context in
            if let problem = await refusal(request, context) { return problem }
            await hq.keep(try await Self.body(request, StationReport.self, upTo: 1 << 20))
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
    private func refusal(_ request: Request, _ context: HQContext) async -> Response? {
        guard request.headers[.authorization] == "Bearer \(token)" else {
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

    static func encode(_ page: FeedLog.Page) -> Data {
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

    private func takeEvent(_ request: Request) async throws -> Response {
        let fault = await hq.currentFault()
        let event: CloudEvent
        do {
            event = try JSONDecoder().decode(
                CloudEvent.self,
                from: try await Self.data(request, upTo: 1 << 18)
            )
        } catch {
            return Self.problem(
                Problem(.payloadInvalid, status: 400, title: "not a CloudEvent", detail: "\(error)")
            )
        }
        guard let name = Self.idempotencyKey, request.headers[name] == "\"\(event.id)\"" else {
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
            let result = EventAnswer(
                eventId: event.id,
                result: reception == .duplicate ? "duplicate" : "applied"
            )
            let status: HTTPResponse.Status = fault == .accepted202 ? .accepted : .ok
            return Self.bytes(try JSONEncoder().encode(result), "application/json", status: status)
        }
    }

    // MARK: Answers

    /// The header's name is a constant that is a valid token (RFC 9110, 5.6.2); nil would make every check
    /// fail.
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key")

    static func data(_ request: Request, upTo limit: Int) async throws -> Data {
        Data(buffer: try await request.body.collect(upTo: limit))
    }

    static func body<Value: Decodable>(
        _ request: Request,
        _ type: Value.Type,
        upTo limit: Int = 65_536
    ) async throws -> Value {
        guard request.headers[.contentType]?.hasPrefix("application/json") == true else {
            throw HTTPError(.unsupportedMediaType)
        }
        do {
            return try JSONDecoder().decode(type, from: try await data(request, upTo: limit))
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

/// The reply is lost on its way: the connection ends without one.
struct ReplyLost: Error {}
