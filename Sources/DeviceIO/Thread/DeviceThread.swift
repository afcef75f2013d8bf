internal import CStationShims
internal import Foundation
internal import Synchronization

/// An executor on one named operating-system thread, for an actor that makes blocking calls.
///
/// libmodbus, libgpiod, tty reads and SQLite block. On Swift's cooperative pool one such call holds a thread
/// that
/// every other task needs; here it holds only its own. Jobs run one at a time. Jobs of priority `.high` and
/// above
/// run before the others, so that a customer's scan overtakes a feed page; within one class the order is
/// FIFO.
///
/// An actor keeps its executor alive by storing it. `DeviceThread`s are few: one per bus, one for the
/// station.
/// The thread itself keeps the executor alive until ``stop()``.
public final class DeviceThread: SerialExecutor, Sendable {
    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Timer {
        let moment: BootTime
        let body: @Sendable () -> Void
    }

    private struct State {
        /// The earliest first.
        var timers: [Timer] = []
        var urgent: [Work] = []
        var ordinary: [Work] = []
        var urgentHead = 0
        var ordinaryHead = 0
    }

    private let name: String
    private let state = Mutex(State())
    /// A pointer to C's memory, which lives as long as this object; the calls on it are atomic.
    private nonisolated(unsafe) let bell: OpaquePointer
    private let urgentWaiting = Atomic<Int>(0)
    private let identity = Atomic<UInt>(0)
    private let stopping = Atomic<Bool>(false)

    /// Starts the thread.
    /// - Parameter name: shown by `top -H` and in core dumps; the kernel keeps 15 bytes.
    public init(name: String) {
        self.name = name
        guard let bell = station_bell_make() else { preconditionFailure("no memory for a thread's bell") }
        self.bell = bell
        let thread = Thread { self.run() }
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit {
        station_bell_free(bell)
    }

    /// Whether a job of priority `.high` or above waits: long work on this thread looks here and yields
    /// early.
    public var hasUrgentWork: Bool {
        urgentWaiting.load(ordering: .relaxed) > 0
    }

    /// Ends the thread once every job it holds has run. A job added later never runs: call it last.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        station_bell_ring(bell)
    }

    /// Adds a job; any thread may call it.
    public func enqueue(_ job: consuming ExecutorJob) {
        let isUrgent = job.priority.rawValue >= TaskPriority.high.rawValue
        add(.job(UnownedJob(job)), isUrgent: isUrgent)
    }

    /// Calls `body` on this thread, without a task: for a reader thread's callback that must reach an actor
    /// of this
    /// executor in one hop (`actor.assumeIsolated` inside `body`).
    public func perform(urgent isUrgent: Bool, _ body: @escaping @Sendable () -> Void) {
        add(.call(body), isUrgent: isUrgent)
    }

    private func add(_ work: Work, isUrgent: Bool) {
        state.withLock { state in
            if isUrgent {
                state.urgent.append(work)
            } else {
                state.ordinary.append(work)
            }
        }
        if isUrgent { urgentWaiting.add(1, ordering: .relaxed) }
        // The thread itself looks at its work before it waits.
        if !isCurrent { station_bell_ring(bell) }
    }

    /// Calls `body` on this thread at `moment`, or as soon after it as the job in progress is done.
    ///
    /// It cannot be taken back: let it find out for itself whether it is still wanted. The thread waits by
    /// itself, so it costs no other thread a wake-up, and is late by microseconds.
    public func perform(at moment: BootTime, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            let place = state.timers.firstIndex { moment < $0.moment } ?? state.timers.count
            state.timers.insert(Timer(moment: moment, body: body), at: place)
        }
        // The thread itself looks at its timers before it waits.
        if !isCurrent { station_bell_ring(bell) }
    }

    /// The reference the runtime keeps; equal for equal executors.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Traps when the caller is not on this thread (called by `assumeIsolated` and `preconditionIsolated`).
    public func checkIsolated() {
        precondition(isCurrent, "called off the thread \(name)")
    }

    private var isCurrent: Bool {
        identity.load(ordering: .relaxed) == UInt(pthread_self())
    }

    private func run() {
        station_thread_set_name(name)
        station_thread_block_signals()
        station_thread_set_punctual()
        identity.store(UInt(pthread_self()), ordering: .relaxed)
        while true {
            switch next() {
            case .work(.job(let job)): job.runSynchronously(on: asUnownedSerialExecutor())
            case .work(.call(let body)): body()
            case .nothing(let nanoseconds):
                if stopping.load(ordering: .acquiring) { return }
                station_bell_wait(bell, nanoseconds)
            }
        }
    }

    private enum Next {
        case work(Work)
        /// How long the first timer has still time; negative without one.
        case nothing(nanoseconds: Int64)
    }

    private func next() -> Next {
        state.withLock { state in
            if state.urgentHead < state.urgent.count {
                urgentWaiting.subtract(1, ordering: .relaxed)
                return Self.take(from: &state.urgent, head: &state.urgentHead)
            }
            guard let timer = state.timers.first else {
                return Self.take(from: &state.ordinary, head: &state.ordinaryHead)
            }
            let now = BootTime.now()
            if timer.moment <= now {
                state.timers.removeFirst()
                return .work(.call(timer.body))
            }
            let work = Self.take(from: &state.ordinary, head: &state.ordinaryHead)
            guard case .nothing = work else { return work }
            return .nothing(nanoseconds: Int64(clamping: timer.moment.nanoseconds - now.nanoseconds))
        }
    }

    /// Takes the oldest job without moving the rest: the array is compacted only when it is half empty.
    private static func take(from jobs: inout [Work], head: inout Int) -> Next {
        guard head < jobs.count else { return .nothing(nanoseconds: -1) }
        let job = jobs[head]
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 64, head * 2 > jobs.count {
            jobs.removeFirst(head)
            head = 0
        }
        return .work(job)
    }
}
