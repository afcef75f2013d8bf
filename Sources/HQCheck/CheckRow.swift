/// What one check found.
public struct CheckRow: Codable, Hashable, Sendable {
    /// Whether HQ keeps the contract here.
    public enum Verdict: String, Codable, Hashable, Sendable, CaseIterable {
        /// It does.
        case pass
        /// It does not.
        case fail
        /// It could not be tried; `saw` says why.
        case notApplicable
    }

    /// The check, by a name that stays.
    public var name: CheckName
    /// What was tried.
    public var tried: String
    /// What came back, or why it was not tried.
    public var saw: String
    /// What that means.
    public var verdict: Verdict
}

/// The checks, in the order in which they are made.
public enum CheckName: String, Codable, Hashable, Sendable, CaseIterable {
    /// A question without a cursor is answered with a snapshot.
    case snapshot = "feed.snapshot"
    /// Every item keeps the contract.
    case items = "feed.items"
    /// No item names a person or a product.
    case personalData = "feed.personalData"
    /// A page has at most as many items as were asked for.
    case limit = "feed.limit"
    /// Small pages bring the same as large ones, each of them marked as part of the snapshot.
    case paging = "feed.paging"
    /// A snapshot names each thing once.
    case once = "feed.once"
    /// The same cursor brings the same page: a page may be asked for twice.
    case repeated = "feed.repeatedPage"
    /// What comes after the snapshot is not part of it, and brings nothing again.
    case afterSnapshot = "feed.afterSnapshot"
    /// A cursor that HQ did not give out is answered 410.
    case unknownCursor = "feed.unknownCursor"
    /// A problem has the form of RFC 9457.
    case problemForm = "feed.problem"
    /// A limit that no station asks for does not break HQ.
    case strangeLimit = "feed.strangeLimit"
    /// A question that may be held open is, or HQ names the time of the next.
    case longPoll = "feed.longPoll"
    /// The same by `POST` with the question in the body.
    case posted = "feed.post"
    /// A page that is compressed is the same page.
    case compressed = "feed.compressed"
    /// HQ's time is near this machine's.
    case serverTime = "feed.serverTime"
    /// A wrong token is refused.
    case wrongToken = "auth.wrongToken"
    /// No token is refused.
    case noToken = "auth.noToken"
    /// A station that HQ does not know is refused.
    case unknownStation = "auth.unknownStation"
    /// An event is taken.
    case event = "event.taken"
    /// What HQ says of it names it.
    case receipt = "event.receipt"
    /// The same event again is answered like the first time.
    case duplicate = "event.duplicate"
    /// The same event twice at the same moment.
    case simultaneous = "event.simultaneous"
    /// The same id with another content.
    case otherContent = "event.otherContent"
    /// Events in a row, and an older one after them.
    case late = "event.late"
    /// A type that HQ does not know.
    case unknownType = "event.unknownType"
    /// Members that HQ does not know.
    case unknownMember = "event.unknownMember"
    /// `application/json` instead of `application/cloudevents+json`.
    case plainJSON = "event.plainJSON"
    /// Texts with every kind of character.
    case strangeText = "event.strangeText"
    /// As large as an event can be.
    case large = "event.large"
    /// An order that HQ does not know.
    case unknownOrder = "event.unknownOrder"
    /// JSON that is no event.
    case notAnEvent = "event.notAnEvent"
    /// Bytes that are no JSON.
    case strangeBytes = "event.strangeBytes"
    /// An event with a wrong token.
    case eventWrongToken = "event.wrongToken"
    /// An event that was changed after it was signed.
    case wrongSignature = "event.wrongSignature"
    /// The state is taken.
    case state = "state.taken"
    /// The state again, and an older one: the latest that comes wins.
    case stateAgain = "state.again"
    /// Members that HQ does not know.
    case stateUnknownMember = "state.unknownMember"
    /// JSON that is no state.
    case notAState = "state.notAState"
    /// Every answer came in time.
    case time = "http.time"

    /// Whether the check sends something that HQ may keep.
    public var posts: Bool { rawValue.hasPrefix("event.") || rawValue.hasPrefix("state.") }
}

/// What all checks found.
public struct CheckReport: Codable, Hashable, Sendable {
    /// The station that was played.
    public var station: String
    /// One row for each check.
    public var rows: [CheckRow]

    /// Whether no check failed.
    public var passes: Bool { !rows.contains { $0.verdict == .fail } }

    /// The checks that failed.
    public var failures: [CheckName] { rows.filter { $0.verdict == .fail }.map(\.name) }

    /// A table for people: name, verdict, what was tried, what came back.
    public var table: String {
        let width = rows.map(\.name.rawValue.count).max() ?? 0
        let lines = rows.map { row in
            let name = row.name.rawValue.padding(to: width)
            let verdict = row.verdict.word.padding(to: 4)
            return "\(verdict)  \(name)  \(row.tried)\n\(String(repeating: " ", count: width + 8))\(row.saw)"
        }
        let counts = CheckRow.Verdict.allCases.map { verdict in
            "\(rows.count { $0.verdict == verdict }) \(verdict.phrase)"
        }
        return (lines + [counts.joined(separator: ", ")]).joined(separator: "\n")
    }
}

extension CheckRow.Verdict {
    fileprivate var word: String {
        switch self {
        case .pass: "ok"
        case .fail: "FAIL"
        case .notApplicable: "-"
        }
    }

    fileprivate var phrase: String {
        switch self {
        case .pass: "passed"
        case .fail: "failed"
        case .notApplicable: "not applicable"
        }
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
