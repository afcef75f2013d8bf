import StationCore
import Testing

/// A sensor that lies is found out by people, its door goes on in staff-confirmed mode, and a sensor that
/// works again is believed again.
@Suite struct SensorTests {
    private func collecting() -> World {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        return world
    }

    private func suspicions(_ world: World) -> [String?] { world.reports(.sensorSuspect).map(\.reason) }

    // MARK: Says closed

    @Test func aDoorThatIsOpenAlthoughItsSensorSaysClosedIsFoundOutByItsCustomer() {
        var world = collecting()
        world.press(.doorIsOpen)
        #expect(world.notice == .tooLate, "after one pulse the sensor's word counts")
        world.doorStaysShut()
        world.answer()
        guard case .opening(let step, attempt: 2) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.mayBeOpen)
        world.press(.doorIsOpen)
        guard case .confirmTaken = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(world.pickups.isEmpty, "that it is open does not say that it was taken")
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed])
        #expect(world.record("A-01")?.isSensorSuspect == true)
        #expect(suspicions(world) == ["staysClosed"])
        #expect(world.reports(.sensorSuspect).first?.order == "O1")
        world.checkBooks()
        world.checkNobodyHangs()
    }

    @Test func anUnprovenPulseSpeaksAgainstNoSensor() {
        var world = collecting()
        for _ in 0..<2 {
            world.answer(.unknown)
            world.advance(6_000)
        }
        world.answer(.unknown)
        world.press(.doorIsOpen)
        #expect(world.notice == .tooLate)
        #expect(suspicions(world) == [])
    }

    @Test func aDoorThatWasGivenUpIsStillTheirsToSayOpen() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        guard case .doorStuck(let step, _) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.mayBeOpen)
        world.press(.doorIsOpen)
        #expect(world.pulses.isEmpty)
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed])
        #expect(world.record("A-01")?.outOfService == nil, "its lock works")
        #expect(world.reports(.pickupFailed).isEmpty)
        world.checkBooks()
    }

    @Test func whoSaysOpenAndThenTookNothingLeavesTheParcelInTheBooks() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.doorIsOpen)
        world.advance(60_000)
        #expect(world.pickups.isEmpty)
        #expect(world.record("A-01")?.outcomeUnknown == .collect)
        #expect(world.place("O1-1") == .inside("A-01"))
    }

    @Test func aSensorThatMovedInBetweenIsBelieved() {
        var world = collecting()
        world.doorStaysShut()
        world.openDoor()
        world.advance(100)
        world.close("A-01")
        world.press(.doorDidNotOpen)
        world.advance(2_000)
        world.answer()
        world.press(.doorIsOpen)
        #expect(world.notice == .tooLate)
    }

    @Test func theSuspectDoorGoesOnInStaffConfirmedMode() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.doorIsOpen)
        world.press(.taken)
        world.advance(130_000)
        world.addOrder("O2", .small)
        world.signIn()
        world.scanLabel("O2-1")
        #expect(world.answer() == "A-01", "its lock is pulsed as before")
        guard case .loadConfirm = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        world.press(.parcelInside)
        world.press(.finish)
        world.advance(10_000)
        world.scan("O2")
        world.answer()
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed, .customerConfirmed])
    }

    @Test func staffWhoLoadAndWhoRecallMayDoubtTheSensorToo() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.doorStaysShut()
        world.answer()
        guard case .loadOpening(let step, attempt: 2) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.mayDoubtSensor)
        world.press(.doorIsOpen)
        world.press(.parcelInside)
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(world.reports(.sensorSuspect).map(\.staff) == ["S1"])
        world.checkBooks()
    }

    // MARK: Says open

    @Test func aDoorThatIsShutAlthoughItsSensorSaysOpenIsFoundOutByWhoLoadsIt() {
        var world = World()
        world.addOrder("O1", .small)
        world.signIn()
        world.scanLabel("O1-1")
        world.openDoor()
        world.press(.doorIsClosed)
        #expect(world.notice == .tooLate, "they were not asked to close it yet")
        world.advance(30_000)
        guard case .loadPutIn(let step) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(step.mayDoubtSensor)
        world.press(.doorIsClosed)
        world.press(.parcelInside)
        #expect(world.place("O1-1") == .inside("A-01"))
        #expect(suspicions(world) == ["staysOpen"])
        world.press(.finish)
        world.scan("O1")
        #expect(world.answer() == "A-01", "its parcel is still handed over")
        world.press(.taken)
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    @Test func aCutSensorsAlarmIsClearedAndItsParcelStillCollected() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.open("A-01")
        #expect(world.record("A-01")?.alarm?.kind == .forcedOpen)
        world.signIn()
        world.press(.menu)
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.notice == .closeDoorFirst)
        world.press(.clear("A-01", reason: .doorIsClosed))
        #expect(suspicions(world) == ["staysOpen"])
        #expect(world.record("A-01")?.alarm != nil, "what is inside is a question of its own")
        world.press(.clear("A-01", reason: .contentsIntact))
        #expect(world.record("A-01")?.alarm == nil)
        world.press(.finish)
        world.advance(3_000)
        world.scan("O1")
        world.answer()
        world.press(.taken)
        #expect(world.pickups.map(\.evidence?.kind) == [.customerConfirmed])
    }

    @Test func aDoorLeftOpenThatIsShutIsClearedByStaff() {
        var world = collecting()
        world.openDoor()
        world.advance(130_000)
        #expect(world.reports(.doorLeftOpen).count == 1)
        world.signIn()
        world.press(.menu)
        guard case .staffMenu(let menu) = world.screen else {
            Issue.record("\(world.screen)")
            return
        }
        #expect(
            menu.attention == [
                StaffMenu.Attention(compartment: "A-01", reason: .leftOpen, clearable: true)
            ]
        )
        world.press(.clear("A-01", reason: .doorIsClosed))
        #expect(world.state.openings.isEmpty)
        #expect(world.record("A-01")?.isSensorSuspect == true)
        #expect(world.pickups.count == 1)
        world.checkBooks()
    }

    // MARK: Believed again

    @Test func aSensorThatFollowsItsDoorAgainIsBelievedAgain() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.doorIsOpen)
        world.press(.taken)
        world.press(.finish)
        for number in 2...4 {
            world.advance(130_000)
            let order = OrderID("O\(number)")
            world.addOrder(order, .small)
            world.signIn()
            world.scanLabel(ParcelID("\(order)-1"))
            #expect(world.record("A-01")?.isSensorSuspect == true, "not after \(number - 2)")
            #expect(world.answer() == "A-01")
            world.open("A-01")
            world.advance(3_000)
            world.close("A-01")
            world.press(.parcelNotInside)
            world.change(order) { $0.standing = .cancelled }
            world.press(.finish)
        }
        #expect(world.record("A-01")?.isSensorSuspect == false)
        #expect(suspicions(world) == ["staysClosed", "believedAgain"])
    }

    @Test func oneFlickerProvesNothing() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.doorIsOpen)
        for _ in 0..<5 {
            world.open("A-01")
            world.advance(100)
            world.close("A-01")
        }
        #expect(world.record("A-01")?.isSensorSuspect == true)
    }

    @Test func staffClearASuspectSensorWithAReason() {
        var world = collecting()
        for _ in 0..<3 { world.doorStaysShut() }
        world.press(.doorIsOpen)
        world.press(.taken)
        world.press(.finish)
        world.restart()
        #expect(world.record("A-01")?.isSensorSuspect == true, "remembered")
        world.signIn()
        world.press(.menu)
        world.press(.clear("A-01", reason: .repaired))
        #expect(world.record("A-01")?.isSensorSuspect == false)
        #expect(world.faults().last == "cleared.repaired")
    }
}
