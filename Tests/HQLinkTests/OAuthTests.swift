import Crypto
import CryptoExtras
import Foundation
import HQLink
import StationAPI
import Testing

/// Tokens from a token endpoint: asked for once, early, and in words when there is none.
@Suite(.timeLimit(.minutes(1))) struct OAuthTests {
    private func settings(
        _ endpoint: TokenEndpoint,
        secret: String,
        target: OAuthSettings.Target = .scope("api://hq/.default"),
        scheme: String = "Bearer"
    ) throws -> OAuthSettings {
        try OAuthSettings(
            tokenURL: endpoint.url,
            clientID: "client-1",
            proof: .secretFile(secret),
            target: target,
            scheme: scheme
        )
    }

    @Test func oneTokenServesAllOperationsAndIsAskedForAsTheStandardSays() async throws {
        let folder = try TemporaryFolder()
        try folder.write("s&cret=1 %\n".replacing(" ", with: "+"), to: "secret")
        let endpoint = try TokenEndpoint { _, _, connection in
            usleepMilliseconds(150)
            connection.send(TokenEndpoint.token("token-1"))
        }
        let hq = try WireHQ()
        let station = TestStation()
        await station.post((0..<12).map { ("O-\($0)", "e-\($0)") })
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        let logs = LogCapture()
        try await withLink(to: hq.baseURL, station: station, logs: logs) {
            $0.oauth = oauth
        } _: { _ in
            try await station.seen.until("all works") { seen in
                seen.delivered.count == 12
                    && HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].isOK }
            }
        }
        // Feed, state and four deliveries began at once.
        #expect(endpoint.forms.count == 1)
        #expect(
            endpoint.forms.first == [
                "grant_type": "client_credentials", "client_id": "client-1", "client_secret": "s&cret=1+%",
                "scope": "api://hq/.default",
            ]
        )
        #expect(endpoint.server.requests.value.first?.method == "POST")
        #expect(
            endpoint.server.requests.value.first?.header("Content-Type")
                == "application/x-www-form-urlencoded"
        )
        #expect(hq.server.requests.value.allSatisfy { $0.header("Authorization") == "Bearer token-1" })
        #expect(!logs.text.contains("token-1") && !logs.text.contains("cret"))
    }

    @Test func aResourceAndAnotherSchemeAreForARetailServer() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        // Version 1 of Entra's endpoint writes the number as text.
        let endpoint = try TokenEndpoint { _, _, connection in
            connection.send(TokenEndpoint.token("token-1", expiresIn: "\"3599\""))
        }
        let hq = try WireHQ()
        let oauth = try settings(
            endpoint,
            secret: folder.path("secret"),
            target: .resource("https://rs.example"),
            scheme: "id_token"
        )
        try await withLink(to: hq.baseURL, station: TestStation()) {
            $0.oauth = oauth
        } _: { _ in
            try await hq.requests(.state, 1)
        }
        #expect(endpoint.forms.first?["resource"] == "https://rs.example")
        #expect(endpoint.forms.first?["scope"] == nil)
        #expect(hq.requests(.state).first?.header("Authorization") == "id_token token-1")
        #expect(
            OAuthSettings.entraURL(tenant: "t-1", target: .resource("r"))
                == "https://login.microsoftonline.com/t-1/oauth2/token"
        )
        #expect(
            OAuthSettings.entraURL(tenant: "t-1", target: .scope("s"))
                == "https://login.microsoftonline.com/t-1/oauth2/v2.0/token"
        )
    }

    @Test func aTokenIsRenewedBeforeItEnds() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        let endpoint = try TokenEndpoint { turn, _, connection in
            // The second question fails: the first token is still good, so nobody notices.
            let reply = turn == 1 ? .empty(503) : TokenEndpoint.token("token-\(turn)", expiresIn: "8")
            connection.send(reply)
        }
        let refusals = Watch(0)
        let hq = try WireHQ(feed: { request, connection in
            if request.header("Authorization") == nil { refusals.update { $0 += 1 } }
            connection.send(.page([], next: "c1", ""))
        })
        let station = TestStation()
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.oauth = oauth
            $0.timing.idlePoll = .milliseconds(10)
            $0.longPollSeconds = 0
        } _: { _ in
            try await hq.server.requests.until("a renewed token") { requests in
                requests.contains { $0.header("Authorization") == "Bearer token-2" }
            }
        }
        #expect(refusals.value == 0)
        #expect(station.seen.value.statusHistory.allSatisfy { $0.feed.trouble == nil })
    }

    @Test func aRefusedTokenIsReplacedOnceAndThenThePersonIsAsked() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        let endpoint = try TokenEndpoint { turn, _, connection in
            connection.send(TokenEndpoint.token("token-\(turn)"))
        }
        let isRevoked = Watch(true)
        let hq = try WireHQ(events: { request, connection in
            let isGood = request.header("Authorization") != "Bearer token-0" && !isRevoked.value
            connection.send(.empty(isGood ? 200 : 401))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.oauth = oauth
            $0.timing.tokenGap = .seconds(3_600)
        } _: { _ in
            let seen = try await station.seen.until("paused") { $0.status.events.isPaused }
            #expect(seen.status.events.trouble == .unauthorized(status: 401))
            // It goes on being tried, and no third token is asked for.
            try await hq.requests(.events, hq.requests(.events).count + 3)
            isRevoked.update { $0 = false }
        }
        #expect(endpoint.forms.count <= 2)
    }

    @Test func aTokenThatHQNoLongerTakesIsReplacedWithoutAnybodyNoticing() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        let endpoint = try TokenEndpoint { turn, _, connection in
            connection.send(TokenEndpoint.token("token-\(turn)"))
        }
        let hq = try WireHQ(events: { request, connection in
            connection.send(.empty(request.header("Authorization") == "Bearer token-0" ? 401 : 200))
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"), ("O-1", "e-2"))
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.oauth = oauth
        } _: { _ in
            try await station.seen.until("delivered") { $0.delivered == ["e-1", "e-2"] }
        }
        #expect(endpoint.forms.count == 2)
        #expect(station.seen.value.statusHistory.allSatisfy { $0.events.trouble == nil })
    }

    @Test(
        arguments: [
            (WireReply.empty(503), false, "503"), (.empty(429), false, "429"), (.html(200), true, "no token"),
            (.json(200, "{\"access_token\":5}"), true, "no token"), (.json(200, "{"), true, "no token"),
            (.json(200, "{\"access_token\":\"two words\"}"), true, "no token"), (.html(403), true, "403"),
            (.empty(302, ("Location", "http://x.example/")), true, "redirects"),
            (
                .json(
                    401,
                    """
                    {"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret 9f3c"}
                    """
                ), true, "invalid_client, AADSTS7000215: check"
            ),
            (.json(400, "{\"error\":\"invalid_scope\\u001b9f3c\"}"), true, "invalid_scope"),
        ]
    )
    func withoutATokenNothingIsSentAndWordsSayWhy(bad: WireReply, needsPerson: Bool, words: String)
        async throws
    {
        let folder = try TemporaryFolder()
        try folder.write("secret-9f3c", to: "secret")
        let isBad = Watch(true)
        let endpoint = try TokenEndpoint { _, _, connection in
            connection.send(isBad.value ? bad : TokenEndpoint.token("token-1"))
        }
        let hq = try WireHQ()
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        let logs = LogCapture()
        try await withLink(to: hq.baseURL, station: station, logs: logs) {
            $0.oauth = oauth
        } _: { _ in
            let seen = try await station.seen.until("trouble everywhere") { seen in
                HQLinkStatus.Operation.allCases.allSatisfy { seen.status[$0].trouble != nil }
            }
            for operation in HQLinkStatus.Operation.allCases {
                #expect(seen.status[operation].isPaused == needsPerson)
                let text = seen.status[operation].trouble?.description ?? ""
                #expect(text.contains(words), "\(text)")
            }
            #expect(hq.server.requests.value.isEmpty)
            isBad.update { $0 = false }
            try await station.seen.until("delivered") { $0.delivered == ["e-1"] && $0.status.feed.isOK }
        }
        #expect(logs.text.contains(words) && !logs.text.contains("9f3c") && !logs.text.contains("\u{1B}"))
    }

    @Test func anEndpointThatIsSlowOrAwayIsNotHammeredAndMendsItself() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        let endpoint = try TokenEndpoint { turn, _, connection in
            switch turn {
            case 0: connection.hold()
            case 1: connection.reset()
            default: connection.send(TokenEndpoint.token("token-1"))
            }
        }
        let hq = try WireHQ()
        let station = TestStation()
        await station.post((0..<8).map { ("O-\($0)", "e-\($0)") })
        let oauth = try settings(endpoint, secret: folder.path("secret"))
        try await withLink(to: hq.baseURL, station: station) {
            $0.oauth = oauth
            $0.timing.request = .milliseconds(700)
            $0.timing.poll = HQLinkTiming.Backoff(first: .milliseconds(200), longest: .milliseconds(400))
        } _: { _ in
            try await station.seen.until("all delivered") { $0.delivered.count == 8 && $0.status.feed.isOK }
        }
        // Six askers at a time, and three questions in all.
        #expect(endpoint.forms.count == 3)
        #expect(station.seen.value.statusHistory.allSatisfy { !$0.feed.isPaused })
    }

    @Test func aTokenEndpointThatIsNotTrustedIsNotToldTheSecret() async throws {
        let folder = try TemporaryFolder()
        try folder.write("secret", to: "secret")
        let ca = try TestAuthority("Entra double")
        try folder.write(try ca.issue("127.0.0.1"), as: "host")
        try folder.write(try ca.pem, to: "ca.pem")
        let endpoint = try TokenEndpoint { _, _, connection in connection.send(TokenEndpoint.token("token-1"))
        }
        let front = try await TLSFront(
            certificate: folder.path("host.pem"),
            key: folder.path("host.key"),
            to: endpoint.server.port
        )
        let hq = try WireHQ()
        let oauth = try OAuthSettings(
            tokenURL: "https://127.0.0.1:\(front.port)/tenant/token",
            clientID: "client-1",
            proof: .secretFile(folder.path("secret"))
        )
        let file = folder.path("ca.pem")
        let station = TestStation()
        // HQ's own CA says nothing about the token endpoint.
        try await withLink(to: hq.baseURL, station: station) {
            $0.oauth = oauth
            $0.tls.caFile = file
        } _: { _ in
            let seen = try await station.seen.until("paused") { $0.status.feed.isPaused }
            let text = seen.status.feed.trouble?.description ?? ""
            #expect(text.contains("the token endpoint's certificate was issued by Entra double"), "\(text)")
        }
        #expect(endpoint.forms.isEmpty && hq.server.requests.value.isEmpty)
        // The store's does.
        let trusting = TestStation()
        try await withLink(to: hq.baseURL, station: trusting) {
            $0.oauth = oauth
            $0.tls.storeCAFile = file
        } _: { _ in
            try await trusting.seen.until("works") { $0.status.feed.isOK }
        }
        try await front.stop()
    }

    @Test(arguments: OAuthSettings.Algorithm.allCases)
    func aCertificatesAssertionIsWhatEntraAsksFor(algorithm: OAuthSettings.Algorithm) async throws {
        let folder = try TemporaryFolder()
        let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let certificate = try TestAuthority().issue("station")
        // The assertion carries the certificate's thumbprint and is signed by its key; the double knows both.
        try folder.write(key.pemRepresentation, to: "key.pem")
        try folder.write(try certificate.pem, to: "certificate.pem")
        let endpoint = try TokenEndpoint { _, _, connection in connection.send(TokenEndpoint.token("token-1"))
        }
        let hq = try WireHQ()
        let oauth = try OAuthSettings(
            tokenURL: endpoint.url,
            clientID: "client-1",
            proof: .certificate(
                file: folder.path("certificate.pem"),
                keyFile: folder.path("key.pem"),
                algorithm: algorithm
            ),
            target: .scope("s")
        )
        try await withLink(to: hq.baseURL, station: TestStation()) {
            $0.oauth = oauth
        } _: { _ in
            try await hq.requests(.state, 1)
        }
        let form = try #require(endpoint.forms.first)
        #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        #expect(form["client_secret"] == nil)
        let parts = try #require(form["client_assertion"]).split(separator: ".").map(String.init)
        #expect(parts.count == 3)
        func object(_ part: String) throws -> [String: Any] {
            let bytes = try #require(Base64URL.decode(part))
            return try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
        let header = try object(parts[0])
        let claims = try object(parts[1])
        let der = try #require(
            Data(base64Encoded: certificate.pem.split(separator: "\n").dropFirst().dropLast().joined())
        )
        #expect(header["alg"] as? String == algorithm.rawValue && header["typ"] as? String == "JWT")
        #expect(header["x5t#S256"] as? String == Base64URL.encode(Array(SHA256.hash(data: der))))
        #expect(claims["aud"] as? String == endpoint.url)
        #expect(claims["iss"] as? String == "client-1" && claims["sub"] as? String == "client-1")
        #expect(UUID(uuidString: claims["jti"] as? String ?? "") != nil)
        let from = try #require(claims["nbf"] as? Int)
        #expect(
            (claims["exp"] as? Int) == from + 300 && abs(Double(from) - Date.now.timeIntervalSince1970) < 60
        )
        let signature = _RSA.Signing.RSASignature(
            rawRepresentation: Data(try #require(Base64URL.decode(parts[2])))
        )
        #expect(
            key.publicKey.isValidSignature(
                signature,
                for: SHA256.hash(data: Data("\(parts[0]).\(parts[1])".utf8)),
                padding: algorithm == .ps256 ? .PSS : .insecurePKCS1v1_5
            )
        )
    }
}
