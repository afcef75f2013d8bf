import Foundation
import Glibc

/// A program that sees another `/etc/hosts` than the rest of the machine: it runs in a mount name space of its own
/// (`unshare`, util-linux) in which a file of the test lies over it. What resolves its names is the system's own name
/// service; changing the file is what a DNS server's loss and return look like to it.
final class NameSpace: Sendable {
    let lines = Watch<[String]>([])
    private let process: Process

    /// Whether this machine lets tests make one.
    static let isAllowed: Bool = {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = unshare + ["true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    private static var unshare: [String] { ["unshare", "--map-root-user", "--mount"] }

    init(hosts: String, program: String, arguments: [String]) throws {
        process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        let script = "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\""
        process.arguments = Self.unshare + ["sh", "-c", script, "sh", hosts, program] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.standardError
        try process.run()
        Thread.detachNewThread { [lines] in
            var rest = Data()
            while case let more = output.fileHandleForReading.availableData, !more.isEmpty {
                rest += more
                while let end = rest.firstIndex(of: 0x0A) {
                    let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                    rest = Data(rest[(end + 1)...])
                    lines.update { $0.append(line) }
                }
            }
        }
    }

    func stop() {
        // A child inherits the signals that a thread of the tests' process blocks: SIGTERM may be one of them.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
