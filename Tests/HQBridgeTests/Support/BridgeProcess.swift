import Foundation
import Testing

@testable import HQBridge

/// A real `pickup-bridge` process.
final class BridgeProcess: Sendable {
    let port: Int
    let identifier: Int32
    private let process: Process

    var base: String { "http://127.0.0.1:\(port)" }

    /// Starts one and waits until it serves.
    init(configuration: String, folder: String, name: String) async throws {
        let path = "\(folder)/\(name).yaml"
        try configuration.write(toFile: path, atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = try Self.executable()
        process.arguments = ["serve", "--config", path, "--log-level", "notice"]
        process.standardInput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        self.process = process
        identifier = process.processIdentifier
        let (lines, said) = AsyncStream.makeStream(of: String.self)
        // What it says later must go somewhere too, or it would block.
        errors.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                said.finish()
            } else {
                said.yield(String(decoding: data, as: UTF8.self))
            }
        }
        var text = ""
        var port: Int?
        for await part in lines {
            text += part
            for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1) {
                if let range = line.range(of: "port=") { port = Int(line[range.upperBound...]) }
            }
            if port != nil { break }
        }
        self.port = try #require(port, "pickup-bridge did not start to serve: \(text)")
    }

    /// Runs a command of `pickup-bridge` to its end; what it printed.
    static func run(_ arguments: [String]) async throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = try executable()
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    deinit {
        if process.isRunning { Foundation.kill(identifier, SIGKILL) }
    }

    func kill() { Foundation.kill(identifier, SIGKILL) }

    /// Ends it as systemd does; its exit status.
    func stop() -> Int32 {
        process.terminate()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private static func executable() throws -> URL {
        // Beside the tests' bundle.
        let folder = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
            .deletingLastPathComponent()
        let built = folder ?? URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let url = built.appendingPathComponent("pickup-bridge")
        try #require(FileManager.default.isExecutableFile(atPath: url.path), "\(url.path) is not built")
        return url
    }
}
