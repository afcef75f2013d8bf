import StationAPI
import StrictYAML
import Testing

@testable import HQBridge

@Suite struct IntegrationReadingTests {
    private static let whole = """
        dynamics:
          - station: store-7
            serviceRoot: https://retail.example/Commerce
            operatingUnit: "052"
            storeId: HOUSTON
            deliveryModes: { locker: [LOCKER, LOCKER24], curbside: [CURB] }
            application:
              tokenURL: https://login.microsoftonline.com/contoso/oauth2/v2.0/token
              clientId: bridge
              secretFile: /run/credentials/d365
              resource: api://retail
            packsOnLoad: true
          - station: store-8
            serviceRoot: https://retail.example/Commerce
            operatingUnit: "053"
            warehouseId: AUSTIN
            deliveryModes: { locker: [LOCKER] }
            worker: { workerTokenFile: /run/w, deviceTokenFile: /run/d }
        dynamicsPollSeconds: 60
        shops:
          - name: web
            shopify:
              endpoint: https://shop.example/admin/api/2026-01/graphql.json
              tokenFile: /run/t
              webhookSecretFile: /run/s
            locations: [{ shop: "gid://shopify/Location/1", station: store-7 }]
            voice: messages
            messages: { url: https://messages.example/pickup, keyFile: /run/k }
            reminderHours: [12, 24]
        webhooks: { port: 8091 }
        """

    private func read(_ yaml: String) throws -> BridgeIntegrations {
        var root = try StrictMapping(yaml: yaml, name: "the configuration", file: "bridge.yaml")
        let integrations = try IntegrationReader(file: "bridge.yaml").read(&root)
        try root.finish()
        return integrations
    }

    @Test func readsStoresShopsAndWebhooks() throws {
        let integrations = try read(Self.whole)
        let first = try #require(integrations.dynamics.first)
        #expect(first.deliveryModes == ["LOCKER": .locker, "LOCKER24": .locker, "CURB": .curbside])
        #expect(first.packsOnLoad && first.station == "store-7")
        guard case .extensionActions(let signIn) = first.variant else {
            Issue.record("the variant is another one")
            return
        }
        #expect(signIn.resource == "api://retail" && signIn.scheme == "id_token")
        guard case .posWorker(let worker) = try #require(integrations.dynamics.last).variant else {
            Issue.record("the variant is another one")
            return
        }
        #expect(worker.deviceTokenFile == "/run/d")
        let shop = try #require(integrations.shops.first)
        #expect(shop.reminderHours == [12, 24] && shop.locations == ["gid://shopify/Location/1": "store-7"])
        #expect(shop.voice == .messages(url: "https://messages.example/pickup", keyFile: "/run/k"))
        #expect(integrations.webhooks == BridgeIntegrations.Webhooks(port: 8091))
        #expect(integrations.dynamicsPollSeconds == 60)
    }

    @Test func aFileWithoutThemConnectsNothing() throws {
        #expect(try read("{}").isEmpty)
    }

    @Test(
        arguments: [
            ("storeId: HOUSTON\n", "storeId: HOUSTON\n    warehouseId: W\n", "storeId or warehouseId"),
            ("https://retail.example", "http://retail.example", "not encrypted"),
            ("station: store-8", "station: store-7", "two entries"),
            ("station: store-8", "station: \"store 8\"", "no station's id"),
            ("curbside: [CURB]", "curbside: [LOCKER]", "mapped twice"),
            ("worker: { workerTokenFile: /run/w, deviceTokenFile: /run/d }", "pageSize: 5", "application"),
            ("packsOnLoad: true", "packOnLoad: true", "packOnLoad"),
            (
                "    messages: { url: https://messages.example/pickup, keyFile: /run/k }\n", "",
                "belong together"
            ),
            ("voice: messages", "voice: pigeon", "voice"),
            ("reminderHours: [12, 24]", "reminderHours: [24, 12]", "ascending"),
            ("name: web", "name: my.shop", "shop's name"),
        ]
    )
    func whatIsWrongIsNamedWithItsLine(found: String, replacement: String, word: String) throws {
        let text = Self.whole.replacing(found, with: replacement)
        #expect(text != Self.whole)
        #expect {
            try read(text)
        } throws: { error in
            "\(error)".contains(word) && "\(error)".contains("bridge.yaml:")
        }
    }
}
