import Testing

@testable import CoilGuard

private func output(_ name: String, line: String, supply: String = "12V") -> GuardedOutput {
    GuardedOutput(
        name: OutputName(rawValue: name),
        chip: "pinctrl-rp1",
        line: line,
        isActiveLow: false,
        isOpenDrain: false,
        supply: supply,
        maximumMs: 1000,
        gapMs: 150,
        rest: 5
    )
}

private func at(_ milliseconds: Int) -> GuardTime {
    GuardTime(nanoseconds: UInt64(milliseconds) * 1_000_000)
}

@Suite struct RuleTests {
    private var rules = GuardRules([
        output("A/1", line: "GPIO17"), output("A/2", line: "GPIO27"), output("B/1", line: "GPIO22", supply: "24V"),
    ])

    @Test func aPulseIsDueAtItsEndAndNotBefore() {
        var rules = rules
        rules.begin(0, milliseconds: 500, by: 7, at: at(1000))
        #expect(rules.nextEnd == at(1500))
        #expect(rules.due(at: at(1499)).isEmpty)
        #expect(rules.due(at: at(1500)) == [0])
    }

    @Test func noPulseIsLongerThanTheTableAllows() {
        let longest = rules.refusal(0, milliseconds: 1000, notAfter: at(10), at: at(0))
        #expect(longest == nil)
        for milliseconds in [1001, 0, -1, Int.max] {
            let refusal = rules.refusal(0, milliseconds: milliseconds, notAfter: at(10), at: at(0))
            #expect(refusal == .tooLong(maximumMs: 1000))
        }
    }

    @Test func aRequestThatCameTooLateIsRefused() {
        #expect(rules.refusal(0, milliseconds: 100, notAfter: at(10), at: at(10)) == nil)
        #expect(rules.refusal(0, milliseconds: 100, notAfter: at(10), at: at(11)) == .stale)
    }

    @Test func oneOutputOfASupplyIsOnAtATimeAndTheSupplyRestsAfterIt() {
        var rules = rules
        rules.begin(0, milliseconds: 300, by: 7, at: at(0))
        #expect(rules.refusal(1, milliseconds: 300, notAfter: at(900), at: at(100)) == .busy(retryAfterMs: 350))
        #expect(rules.refusal(2, milliseconds: 300, notAfter: at(900), at: at(100)) == nil)
        rules.end(0, at: at(300))
        #expect(rules.refusal(1, milliseconds: 300, notAfter: at(900), at: at(449)) == .busy(retryAfterMs: 1))
        #expect(rules.refusal(1, milliseconds: 300, notAfter: at(900), at: at(450)) == nil)
    }

    @Test func aCoilRestsAsManyTimesAsLongAsItWasOn() {
        var rules = rules
        rules.begin(0, milliseconds: 300, by: 7, at: at(0))
        rules.end(0, at: at(300))
        let limit = at(9000)
        #expect(rules.refusal(0, milliseconds: 300, notAfter: limit, at: at(1799)) == .resting(retryAfterMs: 1))
        #expect(rules.refusal(0, milliseconds: 300, notAfter: limit, at: at(1800)) == nil)
    }

    @Test func anOutputThatDoesNotGoOffKeepsItsSupplyFromOthers() {
        var rules = rules
        rules.begin(0, milliseconds: 300, by: 7, at: at(0))
        #expect(rules.refusal(1, milliseconds: 300, notAfter: at(9000), at: at(5000)) == .busy(retryAfterMs: 151))
    }

    @Test func pulsesBelongToTheClientThatAskedForThem() {
        var rules = rules
        rules.begin(0, milliseconds: 300, by: 7, at: at(0))
        rules.begin(2, milliseconds: 300, by: 8, at: at(0))
        #expect(rules.pulses(of: 7) == [0])
        #expect(rules.pulses(of: 8) == [2])
        #expect(rules.pulses(of: 9).isEmpty)
    }
}

