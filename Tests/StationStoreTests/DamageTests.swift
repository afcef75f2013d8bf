import Foundation
import StationCore
import StationStore
import Testing

@Suite struct DamageTests {
    @Test func aSecondOpenerIsRefusedAndToldWhichProcessHasIt() throws {
        let disk = try Disk()
        let error = #expect(throws: StoreError.self) {
            try StationStore.open(folder: disk.folder.path, bootID: "one", now: 3)
        }
        #expect(
            error == .inUse(path: disk.folder.path, byProcess: "\(ProcessInfo.processInfo.processIdentifier)")
        )
        #expect("\(try #require(error))".contains("stop it first"))
    }

    @Test func theFileIsInWALModeAndSynchronisedFully() throws {
        let disk = try Disk()
        #expect(try disk.store.pragma("journal_mode") == "wal")
        #expect(try disk.store.pragma("synchronous") == "2")
    }

    private func fill(_ disk: Disk) throws {
        for number in 1...300 { try disk.store(disk.order(OrderID("O\(number)"), code: "c\(number)")) }
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: false))
        for _ in 0..<20 { try committer.send(.coilStuck("A-01")) }
        try committer.send(.itemQuarantined(order: nil, reason: "x"))
        try committer.send(
            .commandReceived(
                HQCommand(
                    id: "1",
                    action: .unknown(kind: "x"),
                    issuedAt: StationTime(milliseconds: 0),
                    maxAgeMs: 1
                )
            )
        )
    }

    @Test func aLineOfTheJournalThatWasChangedIsFoundAtTheNextStart() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            try disk.sqlite3(
                "UPDATE journal SET entry = CAST(CAST(entry AS TEXT) || ' ' AS BLOB) WHERE sequence = 3"
            )
        }
        let aside = try #require(disk.opened.setAside)
        #expect(aside.reason.contains("journal line 3"))
    }

    @Test func aLineOfTheJournalThatWasRemovedIsFoundAtTheNextStart() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen { try disk.sqlite3("DELETE FROM journal WHERE sequence = 2") }
        #expect(disk.opened.setAside != nil)
    }

    @Test func anUntouchedJournalHolds() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen()
        #expect(disk.opened.setAside == nil)
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 1_000) } == nil)
    }

    @Test func aFileWithoutAHeaderIsSetAsideAndNotDeleted() throws {
        let disk = try Disk()
        try fill(disk)
        var size = 0
        try disk.reopen {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: disk.path))
            try file.write(contentsOf: [UInt8](repeating: 0xAA, count: 200))
            size = Int(try file.seekToEnd())
            try file.close()
        }
        let aside = try #require(disk.opened.setAside)
        let kept = try FileManager.default.attributesOfItem(atPath: aside.path + "/station.sqlite")
        #expect(kept[.size] as? Int == size)
        #expect(try disk.store.read { try $0.orderCount() } == 0)
        #expect(try disk.store.read { try $0.cursor() } == nil)
        try disk.store(disk.order("NEW", code: "new"))
    }

    @Test func whatCanStillBeReadOfTheWallAndTheOutboxIsSavedAndDoubted() throws {
        let disk = try Disk()
        try fill(disk)
        // Only the journal is bad: wall and outbox can be read.
        try disk.reopen { try disk.sqlite3("DELETE FROM journal WHERE sequence = 2") }
        let aside = try #require(disk.opened.setAside)
        #expect(aside.savedEvents == 4)
        #expect(aside.savedCompartments == 1)
        let heads = try disk.store.read { try $0.outboxHeads(limit: 50) }
        #expect(heads.first?.report.type == .stationStarted)
        #expect(disk.opened.memory.compartments.allSatisfy { $0.outcomeUnknown != nil })
    }

    @Test(arguments: [0.1, 0.3, 0.5, 0.7, 0.9])
    func overwrittenPagesNeverCrashTheStartAndNeverPassUnseenWhereTheyCount(place: Double) throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: disk.path))
            let size = try file.seekToEnd()
            try file.seek(toOffset: UInt64(Double(size) * place) / 4096 * 4096)
            try file.write(contentsOf: [UInt8](repeating: 0xFF, count: 8_192))
            try file.close()
        }
        if disk.opened.setAside == nil {
            // The damage hit orders, which HQ can send again; the wall and the outbox are whole.
            #expect(try disk.store.read { try $0.outboxSummary().waiting } == 4)
            #expect(disk.opened.memory.compartments.count == 1)
        }
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: disk.opened.setAside != nil))
    }

    @Test func aTruncatedFileIsSetAside() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: disk.path))
            try file.truncate(atOffset: try file.seekToEnd() / 2)
            try file.close()
        }
        #expect(disk.opened.setAside != nil)
    }

    @Test func aFullDiskRefusesTheCommitWholeAndTheNextOneWorks() throws {
        let disk = try Disk()
        try fill(disk)
        let before = try disk.store.read { try $0.orderCount() }
        try disk.store.limitPages(toPresentPlus: 2)
        let error = #expect(throws: StoreError.self) {
            try disk.store.write { transaction in
                for number in 1_000..<4_000 {
                    try transaction.store(disk.order(OrderID("F\(number)"), code: "f\(number)"))
                }
            }
        }
        guard case .sqlite(let code, _, isDamage: false) = error else {
            Issue.record("not a full disk: \(String(describing: error))")
            return
        }
        #expect(code == 13, "SQLITE_FULL")
        #expect(try disk.store.read { try $0.orderCount() } == before)
        try disk.store.limitPages(toPresentPlus: 100_000)
        try disk.store(disk.order("AFTER", code: "after"))
        #expect(try disk.store.read { try $0.firstBrokenLink(last: 1_000) } == nil)
    }
}
