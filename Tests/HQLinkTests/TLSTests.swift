import HQLink
import StationAPI
import Testing

@Suite(.timeLimit(.minutes(1))) struct TLSTests {
    private func isTLS(_ trouble: HQTrouble?) -> Bool {
        if case .tls = trouble { true } else { false }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func aCertificateIsTrustedIfItsCAIsGiven(host: String) async throws {
        let hq = try WireHQ()
        let certificates = try Certificates(host: host)
        let front = try await TLSFront(
            certificate: certificates.path("host.pem"),
            key: certificates.path("host.key"),
            to: hq.server.port
        )
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let ca = certificates.path("ca.pem")
        try await withLink(to: "https://\(host):\(front.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            try await station.seen.until("all works") { seen in
                seen.delivered == ["e-1"]
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
        try await front.stop()
    }

    @Test func aCertificateThatNobodyVouchesForIsRefused() async throws {
        let certificates = try Certificates(host: "127.0.0.1")
        let other = try Certificates(host: "127.0.0.1")
        // The system's roots, another CA, and a CA file that is none.
        for ca in [
            nil, other.path("ca.pem"), certificates.path("host.key"), certificates.path("missing.pem"),
        ] {
            try await expectRefusal(certificates.path("host.pem"), certificates.path("host.key"), ca: ca)
        }
    }

    @Test func aCertificateForAnotherHostIsRefused() async throws {
        for host in ["hq.example", "127.0.0.2"] {
            let certificates = try Certificates(host: host)
            try await expectRefusal(
                certificates.path("host.pem"),
                certificates.path("host.key"),
                ca: certificates.path("ca.pem")
            )
        }
    }

    private func expectRefusal(_ certificate: String, _ key: String, ca: String?) async throws {
        let hq = try WireHQ()
        let front = try await TLSFront(certificate: certificate, key: key, to: hq.server.port)
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        try await withLink(to: "https://127.0.0.1:\(front.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            let seen = try await station.seen.until("all paused") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isPaused }
            }
            for operation in HQLinkStatus.Operation.allCases {
                #expect(isTLS(seen.status[operation].trouble), "\(seen.status[operation])")
            }
        }
        #expect(hq.server.requests.value.isEmpty)
        try await front.stop()
    }

    @Test func aConnectionThatIsDroppedWhileTLSBeginsMendsItself() async throws {
        // A load balancer that restarts: it takes the connection and drops it.
        let dropped = Watch(0)
        let server = try DroppingServer { dropped.update { $0 += 1 } }
        let station = TestStation()
        try await withLink(to: "https://127.0.0.1:\(server.port)", station: station) { _ in
            try await dropped.until("several") { $0 >= 6 }
            let seen = try await station.seen.until("failing") { $0.status.feed.trouble != nil }
            #expect(!seen.status.feed.isPaused, "\(seen.status.feed)")
        }
        server.stop()
    }

    @Test func aReplyCutWithoutAGoodbyeMendsItself() async throws {
        let turns = Turns()
        let hq = try WireHQ(feed: { _, connection in
            guard turns.next() == 0 else {
                connection.send(.page([WireReply.order("O-1")]))
                return
            }
            connection.send(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{\"items\""
            )
            connection.reset()
        })
        let certificates = try Certificates(host: "127.0.0.1")
        let front = try await TLSFront(
            certificate: certificates.path("host.pem"),
            key: certificates.path("host.key"),
            to: hq.server.port
        )
        let ca = certificates.path("ca.pem")
        let station = TestStation()
        try await withLink(to: "https://127.0.0.1:\(front.port)", station: station) {
            $0.tls.caFile = ca
        } _: { _ in
            try await station.seen.until("a page") { $0.orders == ["O-1"] }
        }
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.feed.isPaused })
        try await front.stop()
    }
}
