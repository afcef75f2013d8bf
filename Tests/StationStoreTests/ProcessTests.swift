import Foundation
import Glibc
import StationStore
import Testing

/// The store in the hands of real processes: two at once, one that is killed, one whose disk fails.
@Suite struct ProcessTests {
    private func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("process-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    @Test func aSecondProcessIsRefusedAndToldWhichOneHasTheStore() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let first = try Writer(folder, count: 1)
        try first.wait(for: "done 1")
        let second = try Writer(folder, count: 1)
        #expect(second.end() == 3)
        let words = try #require(second.lines.first)
        #expect(words.contains("process \(first.processID)") && words.contains("stop it first"))
        #expect(throws: StoreError.inUse(path: folder.path, byProcess: "\(first.processID)")) {
            try StationStore.open(folder: folder.path, bootID: "one", now: 1)
        }
        first.kill()
        first.end()
        #expect(try WriterTrace(folder).numbers == [1])
    }

    @Test func whatWasAcknowledgedIsThereAfterKillsAtRandomMoments() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var acknowledged: [Int] = []
        for round in 1...20 {
            let commits = Int.random(in: 1...90)
            let pauseUs = UInt32.random(in: 0...1_500)
            let writer = try Writer(folder, count: 1_000_000)
            for _ in 0..<commits { _ = writer.line() }
            // Into the middle of whatever the next transaction is doing.
            usleep(pauseUs)
            writer.kill()
            writer.end()
            acknowledged += writer.done
            let found = try WriterTrace(folder).numbers
            let missing = acknowledged.filter { !found.contains($0) }
            #expect(missing.isEmpty, "round \(round): \(commits) lines and \(pauseUs) µs, then killed")
            #expect(found == (0..<found.count).map { $0 + 1 }, "round \(round)")
            guard missing.isEmpty else { return }
        }
        #expect(acknowledged.count > 100)
    }

    /// `call` of SQLite's fails, or kills, on the write-ahead log or on the database itself.
    struct Fault: Sendable, CustomTestStringConvertible {
        var call: String
        var what: String
        var when: String
        var file = "station.sqlite-wal"
        /// What SQLite calls it.
        var code: Int?

        var testDescription: String { "\(call) \(what) at \(when) of \(file)" }
    }

    private func strace(_ fault: Fault, in folder: URL) -> [String] {
        [
            "-o", folder.path + "/strace.txt", "-P", folder.path + "/" + fault.file,
            "-e", "trace=\(fault.call)", "-e", "inject=\(fault.call):\(fault.what):when=\(fault.when)",
        ]
    }

    private func prepared(_ count: Int) throws -> URL {
        let folder = try folder()
        let writer = try Writer(folder, count: count)
        #expect(writer.end() == 0)
        #expect(writer.done == Array(1...count))
        return folder
    }

    @Test(arguments: [
        Fault(call: "fdatasync", what: "error=EIO", when: "5", code: 1_034),
        Fault(call: "pwrite64", what: "error=ENOSPC", when: "9", code: 13),
        Fault(call: "pwrite64", what: "error=ENOSPC", when: "7..40", code: 13),
        Fault(call: "pwrite64", what: "error=EIO", when: "9", code: 778),
    ])
    func aCommitThatTheDiskRefusesFailsWholeAndTheNextOneWorks(_ fault: Fault) throws {
        let folder = try prepared(3)
        defer { try? FileManager.default.removeItem(at: folder) }
        let writer = try Writer(folder, count: 40, strace: strace(fault, in: folder))
        #expect(writer.end() == 0)
        let trace = try String(contentsOfFile: folder.path + "/strace.txt", encoding: .utf8)
        #expect(trace.contains("INJECTED"), "the fault never fired")
        #expect(!writer.failed.isEmpty, "no commit was refused: \(writer.lines.suffix(3))")
        for line in writer.failed { #expect(line.hasSuffix(" \(fault.code ?? 0)"), "\(line)") }
        #expect(writer.done.last == 43, "it did not work again afterwards: \(writer.lines.suffix(3))")
        #expect(try WriterTrace(folder).numbers == [1, 2, 3] + writer.done)
    }

    @Test func aCheckpointThatTheDiskRefusesLosesNothing() throws {
        let folder = try prepared(3)
        defer { try? FileManager.default.removeItem(at: folder) }
        let fault = Fault(call: "pwrite64", what: "error=EIO", when: "1+", file: "station.sqlite")
        let writer = try Writer(folder, count: 150, strace: strace(fault, in: folder))
        _ = writer.end()
        let trace = try String(contentsOfFile: folder.path + "/strace.txt", encoding: .utf8)
        #expect(trace.contains("INJECTED"), "no checkpoint was tried")
        #expect(writer.done == Array(4...153), "\(writer.failed)")
        #expect(try WriterTrace(folder).numbers == Array(1...153))
    }

    @Test(arguments: ["pwrite64", "fdatasync"], [1, 2, 3, 5, 8, 13, 21, 34])
    func whatWasAcknowledgedIsThereAfterAKillInASystemCall(_ call: String, _ when: Int) throws {
        let folder = try prepared(2)
        defer { try? FileManager.default.removeItem(at: folder) }
        let fault = Fault(call: call, what: "signal=KILL", when: "\(when)")
        let writer = try Writer(folder, count: 60, strace: strace(fault, in: folder))
        #expect(writer.end() != 0, "it was not killed")
        #expect(writer.done.count < 60)
        let found = try WriterTrace(folder).numbers
        // The transaction that was under way may be there, whole, although nobody was told.
        let acknowledged = [1, 2] + writer.done
        #expect(found == acknowledged || found == acknowledged + [acknowledged.count + 1])
    }
}
