import Testing

@testable import LockBus

/// Frames as the vendors' documents have them, and what can never be said.
struct SerialCodecTests {
    @Test func theCU48SpeaksAsItsDocumentDoes() throws {
        let board = try #require(KerongCU48.Address(0))
        let first = try #require(KerongCU48.Lock(number: 1))
        #expect(KerongCU48.Request.status(board).frame == [0x02, 0x00, 0x00, 0x50, 0x03, 0x55])
        #expect(KerongCU48.Request.unlock(board, first).frame == [0x02, 0x00, 0x00, 0x51, 0x03, 0x56])
        let reply: [UInt8] = [0x02, 0x00, 0x00, 0x65, 0x07, 0x00, 0x00, 0x00, 0x00, 0xC0, 0x03, 0x31]
        guard case .whole(let status, length: 12) = KerongCU48.peek(reply[...]) else {
            Issue.record("not understood")
            return
        }
        let locked = status.hooks.indices.filter { status.hooks[$0] }.map { $0 + 1 }
        #expect(locked == [1, 2, 3, 47, 48])
        #expect(status.address == 0)
    }

    @Test func theCU16SpeaksAsItsClientsDo() throws {
        let board = try #require(KerongCU16.Board(0))
        let second = try #require(KerongCU16.Board(2))
        let lock = try #require(KerongCU16.Lock(number: 16))
        #expect(KerongCU16.Request.status(board).frame == [0x02, 0x00, 0x30, 0x03, 0x35])
        #expect(KerongCU16.Request.unlock(second, lock).frame == [0x02, 0x2F, 0x31, 0x03, 0x65])
        let time = try #require(KerongCU16.UnlockTime(milliseconds: 545))
        #expect(KerongCU16.Request.setUnlockTime(board, time).frame == [0x02, 0, 0x37, 0, 55, 0x03, 0x73])
        let reply: [UInt8] = [0x02, 0x10, 0x35, 0x01, 0x80, 0x02, 0x00, 0x03, 0xCD]
        guard
            case .whole(.status(let number, let hooks, let infrared), length: 9) = KerongCU16.peek(reply[...])
        else {
            Issue.record("not understood")
            return
        }
        #expect(number == 1)
        #expect(hooks.indices.filter { hooks[$0] } == [0, 15])
        #expect(infrared.indices.filter { infrared[$0] } == [1])
    }

    @Test func the8ABoardSpeaksAsItsDocumentDoes() throws {
        let codec = LockBoard8A(statusBytes: 3)
        let board = try #require(LockBoard8A.Address(1))
        let lock = try #require(LockBoard8A.Lock(number: 1))
        #expect(LockBoard8A.Request.unlock(board, lock).frame == [0x8A, 0x01, 0x01, 0x11, 0x9B])
        #expect(LockBoard8A.Request.lockStatus(board, lock).frame == [0x80, 0x01, 0x01, 0x33, 0xB3])
        #expect(LockBoard8A.Request.status(board).frame == [0x80, 0x01, 0x00, 0x33, 0xB2])
        func found(_ bytes: [UInt8], _ awaited: LockBoard8A.Awaited) -> LockBoard8A.Frame? {
            if case .whole(let frame, _) = codec.peek(bytes[...], awaiting: awaited) { frame } else { nil }
        }
        #expect(found([0x8A, 1, 1, 0x00, 0x8A], .unlocked) == .unlocked(board: 1, lock: 1, isOn: false))
        #expect(found([0x8A, 1, 1, 0x11, 0x9B], .unlocked) == .unlocked(board: 1, lock: 1, isOn: true))
        #expect(found([0x80, 1, 1, 0x11, 0x91], .one) == .state(board: 1, lock: 1, isOn: true))
        #expect(found([0x80, 1, 1, 0x33, 0xB3], .one) == .echo)
        #expect(found([0x82, 1, 2, 0x00, 0x81], .all) == .changed(board: 1, lock: 2))
        // A capture: an 8-lock board with every lock open.
        let open = Array(repeating: false, count: 24)
        #expect(found([0x80, 1, 0, 0, 0, 0x33, 0xB2], .all) == .states(board: 1, switches: open))
        guard case .states(_, let mixed)? = found([0x80, 1, 0x80, 0, 0x05, 0x33, 0x37], .all) else {
            Issue.record("the highest locks come first")
            return
        }
        #expect(mixed.indices.filter { mixed[$0] }.map { $0 + 1 } == [1, 3, 24])
    }

