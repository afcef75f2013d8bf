import FoundationEssentials
import Logging
import NIOCore
import StationCore
import Synchronization

/// Gives the newest view to every open event stream, and a heartbeat while the station answers.
final class EventHub: Sendable {
    /// The most event streams at once; one screen needs one.
    static let readerLimit = 8

    private struct State {
        var pending: KioskView?
        var latestRevision: UInt64 = 0
        var frame: ByteBuffer?
        var readers: [EventReader] = []
        var nextID = 1
        var closed = false
        var asking = false
        var dropped = 0
    }

    private let state = Mutex(State())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let station: any KioskStation
    private let timing: KioskTiming
    private let logger: Logger

    init(station: any KioskStation, timing: KioskTiming, logger: Logger) {
        self.station = station
        self.timing = timing
        self.logger = logger
        (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// How many event streams are open.
    var readerCount: Int { state.withLock { $0.readers.count } }
    /// How many event streams were broken off because they were not read.
    var droppedCount: Int { state.withLock { $0.dropped } }

    /// Hands in a view. Only remembers it: encoding and sending happen in ``broadcast()``.
    func push(_ view: KioskView) {
        state.withLock { state in
            if let pending = state.pending, pending.revision > view.revision { return }
            state.pending = view
        }
        wake.yield()
    }

    /// Opens an event stream; its first view is the newest one there is.
    func open(on channel: any Channel) throws(Problem) -> EventReader {
        let result: Result<EventReader, Problem> = state.withLock { state in
            if state.closed { return .failure(.stopping) }
            if state.readers.count >= Self.readerLimit { return .failure(.tooManyReaders) }
            let reader = EventReader(id: state.nextID, channel: channel)
            state.nextID += 1
            state.readers.append(reader)
            if let frame = state.frame { reader.post(frame) }
            return .success(reader)
        }
        if case .failure(let problem) = result, problem.status == Problem.tooManyReaders.status {
            logger.notice("kiosk refuses an event stream", metadata: ["problem": "\(problem.name)"])
        }
        return try result.get()
    }

    /// Forgets an event stream that has ended.
    func close(_ reader: EventReader) {
        state.withLock { state in
            state.readers.removeAll { $0.id == reader.id }
        }
    }

    /// Encodes and sends pushed views until the hub is closed.
    func broadcast() async {
        for await _ in wakeups {
            let view = state.withLock { state in
                let pending = state.pending
                state.pending = nil
                return pending
            }
            guard let view, let frame = encode(view) else { continue }
            state.withLock { state in
                // A view that was asked for may arrive after a newer one that was pushed.
                guard state.frame == nil || view.revision >= state.latestRevision else { return }
                guard frame != state.frame else { return }
                state.latestRevision = view.revision
                state.frame = frame
                for reader in state.readers { reader.post(frame) }
            }
        }
    }

    /// Asks the station for its view at every tick, and drops readers that do not read. The answer is what
    /// the heartbeat says: a station that hangs behind a healthy web server must not look alive.
    func watch() async {
        while !Task.isCancelled {
            askStation()
            dropSlowReaders()
            try? await Task.sleep(for: timing.heartbeat)
        }
    }

    /// Ends every event stream, and refuses new ones.
    func shutdown() {
        let readers = state.withLock { state in
            state.closed = true
            return state.readers
        }
        for reader in readers { reader.finish() }
        wake.finish()
    }

    /// At most one question is open at a time. Its task is not waited for, so a station that hangs cannot
    /// hang this server's shutdown.
    private func askStation() {
        let mayAsk = state.withLock { state in
            if state.asking { return false }
            state.asking = true
            return true
        }
        guard mayAsk else { return }
        Task {
            push(await station.currentView())
            let readers = state.withLock { state in
                state.asking = false
                return state.readers
            }
            for reader in readers { reader.beat() }
        }
    }

    private func dropSlowReaders() {
        let now = ContinuousClock.now
        let slow = state.withLock { state in
            let slow = state.readers.filter { $0.isStuck(longerThan: timing.slowReader, now: now) }
            state.readers.removeAll { reader in slow.contains { $0.id == reader.id } }
            state.dropped += slow.count
            return slow
        }
        for reader in slow {
            logger.notice(
                "kiosk drops an event stream that is not read",
                metadata: ["reader": "\(reader.id)"]
            )
            reader.drop()
        }
    }

    private func encode(_ view: KioskView) -> ByteBuffer? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let json = try encoder.encode(view)
            var buffer = ByteBufferAllocator().buffer(capacity: json.count + 48)
            buffer.writeString("id: \(view.revision)\ndata: ")
            buffer.writeBytes(json)
            buffer.writeString("\n\n")
            return buffer
        } catch {
            logger.error("kiosk cannot encode a view", metadata: ["revision": "\(view.revision)"])
            return nil
        }
    }
}

/// The server's times, shortened by tests.
struct KioskTiming: Sendable {
    /// Between two questions to the station, and so between two heartbeats. The page says "call staff" after
    /// 2.2 s without one.
    var heartbeat: Duration = .seconds(1)
    /// How long one write may wait for its reader.
    var slowReader: Duration = .seconds(5)
}
