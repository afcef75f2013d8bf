import Foundation
import Testing

/// What a technician reads must lead somewhere: links of the guides as a test.
@Suite struct GuideTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func files(in folder: String, ending: String) throws -> [URL] {
        let found = FileManager.default.enumerator(
            at: root.appendingPathComponent(folder),
            includingPropertiesForKeys: nil
        )
        return try #require(found).compactMap { $0 as? URL }.filter { $0.pathExtension == ending }
    }

    private static func guides() throws -> [URL] {
        [root.appendingPathComponent("README.md")]
            + (try files(in: "hardware", ending: "md"))
            + (try files(in: "systemd", ending: "md"))
            + (try files(in: "Sources", ending: "md"))
    }

    /// The targets of `[…](…)` and `![…](…)` that are files of ours, whole.
    private static func links(of guide: URL) throws -> [URL] {
        let text = try String(contentsOf: guide, encoding: .utf8)
        return text.matches(of: /\]\(([^)#\s]+)(?:#[^)]*)?\)/).map { String($0.output.1) }
            .filter { !$0.contains("://") }
            .map { guide.deletingLastPathComponent().appendingPathComponent($0).standardizedFileURL }
    }

    @Test func everyLinkOfAGuideLeadsToAFile() throws {
        var count = 0
        for guide in try Self.guides() {
            for link in try Self.links(of: guide) {
                count += 1
                let exists = FileManager.default.fileExists(atPath: link.path)
                #expect(exists, "\(guide.lastPathComponent) links to \(link.path)")
            }
        }
        #expect(count > 20, "the links are not being found")
    }

    @Test func everyDrawingIsShownAndNeedsNothingFromElsewhere() throws {
        let shown = Set(try Self.guides().flatMap { try Self.links(of: $0).map(\.lastPathComponent) })
        let drawings = try Self.files(in: "hardware/guides/drawings", ending: "svg")
        #expect(!drawings.isEmpty)
        for drawing in drawings {
            let name = drawing.lastPathComponent
            #expect(shown.contains(name), "no guide shows \(name)")
            // A drawing is read on a phone in a cellar and printed: no script, no font or picture from the network.
            let text = try String(contentsOf: drawing, encoding: .utf8)
            #expect(!text.contains("<script"), "\(name)")
            #expect(text.components(separatedBy: "http").count == 2, "\(name) names more than its name space")
            #expect(text.contains("<title"), "\(name) says nothing to who cannot see it")
        }
    }
}
