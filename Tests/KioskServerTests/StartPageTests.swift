import Foundation
import StationCore
import Testing

@testable import KioskServer

@Suite struct StartPageTests {
    private static func html(_ change: (inout KioskConfiguration) -> Void = { _ in }) throws -> String {
        var configuration = KioskConfiguration.test()
        configuration.port = 8080
        change(&configuration)
        let files = try StartPage.files(for: configuration)
        #expect(files.keys.sorted() == ["index.html", "start.css", "start.js"])
        return String(decoding: try #require(files["index.html"]), as: UTF8.self)
    }

    @Test func itShowsTheNumberInTheStoresLanguage() throws {
        let html = try Self.html { $0.defaultLanguage = "ar" }
        #expect(html.contains("+44 20 7946 0812"))
        #expect(html.contains(#"<html lang="ar" dir="rtl">"#))
        #expect(html.contains("اتصل بفريقنا"))
        #expect(html.contains(#"data-kiosk="http://127.0.0.1:8080/""#))
        #expect(!html.contains("{"))
    }

    @Test func aNameIsTextAndNothingElse() throws {
        let html = try Self.html { $0.stationName = #"<script>"&"# }
        #expect(html.contains("&lt;script&gt;&quot;&amp;"))
        #expect(!html.contains("<script>"))
    }

    @Test func nothingIsInline() throws {
        #expect(try !Self.html().contains(/<style| style=| on[a-z]+=|<script(?![^>]* src=)/))
    }

    @Test func onlyThePictureThatItAsksForMayBeLoadedByOtherPages() async throws {
        try await withServer { _, port in
            let picture = try await request(port, "GET", "/assets/icon.svg?17")
            #expect(picture.status == 200)
            #expect(picture.headers["cross-origin-resource-policy"] == "cross-origin")
            for path in ["/", "/station.json", "/assets/kiosk.js"] {
                let reply = try await request(port, "GET", path)
                #expect(reply.headers["cross-origin-resource-policy"] == "same-origin", "\(path)")
            }
        }
    }
}
