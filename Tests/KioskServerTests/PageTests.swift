import Foundation
import StationCore
import Testing

@testable import KioskServer

/// The page's files, read beside the server's source: what is compiled in is compared with them.
enum Page {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Sources/KioskServer/Page").standardizedFileURL

    static func files() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    static func text(_ file: String) throws -> String {
        try String(contentsOf: folder.appending(path: file), encoding: .utf8)
    }

    static func scripts() throws -> [String] {
        try files().filter { $0.hasSuffix(".js") }.map(text)
    }
}

/// The first key of a value's JSON object: how an enum's case is named on the wire.
func wireName(_ value: some Encodable) throws -> String {
    let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(value))
    return try #require((json as? [String: Any])?.keys.first)
}

@Suite(.serialized) struct PageTests {
    @Test func everyFileIsServedAsItIs() async throws {
        try await withServer { _, port in
            for file in try Page.files() {
                let path =
                    switch file {
                    case "index.html": "/"
                    case let strings where strings.hasSuffix(".json"): "/strings/\(strings)"
                    default: "/assets/\(file)"
                    }
                let reply = try await request(port, "GET", path)
                #expect(reply.status == 200, "\(path)")
                #expect(reply.body == (try Page.text(file)), "\(path)")
                let head = try await request(port, "HEAD", path)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.headers["content-length"] == reply.headers["content-length"])
            }
        }
    }

    @Test func thePageLoadsOnlyWhatIsServed() async throws {
        try await withServer { _, port in
            let reference = /(?:src|href)="([^"]+)"|from '\.\/([^']+)'|fetch\('([^']+)'|src: '([^']+)'/
            for text in try [Page.text("index.html")] + Page.scripts() {
                for match in text.matches(of: reference) {
                    let module = match.output.2.map { "/assets/\($0)" }
                    let path = try #require(
                        module
                            ?? [match.output.1, match.output.3, match.output.4].compactMap { $0 }.first.map(
                                String.init
                            )
                    )
                    guard path != "/events", path != "/input" else { continue }
                    #expect(try await request(port, "GET", path).status == 200, "\(path)")
                }
            }
        }
    }

    @Test func nothingIsInlineAndNothingComesFromElsewhere() throws {
        for file in try Page.files() {
            let text = try Page.text(file).replacing("http://www.w3.org/2000/svg", with: "")
            #expect(!text.contains(/https?:\/\/|@import|url\([^#]/), "\(file)")
            for sink in [
                "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage",
                "cookie",
            ] {
                #expect(!text.contains(sink), "\(file): \(sink)")
            }
        }
        let html = try Page.text("index.html")
        #expect(!html.contains(/<style| style=| on[a-z]+=|<script(?![^>]* src=)/))
    }

    @Test func theWallAndTheStationAreServed() async throws {
        let configuration = KioskConfiguration.test()
        try await withServer(configuration) { _, port in
            let wall = try await request(port, "GET", "/wall.json")
            #expect(try JSONDecoder().decode(WallPlan.self, from: Data(wall.body.utf8)) == configuration.plan)
            let text = try await request(port, "GET", "/station.json").body
            let station = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
            )
            #expect(station["name"] as? String == "Riverside")
            #expect(station["phone"] as? String == "+44 20 7946 0812")
            #expect(station["defaultLanguage"] as? String == "en")
            #expect(station["languages"] as? [String] == KioskServer.languages)
        }
    }

    @Test func anotherPlanIsAnotherVersionOfThePage() throws {
        var configuration = KioskConfiguration.test()
        let version = try PageAssets(configuration: configuration).version
        #expect(try PageAssets(configuration: configuration).version == version)
        configuration.plan.banks[0].title = "Bank B"
        #expect(try PageAssets(configuration: configuration).version != version)
    }

    @Test func thePageKnowsEveryScreen() throws {
        let text = try Page.text("screens.js")
        let list = try #require(text.firstMatch(of: /export const SCREENS = \{([^}]*)\}/)).output.1
        let known = list.split(separator: ",").map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
            .filter { !$0.isEmpty }
        #expect(try known.sorted() == KioskScreen.every.map(wireName).sorted())
    }

    @Test func thePageSendsEveryButtonInItsWireForm() throws {
        let text = try Page.text("buttons.js")
        for button in KioskButton.every {
            let name = try wireName(button)
            let json =
                try JSONSerialization.jsonObject(with: JSONEncoder().encode(button))
                as? [String: [String: Any]]
            let values = try #require(json?[name]).keys.sorted()
            let sent = try #require(
                text.firstMatch(
                    of: try Regex("\n  \(name): \\([^)]*\\) => \\(\\{ \(name): \\{([^}]*)\\} \\}\\),")
                )
            )
            let fields = (sent.output[1].substring ?? "").split(separator: ",")
                .map { $0.split(separator: ":")[0].trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty }
            #expect(fields.sorted() == values, "\(name)")
            let used = try Page.scripts().contains { $0.contains("BUTTONS.\(name)(") }
            #expect(used, "no screen has the button \(name)")
        }
        let reasons = try #require(text.firstMatch(of: /CLEAR_REASONS = \[([^\]]*)\]/)).output.1
        for reason in ClearReason.allCases { #expect(reasons.contains("'\(reason.rawValue)'")) }
    }

    @Test func thePageDrawsEveryLookOfADoor() throws {
        let styles = try Page.text("screens.css")
        // A closed door is drawn plainly; the other looks have a style each.
        for look in [KioskDoor.Look.open, .lit, .outOfService, .unknown] {
            #expect(styles.contains(".wall .\(look.rawValue) .door"))
        }
    }
}
