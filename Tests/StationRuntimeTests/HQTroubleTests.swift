import Foundation
import Glibc
import Sandbox
import StationRuntime
import Testing

/// What keeps HQ away is what a person reads in `pickupctl status`.
@Suite(.serialized) struct HQTroubleTests {
    @Test(.timeLimit(.minutes(2)))
    func aCertificateThatIsRefusedIsSaidByNameInTheStatusAndTheLog() async throws {
        var station = try await RealStation()
        await station.process.stop()
        let server = try SelfSignedServer(folder: station.folder)
        defer { server.stop() }
        let path = station.rig.layout.configuration.path
        let before = try String(contentsOfFile: path, encoding: .utf8)
        let after = before.replacing(/baseURL: .*/, with: "baseURL: https://127.0.0.1:\(server.port)")
        #expect(before != after)
        try after.write(toFile: path, atomically: true, encoding: .utf8)
        try station.start()
        // HQ is elsewhere for the station: it may take a moment until it asks for the first time.
        try await station.wait("the status says why", withinMs: 60_000) { status in
            status.hq.allSatisfy { $0.contains("(127.0.0.1) is self-signed") }
        }
        let shown = try pickupctl("status", "--socket", station.rig.layout.adminSocket)
        #expect(shown.output.contains("feed (paused): no secure connection to HQ"), "\(shown.output)")
        #expect(shown.output.contains("caFile"))
        #expect(station.rig.logTail().contains("is self-signed"))
        await station.end()
    }
}

/// A server with a certificate that vouches for itself, made and run by openssl.
private struct SelfSignedServer {
    let port: Int
    private let process = Process()

    init(folder: URL) throws {
        let (key, certificate) = (
            folder.appendingPathComponent("s.key").path, folder.appendingPathComponent("s.pem").path
        )
        port = try Self.freePort()
        let make = Process()
        make.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        make.arguments = [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out",
            certificate,
        ]
        make.standardError = FileHandle.nullDevice
        try make.run()
        make.waitUntilExit()
        try #require(make.terminationStatus == 0, "openssl is missing: apt-get install openssl")
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key", key, "-www",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    /// A port that nobody has; whoever comes in between makes the test fail, not pass.
    private static func freePort() throws -> Int {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return Int(in_port_t(bigEndian: address.sin_port))
    }

    func stop() {
        // SIGTERM may be ignored: a child inherits what a service in the tests' process ignores.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
