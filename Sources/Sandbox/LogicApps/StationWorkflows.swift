internal import Foundation
internal import StationAPI

/// The three workflows of a station, played by the sandbox's HQ behind them as the bridge's workflow files describe
/// them: the feed is answered, an event is only received, the state is kept.
extension SandboxLogicApps {
    /// Adds `orders`, `events` and `state` before this HQ.
    ///
    /// - Parameter confirmsEvents: whether the events' workflow has a Response action that names the event; without
    ///   one the answer is Azure's bare 202.
    public func addStationWorkflows(
        before hq: SandboxHQ,
        authorization: Authorization = .signature,
        confirmsEvents: Bool
    ) {
        add(
            Workflow(
                name: "orders",
                authorization: authorization,
                required: ["stationId"],
                responds: true
            ) { body in
                await Self.page(body, of: hq)
            }
        )
        add(
            Workflow(
                name: "events",
                authorization: authorization,
                required: ["specversion", "id", "source", "type"],
                responds: confirmsEvents
            ) { body in
                guard let event = try? JSONDecoder().decode(CloudEvent.self, from: body) else {
                    return Reply(status: 500)
                }
                _ = await hq.take(event)
                guard confirmsEvents else { return nil }
                let answer: JSONValue = .object([
                    "eventId": .string(event.id), "result": .string("accepted"),
                ])
                return Self.json(202, answer)
            }
        )
        add(
            Workflow(
                name: "state",
                method: "PUT",
                authorization: authorization,
                required: ["station", "time"],
                responds: true
            ) { body in
                guard let report = try? JSONDecoder().decode(StationReport.self, from: body) else {
                    return Reply(status: 500)
                }
                await hq.keep(report)
                return Reply(status: 204)
            }
        )
    }

    private struct Question: Decodable {
        var cursor: String?
        var limit: Int?
    }

    private static func page(_ body: Data, of hq: SandboxHQ) async -> Reply {
        guard let question = try? JSONDecoder().decode(Question.self, from: body) else {
            return Reply(status: 400)
        }
        let limit = min(max(question.limit ?? 500, 1), 1_000)
        guard let page = await hq.page(after: question.cursor, limit: limit) else {
            return Reply(status: 410)
        }
        // What would be a header elsewhere must stand in the body here.
        return Reply(
            status: 200,
            headers: ["Content-Type": "application/json", "Last-Modified": "never seen by the caller"],
            body: HQServer.encode(page)
        )
    }

    private static func json(_ status: Int, _ value: JSONValue) -> Reply {
        Reply(
            status: status,
            headers: ["Content-Type": "application/json"],
            body: (try? JSONEncoder().encode(value)) ?? Data()
        )
    }
}
