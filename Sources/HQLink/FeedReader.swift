internal import NIOHTTP1
internal import StationAPI

/// Reads the order feed: one page is applied while the next one is fetched and decoded.
struct FeedReader: Sendable {
    let configuration: HQLinkConfiguration
    let exchange: HTTPExchange
    let station: any HQLinkStation
    let monitor: LinkMonitor
    let bell: Doorbell
    /// Called when the feed works again after it did not.
    let onRecovery: @Sendable () -> Void

    private enum Outcome {
        case page(FeedPage, askedAt: ContinuousClock.Instant)
        case resync
        case tooLarge(HQTrouble)
        case failed(HQTrouble, after: Duration?, needsPerson: Bool)
    }

    /// How the feed is being read; lives as long as the loop.
    private struct Progress {
        var cursor: String?
        var limit: Int
        /// Most items to ask for until the backlog is read: more made a page too large.
        var ceiling: Int
        var failures = 0
        /// Resyncs since the feed was last read to its end.
        var resyncs = 0
    }

    /// Runs until the task is cancelled.
    func run() async {
        var progress = Progress(
            cursor: await storedCursor(),
            limit: configuration.pageLimit,
            ceiling: configuration.pageLimit
        )
        var outcome: Outcome?
        // A power cut ends for a whole town at once: not all of its stations ask in the same second.
        await bell.wait(until: .now + configuration.timing.spread * Double.random(in: 0..<1))
        while !Task.isCancelled {
            let current: Outcome
            if let outcome {
                current = outcome
            } else {
                current = await fetch(progress.cursor, limit: progress.limit)
            }
            outcome = nil
            if Task.isCancelled { return }
            switch current {
            case .page(let page, let askedAt):
                outcome = await take(page, askedAt: askedAt, &progress)
            case .resync: await resync(&progress)
            case .tooLarge(let trouble): await shrink(trouble, &progress)
            case .failed(let trouble, let after, let needsPerson):
                monitor.count { $0.feedFailures += trouble.isBadPage ? 0 : 1 }
                // One broken page may be an accident, the same one again and again is HQ's mistake.
                let isLasting = trouble.isBadPage && progress.failures >= 2
                await backOff(trouble, after: after, needsPerson: needsPerson || isLasting, &progress)
            }
        }
    }

    // MARK: A page

    /// Applies a page and fetches the next one meanwhile, if more is waiting.
    ///
    /// - Returns: what became of the next one; nil: it was not asked for.
    private func take(
        _ page: FeedPage,
        askedAt: ContinuousClock.Instant,
        _ progress: inout Progress
    ) async -> Outcome? {
        if page.hasMore, page.nextCursor == progress.cursor {
            monitor.count { $0.feedFailures += 1 }
            await backOff(.cursorStuck, after: nil, needsPerson: true, &progress)
            return nil
        }
        do {
            let limit = progress.limit
            async let next = page.hasMore ? fetch(page.nextCursor, limit: limit) : nil
            try await uncancelledThrowing { [station] in try await station.apply(page) }
            applied(page)
            grow(page, &progress)
            let asked = progress.cursor
            progress.cursor = page.nextCursor
            progress.failures = 0
            if !page.hasMore { progress.resyncs = 0 }
            let ahead = await next
            if ahead == nil { await rest(after: page, of: asked, askedAt: askedAt) }
            return ahead
        } catch {
            await backOff(.notApplied("\(error)"), after: nil, needsPerson: false, &progress)
            progress.cursor = await storedCursor()
            return nil
        }
    }

    private func applied(_ page: FeedPage) {
        let malformed = page.items.count {
            if case .malformed = $0 { return true }
            return false
        }
        monitor.count {
            $0.pagesApplied += 1
            $0.items += page.items.count
            $0.malformedItems += malformed
        }
        if monitor.succeeded(.feed) { onRecovery() }
    }

    /// Waits before the next question if HQ asks for that, or if it does not hold questions open.
    private func rest(after page: FeedPage, of asked: String?, askedAt: ContinuousClock.Instant) async {
        let now = ContinuousClock.now
        if let seconds = page.pollAfterSeconds {
            // Not before, and not all stations at once.
            if seconds > 0 { await bell.wait(until: now + .seconds(seconds) * Double.random(in: 1..<1.2)) }
            return
        }
        // Items behind the cursor that was asked with are no news: such an HQ would be asked in a circle.
        let isNews = !page.items.isEmpty && page.nextCursor != asked
        let isPolling = configuration.longPollSeconds > 0
        let wasHeldOpen = page.items.isEmpty && now - askedAt >= configuration.timing.heldOpen
        // A snapshot is not held open, however empty: only the next question shows what HQ does.
        if isNews || (isPolling && (wasHeldOpen || asked == nil)) { return }
        await bell.wait(until: now + configuration.timing.idlePoll * Double.random(in: 0.75..<1.25))
    }

    // MARK: Trouble

