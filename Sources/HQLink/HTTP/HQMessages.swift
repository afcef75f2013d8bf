internal import NIOHTTP1

/// What is sent to HQ.
struct HQRequest: Sendable {
    var method: HTTPMethod
    var url: String
    var headers: [(String, String)] = []
    var body: [UInt8]?
    /// Until the reply must be complete.
    var timeout: Duration
    /// Bytes of a reply that are read.
    var bodyLimit: Int
    /// Whether a good reply must be read whole: one that is larger is an error then, and cut otherwise.
    var needsWholeBody = false
    /// What the request is called in its signature and its trace, the same for every attempt; nil: it has neither.
    var messageID: String?
    /// Whether the URL's query is its credential: then nothing else signs it in (Azure Logic Apps refuse a request with
    /// both).
    var isSignedByURL = false
}

/// What came back.
struct HQReply: Sendable {
    var status: Int
    var contentType: String?
    /// The header's wait, if there is one.
    var retryAfter: Duration?
    var body: [UInt8]

    /// Whether the body is a page for people.
    var isHTML: Bool {
        // Some servers call every reply HTML, also one that has no content.
        guard !body.isEmpty else { return false }
        if let contentType { return contentType == "text/html" || contentType == "application/xhtml+xml" }
        return body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } == UInt8(ascii: "<")
    }

    /// Whether the body says that it is JSON; a reply that says nothing is believed.
    var isJSON: Bool {
        guard let contentType else { return !isHTML }
        return contentType == "application/json" || contentType.hasSuffix("+json")
    }
}
