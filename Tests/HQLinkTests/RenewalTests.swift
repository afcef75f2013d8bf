import Foundation
import HQLink
import NIOSSL
import StationAPI
import Testing

/// Credentials of an enrolment are followed by others before they end.
@Suite(.timeLimit(.minutes(1))) struct RenewalTests {
    /// A credentials folder as an enrolment leaves it, with a token that lives until then.
    private func enrolled(_ folder: borrowing TemporaryFolder, since: Date, until: Date?) throws {
        try folder.write("token-0\n", to: "hq-token")
        try folder.write(WebhookSigningKey.makePair().text, to: "hq-event-key")
        let end = until.map { ",\"tokenExpiresAt\":\"\(text($0))\"" } ?? ""
        try folder.write(
            "{\"stationId\":\"store-7\",\"stationKeyId\":\"k\",\"enrolledAt\":\"\(text(since))\"\(end),\"keys\":[]}",
            to: "hq-identity"
        )
    }

    private func text(_ date: Date) -> String {
        WireTime(milliseconds: Int64(date.timeIntervalSince1970 * 1_000)).text
    }

    private func configure(
        _ configuration: inout HQLinkConfiguration,
        _ token: String?,
        _ key: String,
        _ identity: String,
        _ state: String
    ) {
        configuration.bearerTokenFile = token
        configuration.signingKeyFile = key
        configuration.renewal = RenewalSettings(identityFile: identity, folder: state)
        configuration.stateIntervalSeconds = 1
        configuration.timing.renewalCheck = .milliseconds(50)
        configuration.timing.renewal = HQLinkTiming.Backoff(
            first: .milliseconds(50),
            longest: .milliseconds(100)
        )
    }

    @Test func aTokenIsFollowedByAnotherWhenAThirdOfItsTimeIsLeft() async throws {
        let folder = try TemporaryFolder()
        try enrolled(folder, since: .now - 70, until: .now + 30)
        let key = try WebhookSigningKey(
            text: String(contentsOfFile: folder.path("hq-event-key"), encoding: .utf8)
        )
        let turns = Turns()
        let end = text(.now + 3_600)
        let server = try WireServer { request, connection in
            guard request.target.hasSuffix("/stations/store-7/credentials") else {
                connection.send(request.operation == .feed ? .page() : .empty(204))
                return
            }
            // Twice in vain: there is time.
            let isBusy = turns.next() < 2
            connection.send(
                isBusy ? .empty(503) : .json(200, "{\"token\":\"token-1\",\"tokenExpiresAt\":\"\(end)\"}")
            )
        }
        let logs = LogCapture()
        let paths = ["hq-token", "hq-event-key", "hq-identity", "state"].map { folder.path($0) }
        try await withLink(to: "http://127.0.0.1:\(server.port)", station: TestStation(), logs: logs) {
            configure(&$0, paths[0], paths[1], paths[2], paths[3])
        } _: { _ in
            try await server.requests.until("the new token") { requests in
                requests.contains { $0.header("Authorization") == "Bearer token-1" }
            }
        }
        let asked = server.requests.value.filter { $0.target.hasSuffix("/credentials") }
        #expect(asked.count == 3)
        #expect(asked.allSatisfy { $0.method == "POST" && $0.text == "{\"token\":true}" })
        #expect(asked.allSatisfy { $0.header("Authorization") == "Bearer token-0" })
        try StandardWebhooks.verify(
            .init(
                id: asked[2].header("webhook-id"),
                timestamp: asked[2].header("webhook-timestamp"),
                signature: asked[2].header("webhook-signature")
            ),
            body: asked[2].body,
            keys: [key.verificationKey],
            now: Int64(Date.now.timeIntervalSince1970)
        )
        #expect(!logs.text.contains("token-1") && !logs.text.contains("token-0"))
        // After a restart the new one is still the one that is used.
        let files = try FileManager.default.contentsOfDirectory(atPath: paths[3])
        #expect(files.count == 1 && files[0].hasPrefix("token-"))
        let seen = server.requests.value.count
        try await withLink(to: "http://127.0.0.1:\(server.port)", station: TestStation()) {
            configure(&$0, paths[0], paths[1], paths[2], paths[3])
        } _: { _ in
            try await server.requests.until("a question") { $0.count > seen + 1 }
        }
        #expect(
            server.requests.value.dropFirst(seen).allSatisfy {
                $0.header("Authorization") == "Bearer token-1"
            }
        )
        // A box that is enrolled again has another token, and nothing of before counts.
        try folder.write("token-9\n", to: "hq-token")
        let before = server.requests.value.count
        try await withLink(to: "http://127.0.0.1:\(server.port)", station: TestStation()) {
            configure(&$0, paths[0], paths[1], paths[2], paths[3])
            $0.renewal?.identityFile = "/nowhere"
        } _: { _ in
            try await server.requests.until("a question") { $0.count > before + 1 }
        }
        #expect(
            server.requests.value.dropFirst(before).allSatisfy {
                $0.header("Authorization") == "Bearer token-9"
            }
        )
    }

    @Test func whatStillLivesLongOrForEverIsLeftAlone() async throws {
        for end: Date? in [.now + 3_600, nil] {
            let folder = try TemporaryFolder()
            try enrolled(folder, since: .now - 70, until: end)
            let hq = try WireHQ()
            let paths = ["hq-token", "hq-event-key", "hq-identity", "state"].map { folder.path($0) }
            try await withLink(to: hq.baseURL, station: TestStation()) {
                configure(&$0, paths[0], paths[1], paths[2], paths[3])
            } _: { _ in
                // Twenty looks at 50 ms.
                try await hq.requests(.state, 2)
            }
            #expect(!hq.server.requests.value.contains { $0.target.hasSuffix("/credentials") })
        }
    }

    @Test func aCertificateIsFollowedByOneForANewKey() async throws {
        let folder = try TemporaryFolder()
        try enrolled(folder, since: .now - 70, until: nil)
        let ca = try TestAuthority("HQ CA")
        let stations = try TestAuthority("Stations CA")
        try folder.write(try ca.issue("127.0.0.1"), as: "host")
        try folder.write(try ca.pem, to: "ca.pem")
        try folder.write(try stations.pem, to: "stations.pem")
        // Two of three days are over.
        try folder.write(
            try stations.issue("store-7", from: .now - 86_400 * 2.1, to: .now + 86_400 * 0.9),
            as: "client"
        )
        let server = try WireServer { request, connection in
            guard request.target.hasSuffix("/credentials") else {
                connection.send(request.operation == .feed ? .page() : .empty(204))
                return
            }
            guard let csr = request.member("csr"),
                let certificate = try? stations.sign(csr, until: .now + 86_400),
                let text = try? String(decoding: JSONEncoder().encode(certificate), as: UTF8.self)
            else {
                connection.send(.empty(400))
                return
            }
            connection.send(.json(200, "{\"certificate\":\(text)}"))
        }
        let roots = folder.path("stations.pem")
        let front = try await TLSFront(
            certificate: folder.path("host.pem"),
            key: folder.path("host.key"),
            to: server.port
        ) {
            $0.certificateVerification = .noHostnameVerification
            $0.trustRoots = .file(roots)
        }
        let paths = ["hq-event-key", "hq-identity", "state", "ca.pem", "client.pem", "client.key"].map {
            folder.path($0)
        }
        let station = TestStation()
        try await withLink(to: "https://127.0.0.1:\(front.port)", station: station) {
            configure(&$0, nil, paths[0], paths[1], paths[2])
            $0.tls.caFile = paths[3]
            $0.tls.clientCertificate = .init(file: paths[4], keyFile: paths[5])
        } _: { _ in
            try await server.requests.until("a renewal and a state after it") { requests in
                guard let index = requests.firstIndex(where: { $0.target.hasSuffix("/credentials") }) else {
                    return false
                }
                return requests[index...].count { $0.operation == .state && $0.method == "PUT" } >= 2
            }
        }
        // One renewal was enough, and the new one is what is used: the enrolled one may end.
        #expect(server.requests.value.count { $0.target.hasSuffix("/credentials") } == 1)
        let files = try FileManager.default.contentsOfDirectory(atPath: paths[2])
        #expect(files.count == 1 && files[0].hasSuffix(".pem"))
        let mode = try FileManager.default.attributesOfItem(atPath: "\(paths[2])/\(files[0])")[
            .posixPermissions
        ]
        #expect(mode as? Int == 0o600)
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.state.isPaused })
        try await front.stop()
    }
}
