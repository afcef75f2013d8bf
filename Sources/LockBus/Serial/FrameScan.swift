/// What one protocol makes of the bytes that begin at one place.
enum FramePeek<Frame> {
    /// A frame with the right checksum.
    case whole(Frame, length: Int)
    /// What may become a frame.
    case partial
    /// The shape of a frame, with a wrong checksum.
    case badSum
    /// No frame begins here.
    case nothing
}

/// What a frame means to whoever waits for an answer.
enum FrameVerdict<Reply> {
    /// The answer.
    case mine(Reply)
    /// The right kind, from another board.
    case wrongUnit(UInt8)
    /// What a board says unasked; it belongs to no request.
    case unsolicited
    /// An answer to something else.
    case other
}

/// What was in the bytes received so far.
struct FrameScan<Reply> {
    var reply: Reply?
    /// Where the answer ends.
    var end = 0
    var wrongUnit: UInt8?
    var sawOther = false
    var sawBadSum = false
    /// The beginning of a frame waits for its rest.
    var isPartial = false
    /// Bytes that belong to no frame.
    var garbage = 0
    /// Whole frames that are not the answer, and were not said unasked.
    var otherFrames = 0

    /// Looks for the answer, whatever stands before, between and after the frames: noise, an adapter's echo,
    /// answers of others. Reads every byte at most once for each place; never traps.
    init<Frame>(
        _ bytes: [UInt8],
        peek: (ArraySlice<UInt8>) -> FramePeek<Frame>,
        verdict: (Frame) -> FrameVerdict<Reply>
    ) {
        var index = bytes.startIndex
        while index < bytes.endIndex {
            switch peek(bytes[index...]) {
            case .whole(let frame, let length):
                switch verdict(frame) {
                case .mine(let found):
                    reply = found
                    end = index + length
                    return
                case .wrongUnit(let unit):
                    wrongUnit = unit
                    otherFrames += 1
                case .unsolicited: break
                case .other:
                    sawOther = true
                    otherFrames += 1
                }
                index += max(1, length)
            case .partial:
                isPartial = true
                index += 1
            case .badSum:
                sawBadSum = true
                garbage += 1
                index += 1
            case .nothing:
                garbage += 1
                index += 1
            }
        }
    }

    /// Why there is no answer, once its time is over.
    var fault: WireFault {
        if let wrongUnit { return .wrongUnit(wrongUnit) }
        if sawBadSum { return .crc }
        if sawOther { return .lateReply }
        if isPartial { return .shortFrame }
        return garbage > 0 ? .leadingGarbage : .timeout
    }
}

/// The checksum of KERONG's protocols: the low byte of the sum.
func sumChecksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
    bytes.reduce(0, &+)
}

/// The checksum of the 0x8A boards: all bytes, exclusive-or.
func xorChecksum(_ bytes: some Sequence<UInt8>) -> UInt8 {
    bytes.reduce(0, ^)
}

/// Bits of `bytes`, lowest first.
func bits(_ bytes: some Sequence<UInt8>, count: Int) -> [Bool] {
    var all: [Bool] = []
    for byte in bytes {
        for bit in 0..<UInt8(8) { all.append(byte & (1 << bit) != 0) }
    }
    return Array(all.prefix(count))
}
