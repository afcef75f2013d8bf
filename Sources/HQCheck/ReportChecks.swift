internal import Foundation
internal import NIOHTTP1
internal import StationAPI

/// The checks of what a station reports: events and state. HQ keeps what is sent here.
struct ReportChecks {
    let bench: Bench
    private var sequence = WireTime.now().milliseconds
    private var taken: Answer?
    private var takenID = ""

    init(_ bench: Bench) { self.bench = bench }

    mutating func check(_ name: CheckName) async -> Finding {
        switch name {
        case .event: return await event()
        case .state: return await state()
        case .stateAgain, .stateUnknownMember, .notAState: return await stateChecks(name)
        default: break
        }
        guard let taken, taken.isGood else { return .notApplicable("nothing", "HQ takes no event") }
        switch name {
        case .receipt: return receipt(taken)
        case .duplicate: return await duplicate()
        case .simultaneous: return await simultaneous()
        case .otherContent: return await otherContent()
        case .late: return await late()
        case .unknownOrder: return await unknownOrder()
        case .notAnEvent: return await rubbish(name, "JSON that is no event", Array("{\"hello\":1}".utf8))
        case .strangeBytes:
            return await rubbish(name, "bytes that are no JSON", [0x7B, 0x22, 0x80, 0xFF, 0x00, 0x22, 0x3A])
        case .eventWrongToken: return await wrongToken()
        case .wrongSignature: return await wrongSignature()
        default: return await variants(name)
        }
    }

    // MARK: Making events

    private mutating func make(
        _ name: CheckName,
        _ suffix: String = "",
        type: String = EventType.stationStarted.rawValue,
        order: String? = nil,
        at time: WireTime = .now(),
        data: [String: JSONValue] = [:]
    ) -> CloudEvent {
        sequence += 1
        var members = data
        members["clock"] = .object(["trusted": .boolean(true)])
        var event = CloudEvent(
            id: "hq-check.\(bench.run).\(name.rawValue)\(suffix)",
            station: bench.target.station,
            type: .stationStarted,
            orderID: order,
            time: time,
            sequence: sequence,
            data: .object(members)
        )
        event.type = type
        return event
    }

    private func deliver(
        _ event: CloudEvent,
        as type: String = "application/cloudevents+json; charset=utf-8",
        sign: Wire.Sign = .right,
        isSpoiled: Bool = false,
        adding members: [String: JSONValue] = [:]
    ) async -> Answer {
        var body = (try? JSONEncoder().encode(event)) ?? Data()
        if !members.isEmpty,
            case .object(var all)? = try? JSONDecoder().decode(JSONValue.self, from: body)
        {
            all.merge(members) { $1 }
            body = (try? JSONEncoder().encode(JSONValue.object(all))) ?? body
        }
        return await bench.wire.send(
            .POST,
            bench.target.events.url(),
            headers: [("Content-Type", type), ("Idempotency-Key", "\"\(event.id)\"")],
            body: Array(body),
            sign: sign,
            isSpoiled: isSpoiled
        )
    }

    // MARK: Events

    private mutating func event() async -> Finding {
        let tried = "an event (station.started)"
        let event = make(.event)
        let answer = await deliver(event)
        taken = answer
        takenID = event.id
        return .judge(answer.isGood, tried, answer.line)
    }

    private func receipt(_ answer: Answer) -> Finding {
        let tried = "the receipt in the answer"
        if answer.status == 202 {
            return .pass(tried, "202: HQ has it and applies it later; pending until the feed shows it")
        }
        guard let body = try? JSONDecoder().decode(JSONValue.self, from: Data(answer.body)),
            let id = body["eventId"]?.text
        else { return .pass(tried, "none, which is enough") }
        return .judge(id == takenID, tried, id == takenID ? "it names the event" : "it names another event")
    }

    private mutating func duplicate() async -> Finding {
        let event = make(.duplicate)
        let answers = [await deliver(event), await deliver(event), await deliver(event)]
        return .judge(
            answers.allSatisfy(\.isGood),
            "the same event three times",
            answers.map(\.line).joined(separator: ", ")
        )
    }

    private mutating func simultaneous() async -> Finding {
        let event = make(.simultaneous)
        let checks = self
        async let one = checks.deliver(event)
        async let other = checks.deliver(event)
        let answers = [await one, await other]
        let last = await deliver(event)
        // Whoever comes second may be told to come again.
        let isFine = answers.allSatisfy { $0.isGood || $0.status == 409 } && last.isGood
        return .judge(
            isFine,
            "the same event twice at the same moment, then once more",
            (answers + [last]).map(\.line).joined(separator: ", ")
        )
    }

    private mutating func otherContent() async -> Finding {
        let event = make(.otherContent)
        var other = event
        other.data = .object(["clock": .object(["trusted": .boolean(false)])])
        let answers = [await deliver(event), await deliver(other)]
        let isMismatch = answers[1].status == 422 && answers[1].problem?.kind == .idempotencyMismatch
        return .judge(
            answers[0].isGood && (answers[1].isGood || isMismatch),
            "the same id with another content: idempotency-mismatch, or counted once",
            answers.map(\.line).joined(separator: ", ")
        )
    }

    private mutating func late() async -> Finding {
        let now = WireTime.now()
        let month = WireTime(milliseconds: now.milliseconds - 30 * 86_400_000)
        let old = make(.late, ".old", at: month)
        var answers: [Answer] = []
        for number in 1...3 { answers.append(await deliver(make(.late, ".\(number)"))) }
        answers.append(await deliver(old))
        return .judge(
            answers.allSatisfy(\.isGood),
            "three events in a row, then one from before them that is 30 days old",
            answers.map(\.line).joined(separator: ", ")
        )
    }

