import Foundation
import HQLink
import StationRuntime
import Testing

/// `hq:` in the configuration: what it takes, and what it says of mistakes.
@Suite struct HQConfigurationTests {
    private static let wall = """
        station: { id: S-1, name: Store, phone: "1", keyFile: /k, stateFolder: /s }
        buses:
          - { name: wall, tcp: { host: 127.0.0.1, port: 1502 } }
        boards:
          - { name: A, bus: wall, profile: generic-coil-16ch-watchdog, unit: 1 }
        compartments:
          - { id: A-01, size: S, board: A, channel: 1 }

        """
    private static let pin = "sha256/47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    private func load(_ hq: String, credentials: URL? = nil) throws(ConfigurationError)
        -> StationConfiguration
    {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).yaml")
        try? (Self.wall + hq).write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var environment: [String: String] = [:]
        if let credentials { environment["CREDENTIALS_DIRECTORY"] = credentials.path }
        return try StationConfiguration.load(
            path: file.path,
            surroundings: StationConfiguration.Surroundings(
                environment: environment,
                profileFolder: root.appendingPathComponent("hardware/boards").path
            )
        )
    }

    @Test func everythingThatHQCanNeedCanBeSaid() throws {
        let configuration = try load(
            """
            hq:
              baseURL: https://hq.example/pickup
              caFile: /etc/pickupd/hq-ca.pem
              signingKeyFile: /k/event
              oauth:
                tenant: contoso.example
                clientId: c-1
                certificateFile: /k/app.pem
                keyFile: /k/app.key
                algorithm: RS256
                resource: https://rs.example
                scheme: id_token
              tls:
                storeCAFile: /etc/pickupd/store-ca.pem
                certificateFile: /k/client.pem
                keyFile: /k/client.key
                pins: ["\(Self.pin)"]
              proxy: { host: proxy.store, port: 3128, credentialsFile: /k/proxy }
              feedMethod: post
              eventType: json
              requestSeconds: 120
              longPollSeconds: 0
              stateSeconds: 30
              pageLimit: 100
            """
        )
        let hq = try #require(configuration.hq)
        #expect(
            hq.oauth?.tokenURL.description == "https://login.microsoftonline.com/contoso.example/oauth2/token"
        )
        #expect(hq.oauth?.scheme == "id_token" && hq.bearerTokenFile == nil)
        #expect(hq.tls.pins.map(\.description) == [Self.pin])
        #expect(hq.tls.clientCertificate?.keyFile == "/k/client.key" && hq.tls.storeCAFile != nil)
        #expect(hq.proxy?.port == 3128 && hq.signingKeyFile == "/k/event")
        #expect(hq.feedMethod == .post && hq.mediaType == .json && hq.timing.request == .seconds(120))
        // Stations of a fleet do not begin together; a station whose HQ is this machine has nobody to wait for.
        #expect(hq.timing.spread > .zero)
        #expect(try load("hq: { baseURL: \"http://127.0.0.1:1\" }").hq?.timing.spread == .zero)
    }

    @Test func whatSystemdHandsOverNeedsNoLine() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("credentials-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func put(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.appendingPathComponent(name))
        }
        let names = [
            "hq-token", "hq-event-key", "hq-client-cert", "hq-client-key", "hq-oauth-secret", "hq-proxy",
        ]
        // Optional ones are there and blank.
        for name in names { try put(name, "\n") }
        let hq = "hq: { baseURL: \"https://hq.example\" }"
        var read = try #require(try load(hq, credentials: folder).hq)
        #expect(
            read.bearerTokenFile?.hasSuffix("/hq-token") == true,
            "a token is missing, and that is what is said"
        )
        #expect(read.signingKeyFile == nil && read.tls.clientCertificate == nil)
        for name in names { try put(name, "x") }
        read = try #require(try load(hq, credentials: folder).hq)
        #expect(read.signingKeyFile?.hasSuffix("/hq-event-key") == true)
        #expect(read.tls.clientCertificate?.keyFile.hasSuffix("/hq-client-key") == true)
        let oauth = "hq: { baseURL: \"https://hq.example\", oauth: { tenant: t, clientId: c } }"
        let client = try #require(try load(oauth, credentials: folder).hq)
        #expect(client.oauth != nil && client.bearerTokenFile == nil)
        // A client certificate is enough: the blank token is not missed.
        try put("hq-token", "\n")
        #expect(try load(hq, credentials: folder).hq?.bearerTokenFile == nil)
        // So is a URL with its own signature.
        for name in names { try put(name, "\n") }
        let signed = "hq: { baseURL: \"https://hq.example/?sig=x\" }"
        #expect(try load(signed, credentials: folder).hq?.bearerTokenFile == nil)
    }

    @Test(
        arguments: [
            ("  oauht: { tenant: t }", "did you mean `oauth`"),
            ("  oauth: { clientId: c, secretFile: /s }", "tenant or tokenURL"),
            (
                "  oauth: { clientId: c, tenant: t, tokenURL: \"https://x.example\", secretFile: /s }",
                "tenant or tokenURL"
            ),
            ("  oauth: { clientId: c, tenant: t }", "no secret"),
            ("  oauth: { tenant: t, secretFile: /s }", "clientId"),
            ("  oauth: { clientId: c, tenant: t, certificateFile: /c }", "belong together"),
            ("  oauth: { clientId: c, tenant: t, secretFile: /s, algorithm: PS256 }", "belong together"),
            (
                "  oauth: { clientId: c, tenant: t, certificateFile: /c, keyFile: /k, algorithm: HS256 }",
                "`PS256`, `RS256`"
            ),
            ("  oauth: { clientId: c, tenant: t, secretFile: /s, scope: a, resource: b }", "keep one"),
            ("  oauth: { clientId: c, tenant: t, secretFile: /s, scheme: \"a b\" }", "single word"),
            ("  oauth: { clientId: c, tokenURL: \"http://login.example\", secretFile: /s }", "not encrypted"),
            ("  oauth: { clientId: c, tenant: t, secretFile: /s }\n  tokenFile: /t", "keep one of the two"),
            ("  tls: { certificateFile: /c }", "belong together"),
            ("  tls: { pins: [\"sha256/abc\"] }", "no pin"),
            ("  tls: { pin: x }", "did you mean `pins`"),
            ("  proxy: { host: \"http://p.store\", port: 1 }", "is a URL"),
            ("  proxy: { host: p.store }", "port"), ("  proxy: { host: p.store, port: 70000 }", "65535"),
            ("  feedMethod: put", "`get`, `post`"), ("  requestSeconds: 1", "5 to 300"),
        ]
    )
    func aMistakeIsSaidWithItsLineAndItsRemedy(lines: String, words: String) throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load("hq:\n  baseURL: https://hq.example\n\(lines)\n")
        }
        let complaint = try #require(error?.lines.first)
        #expect(complaint.contains(words), "\(complaint)")
        #expect(complaint.contains(".yaml:"), "\(complaint)")
    }

    @Test func whatDoesNotGoTogetherIsRefused() throws {
        for (hq, words) in [
            ("hq: { baseURL: \"https://h.example/?sig=a\", tokenFile: /t }", "refuses a request with both"),
            ("hq: { baseURL: \"http://127.0.0.1:1\", proxy: { host: p, port: 1 } }", "only https"),
            ("hq: { baseURL: \"http://127.0.0.1:1\", tls: { pins: [\"\(Self.pin)\"] } }", "use https"),
        ] {
            let error = #expect(throws: ConfigurationError.self) { try load(hq) }
            #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
            #expect(error?.description.contains("sig=a") == false)
        }
    }
}
