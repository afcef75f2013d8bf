import Foundation
import StationStore
import Testing

@testable import StationCore

@Suite struct SetAsideTests {
    /// Three hundred compartments with an order's parcel in each, and as many events that HQ was not told of.
    private func fill(_ disk: Disk) throws {
        let state = Committer(disk).state
        let reports = (1...300).map { number in
            var report = Report(
                id: EventID("event-\(number)"),
                type: .orderLoaded,
                at: StationTime(milliseconds: Int64(number)),
                isClockTrusted: true
            )
            report.order = OrderID("O\(number)")
            return report
        }
        let decision = Decision(
            changes: reports.map { .reported($0) },
            effects: [],
            state: state,
            violations: []
        )
        try disk.store.commit(decision, lines: []) { transaction in
            for number in 100..<400 {
                var record = CompartmentRecord(id: CompartmentID("A-\(number)"))
                record.contents = .occupied(
                    Occupancy(
                        order: OrderID("O\(number)"),
                        displayNumber: "O\(number)",
                        parcels: [ParcelID("P\(number)")],
                        expiresAt: nil,
                        recall: nil
                    )
                )
                try transaction.save(record)
            }
        }
    }

    private func overwrite(_ disk: Disk, page: Int, with byte: UInt8 = 0xFF) throws {
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: disk.path))
        try file.seek(toOffset: UInt64(page - 1) * 4_096)
        try file.write(contentsOf: [UInt8](repeating: byte, count: 4_096))
        try file.close()
    }

    /// The leaf pages of a table, from its first rows to its last.
    private func leaves(of table: String, on disk: Disk) throws -> [Int] {
        try disk.sqlite3Output(
            "SELECT pageno FROM dbstat WHERE name = '\(table)' AND pagetype = 'leaf' ORDER BY path"
        )
        .split(separator: "\n").compactMap { Int($0) }
    }

    @Test func eventsOnBothSidesOfAPageThatCannotBeReadAreSaved() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let leaves = try leaves(of: "outbox", on: disk)
            try overwrite(disk, page: try #require(leaves.dropFirst(leaves.count / 2).first))
        }
        let aside = try #require(disk.opened.setAside)
        #expect(aside.savedEvents > 250 && aside.savedEvents < 300)
        let saved = try disk.store.read { try $0.outboxHeads(limit: 400) }.map(\.report.id.rawValue)
        #expect(saved.first == "event-1")
        #expect(saved.last == "event-300")
        #expect(saved.count == aside.savedEvents)
    }

    @Test func eventsBetweenTwoPagesThatCannotBeReadAreSaved() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let leaves = try leaves(of: "outbox", on: disk)
            try overwrite(disk, page: try #require(leaves.first))
            try overwrite(disk, page: try #require(leaves.last))
        }
        let aside = try #require(disk.opened.setAside)
        #expect(aside.savedEvents > 200 && aside.savedEvents < 300)
    }

    @Test func compartmentsOnBothSidesOfAPageThatCannotBeReadAreSavedAndDoubted() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let leaves = try leaves(of: "compartment", on: disk)
            try overwrite(disk, page: try #require(leaves.dropFirst(leaves.count / 2).first))
        }
        let aside = try #require(disk.opened.setAside)
        #expect(aside.savedCompartments > 200 && aside.savedCompartments < 300)
        let compartments = disk.opened.memory.compartments
        #expect(compartments.count == aside.savedCompartments)
        #expect(compartments.first?.id == "A-100")
        #expect(compartments.last?.id == "A-399")
        #expect(compartments.allSatisfy { $0.outcomeUnknown == .service && $0.contents.order != nil })
    }

    @Test func savedEventsKeepTheirNumbersAndNewOnesComeAfterThem() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.store.write { try $0.delivered("event-1", isPendingAtHQ: false) }
        try disk.reopen {
            let leaves = try leaves(of: "compartment", on: disk)
            try overwrite(disk, page: try #require(leaves.first))
        }
        #expect(try disk.store.read { try $0.outboxHeads(limit: 1) }.first?.sequence == 2)
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: true))
        let numbers = try disk.store.read { try $0.outboxHeads(limit: 400) }.map(\.sequence)
        #expect(numbers.last == 301)
        #expect(numbers.count == 300)
    }

    @Test func everyPageMayBeOverwrittenAndTheStationStartsAllTheSame() throws {
        let disk = try Disk()
        try fill(disk)
        for number in 1...40 { try disk.store(disk.order(OrderID("O\(number)"), code: "c\(number)")) }
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: false))
        try disk.store.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: disk.path))
        for page in 1...(whole.count / 4_096) {
            for byte: UInt8 in [0, 0xFF, 0x2D] {
                let folder = disk.folder.appendingPathComponent("\(page)-\(byte)")
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                var bytes = whole
                let start = (page - 1) * 4_096
                bytes.replaceSubrange(start..<(start + 4_096), with: [UInt8](repeating: byte, count: 4_096))
                try bytes.write(to: folder.appendingPathComponent("station.sqlite"))
                do {
                    let opened = try StationStore.open(folder: folder.path, bootID: "one", now: 5)
                    if opened.setAside == nil {
                        #expect(try opened.store.read { try $0.outboxSummary().waiting } == 301)
                        #expect(opened.memory.compartments.count == 300)
                    }
                } catch {
                    Issue.record("page \(page) full of \(byte): \(error)")
                }
                try FileManager.default.removeItem(at: folder)
            }
        }
    }

    @Test func anEmptyFileIsNoFirstStart() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen { try Data().write(to: URL(fileURLWithPath: disk.path)) }
        #expect(disk.opened.setAside != nil)
    }

    @Test func damageThatIsMetWhileServingIsSetAsideAtTheNextStart() throws {
        let disk = try Disk()
        for number in 1...300 { try disk.store(disk.order(OrderID("O\(number)"), code: "c\(number)")) }
        try disk.reopen {
            // Orders are not checked at the start.
            for leaf in try leaves(of: "token", on: disk) { try overwrite(disk, page: leaf) }
        }
        #expect(disk.opened.setAside == nil)
        let error = #expect(throws: StoreError.self) {
            try disk.store.match(disk.key.digest(of: "c7"), form: .typed)
        }
        #expect("\(try #require(error))".contains("restart"))
        try disk.reopen()
        #expect(disk.opened.setAside != nil)
        #expect(try disk.store.match(disk.key.digest(of: "c7"), form: .typed).pickup == nil)
        try disk.reopen()
        try disk.store(disk.order("NEW", code: "c7"))
    }

    @Test func lostMemoryIsSaidAtEveryStartUntilOneIsCommitted() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen { try overwrite(disk, page: 1) }
        let aside = try #require(disk.opened.setAside)
        try disk.reopen()
        #expect(disk.opened.setAside == aside)
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: true))
        try disk.reopen()
        #expect(disk.opened.setAside == nil)
    }

    @Test func aPowerCutBetweenSettingAsideAndBeginningAnewLosesNothing() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen {
            let leaves = try leaves(of: "compartment", on: disk)
            try overwrite(disk, page: try #require(leaves.first))
        }
        let aside = try #require(disk.opened.setAside)
        // The files as the power cut left them: the new one not in its place yet, the old log not moved yet.
        try disk.reopen {
            let files = FileManager.default
            try files.moveItem(atPath: disk.path, toPath: aside.path + "/next.sqlite")
            try Data("old".utf8).write(to: URL(fileURLWithPath: disk.path + "-wal"))
        }
        #expect(disk.opened.setAside == aside)
        #expect(disk.opened.memory.compartments.count == aside.savedCompartments)
        #expect(try disk.store.read { try $0.outboxSummary().waiting } == 300)
        let kept = try FileManager.default.contentsOfDirectory(atPath: aside.path)
        let contents = kept.map { FileManager.default.contents(atPath: aside.path + "/" + $0) }
        #expect(contents.contains(Data("old".utf8)), "the old log is kept, and not beside the new file")
        #expect(!kept.contains("next.sqlite"))
    }

    @Test func aHalfMadeNewFileIsMadeAgain() throws {
        let disk = try Disk()
        try fill(disk)
        let away = disk.folder.appendingPathComponent("damaged-2")
        try disk.reopen {
            try overwrite(disk, page: 1)
            try FileManager.default.createDirectory(at: away, withIntermediateDirectories: true)
            try Data("half".utf8).write(to: away.appendingPathComponent("next.sqlite.part"))
        }
        #expect(disk.opened.setAside != nil)
        try disk.store(disk.order("NEW", code: "new"))
    }

    @Test func aSecondDamageIsSetAsideBesideTheFirst() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.reopen { try overwrite(disk, page: 1) }
        let first = try #require(disk.opened.setAside)
        // The clock of a machine without one may say the same twice.
        try disk.reopen { try overwrite(disk, page: 1) }
        let second = try #require(disk.opened.setAside)
        #expect(first.path != second.path)
        for path in [first.path, second.path] {
            #expect(FileManager.default.fileExists(atPath: path + "/station.sqlite"))
        }
    }

    @Test func aFileOfANewerVersionIsRefusedAndLeftWhereItIs() throws {
        let disk = try Disk()
        try fill(disk)
        try disk.store.close()
        try disk.sqlite3("INSERT INTO grdb_migrations VALUES ('99 later')")
        let folder = disk.folder.appendingPathComponent("copy")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let copy = folder.appendingPathComponent("station.sqlite").path
        try FileManager.default.copyItem(atPath: disk.path, toPath: copy)
        #expect(throws: StoreError.newerSchema(path: copy)) {
            try StationStore.open(folder: folder.path, bootID: "one", now: 5)
        }
        #expect(FileManager.default.fileExists(atPath: copy))
    }
}
