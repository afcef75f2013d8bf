internal import CStationShims
internal import Dispatch
internal import Glibc
internal import Synchronization

/// One named operating-system thread that runs one function to its end: the reader of a port.
///
/// For an actor whose calls block, use ``DeviceThread``. This one is for a loop that waits in `poll(2)` and
/// is
/// told to stop by a ``WakeSignal``.
public final class NamedThread: Sendable {
    private struct Ending {
        var hasEnded = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private final class Start {
        let name: String
        let body: () -> Void

        init(name: String, body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private let ending = Mutex(Ending())
    private let semaphore = DispatchSemaphore(value: 0)

    /// Starts the thread. Signals are blocked on it: they belong to the main thread.
    /// - Parameters:
    ///   - name: shown by `top -H` and in core dumps; the kernel keeps 15 bytes.
    ///   - body: what it runs. What it captures is given away to the thread.
    /// - Throws: ``SerialPortError/system(path:operation:code:)`` when the system has no thread left.
    public init(name: String, body: sending @escaping () -> Void) throws(SerialPortError) {
        let start = Start(name: name) { [self] in
            body()
            markEnded()
        }
        let given = Unmanaged.passRetained(start)
        var thread = pthread_t()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 1 << 19)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let failure = pthread_create(
            &thread,
            &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                station_thread_set_name(start.name)
                station_thread_block_signals()
                start.body()
                return nil
            },
            given.toOpaque()
        )
        pthread_attr_destroy(&attributes)
        guard failure == 0 else {
            given.release()
            throw .system(path: name, operation: "start a thread", code: failure)
        }
    }

    /// Waits until the function has returned, without holding a thread of the caller's pool.
    public func untilEnded() async {
        await withCheckedContinuation { continuation in
            let hasEnded = ending.withLock { ending in
                if !ending.hasEnded { ending.waiting.append(continuation) }
                return ending.hasEnded
            }
            if hasEnded { continuation.resume() }
        }
    }

    /// Waits until the function has returned, and holds the calling thread meanwhile. Never call it on the
    /// thread itself.
    public func waitUntilEnded() {
        semaphore.wait()
        semaphore.signal()
    }

    private func markEnded() {
        let waiting = ending.withLock { ending in
            ending.hasEnded = true
            defer { ending.waiting = [] }
            return ending.waiting
        }
        semaphore.signal()
        for continuation in waiting { continuation.resume() }
    }
}