    private func resync(_ progress: inout Progress) async {
        monitor.count { $0.resyncs += 1 }
        progress.cursor = nil
        progress.resyncs += 1
        guard progress.resyncs > 1 else { return }
        // A snapshot that itself expires: not asked for in a circle, although its first pages do come.
        progress.failures = max(progress.failures, progress.resyncs - 2)
        await backOff(.cursorExpired, after: nil, needsPerson: false, &progress)
    }

    private func shrink(_ trouble: HQTrouble, _ progress: inout Progress) async {
        monitor.count { $0.oversizePages += 1 }
        let isSmallest = progress.limit == 1
        progress.limit = max(1, progress.limit / 2)
        progress.ceiling = progress.limit
        if isSmallest {
            await backOff(trouble, after: nil, needsPerson: true, &progress)
        } else {
            monitor.failed(.feed, trouble, nextTry: .now, needsPerson: false)
        }
    }

    /// Asks for more items again, one doubling per page, once full pages go through.
    private func grow(_ page: FeedPage, _ progress: inout Progress) {
        if !page.hasMore { progress.ceiling = configuration.pageLimit }
        guard progress.limit < progress.ceiling, page.items.count * 2 >= progress.limit else { return }
        progress.limit = min(progress.ceiling, progress.limit * 2)
    }

    private func backOff(
        _ trouble: HQTrouble,
        after: Duration?,
        needsPerson: Bool,
        _ progress: inout Progress
    ) async {
        progress.failures += 1
        let timing = configuration.timing
        var own = timing.poll.wait(failures: progress.failures, random: .random(in: 0..<1))
        // HQ was there until now and is not: it is lost to every station, whose held questions all end at once.
        if progress.failures == 1, trouble.isAbsence {
            own = max(own, timing.spread * Double.random(in: 0..<1))
        }
        let wait = max(own, RetryAfter.spread(after, longest: timing.longestRetryAfter) ?? .zero)
        let next = ContinuousClock.now + wait
        monitor.failed(.feed, trouble, nextTry: next, needsPerson: needsPerson)
        if after == nil {
            await bell.wait(until: next)
        } else {
            // HQ asked for patience: a ring does not cut it short.
            try? await Task.sleep(until: next, clock: .continuous)
        }
    }

    private func storedCursor() async -> String? {
        await uncancelled { [station] in await station.feedCursor() }
    }

    // MARK: Asking

    private func fetch(_ cursor: String?, limit: Int) async -> Outcome {
        let askedAt = ContinuousClock.now
        do {
            let reply = try await exchange.send(request(cursor, limit: limit))
            switch ReplyVerdict.feed(reply) {
            case .done:
                monitor.count { $0.feedBytes += reply.body.count }
                do throws(FeedPageError) {
                    var page = try FeedPage(json: reply.body)
                    page.beginsSnapshot = cursor == nil
                    return .page(page, askedAt: askedAt)
                } catch {
                    monitor.count { $0.badPages += 1 }
                    return .failed(.badPage(error), after: nil, needsPerson: false)
                }
            case .resync: return .resync
            case .retry(let trouble, let after): return .failed(trouble, after: after, needsPerson: false)
            case .pause(let trouble, let after):
                if trouble.isBadPage { monitor.count { $0.badPages += 1 } }
                return .failed(trouble, after: after, needsPerson: true)
            case .park(let problem):
                return .failed(.parked(problem.type), after: nil, needsPerson: true)
            }
        } catch {
            if case .pageTooLarge = error { return .tooLarge(error) }
            return .failed(error, after: nil, needsPerson: error.needsPerson)
        }
    }

    private func request(_ cursor: String?, limit: Int) -> HQRequest {
        let wait = configuration.longPollSeconds
        let isPolling = cursor != nil && wait > 0
        let timing = configuration.timing
        var request = HQRequest(
            method: .GET,
            url: configuration.orders.url,
            headers: [("Accept", "application/json, application/problem+json")],
            timeout: max(timing.request, isPolling ? .seconds(wait) + timing.longPollGrace : .zero),
            bodyLimit: configuration.pageByteLimit,
            needsWholeBody: true,
            isSignedByURL: configuration.orders.isSignedByURL
        )
        switch configuration.feedMethod {
        case .get:
            var parameters = [(name: "limit", value: "\(limit)")]
            if let cursor { parameters.insert((name: "cursor", value: cursor), at: 0) }
            if isPolling { parameters.append((name: "wait", value: "\(wait)")) }
            request.url = configuration.orders.url(adding: parameters)
        case .post:
            request.method = .POST
            request.headers.append(("Content-Type", "application/json"))
            request.body =
                FeedQuestion(
                    stationId: configuration.station,
                    cursor: cursor,
                    limit: limit,
                    wait: isPolling ? wait : nil
                ).json
        }
        return request
    }
}

extension HQTrouble {
    /// Whether a reply came that is no feed page.
    fileprivate var isBadPage: Bool {
        switch self {
        case .badPage, .wrongContentType, .html: true
        default: false
        }
    }
}
