import StationCore
import Testing

/// Thousands of random steps. A failure prints its seed; `Chaos(seed:)` repeats it exactly.
@Suite struct RandomTests {
    @Test(arguments: Array(UInt64(1)...400))
    func nothingBreaksWhateverHappens(_ seed: UInt64) {
        var chaos = Chaos(seed: seed)
        for step in 0..<2000 {
            chaos.step()
            if step % 20 == 0 {
                chaos.world.checkBooks()
                chaos.world.checkNobodyHangs()
            }
        }
        heal(&chaos)
    }

    /// Once everything works again, staff and customers get every compartment back.
    private func heal(_ chaos: inout Chaos) {
        chaos.deadBoards = []
        chaos.openDoors = []
        var world = chaos.world
        world.wake()
        // A technician who was at the boards has the kiosk for their own idle time after that.
        world.advance(BusTool.runMaxMs + world.state.policy.serviceIdleMs)
        world.pulses = []
        #expect(world.state.session == nil)
        let time = world.state.clock.time(at: world.now)
        world.send(.clockRead(time.advanced(byMs: 10), .hq))
        for order in world.orders {
            let isCancelled = chaos.roll(2) == 0
            world.change(order.id) {
                $0.standing = isCancelled ? .cancelled : .live
                $0.isPaymentDue = false
                $0.notBefore = nil
                $0.expiresAt = nil
            }
        }
        world.send(.doorMapRead(unwalked: []))
        repairAll(&world, &chaos)
        recallAll(&world)
        collectAll(&world)
        world.advance(200_000)
        for door in chaos.doors {
            #expect(world.isFree(door), "\(door) leaks: \(String(describing: world.state.compartment(door)))")
        }
        #expect(world.state.openings.isEmpty)
        world.checkBooks()
    }

    private func repairAll(_ world: inout World, _ chaos: inout Chaos) {
        world.advance(900_000)
        for door in chaos.doors {
            world.signIn()
            world.press(.clear(door, reason: .repaired))
            world.press(.clear(door, reason: chaos.roll(2) == 0 ? .contentsIntact : .empty))
            world.press(.finish)
        }
    }

    private func recallAll(_ world: inout World) {
        for compartment in world.state.compartments where compartment.record.contents.occupancy?.recall != nil
        {
            world.signIn()
            world.press(.recall(compartment.plan.id))
            world.advance(3000)
            world.openDoor()
            world.advance(3000)
            if compartment.plan.hasDoorSensor { world.close(compartment.plan.id) }
            world.press(.emptied)
            world.press(.finish)
        }
    }

    private func collectAll(_ world: inout World) {
        for order in world.orders where world.state.isConcerned(with: order.id) {
            world.advance(130_000)
            world.scan(order.id)
            while let pulse = world.pulses.first {
                if world.state.compartment(pulse.compartment)?.plan.hasDoorSensor == true {
                    world.visit()
                } else {
                    world.answer()
                    world.press(.taken)
                }
                world.advance(3000)
            }
        }
    }

    @Test func sameSeedGivesTheSameHistory() {
        var one = Chaos(seed: 7)
        var two = Chaos(seed: 7)
        for _ in 0..<400 {
            one.step()
            two.step()
        }
        #expect(one.world.state == two.world.state)
        #expect(one.world.reports == two.world.reports)
        #expect(one.world.pickups.count > 5)
    }
}
