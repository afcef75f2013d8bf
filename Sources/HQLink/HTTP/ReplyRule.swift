internal import FoundationEssentials
internal import StationAPI

/// What a reply means for the request that it answers: the reply rules of the Station API, without any I/O.
enum ReplyVerdict: Equatable {
    /// HQ has it. `hqPending`: accepted, not processed yet.
    case done(hqPending: Bool)
    /// The same request again later, not before `after` if HQ asks for that.
    case retry(HQTrouble, after: Duration?)
    /// A person has to mend something; tried again slowly.
    case pause(HQTrouble, after: Duration?)
    /// HQ refuses this event for good and says why.
    case park(Problem)
    /// The cursor is no longer known (feed only).
    case resync

    /// The verdict on the reply to an event's delivery.
    static func event(_ reply: HQReply, id: String) -> ReplyVerdict {
        if let verdict = common(reply) { return verdict }
        if (200..<300).contains(reply.status) {
            if reply.isJSON, let named = confirmedID(reply.body), named != id {
                return .pause(.wrongConfirmation, after: nil)
            }
            return .done(hqPending: reply.status == 202)
        }
        if let problem = problem(in: reply), problem.kind == .payloadInvalid || problem.kind == .unknownOrder
        {
            return .park(problem)
        }
        return .pause(.unexpectedStatus(reply.status), after: wait(reply))
    }

    /// The verdict on the reply to the station's state.
    static func state(_ reply: HQReply) -> ReplyVerdict {
        if let verdict = common(reply) { return verdict }
        if (200..<300).contains(reply.status) { return .done(hqPending: false) }
        return .pause(.unexpectedStatus(reply.status), after: wait(reply))
    }

    /// The verdict on the reply to a question for the feed; `.done` means that the body is to be read.
    static func feed(_ reply: HQReply) -> ReplyVerdict {
        if reply.status == 410, !reply.isHTML { return .resync }
        if let verdict = common(reply) { return verdict }
        guard reply.status == 200 else { return .pause(.unexpectedStatus(reply.status), after: wait(reply)) }
        guard reply.isJSON else {
            return .pause(.wrongContentType(String((reply.contentType ?? "").prefix(64))), after: nil)
        }
        return .done(hqPending: false)
    }

    /// What is the same for every operation; nil: 2xx or a 4xx to look at more closely.
    private static func common(_ reply: HQReply) -> ReplyVerdict? {
        switch reply.status {
        case 401, 403: return .pause(unauthorized(reply), after: wait(reply))
        case 408, 409, 425, 429, 500...599: return .retry(.busy(status: reply.status), after: wait(reply))
        case 300..<400: return .pause(.redirect(status: reply.status), after: wait(reply))
        default: return reply.isHTML ? .pause(.html(status: reply.status), after: wait(reply)) : nil
        }
    }

    /// Why HQ does not let the station in, as far as it says so.
    private static func unauthorized(_ reply: HQReply) -> HQTrouble {
        switch problem(in: reply)?.kind {
        case .stationReplaced: .replaced
        case .signatureInvalid: .signatureRefused
        default: .unauthorized(status: reply.status)
        }
    }

    /// The longer of the header's wait and the body's: a gateway may have dropped or added either.
    private static func wait(_ reply: HQReply) -> Duration? {
        let inBody = body(reply).flatMap(\.retryAfterSeconds).map {
            Duration.seconds(min(max($0, 0), 10_000_000))
        }
        guard let header = reply.retryAfter else { return inBody }
        return max(header, inBody ?? .zero)
    }

    private static func problem(in reply: HQReply) -> Problem? {
        reply.contentType == "application/problem+json" || reply.contentType == "application/json"
            ? body(reply) : nil
    }

    private static func body(_ reply: HQReply) -> Problem? {
        guard reply.isJSON, !reply.body.isEmpty else { return nil }
        return try? JSONDecoder().decode(Problem.self, from: Data(reply.body))
    }

    private static func confirmedID(_ body: [UInt8]) -> String? {
        struct Confirmation: Decodable { var eventId: String? }
        guard !body.isEmpty else { return nil }
        return (try? JSONDecoder().decode(Confirmation.self, from: Data(body)))?.eventId
    }
}
