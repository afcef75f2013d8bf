internal import Foundation
internal import NIOHTTP1
internal import StationAPI

/// The checks of the feed: nothing is changed at HQ.
struct FeedChecks {
    /// A snapshot from its first page to its last.
    private struct Walk {
        var items: [FeedItem] = []
        /// Each page with the cursor that it was asked for with.
        var pages: [(cursor: String?, page: FeedPage)] = []
        var trouble: String?

        var end: String? { pages.last?.page.nextCursor }
    }

    private static let pageLimit = 500
    private static let smallLimit = 2
    private static let pagesMax = 2_000

    let bench: Bench
    private var first = Answer(status: 0)
    private var whole = Walk()
    private var small = Walk()
    private var unknown = Answer(status: 0)

    init(_ bench: Bench) { self.bench = bench }

    /// Reads the snapshot, in large pages and in small ones.
    mutating func read() async {
        first = await ask(limit: Self.pageLimit)
        whole = await walk(from: first, limit: Self.pageLimit)
        small = await walk(from: await ask(limit: Self.smallLimit), limit: Self.smallLimit)
        unknown = await ask(cursor: "hq-check.no-such-cursor", limit: Self.pageLimit)
    }

    func check(_ name: CheckName) async -> Finding {
        if let finding = await checkAccess(name) { return finding }
        if name == .snapshot { return snapshot() }
        if name == .unknownCursor { return unknownCursor() }
        if name == .problemForm { return problemForm() }
        guard !whole.pages.isEmpty else {
            return .notApplicable("nothing", "there is no snapshot that could be read")
        }
        switch name {
        case .items: return items()
        case .personalData: return personalData()
        case .limit: return await limit()
        case .paging: return paging()
        case .once: return once()
        case .repeated: return await repeated()
        case .afterSnapshot: return await afterSnapshot()
        case .strangeLimit: return await strangeLimit()
        case .longPoll: return await longPoll()
        case .posted: return await posted()
        case .compressed: return await compressed()
        default: return serverTime()
        }
    }

    // MARK: Asking

    private func ask(
        cursor: String? = nil,
        limit: Int,
        wait: Int? = nil,
        isPosted: Bool? = nil,
        sign: Wire.Sign = .right,
        headers: [(String, String)] = [],
        at address: Address? = nil
    ) async -> Answer {
        let address = address ?? bench.target.orders
        let longer = Duration.seconds(wait ?? 0)
        if isPosted ?? bench.target.isFeedPosted {
            var question: [String: JSONValue] = [
                "stationId": .string(bench.target.station), "limit": .integer(Int64(limit)),
            ]
            if let cursor { question["cursor"] = .string(cursor) }
            if let wait { question["wait"] = .integer(Int64(wait)) }
            let body = try? JSONEncoder().encode(JSONValue.object(question))
            return await bench.wire.send(
                .POST,
                address.url(),
                headers: [("Content-Type", "application/json")] + headers,
                body: Array(body ?? Data()),
                sign: sign,
                longer: longer
            )
        }
        var parameters: [(name: String, value: String)] = []
        if let cursor { parameters.append((name: "cursor", value: cursor)) }
        parameters.append((name: "limit", value: "\(limit)"))
        if let wait { parameters.append((name: "wait", value: "\(wait)")) }
        return await bench.wire.send(
            .GET,
            address.url(parameters),
            headers: [("Accept", "application/json")] + headers,
            sign: sign,
            longer: longer
        )
    }

    private static func page(_ answer: Answer) -> FeedPage? {
        guard answer.status == 200, !answer.isHTML else { return nil }
        return try? FeedPage(json: answer.body)
    }

    private func walk(from first: Answer, limit: Int) async -> Walk {
        var walk = Walk()
        var answer = first
        var cursor: String?
        while walk.pages.count < Self.pagesMax {
            guard let page = Self.page(answer) else {
                walk.trouble = "page \(walk.pages.count + 1): \(answer.line), no page of the contract"
                return walk
            }
            walk.pages.append((cursor: cursor, page: page))
            walk.items += page.items
            guard page.hasMore else { return walk }
            cursor = page.nextCursor
            answer = await ask(cursor: cursor, limit: limit)
        }
        walk.trouble = "no end after \(Self.pagesMax) pages"
        return walk
    }

    // MARK: The snapshot

