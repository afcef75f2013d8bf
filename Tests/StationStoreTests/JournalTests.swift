import Foundation
import StationCore
import StationStore
import Testing

@Suite struct JournalTests {
    private func line(_ number: Int) -> JournalEntry {
        JournalEntry(
            moment: Moment(instant: Instant(nanoseconds: UInt64(number)), uniqueID: "m\(number)"),
            time: StationTime(milliseconds: Int64(number)),
            event: nil,
            changes: [],
            note: "line \(number)"
        )
    }

    private func append(_ lines: ClosedRange<Int>, to disk: Disk) throws {
        try disk.store.write { for number in lines { try $0.append(line(number)) } }
    }

    @Test func linesReadBackInOrderAfterAGivenOne() throws {
        let disk = try Disk()
        try append(1...5, to: disk)
        let read = try disk.store.read { try $0.journal(after: 2, limit: 2) }
        #expect(read.map(\.sequence) == [3, 4])
        #expect(read.map(\.entry) == [line(3), line(4)])
    }

    @Test func theChainGoesOnOverARestart() throws {
        let disk = try Disk()
        try append(1...3, to: disk)
        try disk.reopen()
        try append(4...6, to: disk)
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) } == nil)
    }

    @Test func aChangedLineIsNamed() throws {
        let disk = try Disk()
        try append(1...9, to: disk)
        try disk.sqlite3("UPDATE journal SET entry = CAST('{}' AS BLOB) WHERE sequence = 4")
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) }?.sequence == 4)
    }

    @Test func aChangedHashIsNamed() throws {
        let disk = try Disk()
        try append(1...9, to: disk)
        try disk.sqlite3("UPDATE journal SET hash = zeroblob(32) WHERE sequence = 9")
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) }?.sequence == 9)
    }

    @Test(arguments: 1...9)
    func aRemovedLineIsFoundWhereverItWas(sequence: Int) throws {
        let disk = try Disk()
        try append(1...9, to: disk)
        try disk.sqlite3("DELETE FROM journal WHERE sequence = \(sequence)")
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) } != nil)
    }

    @Test func aJournalThatWasEmptiedIsFound() throws {
        let disk = try Disk()
        try append(1...9, to: disk)
        try disk.sqlite3("DELETE FROM journal")
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) } != nil)
    }

    @Test func theOldestLineThatIsLookedAtIsCheckedToo() throws {
        let disk = try Disk()
        try append(1...9, to: disk)
        try disk.sqlite3("UPDATE journal SET entry = CAST('{}' AS BLOB) WHERE sequence = 5")
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 5) }?.sequence == 5)
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 4) } == nil)
    }

    @Test func aTransactionThatFailedLeavesNoLineAndTheChainHolds() throws {
        struct Stop: Error {}
        let disk = try Disk()
        try append(1...2, to: disk)
        #expect(throws: StoreError.self) {
            try disk.store.write { transaction in
                try transaction.append(line(3))
                throw Stop()
            }
        }
        try append(4...4, to: disk)
        #expect(try disk.store.read { try $0.journal(after: 0, limit: 9) }.map(\.sequence) == [1, 2, 3])
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 100) } == nil)
    }

    @Test func writersOnSeveralThreadsKeepOneChain() throws {
        let disk = try Disk()
        let store = disk.store
        let lines = (1...200).map { line($0) }
        let done = DispatchGroup()
        for writer in 0..<4 {
            done.enter()
            Thread {
                defer { done.leave() }
                for index in (writer * 50)..<(writer * 50 + 50) {
                    #expect(throws: Never.self) { try store.write { try $0.append(lines[index]) } }
                }
            }
            .start()
        }
        done.wait()
        #expect(try store.read { try $0.journal(after: 0, limit: 300) }.count == 200)
        #expect(try store.read { try $0.firstBrokenLink(last: 300) } == nil)
    }
}
