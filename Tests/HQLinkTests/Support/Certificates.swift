import Foundation

/// Certificates for one test, made with openssl.
struct Certificates: ~Copyable {
    let folder: TemporaryFolder

    struct NoOpenSSL: Error, CustomStringConvertible {
        let description: String
    }

    /// A certificate authority, and a certificate of it for `host` (a DNS name or an IP address).
    init(host: String) throws {
        let folder = try TemporaryFolder()
        let isAddress = host.allSatisfy { $0.isNumber || $0 == "." }
        try folder.write("subjectAltName=\(isAddress ? "IP" : "DNS"):\(host)\n", to: "names")
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        try Self.openssl(
            ["req", "-x509"] + key + [
                "-keyout", folder.path("ca.key"), "-out", folder.path("ca.pem"), "-days", "2", "-subj",
                "/CN=test CA",
            ]
        )
        try Self.openssl(
            ["req"] + key + [
                "-keyout", folder.path("host.key"), "-out", folder.path("host.csr"), "-subj", "/CN=\(host)",
            ]
        )
        try Self.openssl([
            "x509", "-req", "-in", folder.path("host.csr"), "-CA", folder.path("ca.pem"), "-CAkey",
            folder.path("ca.key"),
            "-CAcreateserial", "-days", "2", "-extfile", folder.path("names"), "-out",
            folder.path("host.pem"),
        ])
        self.folder = folder
    }

    func path(_ name: String) -> String { folder.path(name) }

    private static func openssl(_ arguments: [String]) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let text = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let why =
                process.terminationStatus == 127
                ? "openssl is missing; install it: apt-get install openssl" : ""
            throw NoOpenSSL(
                description: "openssl \(arguments[0]): \(why)\(String(decoding: text, as: UTF8.self))"
            )
        }
    }
}