    private func snapshot() -> Finding {
        let tried = "a question without a cursor"
        guard let page = whole.pages.first?.page else {
            return .fail(tried, "\(first.line); a 200 with a page was expected")
        }
        if let trouble = whole.trouble { return .fail(tried, trouble) }
        guard page.snapshot else { return .fail(tried, "a page without \"snapshot\": true") }
        return .pass(tried, "\(whole.items.count) items on \(whole.pages.count) pages")
    }

    private func items() -> Finding {
        let faults = whole.items.compactMap { item -> String? in
            guard case .malformed(let reason, let pointer, _, _) = item else { return nil }
            if case .personalData = reason { return nil }
            return "\(pointer): \(reason)"
        }
        let tried = "every item of the snapshot"
        guard let first = faults.first else {
            return .pass(tried, "all \(whole.items.count) keep the contract")
        }
        return .fail(tried, "\(faults.count) do not; the first: \(first)")
    }

    private func personalData() -> Finding {
        let names = whole.items.compactMap { item -> String? in
            if case .malformed(.personalData(let name), let pointer, _, _) = item {
                return "\(pointer) (\(name))"
            }
            return nil
        }
        let tried = "members for persons or product names"
        guard let first = names.first else { return .pass(tried, "none") }
        return .fail(tried, "\(names.count) items have one; the first: \(first)")
    }

    private func once() -> Finding {
        let keys = whole.items.compactMap { item -> String? in
            switch item {
            case .order(let order): "order \(order.orderID)"
            case .staff(let staff): "staff \(staff.staffID)"
            default: nil
            }
        }
        let twice = Dictionary(grouping: keys) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
        let tried = "each order and each member of staff once in a snapshot"
        guard let first = twice.first else { return .pass(tried, "\(keys.count) named, none twice") }
        return .fail(tried, "\(twice.count) named more than once; the first: \(first)")
    }

    private func serverTime() -> Finding {
        let tried = "serverTime against this machine's clock"
        guard let time = whole.pages.last?.page.serverTime else {
            return .notApplicable(tried, "HQ sends no serverTime")
        }
        let seconds = abs(time.milliseconds - WireTime.now().milliseconds) / 1_000
        return .judge(seconds <= 600, tried, "\(seconds) s apart")
    }

    // MARK: Pages

    private func limit() async -> Finding {
        let tried = "a page of at most 1 item"
        let answer = await ask(limit: 1)
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        return .judge(page.items.count <= 1, tried, "\(page.items.count) items")
    }

    private func paging() -> Finding {
        let tried = "the snapshot again in pages of \(Self.smallLimit)"
        if let trouble = small.trouble { return .fail(tried, trouble) }
        guard small.pages.count > 1 else {
            return .notApplicable(tried, "the whole snapshot fits into one page")
        }
        guard small.pages.dropFirst().allSatisfy(\.page.snapshot) else {
            return .fail(tried, "a later page is not marked as part of the snapshot")
        }
        let missing = Set(whole.items).subtracting(small.items).count
        let added = Set(small.items).subtracting(whole.items).count
        return .judge(
            missing == 0 && added == 0,
            tried,
            "\(small.pages.count) pages; \(missing) items are missing, \(added) were not there before"
        )
    }

    private func repeated() async -> Finding {
        let tried = "the same cursor again"
        guard small.pages.count > 1, let cursor = small.pages[1].cursor else {
            return .notApplicable(tried, "the whole snapshot fits into one page")
        }
        let answer = await ask(cursor: cursor, limit: Self.smallLimit)
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        return .judge(
            page.items == small.pages[1].page.items,
            tried,
            page.items == small.pages[1].page.items ? "the same page" : "another page"
        )
    }

    private func afterSnapshot() async -> Finding {
        let tried = "the cursor of the last page"
        guard let end = whole.end, whole.trouble == nil else {
            return .notApplicable(tried, "the snapshot has no end")
        }
        let answer = await ask(cursor: end, limit: Self.pageLimit)
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        if page.snapshot { return .fail(tried, "marked as part of a snapshot: it would never end") }
        let again = Set(page.items).intersection(whole.items).count
        return .judge(again == 0, tried, again == 0 ? "nothing comes again" : "\(again) items come again")
    }

