import Foundation
import StationStore
import Testing

@testable import StationCore

@Suite struct MemoryTests {
    /// A station with a loaded order whose door is being opened.
    private func openingUnderWay(_ disk: Disk) throws -> Committer {
        try disk.store(disk.order("O1", code: "12345678", place: .inside("A-01")))
        try disk.store.write { transaction in
            var record = CompartmentRecord(id: "A-01")
            record.contents = .occupied(
                Occupancy(order: "O1", displayNumber: "O1", parcels: ["O1-1"], expiresAt: nil, recall: nil)
            )
            try transaction.save(record)
        }
        try disk.reopen()
        var committer = Committer(disk)
        try committer.send(.started(lostMemory: false))
        try committer.send(.boardChanged("A", isUp: true))
        try committer.send(.doorRead("A-01", .closed))
        try committer.send(.codeShown(try disk.store.match(disk.key.digest(of: "12345678"), form: .typed)))
        return committer
    }

    @Test func anIntentIsOnDiskBeforeItsPulseAndComesBackAfterARestart() throws {
        let disk = try Disk()
        let committer = try openingUnderWay(disk)
        #expect(committer.state.openings.count == 1)
        try disk.reopen()
        #expect(disk.opened.memory.openings.map(\.id) == committer.state.openings.map(\.id))
        #expect(disk.opened.memory.isSameBoot)
        #expect(
            disk.opened.memory.compartments == committer.state.memory.compartments.filter { $0.id == "A-01" }
        )
    }

    @Test func whatTheGovernorHasCountedIsInTheTransactionOfTheIntent() throws {
        let disk = try Disk()
        let committer = try openingUnderWay(disk)
        #expect(committer.state.governor != Governor())
        try disk.reopen()
        #expect(disk.opened.memory.governor == committer.state.governor)
    }

    @Test func anotherBootIsToldFromTheSameOne() throws {
        let disk = try Disk()
        _ = try openingUnderWay(disk)
        try disk.reopen(bootID: "two")
        #expect(!disk.opened.memory.isSameBoot)
        try disk.reopen(bootID: "two")
        #expect(disk.opened.memory.isSameBoot)
    }

    @Test func stationTimeComesBackNoEarlierThanItWasCommitted() throws {
        let disk = try Disk()
        var committer = Committer(disk)
        try committer.send(.clockRead(StationTime(milliseconds: 1_790_000_000_000), .hq))
        try committer.send(.started(lostMemory: false))
        try disk.reopen()
        #expect(disk.opened.memory.latestTime >= StationTime(milliseconds: 1_790_000_000_000))
    }

    @Test func wrongCodesAreStillCountedAfterARestart() throws {
        let disk = try Disk()
        var committer = Committer(disk)
        try committer.send(.boardChanged("A", isUp: true))
        try committer.send(.codeShown(ShownCode(form: .typed)))
        try committer.send(.codeShown(ShownCode(form: .typed)))
        try disk.reopen()
        #expect(disk.opened.memory.codeBudget.wrong.count == 2)
    }

    @Test func wrongPINsAreStillCountedAfterARestartAndForgottenWhenTheyAreForgiven() throws {
        let disk = try Disk()
        var wrong = PINGuard(staff: "S1")
        wrong.wrong = 5
        wrong.lockedUntil = StationTime(milliseconds: 9)
        let state = Committer(disk).state
        func commit(_ pinGuard: PINGuard) throws {
            try disk.store.commit(
                Decision(changes: [.pinGuard(pinGuard)], effects: [], state: state, violations: []),
                lines: []
            )
        }
        try commit(wrong)
        try disk.reopen()
        #expect(disk.opened.memory.pinGuards == [wrong])
        try commit(PINGuard(staff: "S1"))
        try disk.reopen()
        #expect(disk.opened.memory.pinGuards.isEmpty)
    }

    @Test func openingsComeBackInTheOrderInWhichTheyWereIntended() throws {
        let disk = try Disk()
        var committer = try openingUnderWay(disk)
        var later = try #require(committer.state.openings.first)
        // Its id would sort before the first one's.
        later.id = "!"
        later.compartment = "A-02"
        committer.state.openings.append(later)
        try disk.store.commit(
            Decision(
                changes: [
                    .openingIntended(later),
                    .openingReported(try #require(committer.state.openings.first).id),
                ],
                effects: [],
                state: committer.state,
                violations: []
            ),
            lines: []
        )
        try disk.reopen()
        #expect(disk.opened.memory.openings == committer.state.openings)
    }

    @Test func anOpeningThatIsOverDoesNotComeBack() throws {
        let disk = try Disk()
        let committer = try openingUnderWay(disk)
        let opening = try #require(committer.state.openings.first)
        try disk.store.commit(
            Decision(
                changes: [.openingEnded(opening.id, .openedAndClosed)],
                effects: [],
                state: committer.state,
                violations: []
            ),
            lines: []
        )
        try disk.reopen()
        #expect(disk.opened.memory.openings.isEmpty)
    }

    // MARK: The outbox

    private func report(_ id: String, _ order: OrderID?) -> Report {
        var report = Report(
            id: EventID(id),
            type: .orderLoaded,
            at: StationTime(milliseconds: 7),
            isClockTrusted: true
        )
        report.order = order
        return report
    }

    private func enqueue(_ disk: Disk, _ reports: [Report]) throws {
        let state = Committer(disk).state
        let decision = Decision(
            changes: reports.map { .reported($0) },
            effects: [],
            state: state,
            violations: []
        )
        try disk.store.commit(decision, lines: [])
    }

    @Test func theOutboxGivesTheOldestEventOfEachOrder() throws {
        let disk = try Disk()
        try enqueue(disk, [report("a1", "A"), report("a2", "A"), report("b1", "B"), report("s1", nil)])
        let heads = try disk.store.read { try $0.outboxHeads(limit: 10) }
        #expect(heads.map(\.report.id) == ["a1", "b1", "s1"])
        #expect(try disk.store.read { try $0.outboxHeads(limit: 0) }.isEmpty)
        try disk.store.write { try $0.delivered("a1", isPendingAtHQ: false) }
        #expect(try disk.store.read { try $0.outboxHeads(limit: 10) }.map(\.report.id) == ["a2", "b1", "s1"])
        #expect(try disk.store.read { try $0.outboxHeads(limit: 1) }.map(\.report.id) == ["a2"])
    }

    @Test func whatHQHasOnlyReceivedStaysUntilTheFeedConfirmsIt() throws {
        let disk = try Disk()
        try enqueue(disk, [report("a1", "A"), report("a2", "A")])
        try disk.store.write { try $0.delivered("a1", isPendingAtHQ: true) }
        var summary = try disk.store.read { try $0.outboxSummary() }
        #expect(summary.waiting == 1 && summary.pendingAtHQ == 1)
        #expect(summary.oldest == StationTime(milliseconds: 7))
        try disk.store.write { try $0.confirmed("A") }
        summary = try disk.store.read { try $0.outboxSummary() }
        #expect(summary.waiting == 1 && summary.pendingAtHQ == 0)
    }

    @Test func aParkedEventIsKeptShownAndTriedAgainOnDemand() throws {
        let disk = try Disk()
        try enqueue(disk, [report("a1", "A"), report("a2", "A"), report("b1", "B"), report("s1", nil)])
        try enqueue(disk, [report("s2", nil)])
        try disk.store.write {
            try $0.park("a1", problem: "unknown-order")
            try $0.park("s1", problem: "payload-invalid")
        }
        // What came after it of the same order waits (S3); other orders and the station itself go on.
        #expect(try disk.store.read { try $0.outboxHeads(limit: 9) }.map(\.report.id) == ["b1", "s2"])
        try disk.store.write {
            try $0.delivered("b1", isPendingAtHQ: false)
            try $0.delivered("s2", isPendingAtHQ: false)
            try $0.delivered("s1", isPendingAtHQ: false)
        }
        #expect(try disk.store.read { try $0.parkedEvents(limit: 9) }.first?.problem == "unknown-order")
        try disk.store.write { try $0.retryParked() }
        #expect(try disk.store.read { try $0.outboxHeads(limit: 9) }.map(\.report.id) == ["a1"])
    }

    @Test func eventNumbersHaveNoGapAfterATransactionThatFailed() throws {
        let disk = try Disk()
        try enqueue(disk, [report("a1", "A")])
        #expect(throws: StoreError.self) { try enqueue(disk, [report("x1", "A"), report("a1", "A")]) }
        try enqueue(disk, [report("a2", "B")])
        #expect(try disk.store.read { try $0.outboxHeads(limit: 9) }.map(\.sequence) == [1, 2])
    }
}
