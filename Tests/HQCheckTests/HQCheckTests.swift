import Foundation
import HQCheck
import Testing

/// The check passes an HQ that keeps the contract, and finds the one thing that is wrong with one that does not.
@Suite struct HQCheckTests {
    private static var options: HQCheck.Options {
        var options = HQCheck.Options()
        options.waitSeconds = 1
        return options
    }

    @Test func theSandboxPassesEveryCheck() async throws {
        try await BrokenHQ.with({ _, reply, _ in reply }) { target, _ in
            let report = await HQCheck(target, options: Self.options).run()
            #expect(report.failures.isEmpty, "\(report.table)")
            #expect(report.rows.map(\.name) == CheckName.allCases)
            let untried = report.rows.filter { $0.verdict == .notApplicable }.map(\.name)
            #expect(untried.isEmpty || untried == [.compressed], "\(report.table)")
        }
    }

    @Test(arguments: Fault.all)
    func aBrokenHQFailsExactlyTheCheckOfWhatIsBroken(fault: Fault) async throws {
        try await BrokenHQ.with(fault.spoiler, holds: fault.holds) { target, _ in
            var options = Self.options
            if fault.holds { options.waitSeconds = 0 }
            let report = await HQCheck(target, options: options).run()
            #expect(report.failures == [fault.name], "\(report.table)")
            #expect(!report.passes)
        }
    }

    @Test func everyCheckHasAFaultThatItFinds() {
        // Slowness is tried apart: it takes its time.
        #expect(Set(Fault.all.map(\.name)).union([.time]) == Set(CheckName.allCases))
    }

    @Test func aSlowAnswerIsFound() async throws {
        let slow: BrokenHQ.Spoiler = { question, reply, asked in
            if question.method == "PUT", asked == 0 { try? await Task.sleep(for: .seconds(3)) }
            return reply
        }
        try await BrokenHQ.with(slow) { target, _ in
            var options = Self.options
            options.patience = .milliseconds(2_500)
            let report = await HQCheck(target, options: options).run()
            #expect(report.failures == [.time], "\(report.table)")
        }
    }

    @Test func readOnlySendsNothing() async throws {
        let strict: BrokenHQ.Spoiler = { question, reply, _ in
            if !question.isFeed { Issue.record("\(question.method) \(question.path)") }
            return reply
        }
        try await BrokenHQ.with(strict) { target, _ in
            var options = Self.options
            options.isReadOnly = true
            let report = await HQCheck(target, options: options).run()
            #expect(report.passes, "\(report.table)")
            #expect(report.rows.filter { $0.name.posts }.allSatisfy { $0.verdict == .notApplicable })
        }
    }

    @Test func anHQThatIsNotThereFailsWithoutShowingTheURL() async throws {
        let target = try HQTarget(station: "S1", base: "http://127.0.0.1:9/api?sig=SECRET")
        let report = await HQCheck(target, options: Self.options).run()
        #expect(report.failures.contains(.snapshot) && report.failures.contains(.event))
        #expect(!report.table.contains("SECRET"))
        #expect(report.table.contains("no answer"))
    }

    @Test func eachOperationCanHaveItsOwnURLAndItsQueryIsKept() async throws {
        let seen: BrokenHQ.Spoiler = { question, reply, _ in
            question.query["sig"] == "a/b" ? reply : .problem(403)
        }
        try await BrokenHQ.with(seen) { target, url in
            let base = "\(url)/stations/S1"
            var single = try HQTarget(
                station: "S1",
                orders: "\(base)/orders?sig=a%2Fb",
                events: "\(base)/events?sig=a%2Fb",
                state: "\(base)/state?sig=a%2Fb"
            )
            single.token = BrokenHQ.token
            single.signingKey = target.signingKey
            single.isFeedPosted = true
            let report = await HQCheck(single, options: Self.options).run()
            #expect(report.failures.isEmpty, "\(report.table)")
        }
    }

    @Test func whatCannotBeCheckedIsSaid() {
        #expect(throws: HQTarget.Mistake.missing("events")) {
            try HQTarget(station: "S1", orders: "https://hq/x")
        }
        #expect(throws: HQTarget.Mistake.notAURL("HQ")) { try HQTarget(station: "S1", base: "ftp://hq") }
        #expect(throws: HQTarget.Mistake.badStation) { try HQTarget(station: "S 1", base: "https://hq") }
    }
}
