import Foundation
import Glibc
import Testing

/// A program of the build as a process of its own, whose lines can be waited for.
final class Child: @unchecked Sendable {
    // Everything mutable is behind the condition.
    private let process = Process()
    private let input = Pipe()
    private let condition = NSCondition()
    private var text = ""
    private var hasEnded = false

    init(_ name: String, _ arguments: [String]) throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        process.executableURL = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent(name)
        process.arguments = arguments
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        output.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            self?.add(data)
        }
        try process.run()
    }

    private func add(_ data: Data) {
        condition.withLock {
            text += String(decoding: data, as: UTF8.self)
            if data.isEmpty { hasEnded = true }
            condition.broadcast()
        }
    }

    /// Everything it said.
    var said: String { condition.withLock { text } }

    /// Waits until it has said something.
    func wait(for part: String) throws {
        let isThere = condition.withLock {
            let limit = Date(timeIntervalSinceNow: 20)
            while !text.contains(part), !hasEnded, condition.wait(until: limit) {}
            return text.contains(part)
        }
        try #require(isThere, "it did not say \(part): \(said)")
    }

    func say(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    @discardableResult
    func end(_ number: Int32) -> Int32 {
        signal(number)
        process.waitUntilExit()
        return process.terminationStatus
    }

    func waitForExit() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
}

/// Waits until something holds, for things that nobody announces: a byte of a file.
func until(_ what: String, _ holds: () throws -> Bool) throws {
    let limit = Date(timeIntervalSinceNow: 20)
    while Date() < limit {
        if try holds() { return }
        usleep(1000)
    }
    Issue.record("not within 20 s: \(what)")
}
