internal import DeviceIO
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Tells of changes, together when they come fast: at most once in ``pauseMilliseconds``.
final class ChangeNotifier: Sendable {
    private static let pauseMilliseconds = 20

    private struct Listeners {
        var next = 0
        var streams: [Int: AsyncStream<SandboxCabinetSnapshot>.Continuation] = [:]
    }

    /// What the thread needs; it does not hold the notifier itself.
    private final class Shared: Sendable {
        let listeners = Mutex(Listeners())
        let stopping = Atomic<Bool>(false)
    }

    private let shared = Shared()
    private let news: WakeSignal
    private let thread: NamedThread

    init(
        news: WakeSignal,
        onChange: (@Sendable () -> Void)?,
        snapshot: @escaping @Sendable () -> SandboxCabinetSnapshot
    ) throws(SandboxError) {
        self.news = news
        let shared = shared
        do throws(SerialPortError) {
            thread = try NamedThread(name: "cab-news") {
                while true {
                    news.wait(nanoseconds: -1)
                    news.drain()
                    if shared.stopping.load(ordering: .acquiring) { return }
                    onChange?()
                    let streams = shared.listeners.withLock { Array($0.streams.values) }
                    if !streams.isEmpty {
                        let snapshot = snapshot()
                        for stream in streams { stream.yield(snapshot) }
                    }
                    _ = DispatchSemaphore(value: 0).wait(
                        timeout: .now() + .milliseconds(Self.pauseMilliseconds)
                    )
                }
            }
        } catch {
            throw .system(operation: "start a thread", code: EAGAIN)
        }
    }

    /// The newest state after each change; one that is not taken in time is replaced by the next.
    func changes() -> AsyncStream<SandboxCabinetSnapshot> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: SandboxCabinetSnapshot.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let shared = shared
        let id = shared.listeners.withLock { listeners in
            listeners.next += 1
            listeners.streams[listeners.next] = continuation
            return listeners.next
        }
        continuation.onTermination = { _ in
            _ = shared.listeners.withLock { $0.streams.removeValue(forKey: id) }
        }
        // What happened between the caller's last look and now is not lost.
        news.raise()
        return stream
    }

    func stop() {
        shared.stopping.store(true, ordering: .releasing)
        news.raise()
        thread.waitUntilEnded()
        let streams = shared.listeners.withLock { Array($0.streams.values) }
        for stream in streams { stream.finish() }
    }
}
