internal import Logging
internal import StationAPI

/// Hands the inbox's events to one sink, a few orders at once.
struct SinkRunner: Sendable {
    let sink: any EventSink
    let store: BridgeStore
    /// Orders at once.
    let width: Int
    /// How long this process has for one event before another one may take it.
    let leaseSeconds: Int
    let logger: Logger

    /// How often due work is looked for when nobody says that there is any: what another process left behind, and
    /// what is to be tried again.
    private static let look = Duration.seconds(1)

    /// Runs until the task is cancelled. What a sink has begun is let end.
    func run() async {
        let ticket = store.news.ticket(.work)
        defer { store.news.drop(ticket) }
        await withDiscardingTaskGroup { group in
            let free = Slots(width)
            while !Task.isCancelled {
                let room = await free.wait()
                let work = await take(room)
                if work.isEmpty {
                    await store.news.wait(ticket, for: Self.look)
                    continue
                }
                await free.use(work.count)
                for held in work {
                    group.addTask {
                        await Task { await carry(held) }.value
                        await free.giveBack()
                    }
                }
            }
        }
    }

    private func take(_ room: Int) async -> [BridgeStore.Held] {
        guard !Task.isCancelled else { return [] }
        do {
            return try await store.takeWork(of: sink.name, limit: room, leaseSeconds: leaseSeconds)
        } catch {
            logger.warning("no work could be taken: \(error)", metadata: ["sink": "\(sink.name)"])
            return []
        }
    }

    private func carry(_ held: BridgeStore.Held) async {
        let outcome = sink.wants(held.event.event.type) ? await sink.take(held.event) : .done
        if case .exception(let reason) = outcome {
            logger.error(
                "an event waits for a person: \(reason)",
                metadata: ["sink": "\(sink.name)", "event": "\(held.event.key)"]
            )
        }
        do {
            try await store.settle(held, outcome)
        } catch {
            // The lease ends by itself, and the event comes again.
            logger.warning("work could not be settled: \(error)", metadata: ["sink": "\(sink.name)"])
        }
    }
}

/// How many more orders may be carried on now.
private actor Slots {
    private var free: Int
    private var waiter: CheckedContinuation<Void, Never>?

    init(_ count: Int) { free = count }

    /// Waits until there is room; says how much.
    func wait() async -> Int {
        while free == 0 { await withCheckedContinuation { waiter = $0 } }
        return free
    }

    func use(_ count: Int) { free -= count }

    func giveBack() {
        free += 1
        waiter?.resume()
        waiter = nil
    }
}
