/// A reply as it stands on the wire.
struct WireReply: Sendable {
    var status: Int
    var headers: [(String, String)] = []
    var body: [UInt8] = []

    var bytes: [UInt8] {
        var head = "HTTP/1.1 \(status) X\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if status != 204 { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }

    /// A reply without a body.
    static func empty(_ status: Int, _ headers: (String, String)...) -> WireReply {
        WireReply(status: status, headers: headers)
    }

    static func json(_ status: Int, _ body: String, _ headers: (String, String)...) -> WireReply {
        WireReply(
            status: status,
            headers: [("Content-Type", "application/json")] + headers,
            body: Array(body.utf8)
        )
    }

    static func problem(_ status: Int, _ type: String, _ members: String = "") -> WireReply {
        WireReply(
            status: status,
            headers: [("Content-Type", "application/problem+json; charset=utf-8")],
            body: Array("{\"type\":\"\(type)\",\"title\":\"t\"\(members)}".utf8)
        )
    }

    static func html(_ status: Int) -> WireReply {
        WireReply(
            status: status,
            headers: [("Content-Type", "text/html; charset=utf-8")],
            body: Array("<!doctype html><title>proxy</title>".utf8)
        )
    }

    /// A feed page; without items it asks for an hour of quiet, so that a test sees only its own questions.
    static func page(
        _ items: [String] = [],
        next: String = "c1",
        hasMore: Bool = false,
        _ members: String = ",\"pollAfterSeconds\":3600"
    ) -> WireReply {
        json(200, pageText(items, next: next, hasMore: hasMore, members))
    }

    static func pageText(
        _ items: [String],
        next: String,
        hasMore: Bool = false,
        _ members: String = ",\"pollAfterSeconds\":3600"
    ) -> String {
        "{\"items\":[\(items.joined(separator: ","))],\"nextCursor\":\"\(next)\",\"hasMore\":\(hasMore)\(members)}"
    }

    /// An upsert that is valid.
    static func order(_ id: String, version: Int = 1, label: String = "L") -> String {
        """
        {"change":"upsert","order":{"orderId":"\(id)","version":\(version),"status":"awaitingLoad",\
        "parcels":[{"parcelId":"P-\(id)","label":"\(label)"}]}}
        """
    }
}
