import Testing

@testable import StationCore

/// The checker must catch what the rules would never do: it is fed drafts that no rule makes.
@Suite struct InvariantTests {
    private func loaded(_ ids: OrderID...) -> World {
        var world = World()
        for id in ids {
            world.addOrder(id, .small)
            world.load(id)
        }
        world.advance(10_000)
        return world
    }

    private func check(_ world: World, _ event: Event = .timeCame, _ make: (inout Draft) -> Void) -> [Rule] {
        var draft = Draft(state: world.state, moment: Moment(instant: world.now, uniqueID: "x"))
        make(&draft)
        return Invariants.violations(before: world.state, draft: draft, event: event).map(\.rule)
    }

    private func request(_ door: CompartmentID, _ authority: Authority, _ order: OrderID = "O1")
        -> Draft.Request
    {
        Draft.Request(
            compartment: door,
            purpose: .collect,
            authority: authority,
            order: order,
            displayNumber: "",
            parcels: ["O1-1"],
            awaitedElsewhere: 0,
            handover: nil,
            attempt: 1
        )
    }

    private func pulse(_ id: OpeningID, _ door: CompartmentID, notAfter: Instant) -> Effect {
        .pulse(Effect.Pulse(opening: id, compartment: door, durationMs: 500, notAfter: notAfter))
    }

    @Test func lawfulDraftHasNoViolation() {
        #expect(check(loaded("O1")) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: false))) } == [])
    }

