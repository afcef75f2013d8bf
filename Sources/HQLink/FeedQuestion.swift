internal import FoundationEssentials

/// The feed's question as a body, for receivers that take nothing but `POST`.
struct FeedQuestion: Encodable {
    var stationId: String
    var cursor: String?
    var limit: Int
    var wait: Int?

    /// As JSON; strings and numbers always have that form.
    var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map(Array.init) ?? []
    }
}
