import Synchronization

/// The port the server was given, for whoever waits for it.
final class PortBinding: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Int, any Error>])
        case bound(Int)
        case ended
    }

    private let state = Mutex(State.waiting([]))

    /// The port, if the server listens.
    var boundPort: Int? {
        state.withLock { state in
            if case .bound(let port) = state { port } else { nil }
        }
    }

    /// Waits until the server listens; throws ``KioskServerError/notListening`` if it has ended instead.
    func wait() async throws -> Int {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<Int, any Error>? = state.withLock { state in
                switch state {
                case .waiting(let others):
                    state = .waiting(others + [continuation])
                    return nil
                case .bound(let port): return .success(port)
                case .ended: return .failure(KioskServerError.notListening)
                }
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    /// The server listens on `port`.
    func bound(to port: Int) {
        settle(.bound(port), .success(port))
    }

    /// The server does not listen any more, or never did.
    func ended() {
        settle(.ended, .failure(KioskServerError.notListening))
    }

    private func settle(_ next: State, _ answer: Result<Int, any Error>) {
        let waiting: [CheckedContinuation<Int, any Error>] = state.withLock { state in
            defer { state = next }
            guard case .waiting(let waiting) = state else { return [] }
            return waiting
        }
        for continuation in waiting { continuation.resume(with: answer) }
    }
}

/// What can go wrong with a kiosk server that runs.
public enum KioskServerError: Error, Hashable, CustomStringConvertible {
    /// The server has ended, or could not listen.
    case notListening

    /// Cause and remedy.
    public var description: String {
        "the kiosk's server does not listen: see its log for why, free its port or choose another one"
    }
}
