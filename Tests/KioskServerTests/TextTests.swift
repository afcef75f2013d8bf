import Foundation
import StationCore
import Testing

@testable import KioskServer

@Suite struct TextTests {
    /// What a placeholder in a script's key, such as `${refusal}`, can stand for.
    private static func values(of placeholder: String) throws -> [String] {
        switch placeholder {
        case "kind": KioskNotice.Kind.every.map(\.rawValue)
        case "stage": WalkStep.Stage.every.map(\.rawValue)
        case "cannotServe": CannotServe.every.map(\.rawValue)
        case "attention": StaffMenu.Attention.Reason.every.map(\.rawValue)
        case "clearReason": ClearReason.allCases.map(\.rawValue)
        case "refusal": try Refusal.every.map(wireName)
        case "size": Size.allCases.map(\.rawValue)
        // The plural form that `tn` itself asks `t` for.
        case "key": []
        case "problem": helpProblems
        case "comfort": ["contrast", "large", "reach", "sound"]
        case "nth": (2...6).map(String.init)
        default: throw RawClient.Failure(reason: "TextTests does not know what ${\(placeholder)} stands for")
        }
    }

    /// What the page lets a person say is wrong; ``everyProblemOfTheHelpIsKnownHere()`` compares.
    private static let helpProblems = [
        "stuck", "find", "reach", "empty", "wrong", "damaged", "close", "left",
    ]

    /// The forms that a language has for whole numbers up to a thousand (Unicode CLDR, plural rules; `many` of French
    /// and Spanish begins at a million).
    private static func pluralForms(of language: String) throws -> [String] {
        switch language {
        case "en", "de", "fr", "es": ["one", "other"]
        case "pl": ["one", "few", "many"]
        case "ar": ["zero", "one", "two", "few", "many", "other"]
        default: throw RawClient.Failure(reason: "TextTests does not know the plurals of \(language)")
        }
    }

    /// Every key the scripts ask for; `plurals` are those that `tn` asks for.
    private static func neededKeys(in language: String) throws -> (all: Set<String>, plurals: Set<String>) {
        let forms = try pluralForms(of: language)
        var plurals: Set<String> = []
        var keys: Set<String> = ["language.name"]
        for script in try Page.scripts() {
            for match in script.matches(of: /\b(tn?)\(\s*(['`])([^'`]+)['`]/) {
                for key in try expand(String(match.output.3)) {
                    let wanted = match.output.1 == "tn" ? forms.map { "\(key).\($0)" } : [key]
                    keys.formUnion(wanted)
                    if match.output.1 == "tn" { plurals.formUnion(wanted) }
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
        return (keys, plurals)
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
        let needed = try Self.neededKeys(in: language).all
        let present = Set(try Self.catalogue(language).keys)
        #expect(needed.count > 150)
        #expect(needed.subtracting(present).sorted() == [])
        #expect(present.subtracting(needed).sorted() == [])
    }

    @Test func aTextHasTheSamePlaceholdersInEveryLanguage() throws {
        let english = try Self.catalogue("en")
        for language in KioskServer.languages {
            let plurals = try Self.neededKeys(in: language).plurals
            for (key, text) in try Self.catalogue(language) {
                #expect(!text.trimmingCharacters(in: .whitespaces).isEmpty, "\(language) \(key)")
                // A form such as "two parcels" may be one word: it needs no number.
                let isPlural = plurals.contains(key)
                let model = isPlural ? key.replacing(/\.\w+$/, with: ".other") : key
                var names = Set(text.matches(of: /\{\w+\}/).map { String($0.output) })
                var expected = Set(
                    try #require(english[model], "\(language) \(key)").matches(of: /\{\w+\}/)
                        .map { String($0.output) }
                )
                if isPlural {
                    names.insert("{count}")
                    expected.insert("{count}")
                }
                #expect(names == expected, "\(language) \(key)")
            }
        }
    }

    @Test func everyProblemOfTheHelpIsKnownHere() throws {
        let list = try #require(Page.text("help.js").firstMatch(of: /const PROBLEMS = \{([^}]*)\}/)).output.1
        let used = Set(list.matches(of: /'(\w+)'/).map { String($0.output.1) })
        #expect(used == Set(Self.helpProblems))
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
