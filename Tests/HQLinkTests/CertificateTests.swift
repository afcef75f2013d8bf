import Foundation
import HQLink
import NIOSSL
import StationAPI
import Testing

/// Which certificates are refused, and that a person can read which of many things it was.
@Suite(.timeLimit(.minutes(1))) struct CertificateTests {
    /// What a link says of a server, once all its operations wait for a person.
    private func refusal(
        _ issued: TestAuthority.Issued,
        trusting ca: TestAuthority?,
        host: String = "127.0.0.1",
        server: (inout TLSConfiguration) -> Void = { _ in },
        configure: (inout HQLinkConfiguration) -> Void = { _ in }
    ) async throws -> TLSFault {
        let secure = try await SecureHQ(issued: issued, configure: server)
        if let ca { try secure.folder.write(try ca.pem, to: "trusted.pem") }
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let logs = LogCapture()
        let trust = ca == nil ? nil : secure.path("trusted.pem")
        let seen = try await withLink(to: "https://\(host):\(secure.port)", station: station, logs: logs) {
            $0.tls.caFile = trust
            configure(&$0)
        } _: { _ in
            try await station.seen.until("all paused") { $0.allPaused }
        }
        try await secure.stop()
        #expect(secure.hq.server.requests.value.isEmpty, "something was sent all the same")
        #expect(station.seen.value.delivered.isEmpty)
        guard case .tls(let fault) = seen.status.feed.trouble else {
            Issue.record("\(seen.status)")
            return .handshake
        }
        #expect(seen.status.events.trouble == .tls(fault) && seen.status.state.trouble == .tls(fault))
        #expect(logs.text.contains(fault.description), "the log does not say it")
        return fault
    }

    @Test func anExpiredOneIsCalledExpired() async throws {
        let ca = try TestAuthority()
        let old = try ca.issue("127.0.0.1", from: .now - 86_400 * 9, to: .now - 86_400 * 2)
        let day = String((Date.now - 86_400 * 2).formatted(.iso8601).prefix(10))
        #expect(try await refusal(old, trusting: ca) == .expired(name: "127.0.0.1", on: day))
    }

    @Test func oneFromTomorrowSendsThePersonToTheClock() async throws {
        let ca = try TestAuthority()
        let early = try ca.issue("127.0.0.1", from: .now + 86_400 * 2, to: .now + 86_400 * 9)
        let fault = try await refusal(early, trusting: ca)
        guard case .notYetValid = fault else {
            Issue.record("\(fault)")
            return
        }
        #expect(fault.description.contains("clock"))
    }

    @Test func anotherHostsIsCalledByItsNames() async throws {
        let ca = try TestAuthority()
        #expect(
            try await refusal(ca.issue("hq.example"), trusting: ca)
                == .wrongHost(host: "127.0.0.1", names: ["hq.example"])
        )
        #expect(
            try await refusal(ca.issue("127.0.0.2"), trusting: ca, host: "localhost")
                == .wrongHost(host: "localhost", names: ["127.0.0.2"])
        )
    }

    @Test func aSelfSignedOneAndAnUnknownIssuerAreToldApart() async throws {
        let own = try TestAuthority.selfSigned("127.0.0.1")
        #expect(try await refusal(own, trusting: nil) == .selfSigned(name: "127.0.0.1"))
        #expect(try await refusal(own, trusting: TestAuthority()) == .selfSigned(name: "127.0.0.1"))
        let stranger = try TestAuthority("Inspector \u{1B}[31m of the Store")
        let fault = try await refusal(stranger.issue("127.0.0.1"), trusting: TestAuthority())
        // Nothing that a terminal would obey.
        #expect(fault == .unknownIssuer("Inspector [31m of the Store"))
        #expect(fault.description.contains("storeCAFile"))
    }

    @Test func aKeyThatIsNotPinnedIsRefusedBeforeAnythingIsSent() async throws {
        let ca = try TestAuthority()
        let right = try ca.issue("127.0.0.1")
        let other = try #require(CertificatePin(try ca.issue("127.0.0.1").pin))
        let fault = try await refusal(right, trusting: ca, configure: { $0.tls.pins = [other] })
        #expect(fault == .wrongPin(found: try right.pin))
    }

    @Test func aServerOfTLS11IsRefused() async throws {
        let ca = try TestAuthority()
        let fault = try await refusal(
            ca.issue("127.0.0.1"),
            trusting: ca,
            server: {
                $0.minimumTLSVersion = .tlsv1
                $0.maximumTLSVersion = .tlsv11
            }
        )
        #expect(fault == .oldVersion)
    }

    @Test func aServerWithoutTLSIsCalledThat() async throws {
        let chatter = try ChattyServer("HTTP/1.1 400 Bad Request\r\n\r\n")
        let station = TestStation()
        try await withLink(to: "https://127.0.0.1:\(chatter.port)", station: station) { _ in
            let seen = try await station.seen.until("paused") { $0.status.feed.isPaused }
            #expect(seen.status.feed.trouble == .tls(.noTLS))
        }
        chatter.stop()
    }

    @Test func pinAndStoresOwnCALetTheRightOneIn() async throws {
        let secure = try await SecureHQ()
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let store = secure.ca
        let pins = [
            try #require(CertificatePin(try TestAuthority().issue("x").pin)),
            try #require(CertificatePin(try secure.issued.pin)),
        ]
        // The store's CA beside the system's, in place of which nothing is given.
        try await withLink(to: "https://127.0.0.1:\(secure.port)", station: station) {
            $0.tls.storeCAFile = store
            $0.tls.pins = pins
        } _: { _ in
            try await station.seen.until("all works") { $0.delivered == ["e-1"] && $0.allWorks }
        }
        try await secure.stop()
    }

    @Test func aPinIsReadStrictly() throws {
        let pin = try TestAuthority().issue("x").pin
        #expect(CertificatePin(pin)?.description == pin)
        #expect(CertificatePin(String(pin.dropFirst(7)))?.description == pin)
        for bad in [
            "", "sha256/", "sha1/abcd", pin + "=", String(pin.dropLast(4)), pin.replacing("=", with: "!"),
        ] {
            #expect(CertificatePin(bad) == nil, "\(bad)")
        }
    }
}
