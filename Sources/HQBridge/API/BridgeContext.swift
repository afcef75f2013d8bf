internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import StationAPI

/// A request that knows from where it comes.
struct BridgeContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let remoteAddress: String?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress
    }

    /// The station that the path names.
    var stationName: String? { parameters.get("station") }
}

/// Answers every failure as a problem (RFC 9457).
struct ProblemMiddleware: RouterMiddleware {
    typealias Context = BridgeContext

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let problem as Problem {
            return Answer.problem(problem)
        } catch let error as BridgeStoreError {
            return Answer.problem(problem(error, context))
        } catch is NIOTooManyBytesError {
            return Answer.problem(Problem(.payloadInvalid, status: 413, title: "the body is too large"))
        } catch let error as HTTPError {
            let title = error.status == .notFound ? "no such path" : error.status.reasonPhrase
            return Answer.problem(Problem(type: "about:blank", status: error.status.code, title: title))
        } catch is CancellationError {
            return Answer.problem(busy("the bridge is stopping"))
        }
    }

    private func problem(_ error: BridgeStoreError, _ context: Context) -> Problem {
        switch error {
        case .unknownStation: return Problem(.unknownStation, status: 404, title: "no such station")
        case .overloaded, .unreachable, .closed:
            context.logger.warning("a request was put off: \(error)")
            return busy("the bridge is busy or its database is away")
        default:
            context.logger.error("a request failed: \(error)")
            return Problem(type: "about:blank", status: 500, title: "the bridge could not do that")
        }
    }

    private func busy(_ title: String) -> Problem {
        var problem = Problem(type: "about:blank", status: 503, title: title)
        problem.retryable = true
        problem.retryAfterSeconds = 5
        return problem
    }
}

/// Answers to stations.
enum Answer {
    static func problem(_ problem: Problem) -> Response {
        // Strings and numbers always have a JSON form.
        let body = (try? FeedWriter.json(problem)) ?? []
        let status = problem.status ?? 500
        var response = bytes(body, "application/problem+json", status: .init(code: status))
        if let seconds = problem.retryAfterSeconds { response.headers[.retryAfter] = "\(seconds)" }
        if status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        bytes(try FeedWriter.json(value), "application/json", status: status)
    }

    static func bytes(_ bytes: [UInt8], _ type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    /// Compressed if the client takes that and it is worth it.
    static func page(_ body: [UInt8], to request: Request) -> Response {
        guard body.count >= Gzip.worthwhile, Gzip.isAccepted(request.headers[.acceptEncoding]),
            let compressed = Gzip.compress(body)
        else {
            var response = bytes(body, "application/json")
            response.headers[.vary] = "Accept-Encoding"
            return response
        }
        var response = bytes(compressed, "application/json")
        response.headers[.contentEncoding] = "gzip"
        response.headers[.vary] = "Accept-Encoding"
        return response
    }
}
