public import Foundation
internal import Glibc
internal import Synchronization

/// The station's own program as a child process, to be started, stopped and killed.
public final class StationProcess: Sendable {
    /// Why a station did not come up.
    public enum Failure: Error, CustomStringConvertible {
        /// The program is not beside this one.
        case notBuilt(path: String)
        /// It could not be started.
        case notStarted(reason: String)
        /// It ended while it was waited for.
        case ended(status: Int32, log: String)

        /// What is wrong, and what to do.
        public var description: String {
            switch self {
            case .notBuilt(let path): "\(path) is not there: build it with `swift build --product pickupd`"
            case .notStarted(let reason): "pickupd could not be started: \(reason)"
            case .ended(let status, let log): "pickupd ended with status \(status); its last words:\n\(log)"
            }
        }
    }

    private let process: Process

    /// Starts the program with this configuration; its log is appended to a file.
    ///
    /// - Parameter arguments: further ones.
    public init(program: String, configuration: String, log: URL, arguments: [String] = []) throws {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Failure.notBuilt(path: program)
        }
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let output = try FileHandle(forWritingTo: log)
        try output.seekToEnd()
        process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--config", configuration] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        do {
            try process.run()
        } catch {
            throw Failure.notStarted(reason: "\(error)")
        }
    }

    /// The program of this name in the folder of the running one, or in the build folder of a test bundle.
    public static func sibling(_ name: String) -> String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let folder = (own as NSString).deletingLastPathComponent
        return folder + "/" + name
    }

    /// Its process id.
    public var processID: Int32 { process.processIdentifier }

    /// Whether it runs.
    public var isRunning: Bool { process.isRunning }

    /// Its exit status once it has ended.
    public var exitStatus: Int32? { process.isRunning ? nil : process.terminationStatus }

    /// kill -9; returns once it is gone.
    public func kill() async {
        Glibc.kill(process.processIdentifier, SIGKILL)
        await end()
    }

    /// SIGTERM; returns its exit status once it has ended.
    @discardableResult
    public func stop() async -> Int32 {
        if process.isRunning { process.terminate() }
        await end()
        return process.terminationStatus
    }

    private func end() async {
        while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
    }
}
