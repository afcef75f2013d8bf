import Foundation

/// Compressed bodies.
enum Compression {
    /// gzip, by the program of that name: what a server sends need not be made by the library that reads it.
    static func gzip(_ bytes: [UInt8]) throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try folder.write(bytes, to: "body")
        return try run("gzip -9 -n -c \(folder.path("body"))")
    }

    /// Zeros and nothing else, a thousand times smaller.
    static func bomb(megabytes: Int) throws -> [UInt8] {
        try run("head -c \(megabytes << 20) /dev/zero | gzip -9 -n -c")
    }

    /// `deflate` as HTTP means it (RFC 1950), with one stored block.
    static func deflate(_ bytes: [UInt8]) -> [UInt8] {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        let count = UInt16(bytes.count)
        let length = [UInt8(count & 0xFF), UInt8(count >> 8), UInt8(~count & 0xFF), UInt8(~count >> 8)]
        let sum = high << 16 | low
        return [0x78, 0x01, 0x01] + length + bytes
            + (0..<4).map { UInt8(truncatingIfNeeded: sum >> (24 - 8 * $0)) }
    }

    private static func run(_ command: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments = ["-c", command]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.fileReadUnknown) }
        return Array(bytes)
    }
}

extension WireReply {
    /// The same with another body and its encoding.
    func encoded(_ encoding: String, _ body: [UInt8]) -> WireReply {
        WireReply(status: status, headers: headers + [("Content-Encoding", encoding)], body: body)
    }
}
