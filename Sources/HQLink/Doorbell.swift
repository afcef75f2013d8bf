internal import Synchronization

/// Wakes one waiting loop; a ring while nobody waits is kept, any number of them counts once.
final class Doorbell: Sendable {
    private struct State {
        var isRung = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Wakes the waiting loop, or the next one that waits.
    func ring() {
        let waiter = state.withLock { state in
            let waiter = state.waiter
            state.waiter = nil
            state.isRung = waiter == nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a ring, until `deadline` (nil: without end), or for the task's cancellation.
    ///
    /// - Returns: whether it was rung.
    @discardableResult
    func wait(until deadline: ContinuousClock.Instant?) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.waitForRing() }
            if let deadline {
                group.addTask {
                    try? await Task.sleep(until: deadline, tolerance: .zero, clock: .continuous)
                    return false
                }
            }
            let rung = await group.next() ?? false
            group.cancelAll()
            var isRung = rung
            for await other in group where other { isRung = true }
            return isRung
        }
    }

    private func waitForRing() async -> Bool {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let goOn = state.withLock { state in
                    if state.isRung || Task.isCancelled { return true }
                    state.waiter = continuation
                    return false
                }
                if goOn { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiter
                state.waiter = nil
                return waiter
            }
            waiter?.resume()
        }
        return state.withLock { state in
            let rung = state.isRung || !Task.isCancelled
            state.isRung = false
            return rung
        }
    }
}
