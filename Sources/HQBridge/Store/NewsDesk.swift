internal import Synchronization

/// Who waits for what, in this process: questions that are held open, and the workers of the sinks.
///
/// A waiter first takes a ticket, then looks, then waits with the ticket: news that come in between are not missed.
final class NewsDesk: Sendable {
    /// What one can wait for.
    enum Topic: Hashable, Sendable {
        case feed(BridgeStationID)
        case work
    }

    private struct State {
        /// How often each topic was told; topics that nobody waits for are not kept.
        var waiters: [Topic: [Int: CheckedContinuation<Void, Never>]] = [:]
        var tickets: [Int: Topic] = [:]
        var holders: [Topic: Set<Int>] = [:]
        /// Tickets whose topic was told before their holder came to wait.
        var rung: Set<Int> = []
        var next = 0
        var watchers: [@Sendable (BridgeNews?) -> Void] = []
    }

    private let state = Mutex(State())

    /// Calls `body` for all news, for ever.
    func watch(_ body: @escaping @Sendable (BridgeNews?) -> Void) {
        state.withLock { $0.watchers.append(body) }
    }

    /// Something changed; nil: maybe anything.
    func tell(_ news: BridgeNews?) {
        let (waiting, watchers) = state.withLock { state in
            let topics: [Topic]
            switch news {
            case .feed(let station): topics = [.feed(station)]
            case .work: topics = [.work]
            case .station: topics = []
            case nil: topics = Array(state.holders.keys)
            }
            var waiting: [CheckedContinuation<Void, Never>] = []
            for topic in topics {
                waiting += (state.waiters.removeValue(forKey: topic) ?? [:]).values
                state.rung.formUnion(state.holders[topic] ?? [])
            }
            return (waiting, state.watchers)
        }
        for waiter in waiting { waiter.resume() }
        for watcher in watchers { watcher(news) }
    }

    /// How many wait now.
    var waiting: Int { state.withLock { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    /// A ticket for a topic; give it back with ``drop(_:)``.
    func ticket(_ topic: Topic) -> Int {
        state.withLock { state in
            state.next += 1
            state.tickets[state.next] = topic
            state.holders[topic, default: []].insert(state.next)
            return state.next
        }
    }

    func drop(_ ticket: Int) {
        state.withLock { state in
            state.rung.remove(ticket)
            guard let topic = state.tickets.removeValue(forKey: ticket) else { return }
            state.holders[topic]?.remove(ticket)
            if state.holders[topic]?.isEmpty == true { state.holders[topic] = nil }
        }
    }

    /// Waits until the topic was told since the ticket was taken, or the time is over, or the task is cancelled.
    func wait(_ ticket: Int, for limit: Duration) async {
        let timer = Task {
            // Cancelled: nobody waits any more.
            do { try await Task.sleep(for: limit) } catch { return }
            self.wake(ticket)
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    guard let topic = state.tickets[ticket], state.rung.remove(ticket) == nil else {
                        return true
                    }
                    state.waiters[topic, default: [:]][ticket] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            wake(ticket)
        }
        timer.cancel()
        state.withLock { _ = $0.rung.remove(ticket) }
    }

    private func wake(_ ticket: Int) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let topic = state.tickets[ticket] else { return nil }
            guard let waiter = state.waiters[topic]?.removeValue(forKey: ticket) else {
                state.rung.insert(ticket)
                return nil
            }
            if state.waiters[topic]?.isEmpty == true { state.waiters[topic] = nil }
            return waiter
        }
        waiter?.resume()
    }
}
