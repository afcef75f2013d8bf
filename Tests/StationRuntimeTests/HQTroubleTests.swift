import Foundation
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
        server.stop()
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
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says where it listens: ACCEPT 127.0.0.1:41234
        var said = ""
        while !said.contains(/ACCEPT .*:[0-9]+\n/), case let more = output.fileHandleForReading.availableData,
            !more.isEmpty
        {
            said += String(decoding: more, as: UTF8.self)
        }
        let match = try #require(said.firstMatch(of: /ACCEPT .*:([0-9]+)/))
        port = try #require(Int(match.output.1))
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }
}
