import Foundation
import Logging
import StationCore
import Testing

@testable import KioskServer

@Suite(.serialized) struct RequestTests {
    @Test(arguments: [
        "evil.example", "127.0.0.1", "127.0.0.1:1", "192.168.0.7:PORT", "localhost.evil.example:PORT",
    ])
    func aForeignHostIsNotAnswered(host: String) async throws {
        try await withServer { _, port in
            let named = host.replacingOccurrences(of: "PORT", with: "\(port)")
            for path in ["/", "/events", "/wall.json"] {
                let reply = try await request(port, "GET", path, host: named)
                #expect(reply.status == 421)
                #expect(reply.problem == "foreign-host")
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
    func everyLoopbackNameIsAnswered(name: String) async throws {
        try await withServer { _, port in
            let reply = try await request(port, "GET", "/", host: "\(name):\(port)")
            #expect(reply.status == 200)
        }
    }

    @Test(arguments: [
        "http://evil.example", "null", "http://127.0.0.1", "https://127.0.0.1:PORT", "http://localhost:PORT",
    ])
    func aForeignOriginIsNotAnswered(origin: String) async throws {
        let station = FakeStation()
        try await withServer(station: station) { _, port in
            let named = origin.replacingOccurrences(of: "PORT", with: "\(port)")
            let reply = try await postInput(port, #"{"code":"12345678"}"#, headers: ["Origin": named])
            #expect(reply.status == 403)
            #expect(reply.problem == "foreign-origin")
        }
        #expect(station.inputs.isEmpty)
    }

    @Test func anotherSitesPageMayNeitherListenNorType() async throws {
        let station = FakeStation()
        try await withServer(station: station) { _, port in
            for site in ["cross-site", "same-site"] {
                let headers = ["Sec-Fetch-Site": site]
                #expect(
                    try await request(port, "GET", "/events", headers: headers).problem == "foreign-origin"
                )
                let typed = try await postInput(port, #"{"code":"12345678"}"#, headers: headers)
                #expect(typed.problem == "foreign-origin")
            }
        }
        #expect(station.inputs.isEmpty)
    }

    @Test func thePagesOwnInputsReachTheStation() async throws {
        let station = FakeStation()
        try await withServer(station: station) { _, port in
            let own = ["Origin": "http://127.0.0.1:\(port)", "Sec-Fetch-Site": "same-origin"]
            for body in [
                #"{"code":"12345678"}"#, #"{"pin":"0042"}"#, #"{"button":{"retry":{}}}"#,
                #"{"button":{"recall":{"_0":"B-07"}}}"#,
                #"{"button":{"clear":{"_0":"B-07","reason":"contentsMissing"}}}"#,
            ] {
                let reply = try await postInput(port, body, headers: own)
                #expect(reply.status == 204)
                #expect(reply.body.isEmpty)
            }
        }
        #expect(
            station.inputs == [
                .code("12345678"), .pin("0042"), .button(.retry), .button(.recall("B-07")),
                .button(.clear("B-07", reason: .contentsMissing)),
            ]
        )
    }

    @Test(arguments: [
        "", "{", "[]", "null", "7", "{}", #"{"code":12345678}"#, #"{"code":""}"#, #"{"code":"1234567x"}"#,
        #"{"code":"１２３４"}"#, #"{"code":"1","pin":"2"}"#, #"{"code":"1","more":1}"#, #"{"scan":"1"}"#,
        #"{"pin":"12345678901234567"}"#, #"{"button":"retry"}"#, #"{"button":{"explode":{}}}"#,
        #"{"button":{"clear":{"_0":"B-07","reason":"bored"}}}"#, "\u{0}\u{1}\u{2}",
    ])
    func whatIsNoInputIsRefused(body: String) async throws {
        let station = FakeStation()
        try await withServer(station: station) { _, port in
            let reply = try await postInput(port, body)
            #expect(reply.status == 400)
            #expect(reply.problem == "bad-input")
        }
        #expect(station.inputs.isEmpty)
    }

    @Test func anOversizeInputIsRefused() async throws {
        let station = FakeStation()
        try await withServer(station: station) { _, port in
            let long = #"{"code":"12345678"}"# + String(repeating: " ", count: 1100)
            #expect(try await postInput(port, long).problem == "too-large")

            // Without a declared length, the bytes are counted; the server does not wait for the end.
            let client = try RawClient(port: port)
            try client.send(
                "POST /input HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n800\r\n" + String(repeating: " ", count: 0x800)
                    + "\r\n"
            )
            let reply = try Reply(try await client.receiveToEnd())
            #expect(reply.status == 413)
            #expect(reply.problem == "too-large")

            let exact = #"{"code":"12345678"}"#
            let fits = exact + String(repeating: " ", count: 1024 - exact.utf8.count)
            #expect(try await postInput(port, fits).status == 204)
        }
        #expect(station.inputs == [.code("12345678")])
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
    func anInputThatIsNotJSONIsRefused(type: String) async throws {
        try await withServer { _, port in
            let reply = try await postInput(port, #"{"code":"12345678"}"#, headers: ["Content-Type": type])
            #expect(reply.status == 415)
            #expect(reply.problem == "not-json")
            let own = ["Content-Type": "Application/JSON ; charset=utf-8"]
            #expect(try await postInput(port, #"{"code":"12345678"}"#, headers: own).status == 204)
        }
    }

    @Test func aWrongMethodIsRefusedAndTheRightOnesAreNamed() async throws {
        try await withServer { _, port in
            for (method, path, allowed) in [
                ("POST", "/", "GET, HEAD"), ("DELETE", "/wall.json", "GET, HEAD"), ("PUT", "/events", "GET"),
                ("GET", "/input", "POST"), ("OPTIONS", "/input", "POST"), ("PATCH", "/input", "POST"),
            ] {
                let reply = try await request(port, method, path)
                #expect(reply.status == 405)
                #expect(reply.problem == "method-not-allowed")
                #expect(reply.headers["allow"] == allowed)
            }
        }
    }

    @Test(arguments: [
        "/nothing", "/assets/", "/assets/../index.html", "/%2e%2e/etc/passwd", "/strings/xx.json", "//",
    ])
    func anUnknownPathIsNotFound(path: String) async throws {
        try await withServer { _, port in
            let reply = try await request(port, "GET", path)
            #expect(reply.status == 404)
            #expect(reply.problem == "not-found")
        }
    }

    @Test func whatIsNotHTTPDoesNotDisturbTheServer() async throws {
        try await withServer { _, port in
            let client = try RawClient(port: port)
            try client.send("\u{0}\u{1}hello\r\n\r\n")
            _ = try? await client.receiveToEnd()
            #expect(try await request(port, "GET", "/").status == 200)
        }
    }

    @Test func everyReplyIsGuarded() async throws {
        try await withServer { _, port in
            for path in ["/", "/assets/kiosk.js", "/nothing"] {
                let headers = try await request(port, "GET", path).headers
                let policy = headers["content-security-policy"] ?? ""
                #expect(policy.hasPrefix("default-src 'self'; "))
                #expect(policy.hasSuffix("frame-ancestors 'none'"))
                #expect(!policy.contains("unsafe"))
                #expect(headers["x-content-type-options"] == "nosniff")
                #expect(headers["x-frame-options"] == "DENY")
                #expect(headers["set-cookie"] == nil)
                #expect(headers.keys.allSatisfy { !$0.hasPrefix("access-control-") })
            }
        }
    }

    @Test func onlyAPreviewMayBeFramedAndOnlyByItsOrigins() async throws {
        let origins = ["http://127.0.0.1:8080", "http://localhost:8080"]
        try await withServer(.test(preview: true, origins: origins)) { _, port in
            let headers = try await request(port, "GET", "/").headers
            #expect(
                headers["content-security-policy"]?.hasSuffix(
                    "frame-ancestors \(origins.joined(separator: " "))"
                ) == true
            )
            #expect(headers["x-frame-options"] == nil)
        }
        try await withServer(.test(preview: false, origins: origins)) { _, port in
            let headers = try await request(port, "GET", "/").headers
            #expect(headers["content-security-policy"]?.hasSuffix("frame-ancestors 'none'") == true)
        }
    }

    @Test func codesAndPINsAppearInNoLogAndNoReply() async throws {
        let lines = RecordingLog.Lines()
        var logger = Logger(label: "test") { _ in RecordingLog(lines: lines) }
        logger.logLevel = .trace
        let secret = "9081726354"
        try await withServer(logger: logger) { _, port in
            for body in [
                #"{"code":"\#(secret)"}"#, #"{"pin":"\#(secret)"}"#, #"{"code":\#(secret)}"#,
                #"{"code":"\#(secret)x"}"#, #"{"button":"\#(secret)"}"#, secret,
            ] {
                let reply = try await postInput(port, body)
                #expect(!reply.body.contains(secret))
            }
            _ = try await request(port, "POST", "/input?code=\(secret)", body: secret)
        }
        #expect(!lines.all.isEmpty)
        #expect(lines.all.allSatisfy { !$0.contains(secret) })
        for input in [KioskInput.code(secret), .pin(secret)] {
            #expect(!"\(input) \(String(reflecting: input))".contains(secret))
        }
    }
}
