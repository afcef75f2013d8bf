internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import StationAPI

/// What is wrong with HQ, applied to every request of the station.
struct Weather: RouterMiddleware {
    typealias Context = HQContext

    let hq: SandboxHQ

    func handle(
        _ request: Request,
        context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let isEvent = request.method == .post && request.uri.path.hasSuffix("/events")
        let isFeed = request.uri.path.hasSuffix("/orders")
        switch await hq.currentFault() {
        case .down:
            throw ConnectionClosed.now(context)
        case .slow:
            try await Task.sleep(for: .seconds(3))
        case .conflict409 where isEvent:
            return HQServer.problem(
                Problem(.eventInProgress, status: 409, title: "an earlier try is in progress")
            )
        case .gone410 where isFeed && request.uri.queryParameters["cursor"] != nil:
            return HQServer.problem(Problem(.cursorExpired, status: 410, title: "ask without a cursor"))
        case .rateLimited429:
            var response = HQServer.problem(Problem(.rateLimited, status: 429, title: "too many requests"))
            response.headers[.retryAfter] = "1"
            return response
        case .error500:
            return HQServer.problem(Problem(type: "about:blank", status: 500, title: "something broke"))
        case .htmlPage:
            return HQServer.bytes(Data("<html><body>Proxy: sign in first</body></html>".utf8), "text/html")
        default:
            break
        }
        do {
            return try await next(request, context)
        } catch is ReplyLost {
            throw ConnectionClosed.now(context)
        }
    }
}

/// A request that knows its connection, so that it can be closed without an answer.
struct HQContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

/// Ends a connection without an answer.
enum ConnectionClosed {
    struct Closed: Error {}

    static func now(_ context: HQContext) -> any Error {
        context.channel.close(promise: nil)
        return Closed()
    }
}

extension SandboxHQ {
    func page(after cursor: String?, limit: Int) -> FeedLog.Page? {
        defer { note(question: cursor) }
        guard fault == .duplicatePage, let cursor, let before = previousCursor, before != cursor else {
            previousCursor = cursor
            return feed.page(after: cursor, limit: limit)
        }
        // Once more what was sent before; the cursor that comes with it is the right one again.
        previousCursor = nil
        return feed.page(after: before, limit: limit)
    }

    /// Keeps the book of ``feedReading()``.
    private func note(question cursor: String?) {
        if cursor?.isEmpty ?? true {
            reading.snapshots += 1
            reading.begunAt = .now
            reading.endedAt = nil
        } else if reading.begunAt != nil, reading.endedAt == nil, feed.isEnd(cursor) {
            reading.endedAt = .now
        }
    }

    /// A page as the fault leaves it.
    func spoiled(_ page: Data) -> Data {
        switch fault {
        case .truncatedJSON:
            return page.prefix(page.count * 2 / 3)
        case .oversizePage:
            return Data(repeating: UInt8(ascii: " "), count: 50 << 20) + page
        case .rubbishItems:
            let rubbish = """
                {"items":[{"change":"upsert","order":{"orderId":"BAD-1","version":1,"parcels":[]}},\
                {"change":"upsert","order":{"orderId":"BAD-2","version":-4,"displayNumber":"x","status":"ready",\
                "parcels":[{"parcelId":"p","size":"XXXL"}]}},\
                {"change":"upsert","order":{"orderId":"BAD-3","version":1,"displayNumber":"3","status":"ready",\
                "customerName":"Jane","parcels":[{"parcelId":"p3","size":"S"}]}},\
                {"change":"frobnicate"},42,
                """
            let items = Data("{\"items\":[".utf8)
            guard page.starts(with: items) else { return page }
            let rest = page.dropFirst(items.count)
            let isEmpty = rest.first == UInt8(ascii: "]")
            return Data(rubbish.utf8.dropLast(isEmpty ? 1 : 0)) + rest
        default:
            return page
        }
    }
}
