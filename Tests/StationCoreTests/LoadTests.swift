import StationCore
import Testing

@Suite struct LoadTests {
    @Test func parcelGoesIntoTheSmallestFreeCompartmentThatTakesIt() {
        var world = World()
        world.addOrder("O1", .medium)
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.screen == .loadOpening(step(world, "A-05", "O1-1"), attempt: 1))
        world.openDoor()
        #expect(world.screen == .loadPutIn(step(world, "A-05", "O1-1")))
        world.advance(3000)
        world.close("A-05")
        #expect(world.screen == .loadScan(lastLoaded: "A-05", waiting: 0))
        #expect(world.place("O1-1") == .inside("A-05"))
        let loaded = world.reports(.orderLoaded)
        #expect(loaded.map(\.compartment) == ["A-05"])
        #expect(loaded.first?.evidence?.kind == .doorOpenedAndClosed)
        #expect(loaded.first?.evidence?.openedAt != nil)
        #expect(loaded.first?.staff == "S1")
        world.checkBooks()
    }

    private func step(_ world: World, _ id: CompartmentID, _ parcel: ParcelID) -> LoadStep {
        LoadStep(compartment: id, orderNumber: "#O1", parcel: parcel, largerIsFree: true)
    }

    @Test func largerCompartmentIsOfferedWhenTheSizeIsUsedUp() {
        var world = World()
        world.addOrder("O1", .medium, .medium, .medium, .medium)
        world.load("O1")
        #expect(world.place("O1-4") == .inside("A-07"))
        world.checkBooks()
    }

    @Test func doorClosedAtOnceAsksWhetherTheParcelIsInside() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(800)
        world.close("A-01")
        guard case .loadConfirm = world.screen else {
            Issue.record("not asked")
            return
        }
        world.press(.parcelInside)
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(world.reports(.orderLoaded).first?.evidence?.kind == .staffConfirmed)
    }

    @Test func emptyCloseFreesTheCompartmentAndTheParcelStillWaits() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(800)
        world.close("A-01")
        world.press(.parcelNotInside)
        #expect(world.contents("A-01") == .empty)
        #expect(world.place("O1-1") == .awaited)
        #expect(world.reports(.orderLoadFailed).map(\.reason) == ["emptyClose"])
        world.scanLabel("O1-1")
        world.finishLoad()
        #expect(world.place("O1-1")?.compartment != nil)
    }

    @Test func questionLeftUnansweredGoesToStaffAndToHQ() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.advance(800)
        world.close("A-01")
        world.advance(61_000)
        #expect(world.screen == .home)
        #expect(world.record("A-01")?.outcomeUnknown == .load)
        #expect(world.faults() == ["outcomeUnknown.load"])
        #expect(world.state.bestFit(for: .small, at: world.now)?.plan.id == "A-02")
        world.signIn()
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(world.record("A-01")?.outcomeUnknown == nil)
        world.checkBooks()
    }

    @Test(arguments: [
        (OrderStanding.cancelled, KioskNotice.Kind.orderCancelled),
        (.elsewhere(storeName: nil), .orderElsewhere),
        (.onHold, .orderOnHold), (.completed, .orderClosed),
    ])
    func orderThatIsNotLiveIsNotLoaded(_ standing: OrderStanding, _ notice: KioskNotice.Kind) {
        var world = World()
        world.addOrder("O1", .small) { $0.standing = standing }
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.notice == notice)
        #expect(world.pulses.isEmpty)
    }

    @Test func counterOrderExpiredOrderAndLoadedParcelAreNotLoaded() {
        var world = World()
        world.addOrder("O1", .small) { $0.deliveryMode = .counter }
        world.addOrder("O2", .small) { $0.expiresAt = StationTime(milliseconds: 1) }
        world.addOrder("O3", .small)
        world.load("O3")
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.notice == .notForLockers)
        world.scanLabel("O2-1")
        #expect(world.notice == .orderClosed)
        world.scanLabel("O3-1")
        #expect(world.notice == .parcelAlreadyLoaded)
        #expect(world.pulses.isEmpty)
    }

    @Test func parcelThatDoesNotFitGetsALargerCompartmentAndTheFirstIsFree() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.press(.doesNotFit)
        #expect(world.contents("A-01") == .empty)
        #expect(world.pulses.last?.compartment == "A-05")
        #expect(!world.isFree("A-01"), "its door is open")
        world.advance(1000)
        world.close("A-01")
        #expect(world.isFree("A-01"))
        world.finishLoad()
        #expect(world.place("O1-1") == .inside("A-05"))
        #expect(world.reports(.orderLoadFailed).map(\.reason) == ["doesNotFit"])
    }

    @Test func fullWallSendsTheParcelToTheCounter() {
        var world = World()
        world.addOrder("O1", .extraLarge)
        world.signIn()
        world.scanLabel("O1-1")
        #expect(world.screen == .wallFull(orderNumber: "#O1", size: .extraLarge))
        #expect(world.reports(.orderLoadFailed).map(\.reason) == ["wallFull"])
        world.press(.menu)
        guard case .staffMenu = world.screen else {
            Issue.record("no menu")
            return
        }
    }

    @Test func largestThatDoesNotFitIsAFullWallAndItsOpenDoorIsNotForgotten() {
        var world = World()
        world.addOrder("O1", .large)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.press(.doesNotFit)
        #expect(world.screen == .wallFull(orderNumber: "#O1", size: .large))
        world.advance(5000)
        world.close("A-07")
        #expect(world.contents("A-07") == .empty)
        #expect(world.state.openings.isEmpty)
        world.checkNobodyHangs()
    }

    @Test func doorWithoutSensorIsConfirmedByStaff() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer()
        guard case .loadConfirm = world.screen else {
            Issue.record("not asked")
            return
        }
        world.press(.doesNotFit)
        #expect(world.contents("B-01") == .empty)
        world.answer()
        world.press(.parcelInside)
        #expect(world.place("O1-1") == .inside("B-02"))
        world.checkBooks()
    }

    @Test func doorWithoutSensorAndWithoutAnswerGoesToStaff() {
        var world = World(plan: World.blindWall)
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.answer()
        world.advance(61_000)
        #expect(world.record("B-01")?.outcomeUnknown == .load)
        #expect(world.outcomes.last == .actuatedUnconfirmed)
        world.checkNobodyHangs()
    }
}
