/// The protocol of KERONG's KR-CU16 and KR-CU12, boards for 16 and 12 locks with infrared sensors. RS-485, 19200
/// 8N1.
///
/// A request is `02 ADDR CMD 03 SUM` with ADDR = board << 4 | lock. 0x32 and 0x33 with board 0xF speak to every
/// board, and 0x33 opens all locks: none of it can be written with these types. Frames as in public clients of
/// these boards (the answer's hook and infrared bytes; no answer to 0x31 by the vendor's document; 0x37 not known
/// to old firmware): github.com/jin0949/KR-CU16_locker and others. That the board's time is answered as
/// `02 ADDR 38 HI LO 03 SUM` follows from the command list of the vendor's document and was not seen on a board.
enum KerongCU16 {
    /// A board's address: 0 to 9. 0xF would be every board.
    struct Board: Hashable {
        let number: UInt8

        init?(_ number: UInt8) {
            guard number <= 9 else { return nil }
            self.number = number
        }
    }

    /// One lock: 1 to 16, as printed on the board.
    struct Lock: Hashable {
        /// As it is sent: from 0.
        let nibble: UInt8

        init?(number: Int) {
            guard (1...16).contains(number), let nibble = UInt8(exactly: number - 1) else { return nil }
            self.nibble = nibble
        }
    }

    /// For how long a lock is energised, in units of 10 ms: 10 ms to 3 s here, although the board takes 60 s.
    struct UnlockTime: Hashable {
        static let unitMs = 10
        let ticks: UInt16

        /// `nil` unless 10 to 3000 ms; rounded up to the unit.
        init?(milliseconds: Int) {
            guard (Self.unitMs...3000).contains(milliseconds) else { return nil }
            ticks = UInt16((milliseconds + Self.unitMs - 1) / Self.unitMs)
        }
    }

    /// All that is ever asked of a board.
    enum Request: Hashable {
        /// Hooks and infrared sensors; answered with 0x35.
        case status(Board)
        /// One lock; not answered, or with 0x35 by some firmware.
        case unlock(Board, Lock)
        /// For how long a lock is energised; answered with 0x38.
        case unlockTime(Board)
        case setUnlockTime(Board, UnlockTime)
        /// 0x38 with no data: frees a board that does not answer after an unlock.
        case clearBusy(Board)

        var frame: [UInt8] {
            let body: [UInt8] =
                switch self {
                case .status(let board): [0x02, board.number << 4, 0x30, 0x03]
                case .unlock(let board, let lock): [0x02, board.number << 4 | lock.nibble, 0x31, 0x03]
                case .unlockTime(let board): [0x02, board.number << 4, 0x37, 0x03]
                case .setUnlockTime(let board, let time):
                    [
                        0x02, board.number << 4, 0x37, UInt8(time.ticks >> 8), UInt8(time.ticks & 0xFF), 0x03,
                    ]
                case .clearBusy(let board): [0x02, board.number << 4, 0x38, 0x03]
                }
            return body + [sumChecksum(body)]
        }
    }

    /// What a board says.
    enum Frame: Hashable {
        /// `02 ADDR 35 H1 H2 I1 I2 03 SUM`: 16 hooks (`true` = 1 = locked) and 16 infrared sensors.
        case status(board: UInt8, hooks: [Bool], infrared: [Bool])
        /// `02 ADDR 38 HI LO 03 SUM`: the time in units of 10 ms.
        case unlockTime(board: UInt8, ticks: UInt16)
    }

    static func peek(_ bytes: ArraySlice<UInt8>) -> FramePeek<Frame> {
        let head = Array(bytes.prefix(9))
        guard head.first == 0x02 else { return .nothing }
        if head.count > 1, head[1] >> 4 > 9 { return .nothing }
        guard head.count > 2 else { return .partial }
        let length: Int
        switch head[2] {
        case 0x35: length = 9
        case 0x38: length = 7
        default: return .nothing
        }
        guard head.count >= length else { return .partial }
        let frame = Array(head.prefix(length))
        guard frame[length - 2] == 0x03 else { return .nothing }
        guard sumChecksum(frame.dropLast()) == frame[length - 1] else { return .badSum }
        let board = frame[1] >> 4
        if length == 7 {
            return .whole(
                .unlockTime(board: board, ticks: UInt16(frame[3]) << 8 | UInt16(frame[4])),
                length: length
            )
        }
        let status = Frame.status(
            board: board,
            hooks: bits(frame[3..<5], count: 16),
            infrared: bits(frame[5..<7], count: 16)
        )
        return .whole(status, length: length)
    }
}
