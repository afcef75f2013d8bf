import Foundation
import Glibc
import Sandbox
import ScriptedBoards
import Synchronization
import Testing

/// `pickupctl` as a program that is run and waited for.
func pickupctl(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    try run("pickupctl", arguments)
}

/// A program of ours that is run and waited for, without a terminal.
func run(_ program: String, _ arguments: [String]) throws -> (
    status: Int32, output: String, errors: String
) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: StationProcess.sibling(program))
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let said = output.fileHandleForReading.readDataToEndOfFile()
    let complained = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
        process.terminationStatus, String(decoding: said, as: UTF8.self),
        String(decoding: complained, as: UTF8.self)
    )
}

/// `pickupctl` on a terminal of its own, with somebody who reads and presses keys.
final class PickupctlTerminal: Sendable {
    private let text = Mutex("")
    private let position = Mutex(0)
    private let master: Int32
    private let slave: Int32
    private let process: Process

    init(_ arguments: String...) throws {
        let pty = try openPty()
        (master, slave) = (pty.master, pty.slave)
        // It is handed on open; nobody opens it by its name.
        unlink(pty.path)
        process = Process()
        process.executableURL = URL(fileURLWithPath: StationProcess.sibling("pickupctl"))
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["TERM"] = "dumb"
        process.environment = environment
        let terminal = FileHandle(fileDescriptor: slave, closeOnDealloc: false)
        process.standardInput = terminal
        process.standardOutput = terminal
        process.standardError = terminal
        try process.run()
        Thread { [self] in
            var bytes = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = read(master, &bytes, bytes.count)
                guard count > 0 else { return }
                text.withLock { $0 += String(decoding: bytes.prefix(count), as: UTF8.self) }
            }
        }.start()
    }

    /// Everything it said.
    var screen: String { text.withLock { $0 } }

    func press(_ keys: String) {
        _ = Array(keys.utf8).withUnsafeBytes { write(master, $0.baseAddress, $0.count) }
    }

    /// Waits until it says this, after what was waited for before.
    func wait(for words: String, withinMs limit: Int = 20_000) async throws {
        let end = ContinuousClock.now + .milliseconds(limit)
        while ContinuousClock.now < end {
            let screen = screen
            let start = screen.index(screen.startIndex, offsetBy: position.withLock { $0 })
            if let found = screen[start...].range(of: words) {
                let reached = screen.distance(from: screen.startIndex, to: found.upperBound)
                position.withLock { $0 = reached }
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("it does not say \"\(words)\"; it said:\n\(screen)")
        throw CancellationError()
    }

    /// Waits until it has ended; returns its status.
    func end(withinMs limit: Int = 20_000) async -> Int32 {
        let end = ContinuousClock.now + .milliseconds(limit)
        while process.isRunning, ContinuousClock.now < end { try? await Task.sleep(for: .milliseconds(10)) }
        if process.isRunning { process.terminate() }
        process.waitUntilExit()
        close(slave)
        return process.terminationStatus
    }
}
