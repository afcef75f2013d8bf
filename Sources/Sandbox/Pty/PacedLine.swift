internal import CStationShims
public import DeviceIO
internal import Glibc
internal import Synchronization

/// A Modbus RTU line at its real speed: a pty whose far end takes and sends one byte per character time, as a
/// UART does, and slaves that answer as soon as they may.
///
/// A pty carries bytes at once, so a driver that is measured over one looks as if its line were free. Here a
/// request takes its time, the slaves hear its end by 3.5 characters of silence, and the answer takes its
/// time too. A request that begins before the line has been silent for 3.5 characters is lost, as on a real
/// line, and counted. What it leaves out: the chunks in which a USB adapter hands bytes over, and what a
/// board computes before it answers.
public final class PacedLine: Sendable {
    /// One request as it was on the line.
    public struct Request: Sendable {
        /// The whole frame.
        public let frame: [UInt8]
        /// When its first byte began.
        public let beganAt: BootTime
        /// When its last byte was over.
        public let endedAt: BootTime
    }

    /// What has happened on the line so far.
    public struct Statistics: Sendable {
        /// Whole requests by function code.
        public var requests: [UInt8: Int] = [:]
        /// Requests that began too early and were lost.
        public var tooEarly = 0
        /// The last requests, at most 4096.
        public var last: [Request] = []
        /// Whether the far end's thread runs before all others: a UART waits for no scheduler.
        public var isRealTime = false
    }

    /// Answers a request's frame with a whole frame, or not at all.
    public typealias Slaves = @Sendable (_ frame: [UInt8]) -> [UInt8]?

    private final class Shared: Sendable {
        let statistics = Mutex(Statistics())
        let stopping = Atomic<Bool>(false)
    }

    /// Nanoseconds of one character: start, eight data bits, stop.
    public let characterNanoseconds: UInt64
    /// Nanoseconds of the silence between frames (Modbus over Serial Line V1.02, 2.5.1.1).
    public let silenceNanoseconds: UInt64
    private let port: PtyPort
    private let shared = Shared()
    private let thread: NamedThread

    /// Lays the line; its far end answers until ``stop()``.
    /// - Parameters:
    ///   - link: the path that the station opens.
    ///   - baud: bits per second, 8N1.
    /// - Throws: ``PtyError``.
    public init(link: String, baud: Int, slaves: @escaping Slaves) throws(PtyError) {
        let port = try PtyPort(link: link)
        let bit = 1_000_000_000 / UInt64(max(1, baud))
        characterNanoseconds = 10 * bit
        silenceNanoseconds = baud > 19200 ? 1_750_000 : 77 * bit / 2
        let end = FarEnd(
            port: port,
            character: characterNanoseconds,
            silence: silenceNanoseconds,
            slaves: slaves
        )
        let shared = shared
        do throws(SerialPortError) {
            thread = try NamedThread(name: "paced-line") { Self.run(end, port, shared) }
        } catch {
            throw .system(path: link, operation: "start a thread", code: EAGAIN)
        }
        self.port = port
    }

    /// The station's end.
    public var path: String { port.path }

    /// What has happened so far.
    public var statistics: Statistics { shared.statistics.withLock { $0 } }

    /// Pulls the adapter out.
    public func unplug() {
        port.unplug()
    }

    /// Puts it in again.
    /// - Throws: ``PtyError``.
    public func replug() throws(PtyError) {
        try port.replug()
    }

    /// The shortest time that a request and its answer can take on this line, in nanoseconds, up to the
    /// moment at which the next request may begin.
    public func idealNanoseconds(requestBytes: Int, replyBytes: Int) -> UInt64 {
        UInt64(requestBytes + replyBytes) * characterNanoseconds + 2 * silenceNanoseconds
    }

    /// Ends the far end and removes the pty.
    public func stop() {
        shared.stopping.store(true, ordering: .releasing)
        port.changed.raise()
        thread.waitUntilEnded()
        port.unplug()
    }

