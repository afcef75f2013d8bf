internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import StationAPI
internal import Synchronization

/// The order feed.
extension BridgeServer {
    private static let mostItems = 5000
    private static let usualItems = 500

    private struct Question: Codable {
        var stationId: String
        var cursor: String?
        var limit: Int?
        var wait: Int?
    }

    @Sendable func feedByQuery(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let station = try await signedIn(request, context)
        let query = request.uri.queryParameters
        func number(_ name: Substring) throws -> Int? {
            guard let text = query[name] else { return nil }
            guard let value = Int(text) else {
                throw Problem(.payloadInvalid, status: 400, title: "\(name) is not a whole number")
            }
            return value
        }
        let question = Question(
            stationId: station.id.rawValue,
            cursor: query["cursor"].map(String.init),
            limit: try number("limit"),
            wait: try number("wait")
        )
        return try await answer(question, request, station.id)
    }

    @Sendable func feedByBody(_ request: Request, _ context: BridgeContext) async throws -> Response {
        let station = try await signedIn(request, context)
        let body = try await RequestBody(request, upTo: 16_384)
        let question = try body.decode(Question.self, what: "a question for the feed")
        guard question.stationId == station.id.rawValue else {
            throw Problem(.payloadInvalid, status: 422, title: "stationId is not the station of the path")
        }
        return try await answer(question, request, station.id)
    }

    private func answer(_ question: Question, _ request: Request, _ station: BridgeStationID) async throws
        -> Response
    {
        func check(_ value: Int?, _ range: ClosedRange<Int>, _ name: String) throws -> Int? {
            guard let value else { return nil }
            guard range.contains(value) else {
                let limits = "\(range.lowerBound) to \(range.upperBound)"
                throw Problem(.payloadInvalid, status: 400, title: "\(name) must be \(limits)")
            }
            return value
        }
        let limit = try check(question.limit, 1...Self.mostItems, "limit") ?? Self.usualItems
        let wait = try check(question.wait, 1...110, "wait") ?? 0
        let end = ContinuousClock.now + .seconds(min(wait, configuration.longPollSeconds))
        let ticket = store.news.ticket(.feed(station))
        defer { store.news.drop(ticket) }
        while true {
            guard let page = try await store.page(of: station, after: question.cursor, limit: limit) else {
                throw Problem(.cursorExpired, status: 410, title: "ask without a cursor")
            }
            let remaining = end - .now
            // A snapshot is answered at once, however empty.
            let isHeld = page.items.isEmpty && !page.isSnapshot && remaining > .zero
            guard isHeld, !stopping.isStopped, !Task.isCancelled else {
                return Answer.page(json(page), to: request)
            }
            // Looked at now and then all the same, should news be lost on their way.
            await store.news.wait(ticket, for: min(remaining, .seconds(20)))
        }
    }

    private func json(_ page: BridgeStore.Page) -> [UInt8] {
        var json = Array("{\"items\":[".utf8)
        json.reserveCapacity(page.items.reduce(256) { $0 + $1.count + 1 })
        for (index, item) in page.items.enumerated() {
            if index > 0 { json.append(UInt8(ascii: ",")) }
            json += item
        }
        var rest = "],\"nextCursor\":\"\(page.nextCursor)\",\"hasMore\":\(page.hasMore)"
        rest += ",\"snapshot\":\(page.isSnapshot),\"serverTime\":\"\(WireTime.now.text)\""
        if configuration.longPollSeconds == 0, !page.hasMore {
            rest += ",\"pollAfterSeconds\":\(configuration.pollAfterSeconds)"
        }
        json += Array((rest + "}").utf8)
        return json
    }
}

/// Whether the server was told to stop.
final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)

    var isStopped: Bool { flag.load(ordering: .acquiring) }

    func stop() { flag.store(true, ordering: .releasing) }
}
