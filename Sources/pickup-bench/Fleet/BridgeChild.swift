import Foundation
import Glibc
import Sandbox

/// pickup-bridge as a child process.
final class BridgeChild {
    private let process = Process()
    private let log: String

    init(_ configuration: String, log: String) throws {
        self.log = log
        try Data().write(to: URL(fileURLWithPath: log))
        let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
        process.executableURL = URL(fileURLWithPath: StationProcess.sibling("pickup-bridge"))
        process.arguments = ["serve", "--config", configuration, "--log-level", "notice"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// Waits for the line of its log that says so.
    func waitUntilItServes() async throws {
        for _ in 0..<300 {
            if let text = try? String(contentsOfFile: log, encoding: .utf8), text.contains("serving port=") {
                return
            }
            guard process.isRunning else { throw Failed("pickup-bridge ended: see \(log)") }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failed("pickup-bridge does not serve after 30 s: see \(log)")
    }

    /// User and system time of all its threads.
    func cpuSeconds() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/stat", encoding: .utf8)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else {
            throw Failed("no CPU time of the bridge")
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    func residentMiB() throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard let kilobytes = line?.split(separator: " ").dropLast().last.flatMap({ Double($0) }) else {
            throw Failed("no memory of the bridge")
        }
        return kilobytes / 1024
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
