import HQLink
import Testing

/// Which URLs are accepted, and that they reach HQ as they were written.
@Suite(.timeLimit(.minutes(1))) struct URLTests {
    @Test(
        arguments: [
            "https://hq.example", "HTTPS://hq.example/v1/", "https://hq.example:8443/a?sig=x",
            "http://127.0.0.1:80",
            "http://127.9.8.7/x", "http://localhost:1/x", "http://LOCALHOST/", "http://[::1]:8080/x",
            "https://[2001:db8::1]/", "https://xn--bcher-kva.example/",
        ]
    )
    func acceptsHTTPSAndLoopback(url: String) throws {
        #expect(throws: Never.self) { try HQLinkConfiguration(station: "s", baseURL: url) }
    }

    @Test(
        arguments: [
            ("http://hq.example/", "http"), ("http://10.0.0.1/", "http"),
            ("http://127.0.0.1.hq.example/", "http"),
            ("http://localhost.hq.example/", "http"), ("http://127.0.0.1@hq.example/", "user"),
            ("http://[::1].hq.example/", "URL"), ("http://0.0.0.0/", "http"), ("http://[::]/", "http"),
            ("http://2130706433/", "http"), ("http://127.1/", "http"), ("ftp://127.0.0.1/", "scheme"),
            ("https://a:b@hq.example/", "user"), ("https://hq.example/#x", "fragment"), ("https://", "URL"),
            ("https:///x", "URL"), ("hq.example", "URL"), ("", "URL"), ("https://hq.example:0/", "URL"),
            ("https://hq.example:99999/", "URL"), ("https://hq.example:+80/", "URL"),
            ("https://hq.example/ä", "URL"),
            ("https://hq.example/a b", "URL"), ("https://hq.example/\n", "URL"),
            // These would be changed on the way: what cannot be sent as written is refused.
            ("https://hq.example/x?a=|", "URL"), ("https://hq.example/x?a=%zz", "URL"),
            ("https://hq.example/x?a=\"b\"", "URL"), ("https://hq.example/x?a={b}", "URL"),
            ("https://hq.example/a\\b", "URL"), ("https://hq.example/%", "URL"),
            ("https://hq ä/", "URL"), ("https://h|q/", "URL"), ("https://ex%61mple/", "URL"),
        ]
    )
    func refusesWhatCouldLeakOrNeverWork(url: String, because: String) {
        #expect {
            try HQLinkConfiguration(station: "s", baseURL: url)
        } throws: { error in
            "\(error)".contains(because) && "\(error)".hasPrefix("baseURL") && !"\(error)".contains("a=")
        }
    }

    @Test(arguments: ["", "a/b", "a b", "..", ".", "ä", String(repeating: "a", count: 65), "a?b"])
    func refusesAStationThatIsNoID(station: String) {
        #expect(throws: HQLinkConfigurationError.badStation(station)) {
            try HQLinkConfiguration(station: station, baseURL: "https://hq.example")
        }
    }

    @Test func everyOperationNeedsAURL() {
        #expect(throws: HQLinkConfigurationError.missingURL(setting: "stateURL")) {
            try HQLinkConfiguration(
                station: "s",
                ordersURL: "https://a.example",
                eventsURL: "https://a.example"
            )
        }
    }

    @Test func aQueryGoesToHQByteForByte() async throws {
        // Every character that a query may hold (RFC 3986), and escapes in both cases.
        let query =
            "api-version=2016-10-01&sp=%2Ftriggers%2fmanual%2Frun&sig=AZaz09-._~!$'()*+,;=:@/?%20%C3%a4&&x=&y"
        let hq = try WireHQ(feed: { request, connection in
            connection.send(
                .page(next: "c1", request.target.contains("cursor") ? ",\"pollAfterSeconds\":3600" : "")
            )
        })
        let station = TestStation()
        await station.post(("O-1", "e-1"))
        let logs = LogCapture()
        var configuration = try HQLinkConfiguration(
            station: "store-7",
            ordersURL: "\(hq.baseURL)/w%2Fx/orders?\(query)",
            eventsURL: "\(hq.baseURL)/w//x;y/events?\(query)",
            stateURL: "\(hq.baseURL)/paths/invoke/state?\(query)"
        )
        configuration.timing.idlePoll = .milliseconds(10)
        configuration.timing.spread = .zero
        let link = HQLink(configuration: configuration, station: station, logger: logs.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await link.run() }
            try await hq.requests(.feed, 2)
            try await hq.requests(.events, 1)
            try await hq.requests(.state, 1)
            group.cancelAll()
        }
        #expect(hq.requests(.feed)[0].target == "/w%2Fx/orders?\(query)&limit=2000")
        #expect(hq.requests(.feed)[1].target == "/w%2Fx/orders?\(query)&cursor=c1&limit=2000&wait=30")
        #expect(hq.requests(.events)[0].target == "/w//x;y/events?\(query)")
        #expect(hq.requests(.state)[0].target == "/paths/invoke/state?\(query)")
        #expect(!logs.text.contains("sig="))
    }

    @Test func aBaseURLKeepsItsPathAndQuery() async throws {
        let hq = try WireHQ()
        let station = TestStation()
        try await withLink(to: "\(hq.baseURL)/api/v1/?code=a%2Bb", station: station) { _ in
            try await hq.requests(.state, 1)
            try await hq.requests(.feed, 1)
        }
        #expect(hq.requests(.state)[0].target == "/api/v1/stations/store-7/state?code=a%2Bb")
        #expect(hq.requests(.feed)[0].target == "/api/v1/stations/store-7/orders?code=a%2Bb&limit=2000")
    }
}
