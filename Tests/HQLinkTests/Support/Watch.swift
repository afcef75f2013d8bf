import Synchronization

/// A value that tests wait for instead of sleeping.
final class Watch<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextListener = 0
    }

    struct Timeout: Error, CustomStringConvertible {
        var description: String
    }

    private let state: Mutex<State>

    init(_ value: Value) {
        state = Mutex(State(value: value))
    }

    var value: Value { state.withLock { $0.value } }

    func update<Result: Sendable>(_ change: (inout Value) -> Result) -> Result {
        state.withLock { state in
            let result = change(&state.value)
            for listener in state.listeners.values { listener.yield() }
            return result
        }
    }

    /// The value once `isDone` says yes; throws if that takes longer than `limit`.
    @discardableResult
    func until(
        _ what: String,
        within limit: Duration = .seconds(25),
        _ isDone: @escaping @Sendable (Value) -> Bool
    ) async throws -> Value {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let number = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        defer { state.withLock { $0.listeners[number] = nil } }
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask {
                if case let value = self.value, isDone(value) { return value }
                for await _ in stream {
                    if case let value = self.value, isDone(value) { return value }
                }
                throw CancellationError()
            }
            group.addTask {
                try await Task.sleep(for: limit)
                throw Timeout(description: "waited \(limit) in vain: \(what); last seen: \(self.value)")
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

/// Counts the calls of a handler, from 0.
final class Turns: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count - 1
        }
    }
}
