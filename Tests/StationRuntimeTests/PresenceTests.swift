import StationCore
import Testing

@testable import StationRuntime

/// The one-time numbers of the kiosk, without waiting for minutes.
@Suite struct PresenceTests {
    private var desk = PresenceDesk()
    private var generator = SystemRandomNumberGenerator()
    private let now = Instant(nanoseconds: 1_000_000_000)

    private mutating func show(_ subject: PresenceDesk.Subject, at moment: Instant? = nil) throws -> String {
        #expect(desk.show(for: subject, to: "uid:0", at: moment ?? now, using: &generator) == nil)
        return try #require(desk.onScreen(at: moment ?? now)).number
    }

    private mutating func take(
        _ number: String,
        _ subject: PresenceDesk.Subject = .open("A-01"),
        from asker: StaffID = "uid:0",
        at moment: Instant? = nil
    ) -> PresenceDesk.Verdict {
        desk.take(number, for: subject, from: asker, at: moment ?? now)
    }

    @Test mutating func theNumberThatIsShownOpensOnce() throws {
        let number = try show(.open("A-01"))
        #expect(number.wholeMatch(of: /[0-9]{4} [0-9]{4}/) != nil)
        #expect(take(number) == .right)
        #expect(take(number) == .expired, "it was used twice")
        #expect(desk.onScreen(at: now) == nil)
    }

    @Test mutating func itIsForOneRequestOfOneAsker() throws {
        let number = try show(.open("A-01"))
        #expect(take(number, .open("A-02")) == .expired)
        #expect(take(number, .commissioning) == .expired)
        #expect(take(number, from: "uid:7") == .expired)
        #expect(take(number) == .right)
    }

    @Test mutating func itEndsAfterAMinute() throws {
        let number = try show(.open("A-01"))
        let late = now.advanced(byMs: 60_000)
        #expect(desk.onScreen(at: late) == nil)
        #expect(take(number, at: late) == .expired)
    }

    @Test mutating func threeWrongTriesCloseTheDeskAndANewNumberGivesNoNewTries() throws {
        let first = try show(.open("A-01"))
        let wrong = first == "0000 0000" ? "1111 1111" : "0000 0000"
        #expect(take(wrong) == .wrong(triesLeft: 2))
        #expect(take(wrong) == .wrong(triesLeft: 1))
        let second = try show(.open("A-01"))
        #expect(take(wrong == second ? "2222 2222" : wrong) == .closed(seconds: 900))
        #expect(desk.show(for: .open("A-01"), to: "uid:0", at: now, using: &generator) != nil)
        #expect(take(second) != .right)
        let later = now.advanced(byMs: 900_000)
        let third = try show(.open("A-01"), at: later)
        #expect(take(third, at: later) == .right)
    }
}
