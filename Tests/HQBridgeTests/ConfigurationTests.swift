import Foundation
import StationAPI
import Testing

@testable import HQBridge

@Suite struct BridgeConfigurationTests {
    private static func read(_ yaml: String, environment: [String: String] = [:]) throws
        -> BridgeConfiguration
    {
        var reader = try BridgeConfigurationReader(text: yaml, file: "bridge.yaml", environment: environment)
        return try reader.read()
    }

    @Test func theGuidesExampleIsRead() throws {
        let folder = NSTemporaryDirectory() + "/keys-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seed = Base64URL.encode([UInt8](repeating: 7, count: 32))
        for name in ["secrets_grant", "secrets_command", "secrets_erp"] {
            try seed.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
        try WebhookSigningKey.makeSecret().text
            .write(toFile: "\(folder)/secrets_erp-sign", atomically: true, encoding: .utf8)
        let guide = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/HQBridge/README.md")
        let text = try String(contentsOf: guide, encoding: .utf8)
        let yaml = try #require(
            text.components(separatedBy: "```yaml\n").last?.components(separatedBy: "```").first
        )
        let configuration = try Self.read(
            yaml,
            environment: ["STATE_DIRECTORY": "/var/lib/pickup-bridge", "CREDENTIALS_DIRECTORY": folder]
        )
        #expect(configuration.place == .sqlite(path: "/var/lib/pickup-bridge/bridge.sqlite"))
        #expect(
            configuration.server.basePath == "/station-api/v1"
                && configuration.server.certificateHeader == nil
        )
        #expect(configuration.keys.signer(for: .command)?.keyID == "c-2026")
        #expect(configuration.forwards.map(\.name) == ["erp"])
    }

    @Test(arguments: [
        ("database: { sqlite: /a, postgresql: host=b }", "bridge.yaml:1: `database` names two databases"),
        ("database: { sqlite: a }", "bridge.yaml:1: `sqlite` is a relative path"),
        ("database: { postgresql: 'host=a password=b' }", "contains a password"),
        (
            "database: { sqlite: /a }\nlisten: { prot: 80 }",
            "bridge.yaml:2: `listen` has no key `prot`; did you mean"
        ),
        ("database: { sqlite: /a }\nlisten: { port: 70000 }", "bridge.yaml:2: `port` is 70000"),
        ("database: { sqlite: /a }\nretention: { eventDays: 29 }", "must be 30 to 3650"),
        ("database: { sqlite: /a }\nevents: { acknowledge: maybe }", "`accepted`, `applied`"),
        ("database: { sqlite: /a }\nforward: [{ name: x, url: 'http://erp.example/' }]", "is not encrypted"),
        (
            "database: { sqlite: /a }\nkeys: [{ id: k, use: grant, file: /nowhere }]",
            "/nowhere cannot be read"
        ),
    ])
    func whatIsWrongIsNamedWithItsLine(_ yaml: String, _ words: String) throws {
        do {
            _ = try Self.read(yaml)
            Issue.record("it was taken: \(yaml)")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }
}