    private mutating func variants(_ name: CheckName) async -> Finding {
        let answer: Answer
        let tried: String
        switch name {
        case .unknownType:
            tried = "a type that HQ does not know"
            answer = await deliver(make(name, type: "hqcheck.ofTomorrow"))
        case .unknownMember:
            tried = "members that HQ does not know"
            answer = await deliver(
                make(name, data: ["ofTomorrow": .array([.integer(1)])]),
                adding: ["oftomorrow": .string("x")]
            )
        case .plainJSON:
            tried = "Content-Type: application/json"
            answer = await deliver(make(name), as: "application/json")
        case .strangeText:
            tried = "texts with control characters, quotes, other scripts and emoji"
            let text = "\u{0}\u{1F}\u{7F}\"\\/<>&'\u{2028} Köln 東京 عربى 🧳 e\u{301}"
            answer = await deliver(make(name, data: ["ofTomorrow": .string(text)]))
        default:
            tried = "an event of 128 KiB, as large as an order of 500 lines makes it"
            let filler = String(repeating: "x", count: 120 << 10)
            answer = await deliver(make(name, data: ["ofTomorrow": .string(filler)]))
        }
        return .judge(answer.isGood, tried, answer.line)
    }

    private mutating func unknownOrder() async -> Finding {
        let order = "hq-check-no-such-order"
        let event = make(
            .unknownOrder,
            type: EventType.orderExpired.rawValue,
            order: order,
            data: ["orderId": .string(order), "orderVersion": .integer(1), "parcelIds": .array([])]
        )
        let answer = await deliver(event)
        let isParked = answer.isRefusal && answer.problem?.kind == .unknownOrder
        return .judge(
            answer.isGood || isParked,
            "an event of an order that HQ does not know: unknown-order, or taken",
            answer.line
        )
    }

    private func rubbish(_ name: CheckName, _ tried: String, _ body: [UInt8]) async -> Finding {
        let answer = await bench.wire.send(
            .POST,
            bench.target.events.url(),
            headers: [
                ("Content-Type", "application/cloudevents+json"),
                ("Idempotency-Key", "\"hq-check.\(bench.run).\(name.rawValue)\""),
            ],
            body: body
        )
        let hint = answer.problem == nil && answer.isRefusal ? ", without a problem" : ""
        return .judge(answer.isRefusal, "\(tried): a 4xx, best payload-invalid", "\(answer.line)\(hint)")
    }

    private mutating func wrongToken() async -> Finding {
        let tried = "an event with a wrong token"
        guard bench.target.token != nil else {
            return .notApplicable(tried, "no token was given: the URL is the credential")
        }
        let answer = await deliver(make(.eventWrongToken), sign: .wrong)
        return .judge(answer.isRefusedToken, tried, answer.line)
    }

    private mutating func wrongSignature() async -> Finding {
        let tried = "an event that was changed after it was signed"
        guard bench.target.signingKey != nil else {
            return .notApplicable(tried, "nothing is signed: no key was given")
        }
        let answer = await deliver(make(.wrongSignature), isSpoiled: true)
        return .judge(
            answer.isRefusedToken,
            tried,
            "\(answer.line)\(answer.isRefusedToken ? "" : "; 401 was expected")"
        )
    }

    // MARK: State

    private func report(_ name: CheckName, minutesAgo: Int64 = 0, serves: Bool = false) -> StationReport {
        StationReport(
            station: bench.target.station,
            time: WireTime(milliseconds: WireTime.now().milliseconds - minutesAgo * 60_000),
            serving: StationReport.Serving(customers: serves, reasons: ["hq-check \(name.rawValue)"]),
            versions: StationReport.Versions(software: "hq-check"),
            configurationHash: String(repeating: "0", count: 64),
            clock: StationReport.Clock(trusted: true, source: "ntp")
        )
    }

    private func put(_ body: Data) async -> Answer {
        await bench.wire.send(
            .PUT,
            bench.target.state.url(),
            headers: [("Content-Type", "application/json")],
            body: Array(body)
        )
    }

    private func put(_ report: StationReport) async -> Answer {
        await put((try? JSONEncoder().encode(report)) ?? Data())
    }

    private func state() async -> Finding {
        let answer = await put(report(.state))
        return .judge(answer.isGood, "a state", answer.line)
    }

    private func stateChecks(_ name: CheckName) async -> Finding {
        switch name {
        case .stateAgain:
            let answers = [
                await put(report(name, serves: true)), await put(report(name, minutesAgo: 30)),
                await put(report(name)),
            ]
            return .judge(
                answers.allSatisfy(\.isGood),
                "three states, the second from before the first: the latest that comes wins",
                answers.map(\.line).joined(separator: ", ")
            )
        case .stateUnknownMember:
            guard let json = try? JSONEncoder().encode(report(name)),
                case .object(var members)? = try? JSONDecoder().decode(JSONValue.self, from: json)
            else { return .notApplicable("nothing", "no state could be made") }
            members["ofTomorrow"] = .object([:])
            let answer = await put((try? JSONEncoder().encode(JSONValue.object(members))) ?? json)
            return .judge(answer.isGood, "members that HQ does not know", answer.line)
        default:
            let answer = await put(Data("[1]".utf8))
            return .judge(answer.isRefusal, "JSON that is no state: a 4xx", answer.line)
        }
    }
}
