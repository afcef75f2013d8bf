import Foundation
import HQCheck
import Testing

/// One thing that is wrong with an HQ, and the check that must find it.
struct Fault: Sendable, CustomTestStringConvertible {
    var name: CheckName
    var holds: Bool
    var spoiler: BrokenHQ.Spoiler

    var testDescription: String { name.rawValue }

    private init(_ name: CheckName, holds: Bool = true, _ spoiler: @escaping BrokenHQ.Spoiler) {
        self.name = name
        self.holds = holds
        self.spoiler = spoiler
    }

    static let all: [Fault] = feed + access + events + states

    /// Answers one event of a check with this.
    private static func event(
        _ name: CheckName,
        _ answer: BrokenHQ.Reply,
        suffix: String = "\""
    ) -> Fault {
        Fault(name) { question, reply, _ in question.isEvent(name, suffix) ? answer : reply }
    }

    private static let badItem = """
        {"items":[{"change":"upsert","order":{"orderId":"BAD","version":1,"status":"ready","parcels":[]}},
        """
    private static let personalItem = """
        {"items":[{"change":"upsert","order":{"orderId":"BAD","version":1,"status":"ready",\
        "customerName":"x","parcels":[{"parcelId":"p"}]}},
        """

    private static let feed: [Fault] = [
        Fault(.snapshot) { question, reply, _ in
            question.isFeed && question.query["cursor"] == nil
                ? reply.replacing("\"snapshot\":true", "\"snapshot\":false") : reply
        },
        Fault(.items) { question, reply, _ in
            question.isSnapshotPage ? reply.replacing("{\"items\":[", badItem) : reply
        },
        Fault(.personalData) { question, reply, _ in
            question.isSnapshotPage ? reply.replacing("{\"items\":[", personalItem) : reply
        },
        Fault(.limit) { question, reply, _ in
            question.query["limit"] == "1" ? reply.replacing("{\"items\":[", twoItems) : reply
        },
        Fault(.paging) { question, reply, _ in
            question.query["limit"] == "2" && question.query["cursor"] != nil
                ? reply.withoutItems : reply
        },
        Fault(.once) { question, reply, _ in
            question.isSnapshotPage && question.query["limit"] != "2" ? reply.withItemsTwice : reply
        },
        Fault(.repeated) { question, reply, asked in
            question.query["limit"] == "2" && question.query["cursor"] != nil && asked > 0
                ? reply.withoutItems : reply
        },
        Fault(.afterSnapshot) { question, reply, _ in
            question.query["cursor"] != nil && question.query["wait"] == nil
                && question.query["limit"] != "2"
                ? reply.replacing("\"snapshot\":false", "\"snapshot\":true") : reply
        },
        Fault(.unknownCursor) { question, reply, _ in
            reply.status == 410 ? .problem(404, "urn:x:cursor-expired") : reply
        },
        Fault(.problemForm) { question, reply, _ in
            var plain = reply
            if reply.status == 410 { plain.type = "application/json" }
            return plain
        },
        Fault(.strangeLimit) { question, reply, _ in
            question.query["limit"] == "0" ? .problem(500) : reply
        },
        Fault(.longPoll, holds: false) { _, reply, _ in reply },
        Fault(.posted) { question, reply, _ in
            question.isFeed && question.method == "POST" ? .problem(405) : reply
        },
        Fault(.compressed) { question, reply, _ in
            var packed = reply
            if question.isFeed, question.headers["accept-encoding"] != nil { packed.encoding = "gzip" }
            return packed
        },
        Fault(.serverTime) { question, reply, _ in
            question.isFeed ? reply.replacing("\"serverTime\":\"20", "\"serverTime\":\"21") : reply
        },
    ]

    private static let twoItems = """
        {"items":[{"change":"remove","orderId":"X-1","version":1,"reason":"cancelled"},\
        {"change":"remove","orderId":"X-2","version":1,"reason":"cancelled"},
        """

    private static let anyPage = BrokenHQ.Reply(
        status: 200,
        type: "application/json",
        body: Data("{\"items\":[],\"nextCursor\":\"x\",\"snapshot\":true}".utf8)
    )

