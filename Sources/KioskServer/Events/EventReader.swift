import Hummingbird
import NIOCore
import Synchronization

/// One open event stream. It keeps at most one unsent view, the newest, so a slow screen costs no memory: it
/// skips views, and every view is whole.
final class EventReader: Sendable {
    private struct Mailbox {
        var frame: ByteBuffer?
        var beat = false
        var writingSince: ContinuousClock.Instant?
    }

    private static let heartbeat = ByteBuffer(string: ":\n\n")

    let id: Int
    private let channel: any Channel
    private let mailbox = Mutex(Mailbox())
    private let wakeups: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(id: Int, channel: any Channel) {
        self.id = id
        self.channel = channel
        (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Replaces the view that waits to be sent. Never blocks.
    func post(_ frame: ByteBuffer) {
        mailbox.withLock { $0.frame = frame }
        wake.yield()
    }

    /// Lets a heartbeat be sent. Never blocks.
    func beat() {
        mailbox.withLock { $0.beat = true }
        wake.yield()
    }

    /// Ends the stream in order, after what was posted.
    func finish() {
        wake.finish()
    }

    /// Whether one write has been waiting for the client to read for longer than `limit`.
    func isStuck(longerThan limit: Duration, now: ContinuousClock.Instant) -> Bool {
        mailbox.withLock { mailbox in
            guard let since = mailbox.writingSince else { return false }
            return now - since > limit
        }
    }

    /// Breaks the connection off, which also ends a write that waits.
    func drop() {
        wake.finish()
        channel.close(promise: nil)
    }

    /// Sends until the stream is finished, cancelled or its client is gone (throws then).
    func stream(to writer: inout any ResponseBodyWriter) async throws {
        // A first comment lets the client see that the stream is open before there is any view.
        try await write(Self.heartbeat, to: &writer)
        for await _ in wakeups {
            let (frame, beat) = mailbox.withLock { mailbox in
                defer {
                    mailbox.frame = nil
                    mailbox.beat = false
                }
                return (mailbox.frame, mailbox.beat)
            }
            if let frame {
                try await write(frame, to: &writer)
            } else if beat {
                try await write(Self.heartbeat, to: &writer)
            }
        }
    }

    private func write(_ buffer: ByteBuffer, to writer: inout any ResponseBodyWriter) async throws {
        mailbox.withLock { $0.writingSince = .now }
        defer { mailbox.withLock { $0.writingSince = nil } }
        try await writer.write(buffer)
    }
}
