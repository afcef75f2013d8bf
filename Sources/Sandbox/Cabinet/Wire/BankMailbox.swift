internal import DeviceIO
internal import Dispatch
internal import Synchronization

/// What a bank's owner tells the bank's thread. The owner waits until it is done, so that what follows it
/// sees it
/// done.
final class BankMailbox<Command: Sendable>: Sendable {
    private struct Letter {
        var command: Command
        var done: DispatchSemaphore
    }

    private let letters = Mutex<[Letter]>([])
    /// Raised when a command waits.
    let wake: WakeSignal

    init() throws(SandboxError) {
        wake = try .forSandbox()
    }

    /// Gives a command to the thread and waits until it is done; a thread that has ended does nothing.
    func perform(_ command: Command) {
        let done = DispatchSemaphore(value: 0)
        letters.withLock { $0.append(Letter(command: command, done: done)) }
        wake.raise()
        // The thread looks at once; the limit is for one that has ended.
        _ = done.wait(timeout: .now() + .seconds(2))
    }

    /// On the bank's thread: does what waits, in order.
    func take(_ body: (Command) -> Void) {
        wake.drain()
        let taken = letters.withLock { letters in
            defer { letters = [] }
            return letters
        }
        for letter in taken {
            body(letter.command)
            letter.done.signal()
        }
    }
}

/// A reply that leaves later.
struct DelayedReply: Sendable {
    var due: BootTime
    var bytes: [UInt8]
}

extension [DelayedReply] {
    /// Takes out what is due, in the order of its time.
    mutating func takeDue(at now: BootTime) -> [DelayedReply] {
        guard contains(where: { $0.due <= now }) else { return [] }
        let due = filter { $0.due <= now }.sorted { $0.due < $1.due }
        removeAll { $0.due <= now }
        return due
    }

    var next: BootTime? { lazy.map(\.due).min() }
}
