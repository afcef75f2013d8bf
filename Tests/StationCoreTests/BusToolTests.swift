import StationCore
import Testing

/// The boards of a bus from the kiosk, as the rules see it.
@Suite struct BusToolTests {
    private func technician(_ world: inout World) {
        world.signIn(RoleTests.badge(.technician))
    }

    private func tool(_ world: World) -> BusTool? {
        if case .busTool(let step) = world.screen { step.tool } else { nil }
    }

    private func orders(_ decision: Decision) -> [BusOrder] {
        decision.effects.compactMap { if case .bus(let order) = $0 { order } else { nil } }
    }

    @Test func aScanRunsWhileNobodyIsServedAndShowsWhatItFound() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        technician(&world)
        world.press(.startScan)
        #expect(tool(world)?.stage == .chooseSpeeds, "there is only one bus")
        let order = orders(world.press(.scanLine(everySpeed: true))).first
        #expect(order?.bus == "bank")
        #expect(order?.kind == .scan(everySpeed: true))
        #expect(tool(world)?.stage == .running)
        // Longer than any session idles; and whoever comes meanwhile is asked to wait.
        world.advance(900_000)
        #expect(tool(world)?.stage == .running)
        let before = world.pulses.count
        world.scan("O1")
        #expect(world.notice == .sessionInUse)
        world.press(.menu)
        world.press(.finish)
        #expect(world.pulses.count == before)
        #expect(tool(world)?.stage == .running, "left in the middle of it")
        let found = [
            BusFinding(unit: 1, line: "9600 8N1", models: ["m"], isCollision: false, isEveryAddress: false),
            BusFinding(unit: 2, line: "9600 8N1", models: [], isCollision: true, isEveryAddress: false),
        ]
        world.send(.busAnswered("another order", .scanned([], isCutShort: false)))
        #expect(tool(world)?.stage == .running)
        world.send(.busAnswered(order?.id ?? "", .scanned(found, isCutShort: false)))
        #expect(tool(world)?.stage == .scanned)
        #expect(tool(world)?.found == found)
        world.press(.menu)
        guard case .staffMenu = world.screen else {
            Issue.record("no way back to the menu: \(world.screen)")
            return
        }
    }

    @Test func itIsStoppedByTheTechnicianAndByItsOwnLimit() {
        var world = World()
        technician(&world)
        world.press(.startScan)
        let order = orders(world.press(.scanLine(everySpeed: false))).first
        let stop = orders(world.press(.stop)).first
        #expect(stop?.kind == .stop)
        #expect(stop?.id == order?.id)
        #expect(tool(world)?.stage == .stopping)
        world.send(.busAnswered(order?.id ?? "", .scanned([], isCutShort: true)))
        #expect(tool(world)?.isCutShort == true)
        world.press(.menu)
        world.press(.startScan)
        world.press(.scanLine(everySpeed: false))
        world.now = world.now.advanced(byMs: BusTool.runMaxMs)
        let last = world.send(.timeCame)
        #expect(world.state.session == nil)
        #expect(orders(last).map(\.kind) == [.stop])
    }

    @Test func anAddressIsChosenOnlyForTheBoardThatWasFound() {
        var world = World()
        technician(&world)
        world.press(.startSetAddress)
        #expect(tool(world)?.stage == .connect, "there is only one bus and one model")
        world.press(.chooseAddress(5))
        #expect(world.notice == .tooLate)
        let look = orders(world.press(.go)).first
        #expect(look?.kind == .look(model: "model"))
        world.send(.busAnswered(look?.id ?? "", .oneBoard(unit: 1)))
        guard case .busTool(let step) = world.screen else {
            Issue.record("not the tool: \(world.screen)")
            return
        }
        #expect(step.tool.unit == 1)
        #expect(step.addresses == [2, 3, 4, 5, 6, 7], "the configuration's own first, and not the one it has")
        for unit in [1, 0, 33] {
            #expect(orders(world.press(.chooseAddress(unit))).isEmpty, "address \(unit)")
        }
        let write = orders(world.press(.chooseAddress(2))).first
        #expect(write?.kind == .setAddress(model: "model", from: 1, to: 2))
        #expect(orders(world.press(.chooseAddress(3))).isEmpty, "written twice")
        world.send(.busAnswered(write?.id ?? "", .failed(.stillOld)))
        #expect(tool(world)?.trouble == .stillOld)
        world.press(.go)
        #expect(tool(world)?.stage == .connect, "it is looked at again before anything is written again")
        #expect(world.pulses.isEmpty)
    }

    @Test func noBusIsTakenAwayWhileADoorIsOpen() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        // Long enough for the door to count as left open: its customer is gone, the opening is not.
        world.advance(world.state.policy.doorLeftOpenMs + world.state.policy.doneMs + 60_000)
        technician(&world)
        world.press(.startScan)
        #expect(world.notice == .closeDoorFirst)
        guard case .staff = world.state.session else {
            Issue.record("a tool was taken up")
            return
        }
    }
}
