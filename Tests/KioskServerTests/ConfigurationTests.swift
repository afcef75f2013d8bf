import Testing

@testable import KioskServer

@Suite struct ConfigurationTests {
    private static func error(of configuration: KioskConfiguration) -> KioskConfigurationError? {
        do {
            _ = try KioskServer(configuration: configuration, station: FakeStation(), logger: .silent)
            return nil
        } catch {
            return error as? KioskConfigurationError
        }
    }

    @Test(arguments: [
        "0.0.0.0", "192.168.1.2", "::", "example.com", "", "127.0.0.1.evil.example", "127.0.1", "127.0.0.256",
    ])
    func onlyLoopbackIsBound(host: String) {
        #expect(Self.error(of: .test(host: host)) == .notLoopback(host: host))
    }

    @Test(arguments: ["127.0.0.1", "127.8.8.8", "localhost", "::1"])
    func everyLoopbackAddressMayBeBound(host: String) {
        #expect(Self.error(of: .test(host: host)) == nil)
    }

    @Test(arguments: [
        "*", "'self'", "http://a b", "http://a;script-src *", "http://", "ftp://a", "http://a/b",
        "http://a,b",
    ])
    func whatIsNoOriginIsRefused(origin: String) {
        #expect(Self.error(of: .test(preview: true, origins: [origin])) == .badFrameOrigin(origin))
    }

    @Test func portAndLanguageAreChecked() {
        var configuration = KioskConfiguration.test()
        configuration.port = 65_536
        #expect(Self.error(of: configuration) == .portOutOfRange(65_536))
        configuration = .test()
        configuration.defaultLanguage = "tlh"
        #expect(Self.error(of: configuration) == .unknownLanguage("tlh", known: KioskServer.languages))
        #expect(
            "\(KioskConfigurationError.unknownLanguage("tlh", known: ["en", "de"]))".contains(
                "use one of en, de"
            )
        )
    }
}
