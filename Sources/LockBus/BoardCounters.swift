/// Transactions with one board since the start.
public struct BoardCounters: Hashable, Sendable {
    /// Requests sent.
    public var requests = 0
    /// Proper answers, refusals among them.
    public var answers = 0
    /// Requests without any answer.
    public var timeouts = 0
    /// Answers with a wrong checksum.
    public var crcErrors = 0
    /// Answers from another unit.
    public var wrongSlave = 0
    /// Answers that were truncated, too slow or malformed.
    public var shortFrames = 0
    /// Bytes that nobody sent, before an answer or on the idle line behind this board's answer.
    public var leadingGarbage = 0
    /// Answers without their first byte.
    public var headsLost = 0
    /// Requests that came back instead of an answer.
    public var ownEchoes = 0
    /// Second answers behind whole ones.
    public var secondReplies = 0
    /// Refusals by the board.
    public var exceptions = 0
    /// Answers that came after their time or belonged to another request.
    public var lateReplies = 0
    /// Writes whose echo was not the command.
    public var wrongEchoes = 0
    /// Answers in another protocol than the configured one.
    public var wrongMode = 0
    /// Requests sent while a lock of this bus was energised, or just after, and those of them that failed.
    public var requestsBesidePulses = 0
    /// See ``requestsBesidePulses``.
    public var failuresBesidePulses = 0
    /// Times that the board came back.
    public var reconnects = 0
    /// The shortest time from the end of a request to the first byte of its answer, in microseconds, as this
    /// side sees it: the board's, the adapter's and the kernel's time together; 0 before the first answer.
    public var fastestReplyMicroseconds = 0
    /// The longest such time.
    public var slowestReplyMicroseconds = 0

    /// All zero.
    public init() {}

    /// Answers of which bytes came, and none that could be used.
    public var garbled: Int {
        crcErrors + wrongSlave + shortFrames + leadingGarbage + headsLost + ownEchoes
    }

    mutating func noteReply(microseconds: Int?) {
        guard let microseconds else { return }
        let isFirst = slowestReplyMicroseconds == 0
        fastestReplyMicroseconds = isFirst ? microseconds : min(fastestReplyMicroseconds, microseconds)
        slowestReplyMicroseconds = max(slowestReplyMicroseconds, microseconds, 1)
    }

    /// What was counted since `earlier`. The reply times stay those since the start.
    func since(_ earlier: BoardCounters) -> BoardCounters {
        var counters = self
        for path in Self.counts { counters[keyPath: path] -= earlier[keyPath: path] }
        return counters
    }

    private static var counts: [WritableKeyPath<BoardCounters, Int>] {
        [
            \.requests, \.answers, \.timeouts, \.crcErrors, \.wrongSlave, \.shortFrames, \.leadingGarbage,
            \.headsLost, \.ownEchoes, \.secondReplies, \.exceptions, \.lateReplies, \.wrongEchoes,
            \.wrongMode, \.requestsBesidePulses, \.failuresBesidePulses, \.reconnects,
        ]
    }
}
