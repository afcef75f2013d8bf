internal import Crypto
internal import Foundation
public import StationCore

/// One line of the journal: what reached the station, when, and what it decided.
public struct JournalEntry: Codable, Hashable, Sendable {
    /// The moment of the event.
    public var moment: Moment
    /// Station time then.
    public var time: StationTime
    /// What reached the station; nil for a slice of the feed, which `note` describes.
    public var event: Event?
    /// What followed from it and had to last.
    public var changes: [Change]
    /// What else there is to say.
    public var note: String?

    /// A line of the journal.
    public init(moment: Moment, time: StationTime, event: Event?, changes: [Change], note: String? = nil) {
        self.moment = moment
        self.time = time
        self.event = event
        self.changes = changes
        self.note = note
    }

    var isStart: Bool {
        if case .started = event { true } else { false }
    }
}

/// A line of the journal as it will be written. Its text is made when the line arises, not when a customer's
/// commit takes it along.
public struct JournalLine: Sendable {
    let bytes: Data
    let isStart: Bool

    /// - Throws: `EncodingError` for an entry that cannot be written as JSON.
    public init(_ entry: JournalEntry) throws {
        bytes = Data(try FastJSON.bytes(entry))
        isStart = entry.isStart
    }
}

/// The hash chain of the journal: each line's hash covers the hash before it, so that none can be changed,
/// removed or put
/// in between without all later ones giving it away.
enum HashChain {
    static let start = Data(count: 32)

    static func next(after previous: Data, entry: Data) -> Data {
        var hash = SHA256()
        hash.update(data: previous)
        hash.update(data: entry)
        return Data(hash.finalize())
    }
}
