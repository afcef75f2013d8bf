import Foundation
import StationCore
import Testing

@testable import KioskServer

/// The browser's gallery (`Tests/Browser/views.json`) shows views that no station sent: here they are read as what a
/// station would send, and none may be missing.
@Suite struct GalleryTests {
    private static let file = Page.folder.appending(path: "../../../Tests/Browser/views.json")
        .standardizedFileURL

    private static func views() throws -> [String: KioskView] {
        try JSONDecoder().decode([String: KioskView].self, from: Data(contentsOf: file))
    }

    @Test func itShowsEveryScreen() throws {
        let shown = try Set(Self.views().values.map { try wireName($0.screen) })
        #expect(try Set(KioskScreen.every.map(wireName)).subtracting(shown).sorted() == [])
    }

    @Test func itShowsEveryRefusalAndEveryReasonNotToServe() throws {
        let views = try Self.views().values
        let refusals = views.compactMap { if case .refused(let refusal) = $0.screen { refusal } else { nil } }
        #expect(try Set(refusals.map(wireName)) == Set(Refusal.every.map(wireName)))
        let reasons = views.compactMap {
            if case .cannotServe(let reason) = $0.screen { reason } else { nil }
        }
        #expect(Set(reasons) == Set(CannotServe.every))
    }

    @Test func itShowsEveryNoticeAttentionAndStageOfAWalk() throws {
        let views = try Self.views().values
        #expect(Set(views.compactMap { $0.notice?.kind }) == Set(KioskNotice.Kind.every))
        let attention = views.flatMap { view -> [StaffMenu.Attention] in
            if case .staffMenu(let menu) = view.screen { menu.attention } else { [] }
        }
        #expect(Set(attention.map(\.reason)) == Set(StaffMenu.Attention.Reason.every))
        let stages = views.compactMap { if case .walk(let step) = $0.screen { step.stage } else { nil } }
        #expect(Set(stages) == Set(WalkStep.Stage.every))
    }
}