    private static let access: [Fault] = [
        Fault(.wrongToken) { question, reply, _ in
            question.isFeed && question.headers["authorization"] != nil && !question.hasToken
                ? anyPage : reply
        },
        Fault(.noToken) { question, reply, _ in
            question.isFeed && question.headers["authorization"] == nil ? anyPage : reply
        },
        Fault(.unknownStation) { question, reply, _ in
            question.path.contains("hq-check-unknown-station") ? anyPage : reply
        },
    ]

    private static let html = BrokenHQ.Reply(
        status: 200,
        type: "text/html",
        body: Data("<html>Sign in to the proxy</html>".utf8)
    )

    private static let events: [Fault] = [
        event(.event, html),
        Fault(.receipt) { question, reply, _ in
            question.isEvent(.event) ? reply.replacing("hq-check.", "other.") : reply
        },
        Fault(.duplicate) { question, reply, asked in
            question.isEvent(.duplicate) && asked > 0 ? .problem(409) : reply
        },
        Fault(.simultaneous) { question, reply, asked in
            question.isEvent(.simultaneous) && asked == 1 ? .problem(500) : reply
        },
        Fault(.otherContent) { question, reply, _ in
            reply.status == 422 && question.isEvent(.otherContent) ? .problem(500) : reply
        },
        event(.late, .problem(400), suffix: ".old\""),
        event(.unknownType, .problem(422, "urn:pickup-station:problem:payload-invalid")),
        event(.unknownMember, .problem(422, "urn:pickup-station:problem:payload-invalid")),
        event(.plainJSON, .problem(415)),
        event(.strangeText, .problem(400)),
        event(.large, .problem(413)),
        event(.unknownOrder, .problem(404)),
        Fault(.notAnEvent) { question, reply, _ in question.text == "{\"hello\":1}" ? .problem(500) : reply },
        Fault(.strangeBytes) { question, reply, _ in question.body.contains(0xFF) ? .problem(500) : reply },
        Fault(.wrongSignature) { question, reply, _ in
            question.isEvent(.wrongSignature) ? BrokenHQ.Reply(status: 204, type: "", body: Data()) : reply
        },
        Fault(.eventWrongToken) { question, reply, _ in
            question.isEvent(.eventWrongToken) ? BrokenHQ.Reply(status: 204, type: "", body: Data()) : reply
        },
    ]

    private static let states: [Fault] = [
        Fault(.state) { question, reply, _ in
            question.text.contains("hq-check \(CheckName.state.rawValue)\"") ? .problem(500) : reply
        },
        Fault(.stateAgain) { question, reply, _ in
            question.method == "PUT" && question.text.contains("\"customers\":true") ? .problem(409) : reply
        },
        Fault(.stateUnknownMember) { question, reply, _ in
            question.method == "PUT" && question.text.contains("ofTomorrow") ? .problem(400) : reply
        },
        Fault(.notAState) { question, reply, _ in
            question.method == "PUT" && question.text == "[1]"
                ? BrokenHQ.Reply(status: 204, type: "", body: Data()) : reply
        },
    ]
}

extension BrokenHQ.Question {
    /// A question for a snapshot, in pages of more than one item.
    fileprivate var isSnapshotPage: Bool {
        isFeed && query["cursor"] == nil && query["limit"] != "1" && !text.contains("cursor")
    }
}

extension BrokenHQ.Reply {
    /// The page with its items changed.
    private func changing(_ change: ([Any]) -> [Any]) -> BrokenHQ.Reply {
        guard var page = try? JSONSerialization.jsonObject(with: body) as? [String: Any],
            let items = page["items"] as? [Any]
        else { return self }
        page["items"] = change(items)
        var reply = self
        reply.body = (try? JSONSerialization.data(withJSONObject: page)) ?? body
        return reply
    }

    fileprivate var withoutItems: BrokenHQ.Reply { changing { _ in [] } }
    fileprivate var withItemsTwice: BrokenHQ.Reply { changing { $0 + $0 } }
}
