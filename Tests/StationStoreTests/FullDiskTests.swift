import Foundation
import Glibc
import StationCore
import StationStore
import Testing

/// A file system of two megabytes, for one test; where the test may not mount one, a folder.
///
/// Mounting takes root, and in a container a right of its own. Without it each test says what stands in.
final class SmallDisk {
    let folder: URL
    let isMounted: Bool

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("small-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        isMounted = mount("tmpfs", folder.path, "tmpfs", 0, "size=2m") == 0
    }

    deinit {
        if isMounted { umount2(folder.path, Int32(MNT_DETACH)) }
        try? FileManager.default.removeItem(at: folder)
    }

    private var ballast: URL { folder.appendingPathComponent("ballast") }

    /// Leaves no byte free.
    func fill() throws {
        let descriptor = open(ballast.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0x55, count: 4_096)
        while write(descriptor, block, block.count) > 0 {}
        #expect(errno == ENOSPC)
    }

    func makeRoom() throws {
        try FileManager.default.removeItem(at: ballast)
    }
}

@Suite struct FullDiskTests {
    private func report(_ number: Int) -> Report {
        var report = Report(
            id: EventID("event-\(number)"),
            type: .orderLoaded,
            at: StationTime(milliseconds: 1),
            isClockTrusted: true
        )
        report.reason = String(repeating: "x", count: 3_000)
        return report
    }

    private func entry(_ number: Int) -> JournalEntry {
        JournalEntry(
            moment: Moment(instant: Instant(nanoseconds: 1), uniqueID: "m\(number)"),
            time: StationTime(milliseconds: 1),
            event: nil,
            changes: [.reported(report(number))]
        )
    }

    @Test func aDiskThatFillsUpRefusesACommitWholeAndTakesTheNextOnceThereIsRoom() throws {
        let disk = try SmallDisk()
        let store = try StationStore.open(folder: disk.folder.path, bootID: "one", now: 1).store
        try store.write { try $0.append(entry(1)) }
        try store.write { try $0.setCursor("before") }
        if disk.isMounted { try disk.fill() } else { try store.limitPages(toPresentPlus: 0) }
        let error = #expect(throws: StoreError.self) {
            try store.write { transaction in
                try transaction.setCursor("after")
                for number in 2..<200 { try transaction.append(entry(number)) }
            }
        }
        guard case .sqlite(_, _, isDamage: false) = try #require(error) else {
            Issue.record("a full disk is no damage: \(String(describing: error))")
            return
        }
        #expect(try store.read { try $0.cursor() } == "before")
        #expect(try store.read { try $0.journal(after: 0, limit: 9) }.count == 1)
        if disk.isMounted { try disk.makeRoom() } else { try store.limitPages(toPresentPlus: 1_000) }
        try store.write { try $0.append(entry(2)) }
        try store.close()
        #expect(try openCopy(of: disk).setAside == nil)
    }

    private func openCopy(of disk: SmallDisk) throws -> StationStore.Opened {
        // The first one's lock goes with it; a copy of the folder's files tells what a restart would find.
        let copy = disk.folder.appendingPathComponent("copy")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        try FileManager.default.copyItem(
            at: disk.folder.appendingPathComponent("station.sqlite"),
            to: copy.appendingPathComponent("station.sqlite")
        )
        let opened = try StationStore.open(folder: copy.path, bootID: "one", now: 2)
        #expect(try opened.store.read { try $0.journal(after: 0, limit: 9) }.map(\.sequence) == [1, 2])
        #expect(try opened.store.read { try $0.firstBrokenLink(last: 9) } == nil)
        return opened
    }

    @Test func aDamagedFileOnAFullDiskStaysUntilThereIsRoomToSaveWhatIsInIt() throws {
        let disk = try SmallDisk()
        let path = disk.folder.appendingPathComponent("station.sqlite")
        do {
            let store = try StationStore.open(folder: disk.folder.path, bootID: "one", now: 1).store
            for number in 1...3 { try store.write { try $0.append(entry(number)) } }
            try store.write { try $0.save(CompartmentRecord(id: "A-01")) }
            try store.close()
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sqlite3")
        process.arguments = [path.path, "DELETE FROM journal WHERE sequence = 2"]
        try process.run()
        process.waitUntilExit()
        // Without a mount, something in the way of the new folder.
        let obstacle = disk.folder.appendingPathComponent("damaged-2")
        if disk.isMounted { try disk.fill() } else { try Data().write(to: obstacle) }
        #expect(throws: StoreError.self) {
            try StationStore.open(folder: disk.folder.path, bootID: "one", now: 2)
        }
        #expect(FileManager.default.fileExists(atPath: path.path))
        if disk.isMounted { try disk.makeRoom() } else { try FileManager.default.removeItem(at: obstacle) }
        let opened = try StationStore.open(folder: disk.folder.path, bootID: "one", now: 3)
        #expect(opened.setAside?.savedCompartments == 1)
        #expect(opened.memory.compartments.map(\.id) == ["A-01"])
    }
}
