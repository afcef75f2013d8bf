import StationCore
import Testing

@Suite struct GrantTests {
    private func policy() -> Policy {
        var policy = Policy()
        policy.loadUnmatched = true
        return policy
    }

    /// Two parcels of an order that no feed has brought are in the wall.
    private func loaded() -> World {
        var world = World(policy: policy())
        world.loadUnmatched("P1", "P2")
        return world
    }

    @Test func anOrderThatNobodyHeardOfIsHandedOverByItsGrant() {
        var world = loaded()
        #expect(world.reports(.orderLoaded).isEmpty, "HQ knows no order of these")
        world.show(world.grant("G1", order: "X1", "P1", "P2"))
        world.visit()
        world.visit()
        #expect(world.pickups.map(\.order) == ["X1", "X1"])
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        #expect(world.pickups.allSatisfy { $0.method == .grant && $0.grant == "G1" })
        let loads = world.reports(.orderLoaded)
        #expect(loads.map(\.order) == ["X1", "X1"] && loads.flatMap(\.parcels) == ["P1", "P2"])
        #expect(loads.allSatisfy { $0.staff == World.staff.id && $0.evidence?.kind == .doorOpenedAndClosed })
        #expect(world.reports(.grantUsed).map(\.grant) == ["G1"])
        #expect(world.disk.grantsUsed.map(\.id) == ["G1"])
    }

    @Test func staffCanAlsoScanTheGrantOnTheSlipAndThenTheLabels() {
        var world = World()
        let grant = world.grant("G1", order: "X1", "P1")
        world.signIn()
        world.show(grant)
        #expect(world.notice == .grantNoted)
        world.scanLabel("P1")
        world.finishLoad()
        world.press(.finish)
        #expect(world.reports(.orderLoaded).map(\.order) == ["X1"])
        world.show(grant)
        world.visit()
        #expect(world.pickups.map(\.order) == ["X1"])
    }

    @Test func withoutItsParcelsAGrantOpensNothingAndKeepsNothing() {
        var world = World()
        let decision = world.show(world.grant("G1", order: "X1", "P1"))
        #expect(world.refusal == .notReadyYet(orderNumber: "#X1"))
        #expect(!decision.isDurable)
    }

    @Test func anUnknownLabelIsLoadedOnlyWhereTheRetailerAllowsIt() {
        var world = World()
        world.signIn()
        var code = ShownCode(form: .scanned(bits: 60))
        code.unmatched = "P1"
        world.send(.codeShown(code))
        #expect(world.notice == .labelUnknown)
        #expect(world.pulses.isEmpty)
    }

    @Test func noCodeOpensAParcelWhoseOrderIsNotKnown() {
        var world = loaded()
        world.addOrder("O1", .medium)
        world.scan("O1")
        #expect(world.refusal == .notReadyYet(orderNumber: "#O1"))
        #expect(world.pulses.isEmpty)
    }

    @Test func aUsedGrantIsRefusedAndItsReuseIsToldOnce() {
        var world = loaded()
        let grant = world.grant("G1", order: "X1", "P1", "P2")
        world.show(grant)
        world.visit()
        world.visit()
        world.advance(200_000)
        world.show(grant)
        guard case .alreadyCollected = world.refusal else {
            Issue.record("\(String(describing: world.refusal))")
            return
        }
        world.advance(20_000)
        world.restart()
        world.show(grant)
        #expect(world.reports(.grantRefused).map(\.reason) == ["used"])
        #expect(world.pulses.isEmpty)
    }

    @Test func parcelsThatCameBackAreNotOpenedByAGrantThatWasUsed() {
        var world = loaded()
        let grant = world.grant("G1", order: "X1", "P1", "P2")
        world.show(grant)
        world.visit()
        world.visit()
        world.advance(200_000)
        world.orders.removeAll()
        world.loadUnmatched("P1")
        world.show(grant)
        guard case .alreadyCollected = world.refusal else {
            Issue.record("\(String(describing: world.refusal))")
            return
        }
        #expect(world.pulses.isEmpty)
    }