    private static func run(_ end: FarEnd, _ port: PtyPort, _ shared: Shared) {
        var end = end
        var priority = sched_param(sched_priority: 20)
        let isRealTime = pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority) == 0
        station_thread_set_punctual()
        shared.statistics.withLock { $0.isRealTime = isRealTime }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 512, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            var entries = port.pollEntries()
            _ = station_poll(&entries, entries.count, nanosecondsUntil(end.nextDue))
            port.takeChange()
            if shared.stopping.load(ordering: .acquiring) { return }
            port.service()
            let count = port.read(into: buffer)
            let now = BootTime.now()
            if count > 0 { end.take(Array(buffer.prefix(count)), at: now, shared.statistics) }
            end.deliver(at: now)
        }
    }

    /// What the far end's thread knows.
    private struct FarEnd {
        let port: PtyPort
        let character: UInt64
        let silence: UInt64
        let slaves: Slaves
        private var request: [UInt8] = []
        private var began: UInt64 = 0
        private var isLost = false
        /// When the station's last byte is over, and when the line's.
        private var sentUntil: UInt64 = 0
        private var busyUntil: UInt64 = 0
        private var reply: [UInt8] = []
        private var replied = 0
        private var replyBegins: UInt64 = 0

        init(port: PtyPort, character: UInt64, silence: UInt64, slaves: @escaping Slaves) {
            self.port = port
            self.character = character
            self.silence = silence
            self.slaves = slaves
        }

        var nextDue: BootTime? {
            replied < reply.count ? BootTime(nanoseconds: replyBegins + UInt64(replied + 1) * character) : nil
        }

        mutating func take(_ bytes: [UInt8], at now: BootTime, _ statistics: borrowing Mutex<Statistics>) {
            // What was left of a frame that never became whole is over after a silence.
            if !request.isEmpty, now.nanoseconds > sentUntil + silence {
                request = []
            }
            let start = max(now.nanoseconds, sentUntil)
            if request.isEmpty {
                began = start
                isLost = start < busyUntil + silence
            }
            request += bytes
            sentUntil = start + UInt64(bytes.count) * character
            busyUntil = max(busyUntil, sentUntil)
            guard let length = Self.length(request), request.count >= length else { return }
            let frame = Array(request.prefix(length))
            request = []
            let isLost = isLost
            let seen = Request(
                frame: frame,
                beganAt: BootTime(nanoseconds: began),
                endedAt: BootTime(nanoseconds: sentUntil)
            )
            statistics.withLock { statistics in
                if isLost { statistics.tooEarly += 1 } else { statistics.requests[frame[1], default: 0] += 1 }
                if statistics.last.count == 4096 { statistics.last.removeFirst(2048) }
                if !isLost { statistics.last.append(seen) }
            }
            guard !isLost, let answer = slaves(frame), !answer.isEmpty else { return }
            reply = answer
            replied = 0
            replyBegins = sentUntil + silence
            busyUntil = replyBegins + UInt64(answer.count) * character
        }

        mutating func deliver(at now: BootTime) {
            var due: [UInt8] = []
            while let next = nextDue, next <= now {
                due.append(reply[replied])
                replied += 1
            }
            if !due.isEmpty { port.write(due, withinMilliseconds: 50) }
        }

        private static func length(_ bytes: [UInt8]) -> Int? {
            guard bytes.count >= 7 else { return nil }
            return bytes[1] == 0x0F || bytes[1] == 0x10 ? 9 + Int(bytes[6]) : 8
        }
    }
}

extension PacedLine {
    /// Slaves with 8 coils that are off and 8 inputs that read as given: as many as the units listed.
    public static func slaves(units: ClosedRange<UInt8>, inputs: UInt8) -> Slaves {
        { frame in
            guard units.contains(frame[0]) else { return nil }
            switch frame[1] {
            case 1: return sealed([frame[0], 1, 1, 0])
            case 2: return sealed([frame[0], 2, 1, inputs])
            case 5, 6: return frame
            case 15: return sealed(Array(frame.prefix(6)))
            default: return sealed([frame[0], frame[1] | 0x80, 2])
            }
        }
    }

    /// A frame with its checksum.
    public static func sealed(_ body: [UInt8]) -> [UInt8] {
        body + modbusCRC(body)
    }
}
