import Foundation
import StationCore
import Testing

@testable import KioskServer

@Suite struct TextTests {
    /// What a placeholder in a script's key, such as `${refusal}`, can stand for.
    private static func values(of placeholder: String) throws -> [String] {
        switch placeholder {
        case "kind": KioskNotice.Kind.every.map(\.rawValue)
        case "busStage": BusTool.Stage.allCases.map(\.rawValue)
        case "busTrouble": BusTrouble.allCases.map(\.rawValue)
        case "openStage": OpenAllStep.Stage.allCases.map(\.rawValue)
        case "openPause": OpenAll.Pause.allCases.map(\.rawValue)
        case "stage": WalkStep.Stage.every.map(\.rawValue)
        case "cannotServe": CannotServe.every.map(\.rawValue)
        case "attention": StaffMenu.Attention.Reason.every.map(\.rawValue)
        case "clearReason": ClearReason.allCases.map(\.rawValue)
        case "refusal": try Refusal.every.map(wireName)
        case "size": Size.allCases.map(\.rawValue)
        // The plural form that `tn` itself asks `t` for.
        case "key": []
        case "nth": (2...6).map(String.init)
        default: throw RawClient.Failure(reason: "TextTests does not know what ${\(placeholder)} stands for")
        }
    }

    /// Every key the scripts ask for.
    private static func neededKeys() throws -> Set<String> {
        var keys: Set<String> = ["language.name"]
        for script in try Page.scripts() {
            for match in script.matches(of: /\b(tn?)\(\s*(['`])([^'`]+)['`]/) {
                for key in try expand(String(match.output.3)) {
                    keys.formUnion(match.output.1 == "tn" ? ["\(key).one", "\(key).other"] : [key])
                }
            }
            // A key that is chosen first and passed on as a variable: every literal that looks like a home
            // key.
            for match in script.matches(of: /'(home\.next[a-zA-Z.]*)'/) {
                keys.insert(String(match.output.1))
            }
            // `t(again ? 'a' : 'b')` is not found above, so it is not written that way.
            #expect(!script.contains(/\btn?\([^'`)]*\?/))
        }
        return keys
    }

    private static func expand(_ key: String) throws -> [String] {
        guard let match = key.firstMatch(of: /\$\{(\w+)\}/) else { return [key] }
        return try values(of: String(match.output.1)).flatMap { value in
            try expand(key.replacingCharacters(in: match.range, with: value))
        }
    }

    private static func catalogue(_ language: String) throws -> [String: String] {
        try JSONDecoder().decode([String: String].self, from: Data(Page.text("\(language).json").utf8))
    }

    @Test(arguments: KioskServer.languages)
    func noTextIsMissingAndNoneIsUnused(language: String) throws {
        let needed = try Self.neededKeys()
        let present = Set(try Self.catalogue(language).keys)
        #expect(needed.count > 150)
        #expect(needed.subtracting(present).sorted() == [])
        #expect(present.subtracting(needed).sorted() == [])
    }

    @Test func aTextHasTheSamePlaceholdersInEveryLanguage() throws {
        let english = try Self.catalogue("en")
        for language in KioskServer.languages {
            for (key, text) in try Self.catalogue(language) {
                #expect(!text.trimmingCharacters(in: .whitespaces).isEmpty, "\(language) \(key)")
                let names = text.matches(of: /\{\w+\}/).map { String($0.output) }
                let expected = (english[key] ?? "").matches(of: /\{\w+\}/).map { String($0.output) }
                #expect(Set(names) == Set(expected), "\(language) \(key)")
            }
        }
    }

    @Test func noTextStandsInThePageItself() throws {
        let html = try Page.text("index.html")
        let words = html.replacing(/<title>[^<]*<\/title>/, with: "").replacing(/<[^>]*>/, with: "")
        #expect(words.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty)
    }

    @Test func everyRefusalHasItsOwnWords() throws {
        for language in KioskServer.languages {
            let catalogue = try Self.catalogue(language)
            let titles = try Refusal.every.map { try #require(catalogue["refused.\(wireName($0)).title"]) }
            #expect(Set(titles).count == titles.count)
        }
    }
}