    @Test func whatIsLoadedLaterIsHandedOverByTheSameGrant() {
        var world = World(policy: policy())
        world.loadUnmatched("P1")
        let grant = world.grant("G1", order: "X1", "P1", "P2")
        world.show(grant)
        world.visit()
        world.advance(200_000)
        world.signIn()
        world.scanLabel("P2")
        world.finishLoad()
        world.press(.finish)
        world.show(grant)
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        #expect(world.reports(.grantUsed).count == 1)
    }

    @Test func windowStationAndClockAreJudged() {
        var world = loaded()
        world.show(world.grant("G1", order: "X1", "P1", "P2", stations: ["T9"]))
        #expect(world.refusal == .wrongStore(orderNumber: "#X1", storeName: nil))
        world.show(world.grant("G2", order: "X1", "P1", "P2", fromMs: -9_000, untilMs: -1))
        #expect(world.refusal == .expired(orderNumber: "#X1"))
        let later = world.grant("G3", order: "X1", "P1", "P2", fromMs: 5_000)
        world.show(later)
        #expect(world.refusal == .tooEarly(orderNumber: "#X1", from: later.notBefore))
        world.send(.grantShown(.refused(.notValid)))
        #expect(world.refusal == .grantNotValid)
        #expect(world.pulses.isEmpty)
    }

    @Test func anUntrustedClockGivesNoRightThatIsLimitedInTime() {
        var world = loaded()
        let grant = world.grant("G1", order: "X1", "P1", "P2")
        world.state = StationState(
            plan: World.wall,
            policy: policy(),
            memory: StationState.Memory(compartments: world.disk.compartments, latestTime: world.time),
            at: world.now
        )
        world.send(.started(lostMemory: false))
        world.wake()
        world.show(grant)
        #expect(world.refusal == .grantClockUnknown)
        world.send(.clockRead(world.time, .hq))
        world.show(grant)
        #expect(world.pulses.count == 1)
    }

    @Test func aGrantOpensOnlyTheParcelsThatItNames() {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.load("O1")
        world.show(world.grant("G1", order: "O1", "O1-2"))
        #expect(world.pulses.map(\.compartment) == ["A-02"])
        world.visit()
        #expect(world.pickups.map(\.parcels) == [["O1-2"]])
        #expect(world.pulses.isEmpty)
    }

    @Test func theFeedsOrderTakesOverWhatWasLoadedBeforeIt() {
        var world = loaded()
        world.change("X1", others: [OrderID(unmatched: "P1"), OrderID(unmatched: "P2")]) {
            $0.parcels = [ParcelRecord(id: "P1", size: .small), ParcelRecord(id: "P2", size: .small)]
        }
        #expect(world.reports(.orderLoaded).filter { $0.order == "X1" }.count == 2)
        world.scan("X1")
        world.visit()
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        #expect(world.pickups.allSatisfy { $0.method == .scanned })
    }

    @Test func anOrderThatHQCancelledMeanwhileIsReportedWithTheGrantThatTookIt() {
        var world = loaded()
        world.show(world.grant("G1", order: "X1", "P1", "P2"))
        world.visit()
        world.visit()
        world.change("X1") { $0.standing = .cancelled }
        #expect(world.reports(.grantUsed).map(\.reason) == [nil, "orderCancelled"])
        #expect(world.reports(.grantUsed).last?.parcels == ["P1", "P2"])
        #expect(world.order("X1")?.version == 1)
    }

    @Test func aCancelledOrderIsNotHandedOverByItsGrant() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.show(world.grant("G1", order: "O1", "O1-1"))
        #expect(world.refusal == .cancelled(orderNumber: "#O1"))
    }

    @Test func unmatchedParcelsAreTakenOutAgainInTheEnd() {
        var world = loaded()
        world.advance(world.state.policy.unmatchedHoldMs + 10_000)
        #expect(world.reports(.orderExpired).isEmpty)
        #expect(world.contents("A-05")?.occupancy?.recall == .expired)
    }
}