    @Test func anAnswerIsFoundInNoiseEchoesAndOtherBoardsAnswers() {
        let reply: [UInt8] = [0x02, 0x01, 0x00, 0x65, 0, 0, 0, 0, 0, 0x01, 0x03, 0x6C]
        let other: [UInt8] = [0x02, 0x02, 0x00, 0x65, 0, 0, 0, 0, 0, 0x01, 0x03, 0x6D]
        func scan(_ bytes: [UInt8]) -> FrameScan<[Bool]> {
            FrameScan(bytes, peek: KerongCU48.peek) {
                $0.address == 1 ? .mine($0.hooks) : .wrongUnit($0.address)
            }
        }
        let echo: [UInt8] = [0x02, 0x01, 0x00, 0x50, 0x03, 0x56]
        for before in [[], [0x00], [0xFF, 0x02, 0x02], echo, other, Array(reply.prefix(7))] {
            #expect(scan(before + reply).reply != nil, "\(before)")
        }
        #expect(scan(other).fault == .wrongUnit(2))
        #expect(scan([]).fault == .timeout)
        #expect(scan(Array(reply.dropLast())).fault == .shortFrame)
        #expect(scan(reply.dropLast() + [0x6B]).fault == .crc)
        guard case .unusable = scan([0xFE, 0xFE]).fault else {
            Issue.record("noise is no answer")
            return
        }
    }

    /// Every request that the types allow, for every board and every lock there is or is not: none is one of
    /// the frames that open more than one lock, or that hold the power.
    @Test func noRequestOpensMoreThanOneLock() {
        var seen: Set<[UInt8]> = []
        for unit in UInt8.min...UInt8.max {
            for number in -2...300 {
                if let board = KerongCU48.Address(unit) {
                    let lock = KerongCU48.Lock(number: number)
                    let unlock = lock.map { KerongCU48.Request.unlock(board, $0).frame }
                    for frame in [KerongCU48.Request.status(board).frame, unlock].compactMap({ $0 }) {
                        #expect(frame[1] < 0x0A && frame[2] < 0x30 && [0x50, 0x51].contains(frame[3]))
                        #expect(frame.count == 6)
                    }
                    if let unlock { seen.insert(unlock) }
                }
                if let board = KerongCU16.Board(unit), let lock = KerongCU16.Lock(number: number) {
                    let unlock = KerongCU16.Request.unlock(board, lock).frame
                    #expect(unlock[1] >> 4 <= 9 && unlock[2] == 0x31 && unlock.count == 5)
                    seen.insert(unlock)
                }
                if let board = LockBoard8A.Address(unit), let lock = LockBoard8A.Lock(number: number) {
                    let unlock = LockBoard8A.Request.unlock(board, lock).frame
                    #expect(unlock[0] == 0x8A && unlock[2] != 0 && unlock[3] == 0x11 && unlock.count == 5)
                    #expect(LockBoard8A.Request.lockStatus(board, lock).frame[0] == 0x80)
                    seen.insert(unlock)
                }
            }
            if let board = KerongCU16.Board(unit), let time = KerongCU16.UnlockTime(milliseconds: 3000) {
                let all: [KerongCU16.Request] = [
                    .status(board), .unlockTime(board), .setUnlockTime(board, time), .clearBusy(board),
                ]
                #expect(all.allSatisfy { [0x30, 0x37, 0x38].contains($0.frame[2]) && $0.frame[1] < 0xA0 })
            }
        }
        #expect(seen.count == 10 * 48 + 10 * 16 + 32 * 50)
        let forbidden: [[UInt8]] = [
            [0x02, 0x00, 0x30, 0x51, 0x03, 0x86], [0x02, 0x0A, 0x30, 0x51, 0x03, 0x90],
            [0x02, 0x00, 0x33, 0x03, 0x38], [0x8A, 0x01, 0x00, 0x11, 0x9A],
        ]
        #expect(seen.isDisjoint(with: forbidden))
        for ms in [-1, 0, 9, 3001, 60_000, Int.max] {
            #expect(KerongCU16.UnlockTime(milliseconds: ms) == nil)
        }
    }

    /// Any bytes at all, and answers with one byte changed: no trap, and no answer taken from a frame whose
    /// sum is wrong.
    @Test func decodersSurviveAnything() throws {
        var random = SystemRandomNumberGenerator()
        let heads: [UInt8] = [0x02, 0x03, 0x80, 0x82, 0x8A, 0x33, 0x11, 0x35, 0x38, 0x65, 0x00, 0x01]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...40, using: &random)
            let bytes = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? heads.randomElement(using: &random) ?? 0 : UInt8.random(in: 0...255, using: &random)
            }
            _ = FrameScan<Int>(bytes, peek: KerongCU48.peek) { _ in .other }
            _ = FrameScan<Int>(bytes, peek: KerongCU16.peek) { _ in .other }
            for size in 1...7 {
                let codec = LockBoard8A(statusBytes: size)
                for awaited in [LockBoard8A.Awaited.all, .one, .unlocked] {
                    let scan = FrameScan<Int>(bytes, peek: { codec.peek($0, awaiting: awaited) }) { _ in
                        .other
                    }
                    #expect(scan.reply == nil)
                }
            }
        }
        let reply: [UInt8] = [0x02, 0x01, 0x00, 0x65, 7, 0, 0, 0, 0, 0x01, 0x03, 0x73]
        for index in reply.indices {
            for change in UInt8(1)...255 {
                var bad = reply
                bad[index] ^= change
                let scan = FrameScan<[Bool]>(bad, peek: KerongCU48.peek) {
                    $0.address == 1 ? .mine($0.hooks) : .wrongUnit($0.address)
                }
                #expect(scan.reply == nil, "\(bad)")
            }
        }
    }
}
