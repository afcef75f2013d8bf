internal import Foundation
internal import Synchronization

/// A few threads that may block, each with a tool of its own (a connection), never on Swift's pool: a database that
/// hangs must not stop the tasks that serve everybody else.
///
/// Work waits in one queue, oldest first, and every free thread takes from it. The queue has an end: who comes when it
/// is full is told so at once instead of waiting for ever.
final class BlockingPool<Tool>: Sendable {
    /// One piece of work. `perform` does it; what it returns is called once the tool says that it is settled, with the
    /// error if it is not.
    typealias Work = @Sendable (Tool) -> Settle
    typealias Settle = @Sendable (BridgeStoreError?) -> Void

    private struct State {
        var waiting: [(work: Work, refuse: Settle)] = []
        var isClosed = false
        var threads = 0
        var whenEnded: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let limit: Int

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - limit: most pieces of work that wait.
    ///   - batch: most pieces that one thread takes at once.
    ///   - make: makes a thread's tool, on that thread.
    ///   - serve: does some pieces of work with the tool and settles each of them.
    init(
        name: String,
        threads: Int,
        limit: Int,
        batch: Int,
        make: @escaping @Sendable () -> Tool,
        serve: @escaping @Sendable (Tool, [(work: Work, refuse: Settle)]) -> Void
    ) {
        self.limit = limit
        state.withLock { $0.threads = threads }
        for number in 1...threads {
            let thread = Thread { [self] in
                let tool = make()
                while let work = next(batch) {
                    if !work.isEmpty { serve(tool, work) }
                }
                ended()
            }
            thread.name = "\(name)-\(number)"
            thread.stackSize = 1 << 20
            thread.start()
        }
    }

    /// Adds work; `refuse` is called at once if it cannot be taken.
    func add(_ work: @escaping Work, refuse: @escaping Settle) {
        let refusal: BridgeStoreError? = state.withLock { state in
            if state.isClosed { return .closed }
            if state.waiting.count >= limit { return .overloaded }
            state.waiting.append((work, refuse))
            return nil
        }
        if let refusal { refuse(refusal) } else { bell.signal() }
    }

    /// Takes no more work; returns once what waits is done and every thread has ended.
    func close() async {
        let threads = state.withLock { state in
            state.isClosed = true
            return state.threads
        }
        for _ in 0..<threads { bell.signal() }
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.threads > 0 { state.whenEnded.append(continuation) }
                return state.threads == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// What to do next: nothing if another thread was faster, nil to end.
    private func next(_ batch: Int) -> [(work: Work, refuse: Settle)]? {
        bell.wait()
        return state.withLock { state in
            if state.waiting.isEmpty { return state.isClosed ? nil : [] }
            let count = min(batch, state.waiting.count)
            let taken = Array(state.waiting.prefix(count))
            state.waiting.removeFirst(count)
            return taken
        }
    }

    private func ended() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.threads -= 1
            guard state.threads == 0 else { return [] }
            defer { state.whenEnded = [] }
            return state.whenEnded
        }
        for continuation in waiting { continuation.resume() }
    }
}

extension BlockingPool {
    /// Does `body` on one of the threads and waits for its value to be settled.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (Tool) throws -> Value
    ) async throws(BridgeStoreError) -> Value {
        let result: Result<Value, BridgeStoreError> = await withCheckedContinuation { continuation in
            add(
                { tool in
                    let result = Result { try body(tool) }.mapError { BridgeStoreError($0) }
                    return { error in continuation.resume(returning: error.map { .failure($0) } ?? result) }
                },
                refuse: { continuation.resume(returning: .failure($0 ?? .closed)) }
            )
        }
        return try result.get()
    }
}
