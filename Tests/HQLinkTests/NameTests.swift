import Foundation
import HQLink
import StationAPI
import Testing

/// How HQ is found: names that come and go, and addresses of version 6.
@Suite(.timeLimit(.minutes(1))) struct NameTests {
    @Test(.enabled(if: NameSpace.isAllowed, "needs unshare --mount"))
    func aNameThatStopsResolvingAndComesBack() async throws {
        let name = "hq.name-test.invalid"
        // Every connection serves one request: each question needs the name.
        let once = try WireHQ(feed: { _, connection in
            connection.send(.page([], next: "c0", ""))
            connection.end()
        })
        let secure = try await SecureHQ(name, hq: once)
        let hosts = secure.folder.url.appending(path: "hosts")
        let known = Data("127.0.0.1 localhost\n127.0.0.1 \(name)\n".utf8)
        let unknown = Data("127.0.0.1 localhost\n".utf8)
        try unknown.write(to: hosts)
        let probe = try NameSpace(
            hosts: hosts.path,
            program: Programs.path("link-probe"),
            arguments: ["https://\(name):\(secure.port)", secure.ca]
        )
        // In place: a new file would not be the one that is mounted.
        func write(_ data: Data) throws {
            let handle = try FileHandle(forWritingTo: hosts)
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: data)
            try handle.close()
        }
        let lost = try await probe.lines.until("name not found") { $0.last?.hasPrefix("failing") == true }
        #expect(lost.last?.contains("name not found") == true, "\(lost)")
        try write(known)
        try await probe.lines.until("works") { $0.last == "ok" }
        try write(unknown)
        try await probe.lines.until("lost again") { $0.last?.contains("name not found") == true }
        try write(known)
        let all = try await probe.lines.until("works again") { $0.last == "ok" }
        #expect(all.filter { $0 == "ok" }.count >= 2)
        #expect(!all.contains { $0.hasPrefix("paused") }, "no alarm: it mends itself")
        probe.stop()
        try await secure.stop()
    }

    @Test func anAddressOfVersion6WorksWithItsCertificate() async throws {
        let secure = try await SecureHQ("::1", on: "::1")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = secure.ca
        try await withLink(to: "https://[::1]:\(secure.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.allWorks }
        }
        #expect(secure.hq.server.requests.value.allSatisfy { $0.header("Host") == "[::1]:\(secure.port)" })
        try await secure.stop()
    }

    @Test func aCertificateForAnotherAddressOfVersion6IsRefused() async throws {
        let secure = try await SecureHQ("hq.example", on: "::1")
        let station = TestStation()
        let ca = secure.ca
        try await withLink(to: "https://[::1]:\(secure.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            let seen = try await station.seen.until("paused") { $0.status.feed.isPaused }
            #expect(seen.status.feed.trouble == .tls(.wrongHost(host: "::1", names: ["hq.example"])))
        }
        try await secure.stop()
    }
}

/// Programs that are built with the tests.
enum Programs {
    /// Beside the test bundle.
    static func path(_ name: String) -> String {
        let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        return folder.appending(path: name).path
    }
}
