import Foundation
import Glibc
import Sandbox

/// pickup-bridge as a child process.
final class BridgeChild {
    private let process = Process()

    init(_ configuration: String, log: String) throws {
        try Data().write(to: URL(fileURLWithPath: log))
        let output = FileHandle(forWritingAtPath: log) ?? .nullDevice
        process.executableURL = URL(fileURLWithPath: StationProcess.sibling("pickup-bridge"))
        process.arguments = ["serve", "--config", configuration, "--log-level", "warning"]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    func waitUntilItServes(port: Int) async throws {
        for _ in 0..<300 {
            if let url = URL(string: "http://127.0.0.1:\(port)/health"), (try? Data(contentsOf: url)) != nil {
                return
            }
            guard process.isRunning else { throw Failed("pickup-bridge ended: see its log") }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Failed("pickup-bridge does not serve after 30 s")
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
