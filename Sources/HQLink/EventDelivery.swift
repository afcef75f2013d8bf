internal import FoundationEssentials
internal import NIOHTTP1
internal import StationAPI
internal import Synchronization

/// Carries the outbox to HQ: in order per order, a few orders at once, never giving up.
struct EventDelivery: Sendable {
    let configuration: HQLinkConfiguration
    let exchange: HTTPExchange
    let station: any HQLinkStation
    let monitor: LinkMonitor
    let bell: Doorbell
    let schedule: DeliveryScheduleBox

    /// Runs until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                let deadline = await startDeliveries { event in
                    group.addTask { await deliver(event) }
                }
                await bell.wait(until: deadline)
            }
            group.cancelAll()
        }
    }

    /// Starts what can start.
    ///
    /// - Returns: until when to wait at most for the bell.
    private func startDeliveries(_ start: (OutboundEvent) -> Void) async -> ContinuousClock.Instant? {
        guard let question = schedule.value.withLock({ $0.question(now: .now) }) else {
            return schedule.value.withLock { $0.nextDue(now: .now) }
        }
        let heads: [OutboundEvent]
        do {
            heads = try await uncancelledThrowing { [station] in
                try await station.outboxHeads(limit: question.limit)
            }
        } catch {
            // An outbox that cannot be read is not an empty one: what is known of its orders stays.
            return .now + configuration.timing.poll.first
        }
        if Task.isCancelled { return nil }
        // One reading of the clock for both questions: an event that falls due between two would look held back.
        let now = ContinuousClock.now
        let started = schedule.value.withLock { $0.start(heads, of: question, now: now) }
        for event in started { start(event) }
        guard !heads.isEmpty else { return now + configuration.timing.poll.longest }
        guard let next = schedule.value.withLock({ $0.nextDue(now: now) }) else { return nil }
        // If nothing could start although something is due, the outbox holds it back: it is not asked in a
        // circle.
        return next > now || !started.isEmpty ? next : now + configuration.timing.poll.first
    }

    private func deliver(_ event: OutboundEvent) async {
        let request = HQRequest(
            method: .POST,
            url: configuration.events.url,
            headers: [
                ("Content-Type", configuration.mediaType.rawValue),
                ("Accept", "application/json, application/problem+json"),
                ("Idempotency-Key", Self.quoted(event.id)),
            ],
            body: Array(event.json),
            timeout: configuration.timing.request,
            bodyLimit: HTTPExchange.smallBody,
            messageID: event.id,
            isSignedByURL: configuration.events.isSignedByURL
        )
        let verdict: ReplyVerdict
        do {
            verdict = ReplyVerdict.event(try await exchange.send(request), id: event.id)
        } catch {
            // A reply that cannot be read to its end may still have been acted on: the same id goes again.
            verdict = error.needsPerson ? .pause(error, after: nil) : .retry(error, after: nil)
        }
        if Task.isCancelled, !verdict.isFinal { return }
        await settle(event, verdict)
        bell.ring()
    }

    private func settle(_ event: OutboundEvent, _ verdict: ReplyVerdict) async {
        switch verdict {
        case .done(let hqPending):
            // Told before the lane is free: the outbox must not offer the event again.
            await uncancelled { [station] in await station.delivered(event.id, hqPending: hqPending) }
            monitor.count {
                $0.delivered += 1
                $0.deliveredPending += hqPending ? 1 : 0
            }
            finish(event)
        case .park(let problem):
            await uncancelled { [station] in await station.parked(event.id, problem: problem) }
            monitor.count { $0.parked += 1 }
            finish(event)
        case .retry(let trouble, let after):
            monitor.count { $0.deliveryRetries += 1 }
            let after = RetryAfter.spread(after, longest: configuration.timing.longestRetryAfter)
            let due = schedule.value.withLock {
                $0.failed(
                    event.orderID,
                    now: .now,
                    after: after,
                    everyone: trouble.isForEveryone,
                    hasty: trouble.isAbsence,
                    random: .random(in: 0..<1)
                )
            }
            monitor.failed(.events, trouble, nextTry: due, needsPerson: false)
        case .pause(let trouble, let after):
            monitor.count { $0.deliveryRetries += 1 }
            let after = RetryAfter.spread(after, longest: configuration.timing.longestRetryAfter)
            let due = schedule.value.withLock {
                $0.paused(
                    event.orderID,
                    now: .now,
                    after: after,
                    hasty: trouble.isTheLinks,
                    random: .random(in: 0..<1)
                )
            }
            monitor.failed(.events, trouble, nextTry: due, needsPerson: true)
        case .resync:
            break  // Only the feed's rule gives it.
        }
    }

    private func finish(_ event: OutboundEvent) {
        let isClear = schedule.value.withLock { $0.finished(event.orderID, now: .now) }
        // While another event needs a person the alarm stays on.
        if isClear { monitor.succeeded(.events) }
    }

    /// A structured-field string (RFC 8941 section 3.3.3).
    static func quoted(_ id: String) -> String {
        var text = "\""
        for scalar in id.unicodeScalars where (0x20...0x7E).contains(scalar.value) {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}

/// The schedule, shared between deliveries.
final class DeliveryScheduleBox: Sendable {
    let value: Mutex<DeliverySchedule>

    init(_ schedule: DeliverySchedule) {
        value = Mutex(schedule)
    }
}

extension ReplyVerdict {
    /// Whether HQ has decided about the event.
    fileprivate var isFinal: Bool {
        switch self {
        case .done, .park: true
        case .retry, .pause, .resync: false
        }
    }
}

extension HQTrouble {
    /// Whether it is HQ's wish that the whole station waits.
    var isForEveryone: Bool {
        switch self {
        case .busy(let status): status == 429 || status == 503
        default: false
        }
    }

    /// Whether HQ was simply not there.
    var isAbsence: Bool {
        switch self {
        case .unreachable, .timedOut, .cutOff, .tls: true
        case .busy(let status): (502...504).contains(status)
        default: false
        }
    }

    /// Whether it would befall any other event too.
    var isTheLinks: Bool {
        switch self {
        case .tls, .proxy, .token, .signInUnavailable, .signInRefused, .signingKey, .signatureRefused,
            .replaced,
            .unauthorized, .redirect, .html, .wrongContentType:
            true
        default: isAbsence
        }
    }

    /// Whether it does not mend itself.
    var needsPerson: Bool {
        switch self {
        case .tls, .proxy, .token, .signInRefused, .signingKey, .signatureRefused, .replaced, .unauthorized,
            .redirect, .html, .unexpectedStatus, .wrongContentType, .wrongConfirmation:
            true
        case .signInUnavailable(_, let needsPerson): needsPerson
        default: false
        }
    }
}