@Suite struct TableTests {
    private let good = output("A/1", line: "GPIO17").description

    @Test func aTableReadsWhatAnOutputWrites() throws {
        var open = output("B/1", line: "#4")
        (open.isActiveLow, open.isOpenDrain) = (true, true)
        let table = try GuardTable(text: "# a comment\n\n\(good)\n\(open)\n")
        #expect(table.outputs == [output("A/1", line: "GPIO17"), open])
    }

    @Test(arguments: [
        ("max-ms=1000", "max-ms=3001", "must be 1 to 3000"),
        ("max-ms=1000", "max-ms=0", "must be 1 to 3000"),
        ("gap-ms=150", "gap-ms=fast", "must be 0 to 10000"),
        ("rest=5", "rest=0", "must be 1 to 1000"),
        ("active=high", "active=maybe", "`high` or `low`"),
        ("supply=12V ", "", "`supply=` is missing"),
        ("rest=5", "rest=5 rest=6", "there twice"),
        ("rest=5", "rest=5 colour=red", "`colour=red` is not understood"),
        ("output A/1", "input A/1", "`input` is not understood"),
    ])
    func aLineThatIsNotExactlyRightIsRefusedWithItsNumber(_ old: String, _ new: String, _ problem: String) {
        let text = "# first\n" + good.replacing(old, with: new)
        let error = #expect(throws: GuardTableError.self) { try GuardTable(text: text) }
        #expect(error?.line == 2)
        #expect(error?.problem.contains(problem) == true)
    }

    @Test func anOutputOrALineCannotBeThereTwice() {
        #expect(throws: GuardTableError.self) { try GuardTable(text: good + "\n" + good) }
        let other = output("A/2", line: "GPIO17").description
        #expect(throws: GuardTableError.self) { try GuardTable(text: good + "\n" + other) }
        #expect(throws: GuardTableError.self) { try GuardTable(text: "# nothing\n") }
    }
}

@Suite struct MessageTests {
    @Test func everyRequestReadsAsItWasWritten() {
        let requests: [GuardRequest] = [
            .check([output("A/1", line: "GPIO17"), output("A/2", line: "#4")]),
            .pulse(OutputName(rawValue: "A/1"), milliseconds: 500, notAfter: at(77)),
            .off([OutputName(rawValue: "A/1"), OutputName(rawValue: "A/2")]),
            .read([OutputName(rawValue: "A/1")]),
        ]
        for request in requests {
            let parsed = GuardRequest.parse(request.text(number: 9))
            #expect(parsed?.number == 9)
            #expect(parsed?.request == request)
        }
    }

    @Test func everyAnswerReadsAsItWasWritten() {
        let refusals: [GuardRefusal] = [
            .notAllowed, .malformed, .unknownOutput, .tooLong(maximumMs: 3), .stale, .busy(retryAfterMs: 4),
            .resting(retryAfterMs: 5), .line(code: -19), .ending,
        ]
        let answers: [GuardAnswer] =
            [.ok, .differs(OutputName(rawValue: "A/1"), mine: "nothing"), .on(since: at(5)), .levels([true, false])]
            + refusals.map { .refused($0) }
        for answer in answers {
            let parsed = GuardAnswer.parse(answer.text(number: 9))
            #expect(parsed?.number == 9)
            #expect(parsed?.answer == answer)
        }
    }

    @Test(arguments: [
        "", "1", "pulse A/1 5 5", "1 pulse A/1", "1 pulse A/1 5", "1 pulse A/1 x 5", "1 pulse A/1 5 -5", "1 off", "1 read",
        "1 all-on", "1 check", "1 check\noutput A/1", "-1 off A/1", "1 pulse A/1 A/2 500 5",
    ])
    func whatIsNoRequestIsNotTakenForOne(_ text: String) {
        #expect(GuardRequest.parse(text) == nil)
    }
}
