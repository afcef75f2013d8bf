/// The protocol of the "0x8A" lock boards (Guangzhou Shuoming and many relabels, 2 to 50 locks). RS-485, 9600 8N1.
///
/// A request is `8A bb ll 11 xx` (open) or `80 bb ll 33 xx` (query), xx the exclusive-or of the rest. Lock 0 with
/// 8A, the masks of 90, the seconds after 11, and holding the power with 9A cannot be written with these types.
///
/// Sources: the vendor's "485 lock board protocol 2024A1" and "24-way 2021" as quoted by public clients, and
/// github.com/Open-Locker/Open-Locker (issue 307 and its codec), whose boards answer an unlock after some 500 ms,
/// when the pulse is over, with the lock's switch: the answer is a reading, not a success. It also quotes a capture
/// of an 8-lock board that answers a query with three bytes, `80 01 00 00 00 33 B2`.
struct LockBoard8A: Hashable {
    /// How many bytes of states the answer to a query has: 1 to 7.
    let statusBytes: Int

    /// A board's address, set by its switches: 1 to 32.
    struct Address: Hashable {
        let byte: UInt8

        init?(_ byte: UInt8) {
            guard (1...32).contains(byte) else { return nil }
            self.byte = byte
        }
    }

    /// One lock: 1 to 50, as printed on the board.
    struct Lock: Hashable {
        let byte: UInt8

        init?(number: Int) {
            guard (1...50).contains(number), let byte = UInt8(exactly: number) else { return nil }
            self.byte = byte
        }
    }

    /// All that is ever asked of a board.
    enum Request: Hashable {
        /// The switches of all locks.
        case status(Address)
        /// The switch of one lock. Its answer never looks like the question: this is how an echo is found out.
        case lockStatus(Address, Lock)
        case unlock(Address, Lock)

        var frame: [UInt8] {
            let body: [UInt8] =
                switch self {
                case .status(let address): [0x80, address.byte, 0x00, 0x33]
                case .lockStatus(let address, let lock): [0x80, address.byte, lock.byte, 0x33]
                case .unlock(let address, let lock): [0x8A, address.byte, lock.byte, 0x11]
                }
            return body + [xorChecksum(body)]
        }
    }

    /// What is waited for. Frames that begin with 80 have two lengths, and only that tells which.
    enum Awaited { case all, one, unlocked }

    /// What a board says. A switch's `true` is 0x11, or bit 1.
    enum Frame: Hashable {
        /// `80 bb Sn…S1 33 xx`: the highest locks first.
        case states(board: UInt8, switches: [Bool])
        /// `80 bb ll st xx`.
        case state(board: UInt8, lock: UInt8, isOn: Bool)
        /// `8A bb ll st xx`: a lock's switch after its pulse.
        case unlocked(board: UInt8, lock: UInt8, isOn: Bool)
        /// `82 bb ll st xx`: a switch changed; said unasked.
        case changed(board: UInt8, lock: UInt8)
        /// Our own question, which an adapter repeats.
        case echo
    }

    func peek(_ bytes: ArraySlice<UInt8>, awaiting awaited: Awaited) -> FramePeek<Frame> {
        switch bytes.first {
        case 0x80 where awaited == .all: peekStates(bytes)
        case 0x80, 0x82, 0x8A: peekShort(bytes)
        default: .nothing
        }
    }

    private func peekStates(_ bytes: ArraySlice<UInt8>) -> FramePeek<Frame> {
        let length = statusBytes + 4
        let frame = Array(bytes.prefix(length))
        if frame.count > 1, Address(frame[1]) == nil { return .nothing }
        guard frame.count == length else { return .partial }
        guard frame[length - 2] == 0x33 else { return .nothing }
        guard xorChecksum(frame.dropLast()) == frame[length - 1] else { return .badSum }
        let switches = bits(frame[2..<(2 + statusBytes)].reversed(), count: statusBytes * 8)
        return .whole(.states(board: frame[1], switches: switches), length: length)
    }

    private func peekShort(_ bytes: ArraySlice<UInt8>) -> FramePeek<Frame> {
        let frame = Array(bytes.prefix(5))
        if frame.count > 1, Address(frame[1]) == nil { return .nothing }
        guard frame.count == 5 else { return .partial }
        let isQuestion = frame[0] == 0x80 && frame[3] == 0x33
        guard frame[3] == 0x00 || frame[3] == 0x11 || isQuestion else { return .nothing }
        guard xorChecksum(frame.dropLast()) == frame[4] else { return .badSum }
        let (board, lock, isOn) = (frame[1], frame[2], frame[3] == 0x11)
        let found: Frame =
            switch frame[0] {
            case _ where isQuestion: .echo
            case 0x80: .state(board: board, lock: lock, isOn: isOn)
            case 0x82: .changed(board: board, lock: lock)
            default: .unlocked(board: board, lock: lock, isOn: isOn)
            }
        return .whole(found, length: 5)
    }
}
