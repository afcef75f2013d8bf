import Foundation
import Glibc
import StationCore
import StationStore
import Testing

/// A second process that writes to a store, under strace if its system calls are to fail.
final class Writer {
    private let process = Process()
    private let output = Pipe()
    private let input = Pipe()
    private var unread = Data()
    /// Every line it has said so far.
    private(set) var lines: [String] = []

    init(_ folder: URL, count: Int, strace: [String] = []) throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let program = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(
            "store-writer"
        )
        let command = [program.path, folder.path, "\(count)"]
        if strace.isEmpty {
            process.executableURL = program
            process.arguments = Array(command.dropFirst())
        } else {
            process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
            process.arguments = ["-f", "-qq"] + strace + command
        }
        process.standardOutput = output
        process.standardInput = input
        try process.run()
    }

    var processID: Int32 { process.processIdentifier }

    /// The next line; nil once it has ended.
    func line() -> String? {
        while true {
            if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: unread[unread.startIndex..<end], as: UTF8.self)
                unread.removeSubrange(unread.startIndex...end)
                lines.append(line)
                return line
            }
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { return nil }
            unread += more
        }
    }

    /// Waits for this line.
    func wait(for wanted: String) throws {
        while let line = line() {
            if line == wanted { return }
        }
        Issue.record("it ended without saying \(wanted): \(lines)")
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
    }

    /// Lets it end by itself, and reads the rest of what it says.
    @discardableResult
    func end() -> Int32 {
        try? input.fileHandleForWriting.close()
        while line() != nil {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The numbers whose commit it has acknowledged.
    var done: [Int] { lines.compactMap { $0.hasPrefix("done ") ? Int($0.dropFirst(5)) : nil } }
    /// What it said of the others: number and code.
    var failed: [String] { lines.filter { $0.hasPrefix("failed ") } }
}

/// What a store holds of a writer's transactions: each is there whole or not at all.
struct WriterTrace {
    let numbers: [Int]

    init(_ folder: URL) throws {
        let opened = try StationStore.open(folder: folder.path, bootID: "one", now: 9)
        #expect(opened.setAside == nil)
        let store = opened.store
        let entries = try store.read { try $0.journal(after: 0, limit: 1_000_000) }
        #expect(entries.map(\.sequence) == entries.indices.map { Int64($0) + 1 })
        numbers = entries.compactMap { Int($0.entry.moment.uniqueID.dropFirst()) }
        #expect(try store.read { try $0.firstBrokenLink(last: 1_000_000) } == nil)
        let heads = try store.read { try $0.outboxHeads(limit: 1_000_000) }
        #expect(heads.compactMap { $0.report.order?.rawValue } == numbers.map { "O\($0)" })
        #expect(heads.map(\.sequence) == entries.map(\.sequence))
        #expect(try store.read { try $0.orderCount() } == numbers.count)
        #expect(try store.read { try $0.cursor() } == numbers.last.map { "\($0)" })
        let tally = try store.read { try $0.currentTally() }
        #expect(tally == Tally(liveTypedCodes: numbers.count, parcelsToLoad: numbers.count))
        try store.close()
    }
}
