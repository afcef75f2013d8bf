internal import Logging

/// Runs an order source in one of the bridge processes: the one that has its lease.
struct SourceRunner: Sendable {
    let source: any OrderSource
    let store: BridgeStore
    let logger: Logger

    private static let leaseSeconds = 30
    private var lease: String { "source/\(source.name)" }

    /// Runs until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            if await hasLease() { await work() }
            try? await Task.sleep(for: .seconds(5) * Double.random(in: 0.75..<1.25))
        }
    }

    private func hasLease() async -> Bool {
        do {
            return try await store.lease(lease, seconds: Self.leaseSeconds)
        } catch {
            logger.warning("no lease: \(error)", metadata: ["source": "\(source.name)"])
            return false
        }
    }

    /// The source beside a task that renews the lease; whichever ends first ends the other.
    private func work() async {
        logger.info("the source runs here", metadata: ["source": "\(source.name)"])
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await source.run(feeding: store)
                } catch {
                    if !Task.isCancelled {
                        logger.error("the source ended: \(error)", metadata: ["source": "\(source.name)"])
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(Self.leaseSeconds / 3))
                    if await !hasLease() { return }
                }
            }
            await group.next()
            group.cancelAll()
        }
        try? await store.release(lease)
    }
}
