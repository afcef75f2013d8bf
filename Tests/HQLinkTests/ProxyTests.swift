import Foundation
import HQLink
import StationAPI
import Testing

/// The store's proxy between station and HQ.
@Suite(.timeLimit(.minutes(1))) struct ProxyTests {
    /// The name resolves nowhere but at the proxy.
    private static let name = "hq.invalid"

    @Test func connectionsAreMadeByTheProxyWhichAloneKnowsTheName() async throws {
        let behind = try await SecureHQ(Self.name)
        let proxy = try TestProxy { _ in nil }
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = behind.ca
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: station) {
            $0.tls.caFile = ca
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
        } _: { _ in
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.allWorks }
        }
        let line = "CONNECT \(Self.name):\(behind.port) HTTP/1.1"
        #expect(!proxy.asked.value.isEmpty)
        #expect(proxy.asked.value.allSatisfy { $0.line == line && $0.authorization == nil })
        #expect(!behind.hq.server.requests.value.contains { $0.header("Proxy-Authorization") != nil })
        proxy.stop()
        try await behind.stop()
    }

    @Test func aProxyThatWantsCredentialsGetsThemFromTheFileAlsoWhenItChanges() async throws {
        let behind = try await SecureHQ(Self.name)
        let good = "Basic \(Data("store:pa ss:wörd".utf8).base64EncodedString())"
        let proxy = try TestProxy { asked in
            asked.authorization == good
                ? nil
                : "HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
        }
        try behind.folder.write("store:old\n", to: "proxy")
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let (ca, file) = (behind.ca, behind.path("proxy"))
        let logs = LogCapture()
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: station, logs: logs) {
            $0.tls.caFile = ca
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port, credentialsFile: file)
        } _: { _ in
            let seen = try await station.seen.until("an alarm") { $0.status.feed.isPaused }
            guard case .proxy = seen.status.feed.trouble else {
                Issue.record("\(seen.status.feed)")
                return
            }
            try behind.folder.write("no colon", to: "proxy")
            try await station.seen.until("the file") {
                $0.status.feed.trouble?.description.contains("user:password") == true
            }
            try behind.folder.write("store:pa ss:wörd\n", to: "proxy")
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.status.feed.isOK }
        }
        #expect(!logs.text.contains("pa ss") && !logs.text.contains(good.dropFirst(6)))
        proxy.stop()
        try await behind.stop()
    }

    @Test func aProxyThatIsGoneOrRefusesMendsItself() async throws {
        let behind = try await SecureHQ(Self.name)
        let isDown = Watch(true)
        let proxy = try TestProxy { _ in
            isDown.value ? "HTTP/1.1 503 No line\r\nContent-Length: 0\r\n\r\n" : nil
        }
        let station = TestStation()
        let ca = behind.ca
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: station) {
            $0.tls.caFile = ca
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
        } _: { _ in
            let seen = try await station.seen.until("trouble") { $0.status.feed.trouble != nil }
            #expect(!seen.status.feed.isPaused)
            #expect(seen.status.feed.trouble?.description.contains("proxy") == true)
            isDown.update { $0 = false }
            try await station.seen.until("works") { $0.status.feed.isOK }
        }
        proxy.stop()
        // Nobody listens there any more.
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: TestStation()) {
            $0.tls.caFile = ca
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
        } _: { link in
            while link.status.feed.trouble == nil { try await Task.sleep(for: .milliseconds(5)) }
            #expect(link.status.feed.trouble?.description.contains("proxy 127.0.0.1") == true)
        }
        try await behind.stop()
    }

    @Test func aProxyThatLooksIntoTLSIsAcceptedWithTheStoresCAOnly() async throws {
        let behind = try await SecureHQ(Self.name)
        let proxy = try TestProxy { _ in nil }
        let ca = behind.ca
        let station = TestStation()
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: station) {
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
        } _: { _ in
            let seen = try await station.seen.until("paused") { $0.status.feed.isPaused }
            #expect(seen.status.feed.trouble == .tls(.untrusted(viaProxy: true)))
        }
        let trusting = TestStation()
        try await withLink(to: "https://\(Self.name):\(behind.port)", station: trusting) {
            $0.tls.storeCAFile = ca
            $0.proxy = ProxySettings(host: "127.0.0.1", port: proxy.port)
        } _: { _ in
            try await trusting.seen.until("works") { $0.status.feed.isOK }
        }
        proxy.stop()
        try await behind.stop()
    }
}
