import Foundation
import ScriptedBoards

/// pymodbus as the other end of the wire: written by others, so it does not share our mistakes.
final class PymodbusPeer: Sendable {
    enum Trouble: Error, CustomStringConvertible {
        case notInstalled
        case silent([String])

        var description: String {
            switch self {
            case .notInstalled: "pymodbus is not installed: run ./hardware/setup --tests"
            case .silent(let lines): "the pymodbus slave did not start: \(lines.joined(separator: "\n"))"
            }
        }
    }

    /// What it prints: `ready`, then each frame.
    let lines = Recorder<String>()
    private static let ended = "ended"
    private let process: Process
    private let input = Pipe()

    /// Starts the slave and waits until it serves.
    init(_ arguments: [String]) async throws {
        let process = try Self.script("pymodbus_board.py", arguments)
        self.process = process
        process.standardInput = input
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let lines = lines
        Thread {
            var rest = Data()
            while true {
                let data = output.fileHandleForReading.availableData
                if data.isEmpty { break }
                rest += data
                while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    lines.append(String(decoding: rest[rest.startIndex..<end], as: UTF8.self))
                    rest = Data(rest[(end + 1)...])
                }
            }
            lines.append(Self.ended)
        }.start()
        _ = await lines.wait(seconds: 20) { $0.hasPrefix("ready") || $0 == Self.ended }
        guard port > 0 || lines.all.contains("ready") else {
            stop()
            throw lines.all.contains { $0.contains("ModuleNotFoundError") }
                ? Trouble.notInstalled : Trouble.silent(lines.all)
        }
    }

    /// One of the scripts in `Peers`, not yet started.
    private static func script(_ name: String, _ arguments: [String]) throws -> Process {
        let here = URL(filePath: #filePath).deletingLastPathComponent()
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
        // Not resolved: Python finds its environment by the link's place.
        let python = root.appending(path: ".venv/bin/python")
        guard FileManager.default.isExecutableFile(atPath: python.path) else { throw Trouble.notInstalled }
        let process = Process()
        process.executableURL = python
        process.arguments = [here.appending(path: "Peers/" + name).path] + arguments
        return process
    }

    /// What a script prints until it ends.
    static func output(of name: String, _ arguments: [String]) throws -> String {
        let process = try script(name, arguments)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    /// The port of a TCP slave.
    var port: Int {
        lines.all.first { $0.hasPrefix("ready") }.flatMap { Int($0.dropFirst(6)) } ?? 0
    }

    /// The requests that it received, in hex, one or more in a line.
    var received: [String] {
        lines.all.filter { $0.hasPrefix("RX ") }.map { String($0.dropFirst(3)) }
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }
}
