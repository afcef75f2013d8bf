internal import Synchronization

/// A list that several threads append to and that a test can wait on.
public final class Recorder<Element: Sendable>: Sendable {
    private struct Waiter {
        let id: Int
        let condition: @Sendable ([Element]) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var elements: [Element] = []
        var waiters: [Waiter] = []
        var nextID = 0
    }

    private let state = Mutex(State())

    /// An empty list.
    public init() {}

    /// Everything so far.
    public var all: [Element] { state.withLock { $0.elements } }

    /// Adds one and wakes whom it satisfies.
    public func append(_ element: Element) {
        let satisfied = state.withLock { state in
            state.elements.append(element)
            let satisfied = state.waiters.filter { $0.condition(state.elements) }
            state.waiters.removeAll { waiter in satisfied.contains { $0.id == waiter.id } }
            return satisfied
        }
        for waiter in satisfied { waiter.continuation.resume(returning: true) }
    }

    /// Forgets everything so far.
    public func clear() {
        state.withLock { $0.elements = [] }
    }

    /// Waits until the list satisfies `condition`; `false` when it does not within the time.
    public func wait(
        seconds: Double = 10,
        until condition: @escaping @Sendable ([Element]) -> Bool
    ) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let limit = Task {
            try await Task.sleep(for: .seconds(seconds))
            let late = state.withLock { state in
                let late = state.waiters.filter { $0.id == id }
                state.waiters.removeAll { $0.id == id }
                return late
            }
            for waiter in late { waiter.continuation.resume(returning: false) }
        }
        defer { limit.cancel() }
        return await withCheckedContinuation { continuation in
            let isSatisfied = state.withLock { state in
                if condition(state.elements) { return true }
                state.waiters.append(Waiter(id: id, condition: condition, continuation: continuation))
                return false
            }
            if isSatisfied { continuation.resume(returning: true) }
        }
    }

    /// Waits until one element satisfies `condition`.
    public func wait(seconds: Double = 10, for condition: @escaping @Sendable (Element) -> Bool) async -> Bool
    {
        await wait(seconds: seconds) { (elements: [Element]) in elements.contains(where: condition) }
    }
}