    private func strangeLimit() async -> Finding {
        let tried = "limits of 0 and of 1000000"
        let answers = [await ask(limit: 0), await ask(limit: 1_000_000)]
        let isFine = answers.allSatisfy { Self.page($0) != nil || $0.isRefusal }
        return .judge(isFine, tried, answers.map(\.line).joined(separator: " and "))
    }

    private func unknownCursor() -> Finding {
        let tried = "a cursor that HQ did not give out"
        return .judge(
            unknown.status == 410,
            tried,
            "\(unknown.line)\(unknown.status == 410 ? "" : "; 410 was expected")"
        )
    }

    private func problemForm() -> Finding {
        let tried = "the problem that comes with 410"
        guard unknown.status == 410 else { return .notApplicable(tried, "there was no 410") }
        guard let problem = unknown.problem else {
            return .fail(tried, "\"\(unknown.contentType)\" is no application/problem+json")
        }
        guard problem.kind == .cursorExpired else { return .fail(tried, "its type is \(problem.type)") }
        let status = problem.status ?? 410
        return .judge(status == 410, tried, "cursor-expired, status \(status)")
    }

    // MARK: Other ways to ask

    private func longPoll() async -> Finding {
        let seconds = bench.options.waitSeconds
        let tried = "a question that may be held open for \(seconds) s"
        guard seconds > 0, let end = whole.end, whole.trouble == nil else {
            return .notApplicable(tried, seconds > 0 ? "the snapshot has no end" : "not asked for")
        }
        let start = ContinuousClock.now
        let answer = await ask(cursor: end, limit: Self.pageLimit, wait: seconds)
        let ms = Int((ContinuousClock.now - start) / .milliseconds(1))
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        if !page.items.isEmpty { return .pass(tried, "\(page.items.count) items came after \(ms) ms") }
        // Half the time asked for, or a few seconds too late, is still a question that was held open.
        if ms >= seconds * 500, ms <= seconds * 1_000 + 10_000 {
            return .pass(tried, "held open for \(ms) ms")
        }
        guard let pause = page.pollAfterSeconds else {
            return .fail(tried, "an empty page after \(ms) ms, without pollAfterSeconds")
        }
        return .pass(tried, "not held open; the next question in \(pause) s")
    }

    private func posted() async -> Finding {
        let tried = "the question as a POST"
        if bench.target.isFeedPosted { return .pass(tried, "asked so all along") }
        let answer = await ask(limit: Self.pageLimit, isPosted: true)
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        let isSame = Set(page.items) == Set(whole.pages.first?.page.items ?? [])
        return .judge(isSame, tried, isSame ? "the same page" : "another page than by GET")
    }

    private func compressed() async -> Finding {
        let tried = "a page with Accept-Encoding: gzip"
        let answer = await ask(limit: Self.pageLimit, headers: [("Accept-Encoding", "gzip")])
        if answer.status != 0, answer.encoding.isEmpty {
            return .notApplicable(tried, "HQ does not compress")
        }
        guard let page = Self.page(answer) else { return .fail(tried, answer.line) }
        let isSame = Set(page.items) == Set(whole.pages.first?.page.items ?? [])
        return .judge(isSame, tried, isSame ? "\(answer.encoding), the same page" : "another page")
    }

    // MARK: Who asks

    private func checkAccess(_ name: CheckName) async -> Finding? {
        switch name {
        case .wrongToken: await refused("the feed with a wrong token", .wrong)
        case .noToken: await refused("the feed without a token", .none)
        case .unknownStation: await unknownStation()
        default: nil
        }
    }

    private func refused(_ tried: String, _ sign: Wire.Sign) async -> Finding {
        guard bench.target.token != nil else {
            return .notApplicable(tried, "no token was given: the URL is the credential")
        }
        let answer = await ask(limit: 1, sign: sign)
        return .judge(
            answer.isRefusedToken,
            tried,
            "\(answer.line)\(answer.isRefusedToken ? "" : "; 401 was expected")"
        )
    }

    private func unknownStation() async -> Finding {
        let tried = "the feed of a station that HQ does not know"
        guard let stranger = bench.target.stranger else {
            return .notApplicable(tried, "the feed has a URL of its own, without a station in it")
        }
        let answer = await ask(limit: 1, at: stranger)
        return .judge([401, 403, 404].contains(answer.status), tried, answer.line)
    }
}
