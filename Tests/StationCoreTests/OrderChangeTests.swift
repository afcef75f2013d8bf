import StationCore
import Testing

@Suite struct OrderChangeTests {
    private func loaded(_ ids: OrderID...) -> World {
        var world = World()
        for id in ids {
            world.addOrder(id, .small, .small)
            world.load(id)
        }
        return world
    }

    @Test func cancelBeforeLoadingRefusesTheLabel() {
        var world = World()
        world.addOrder("O1", .small)
        world.change("O1") { $0.standing = .cancelled }
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.notice == .orderCancelled)
    }

    @Test(arguments: [
        (OrderStanding.cancelled, RecallReason.cancelled), (.elsewhere(storeName: nil), .rerouted),
        (.completed, .completed),
    ])
    func orderThatLeavesAfterLoadingIsRecalled(_ standing: OrderStanding, _ reason: RecallReason) {
        var world = loaded("O1")
        world.change("O1") { $0.standing = standing }
        #expect(world.contents("A-01")?.occupancy?.recall == reason)
        #expect(world.contents("A-02")?.occupancy?.recall == reason)
        world.scan("O1")
        #expect(world.pulses.isEmpty)
        #expect(world.refusal != nil)
        world.checkBooks()
    }

    /// Staff close a door at once and walk away: nobody knows whether the parcel is inside.
    private func doubtfulLoad() -> World {
        var world = World()
        world.addOrder("O1", .small, .small)
        world.signIn()
        world.scanLabel("O1-2")
        world.openDoor()
        world.advance(300)
        world.close("A-01")
        world.advance(world.state.policy.staffIdleMs)
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        return world
    }

    @Test func parcelWithdrawnWhileItsLoadIsInDoubtStaysInItsRow() {
        var world = doubtfulLoad()
        world.change("O1") { $0.parcels.removeLast() }
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        let parcel = world.order("O1")?.parcel("O1-2")
        #expect(parcel?.place == .inside("A-01"))
        #expect(parcel?.isWithdrawn == true)
        #expect(world.contents("A-01")?.occupancy?.recall == .withdrawn)
        world.checkBooks()
    }

    @Test func parcelSplitOffWhileItsLoadIsInDoubtStaysInTheRowOfTheOrderItWasLoadedFor() {
        var world = doubtfulLoad()
        let parcel = ParcelRecord(id: "O1-2", size: .small)
        world.change("O2", others: ["O1"]) { $0.parcels = [parcel] }
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.order("O1")?.parcel("O1-2")?.place == .inside("A-01"))
        #expect(world.contents("A-01")?.occupancy?.recall == .withdrawn)
        // Taken out again, it can be loaded for the order that it belongs to now.
        #expect(world.order("O2")?.parcel("O1-2")?.place == .awaited)
    }

    @Test func orderThatComesBackIsNoLongerRecalled() {
        var world = loaded("O1")
        world.change("O1") { $0.standing = .cancelled }
        world.change("O1") { $0.standing = .live }
        #expect(world.contents("A-01")?.occupancy?.recall == nil)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.count == 1)
    }

    @Test func olderOrEqualVersionIsIgnored() {
        var world = loaded("O1")
        for version in [Int64(0), 1] {
            let stale = OrderRecord(
                id: "O1",
                version: version,
                displayNumber: "x",
                standing: .cancelled,
                parcels: []
            )
            let decision = world.send(
                .orderReceived(OrderUpdate(incoming: stale, existing: world.order("O1")))
            )
            #expect(decision.changes.isEmpty)
        }
        #expect(world.order("O1")?.standing == .live)
    }

    @Test func pickupBeatsALateCancelButNoFurtherDoorOpens() {
        var world = loaded("O1")
        world.scan("O1")
        world.openDoor()
        world.change("O1") { $0.standing = .cancelled }
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.map(\.parcels) == [["O1-1"]])
        #expect(world.pulses.isEmpty)
        #expect(world.contents("A-02")?.occupancy?.recall == .cancelled)
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func cancelBetweenTwoTriesStopsTheSecondPulse() {
        var world = loaded("O1")
        world.advance(10_000)
        world.scan("O1")
        world.answer()
        world.change("O1") { $0.standing = .cancelled }
        world.advance(6001)
        #expect(world.pulses.isEmpty)
        #expect(world.refusal == .cancelled(orderNumber: "#O1"))
    }

    @Test func cancelWhileTheParcelIsPutInIsRecalledAtOnce() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.change("O1") { $0.standing = .cancelled }
        world.advance(3000)
        world.close("A-01")
        #expect(world.contents("A-01")?.occupancy?.recall == .cancelled)
        #expect(world.reports(.orderLoaded).count == 1)
    }

    @Test func cancelBetweenTwoTriesOfALoadOpensNoDoor() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer()
        world.change("O1") { $0.standing = .cancelled }
        world.advance(6001)
        #expect(world.pulses.isEmpty)
        #expect(world.notice == .orderCancelled)
        #expect(world.contents("A-01") == .empty)
        world.checkNobodyHangs()
    }

    @Test func cancelOfALoadInDoubtIsStillKnownWhenStaffSayItIsInside() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.restart(afterMs: 5000)
        world.change("O1") { $0.standing = .cancelled }
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.contents("A-01")?.occupancy?.recall == .cancelled)
        world.advance(2000)
        world.press(.recall("A-01"))
        #expect(world.pulses.count == 1)
    }

    @Test func withdrawnParcelIsRecalledAndDoesNotKeepTheOrderOpen() {
        var world = loaded("O1")
        world.change("O1") { $0.parcels.removeAll { $0.id == "O1-2" } }
        #expect(world.contents("A-02")?.occupancy?.recall == .withdrawn)
        world.scan("O1")
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupCompleted])
        #expect(world.pickups.map(\.remaining) == [0])
        #expect(world.pulses.isEmpty)
        guard case .done(let done) = world.screen else {
            Issue.record("not done")
            return
        }
        #expect(done.remaining == 0)
        #expect(done.reopen == "A-01")
        world.press(.reopen)
        #expect(world.pulses.map(\.compartment) == ["A-01"])
        world.checkBooks()
    }

    @Test func parcelWithdrawnDuringTheVisitStaysShut() {
        var world = World()
        world.addOrder("O1", .small, .small, .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        world.change("O1") { $0.parcels.removeAll { $0.id == "O1-2" } }
        world.advance(3000)
        world.close("A-01")
        #expect(world.pulses.map(\.compartment) == ["A-03"])
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupPartial, .pickupCompleted])
        #expect(world.contents("A-02")?.occupancy?.recall == .withdrawn)
        world.checkBooks()
    }

    @Test func parcelAddedDuringTheVisitStillWaits() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        world.change("O1") { $0.parcels.append(ParcelRecord(id: "O1-2", size: .small)) }
        world.advance(3000)
        world.close("A-01")
        #expect(world.pickups.map(\.type) == [.pickupPartial])
        #expect(world.pickups.map(\.remaining) == [1])
    }

    // MARK: Split

    private func split(_ world: inout World) {
        world.change("O2", others: ["O1"]) { $0.parcels = [ParcelRecord(id: "O1-2", size: .small)] }
    }

    @Test func splitParcelGoesOverWithItsPlace() {
        var world = loaded("O1")
        split(&world)
        #expect(world.contents("A-02")?.order == "O2")
        #expect(world.order("O1")?.parcels.map(\.id) == ["O1-1"])
        world.scan("O1")
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupCompleted])
        world.advance(13_000)
        world.scan("O2")
        world.visit()
        #expect(world.pickups.map(\.order) == ["O1", "O2"])
        world.checkBooks()
    }

    @Test func splitDuringTheVisitDoesNotOpenTheOtherOrdersDoor() {
        var world = loaded("O1")
        world.scan("O1")
        world.openDoor()
        split(&world)
        world.advance(3000)
        world.close("A-01")
        #expect(world.pulses.isEmpty, "A-02 is not theirs any more")
        #expect(world.pickups.map(\.type) == [.pickupCompleted])
        world.checkNobodyHangs()
        world.scan("O2")
        world.visit()
        world.checkBooks()
    }

    @Test func splitOfAParcelWhoseDoorIsBeingOpenedIsRecalledIfTheDoorStaysShut() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.change("O2", others: ["O1"]) { $0.parcels = [ParcelRecord(id: "O1-1", size: .small)] }
        world.answer(.notActuated(.boardDown))
        world.advance(130_000)
        #expect(world.contents("A-01")?.occupancy?.recall == .withdrawn, "or nobody would ever take it out")
        world.checkNobodyHangs()
    }
}