    @Test func s1PulseWithoutIntent() {
        let world = loaded("O1")
        #expect(
            check(world) { $0.perform(pulse("nothing", "A-01", notAfter: world.now)) } == [.intentBeforePulse]
        )
        let other = check(world) { draft in
            let id = draft.intend(request("A-01", .technician("T1")))
            draft.perform(pulse(id, "A-02", notAfter: world.now))
        }
        #expect(other.contains(.intentBeforePulse), "an intent for another door")
    }

    @Test func s1TwoOpeningsOfOneDoor() {
        let rules = check(loaded("O1")) { draft in
            _ = draft.intend(request("A-01", .staff("S1")))
            _ = draft.intend(request("A-01", .staff("S1")))
        }
        #expect(rules.contains(.intentBeforePulse))
    }

    @Test func s2ParcelInTwoCompartmentsOrTwoOrdersInOne() {
        let world = loaded("O1", "O2")
        func held(_ order: OrderID, _ parcel: ParcelID) -> Occupancy {
            Occupancy(order: order, displayNumber: "", parcels: [parcel], expiresAt: nil, recall: nil)
        }
        #expect(
            check(world) { $0.record(.contents("A-03", .occupied(held("O1", "O1-1")))) } == [
                .oneOrderPerCompartment
            ]
        )
        #expect(
            check(world) { $0.record(.contents("A-01", .loading(held("O3", "O3-1")))) } == [
                .oneOrderPerCompartment
            ]
        )
        #expect(
            check(world) { $0.record(.contents("A-01", .occupied(held("O3", "O3-1")))) } == [
                .oneOrderPerCompartment
            ]
        )
    }

    @Test func s4CodeOpensAnotherOrdersDoor() {
        let world = loaded("O1", "O2")
        let rules = check(world) { _ = $0.intend(request("A-02", .pickupCode("O1", typed: false))) }
        #expect(rules == [.codeOpensItsOwn])
        let empty = check(world) { _ = $0.intend(request("A-03", .pickupCode("O1", typed: false))) }
        #expect(empty == [.codeOpensItsOwn])
    }

    @Test func s4CodeOpensASuspectDoorOrOutsideItsWindow() {
        var world = loaded("O1")
        var alarmed = world
        alarmed.open("A-01")
        #expect(
            check(alarmed) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: false))) } == [
                .codeOpensItsOwn
            ]
        )
        world.scan("O1")
        world.answer(.notActuated(.coilBudget(retryAfterMs: 5000)))
        world.change("O1") { $0.standing = .cancelled }
        #expect(
            check(world) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: false))) } == [
                .codeOpensItsOwn
            ]
        )
    }

    @Test func s5PickupWithoutAnOpeningThatWasSeen() {
        var world = loaded("O1")
        func report(_ world: World, _ event: Event = .timeCame, _ fill: (inout Report) -> Void) -> [Rule] {
            check(world, event) { draft in
                draft.report(.pickupCompleted) {
                    $0.order = "O1"
                    $0.compartment = "A-01"
                    $0.parcels = ["O1-1"]
                    fill(&$0)
                }
            }
        }
        func evidence(_ kind: Evidence.Kind) -> Evidence {
            Evidence(kind: kind, openedAt: nil, closedAt: nil, attempts: 1)
        }
        #expect(report(world) { _ in } == [.pickupNeedsOpening], "no evidence")
        #expect(report(world) { $0.evidence = evidence(.doorOpened) } == [.pickupNeedsOpening], "no opening")
        #expect(
            report(world) { $0.evidence = evidence(.customerConfirmed) } == [.pickupNeedsOpening],
            "nobody"
        )
        let pressed = Event.buttonPressed(.taken)
        #expect(report(world, pressed) { $0.evidence = evidence(.customerConfirmed) } == [])
        let others = report(world, pressed) {
            $0.evidence = evidence(.customerConfirmed)
            $0.parcels = ["O2-1"]
        }
        #expect(others == [.pickupNeedsOpening], "parcels that are not inside")
        world.scan("O1")
        world.answer()
        let opening = world.state.openings.first?.id
        func seen(_ world: World) -> [Rule] {
            report(world) {
                $0.evidence = evidence(.doorOpened)
                $0.opening = opening
            }
        }
        #expect(seen(world) == [.pickupNeedsOpening], "the door was not seen open")
        world.open("A-01")
        #expect(seen(world) == [])
        world.advance(120_001)
        #expect(seen(world) == [.pickupNeedsOpening], "reported already")
    }

    @Test func s7OpenEdgeWithoutAlarm() {
        #expect(check(loaded("O1"), .doorRead("A-01", .open)) { _ in } == [.openEdgeNeedsIntent])
    }

    @Test func s9ShortCodeOpensWhileTheKeypadIsLocked() {
        var world = loaded("O1")
        for _ in 0..<40 { world.typeWrong() }
        let event = Event.codeShown(ShownCode(form: .typed, pickup: world.order("O1")))
        let rules = check(world, event) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: true))) }
        #expect(rules == [.wrongCodeBudget])
        let long = Event.codeShown(ShownCode(form: .scanned(bits: 80), pickup: world.order("O1")))
        #expect(check(world, long) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: false))) } == [])
    }

    @Test func s10PulseThatMayBeSentTooLate() {
        let world = loaded("O1")
        for notAfter in [world.now.advanced(byMs: 5001), Instant(nanoseconds: 1)] {
            let rules = check(world) { draft in
                let id = draft.intend(request("A-01", .technician("T1")))
                draft.perform(pulse(id, "A-01", notAfter: notAfter))
            }
            #expect(rules.contains(.freshPulse))
        }
    }

    @Test func s6PulseOfAHotCoilOrOneThatIsTooLong() {
        let world = loaded("O1")
        var hot = world
        hot.state.apply(.coolsUntil("A-01", hot.now.advanced(byMs: 1)))
        #expect(
            check(hot) { _ = $0.intend(request("A-01", .pickupCode("O1", typed: false))) } == [.coilBudget]
        )
        let long = check(world) { draft in
            let opening = draft.opening(
                request("A-01", .pickupCode("O1", typed: false)),
                phase: .ordered(deadline: draft.now)
            )
            draft.record(.openingIntended(opening))
            let pulse = Effect.Pulse(
                opening: opening.id,
                compartment: "A-01",
                durationMs: 501,
                notAfter: draft.now
            )
            draft.perform(.pulse(pulse))
        }
        #expect(long == [.coilBudget])
    }

    @Test func s8ManyDoorsAtOnceOrWithoutAPersonOrBeyondTheBudget() {
        let world = loaded("O1", "O2")
        let two = check(world) { draft in
            draft.beginService("T1")
            _ = draft.intend(request("A-01", .technician("T1")))
            _ = draft.intend(request("A-02", .technician("T1")))
        }
        #expect(two == [.governorBudget, .governorBudget], "each of two doors at once")
        let nobody = check(world) { _ = $0.intend(request("A-01", .staff("S1"))) }
        #expect(nobody == [.governorBudget], "staff who are not at the kiosk")
        let elsewhere = check(world) { _ = $0.intend(request("A-01", .technician("T1"))) }
        #expect(elsewhere == [.governorBudget], "a technician without a session at the wall")
        let another = check(world) { draft in
            draft.beginService("T2")
            _ = draft.intend(request("A-01", .technician("T1")))
        }
        #expect(another == [.governorBudget], "a technician in another's session")
        let manager = check(world) { draft in
            draft.beginService("M1")
            _ = draft.intend(request("A-01", .staff("M1")))
        }
        #expect(manager == [.governorBudget], "staff in a session that does not open all doors")
        var poor = world
        var policy = poor.state.policy
        policy.governor.technician.perDay = 0
        poor.state.apply(.policy(policy))
        let over = check(poor) { draft in
            draft.beginService("T1")
            _ = draft.intend(request("A-01", .technician("T1")))
        }
        #expect(over == [.governorBudget], "an opening that the governor refuses")
    }

    @Test func s13ExpiryByUntrustedTime() {
        let world = World(isReady: false)
        #expect(check(world) { $0.record(.orderExpired("O1", true)) } == [.trustedExpiry])
    }

    @Test func s14CompartmentFreedByAReading() {
        let world = loaded("O1")
        let rules = check(world, .doorRead("A-01", .closed)) { $0.record(.contents("A-01", .empty)) }
        #expect(rules == [.freeingNeedsProof])
        #expect(check(world, .buttonPressed(.emptied)) { $0.record(.contents("A-01", .empty)) } == [])
    }

    @Test func violationQuarantinesTheCompartmentEndsItsSessionAndTellsHQ() {
        var world = loaded("O1", "O2")
        world.scan("O1")
        world.answer()
        let violation = Violation(rule: .codeOpensItsOwn, compartment: "A-01", order: "O1", detail: "")
        let moment = Moment(instant: world.now, uniqueID: "q")
        let decision = world.state.quarantining([violation], of: .timeCame, at: moment)
        #expect(decision.violations == [violation])
        #expect(!decision.effects.contains { if case .pulse = $0 { true } else { false } })
        var applied = world.state
        for change in decision.changes { applied.apply(change) }
        #expect(applied == decision.state)
        #expect(decision.state.session == nil)
        #expect(decision.state.openings.isEmpty, "or its deadline would come again and again")
        #expect(decision.state.compartment("A-01")?.record.outOfService == .ruleViolated)
        #expect(decision.state.compartment("A-01")?.record.contents.order == "O1")
        let reasons = decision.changes.compactMap { change in
            if case .reported(let report) = change { report.reason } else { nil }
        }
        #expect(reasons == ["outcomeUnknown.collect", "ruleViolated.S4"])
        #expect(decision.isDurable)
    }

    @Test func violationOfHQsOrderLeavesAnotherCustomersSessionAlone() {
        var world = loaded("O1", "O2")
        world.scan("O1")
        let update = OrderUpdate(
            incoming: OrderRecord(id: "O2", version: 2, displayNumber: "", parcels: []),
            existing: nil
        )
        let violation = Violation(rule: .oneOrderPerCompartment, compartment: "A-02", order: "O2", detail: "")
        let moment = Moment(instant: world.now, uniqueID: "q")
        let decision = world.state.quarantining([violation], of: .orderReceived(update), at: moment)
        #expect(decision.state.session == world.state.session)
        #expect(decision.state.openings == world.state.openings)
    }

    @Test func oldFaultElsewhereDoesNotStopTheStation() {
        var world = loaded("O1")
        world.addOrder("O2", .small)
        // As if two rows of the disk named the same parcel.
        world.state.apply(.contents("A-06", world.contents("A-01") ?? .empty))
        world.load("O2")
        #expect(world.place("O2-1") == .inside("A-02"))
    }
}
