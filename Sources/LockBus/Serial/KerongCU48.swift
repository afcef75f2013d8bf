/// The protocol of KERONG's KR-CU48, a board for 48 locks. RS-485, 19200 8N1.
///
/// Source: "CU48 protocol and introduction V2.1" (github.com/Boudha25/CasierIntelligent,
/// Datasheet/cu48-protocol-and-introduction-v2.1.pdf). A request is `02 ADDR LOCK CMD 03 SUM`. LOCK 0x30 opens
/// all locks of a board and ADDR 0x0A speaks to every board; neither can be written with these types.
enum KerongCU48 {
    /// A board's address, set by its switches: 0 to 9.
    struct Address: Hashable {
        let byte: UInt8

        init?(_ byte: UInt8) {
            guard byte <= 9 else { return nil }
            self.byte = byte
        }
    }

    /// One lock: 1 to 48, as printed on the board.
    struct Lock: Hashable {
        static let count = 48
        /// As it is sent: from 0.
        let byte: UInt8

        init?(number: Int) {
            guard (1...Self.count).contains(number), let byte = UInt8(exactly: number - 1) else { return nil }
            self.byte = byte
        }
    }

    /// All that is ever asked of a board.
    enum Request: Hashable {
        /// The hooks of all locks; answered.
        case status(Address)
        /// One lock; never answered.
        case unlock(Address, Lock)

        var frame: [UInt8] {
            let body: [UInt8] =
                switch self {
                case .status(let address): [0x02, address.byte, 0x00, 0x50, 0x03]
                case .unlock(let address, let lock): [0x02, address.byte, lock.byte, 0x51, 0x03]
                }
            return body + [sumChecksum(body)]
        }
    }

    /// A board's answer to ``Request/status(_:)``: `02 ADDR x 65 D1…D6 03 SUM`.
    struct Status: Hashable {
        static let length = 12
        let address: UInt8
        /// 48 hooks; `true` = the bit is 1 = locked, as far as the lock's switch is wired so.
        let hooks: [Bool]
    }

    static func peek(_ bytes: ArraySlice<UInt8>) -> FramePeek<Status> {
        let frame = Array(bytes.prefix(Status.length))
        guard frame.first == 0x02 else { return .nothing }
        if frame.count > 1, frame[1] > 9 { return .nothing }
        if frame.count > 3, frame[3] != 0x65 { return .nothing }
        guard frame.count == Status.length else { return .partial }
        guard frame[10] == 0x03 else { return .nothing }
        guard sumChecksum(frame.dropLast()) == frame[11] else { return .badSum }
        return .whole(Status(address: frame[1], hooks: bits(frame[4..<10], count: 48)), length: Status.length)
    }
}
