import StationCore
import Testing

@Suite struct CodeBudgetTests {
    @Test(arguments: [
        (60, 8, 40), (61, 8, 39), (30, 8, 80), (1, 8, 2400), (0, 8, 2400), (2400, 8, 1), (2401, 8, 0),
        (100_000, 8, 0),
        (60, 6, 0), (60, 9, 400), (100_000, 10, 2), (60, 0, 0), (60, 30, 1_000_000), (Int.max, 17, 0),
        (-5, 8, 2400),
    ])
    func triesADayFollowS9(_ live: Int, _ digits: Int, _ expected: Int) {
        #expect(CodeBudget.allowance(liveCodes: live, digits: digits, max: 1_000_000) == expected)
    }

    @Test func policyCapsWhatS9WouldAllow() {
        #expect(CodeBudget.allowance(liveCodes: 1, digits: 12, max: 40) == 40)
        #expect(CodeBudget.allowance(liveCodes: 1, digits: 12, max: -3) == 0)
    }

    @Test func fortyWrongCodesLockTheKeypadForADayButALongScanPasses() {
        var world = World()
        world.send(.tallied(Tally(liveTypedCodes: 60, parcelsToLoad: 0)))
        world.addOrder("O1", .small)
        world.load("O1")
        for _ in 0..<39 { world.typeWrong() }
        #expect(world.refusal == .unknownCode(triesLeft: 1))
        #expect(world.reports(.keypadLockedOut).isEmpty)
        world.typeWrong()
        #expect(world.reports(.keypadLockedOut).count == 1)
        world.typeWrong()
        guard case .keypadLockedOut(let seconds) = world.refusal else {
            Issue.record("not locked")
            return
        }
        #expect((86_000...86_400).contains(seconds))
        world.type("O1")
        #expect(world.pulses.isEmpty, "a right code typed now would tell that it is right")
        world.scan("O1", bits: 79)
        #expect(world.pulses.isEmpty)
        world.scan("O1", bits: 80)
        #expect(world.pulses.count == 1)
        #expect(world.reports(.keypadLockedOut).count == 1)
    }

    @Test func keypadComesBackAfterADayAndTheBudgetSurvivesARestart() {
        var world = World()
        for _ in 0..<40 { world.typeWrong() }
        world.restart(sameBoot: false)
        world.typeWrong()
        guard case .keypadLockedOut = world.refusal else {
            Issue.record("the restart forgot the budget")
            return
        }
        world.advance(86_400_000)
        world.typeWrong()
        #expect(world.refusal == .unknownCode(triesLeft: nil))
    }

    @Test func longUnknownScansAndKnownLabelsAreNoGuesses() {
        var world = World()
        world.addOrder("O1", .small)
        for _ in 0..<100 { world.send(.codeShown(ShownCode(form: .scanned(bits: 80)))) }
        for _ in 0..<100 { world.scanLabel("O1-1") }
        #expect(world.disk.codeBudget.wrong.isEmpty)
        for _ in 0..<2 { world.send(.codeShown(ShownCode(form: .scanned(bits: 40)))) }
        #expect(world.disk.codeBudget.wrong.count == 2)
    }

    @Test func absurdTimesDoNotTrap() {
        let ends = [
            StationTime(milliseconds: .min), StationTime(milliseconds: 0), StationTime(milliseconds: .max),
        ]
        for start in ends {
            for end in ends {
                let budget = CodeBudget().charged(at: start).charged(at: end)
                #expect(budget.remaining(at: end, allowance: 2) >= 0)
                #expect(budget.waitMs(at: end, allowance: 0) > 0)
                #expect(budget.waitMs(at: start, allowance: 1) >= 0)
            }
        }
    }
}
