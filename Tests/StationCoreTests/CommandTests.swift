import StationCore
import Testing

@Suite struct CommandTests {
    /// The door of order O1 stays shut; the customer asks for support and reads the number out.
    private func stuck() throws -> (World, String) {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        for _ in 1...3 {
            world.doorStaysShut()
            world.advance(1_600)
        }
        world.press(.callSupport)
        let number = try #require(world.state.kioskView(revision: 0, at: world.now).support?.number)
        return (world, number)
    }

    private let door = HQCommand.Action.openDoor("A-01", order: "O1")

    @Test func supportOpensTheDoorOfACustomerWhoConfirms() throws {
        var (world, number) = try stuck()
        #expect(number.count == 6)
        world.advance(20_000)
        world.command("C1", door, nonce: number)
        #expect(world.pulses.isEmpty, "not before the customer has said yes")
        #expect(world.state.kioskView(revision: 0, at: world.now).support?.asksToOpen == "A-01")
        world.press(.supportYes)
        #expect(world.pulses.map(\.compartment) == ["A-01"])
        world.visit()
        #expect(world.pickups.map(\.type) == [.pickupCompleted])
        #expect(world.pickups.first?.method == .remote && world.pickups.first?.command == "C1")
        #expect(world.doneCommands == ["C1"])
        #expect(world.disk.commandsDone.map(\.id) == ["C1"])
    }

    @Test func aCommandIsDoneOnceAlsoAfterARestart() throws {
        var (world, number) = try stuck()
        world.command("C1", door, nonce: number)
        world.press(.supportYes)
        world.command("C1", door, nonce: number)
        #expect(world.refusedCommands == ["replayed"])
        world.restart()
        world.command("C1", door, nonce: number)
        #expect(world.refusedCommands == ["replayed", "replayed"])
        #expect(world.pulses.isEmpty)
    }

    @Test func theAgeCountsFromTheNumberOnTheScreen() throws {
        var (world, number) = try stuck()
        world.advance(60_100)
        world.command("C1", door, nonce: number)
        #expect(world.refusedCommands == ["late"])
    }

    @Test func aYesThatComesTooLateOpensNothing() throws {
        var (world, number) = try stuck()
        world.advance(50_000)
        world.command("C1", door, nonce: number)
        world.advance(11_000)
        world.press(.supportYes)
        #expect(world.pulses.isEmpty)
        #expect(world.refusedCommands == ["late"])
    }

    @Test func withoutASessionOrWithAnothersNumberNothingOpens() throws {
        var (world, number) = try stuck()
        world.command("C1", door, nonce: "x" + number)
        world.command("C2", door)
        world.press(.finish)
        world.advance(20_000)
        world.command("C3", door, nonce: number)
        #expect(world.refusedCommands == ["noSuchSession", "noSuchSession", "noSuchSession"])
        #expect(world.pulses.isEmpty)
    }

    @Test func theCustomerMaySayNoOrLeave() throws {
        var (world, number) = try stuck()
        world.command("C1", door, nonce: number)
        world.press(.supportNo)
        world.command("C2", door, nonce: number)
        world.press(.finish)
        #expect(world.refusedCommands == ["declined", "sessionOver"])
        #expect(world.pulses.isEmpty)
    }

    @Test func anothersParcelsAreNotOpened() throws {
        var (world, number) = try stuck()
        world.addOrder("O2", .small)
        world.command("C1", .openDoor("A-01", order: "O2"), nonce: number)
        world.command("C2", .openDoor("A-01", order: nil), nonce: number)
        #expect(world.refusedCommands == ["holdsAnotherOrder", "holdsAnotherOrder"])
    }

    @Test func hqsBudgetHoldsForItsCommands() throws {
        var (world, number) = try stuck()
        var policy = world.state.policy
        policy.governor.hq.perMinute = 0
        world.send(.policyReceived(policy))
        world.command("C1", door, nonce: number)
        #expect(world.refusedCommands == ["overBudget"])
        #expect(world.reports(.governorTripped).first?.reason?.hasPrefix("hq.") == true)
    }

    @Test(arguments: ["unsigned", "unknownKey", "revokedKey", "badSignature"])
    func whatHQDidNotSignIsRefusedAndUsesNothingUp(_ fault: String) {
        var world = World()
        world.command("C1", .takeOutOfService("A-01"), fault: fault)
        #expect(world.refusedCommands == [fault])
        world.command("C1", .takeOutOfService("A-01"))
        #expect(world.doneCommands == ["C1"])
        #expect(world.record("A-01")?.outOfService == .byHQ)
    }

    @Test func lateUnknownAndFutureCommandsAreRefused() {
        var world = World()
        world.command("C1", .takeOutOfService("A-01"), ageMs: 60_001)
        world.command("C2", .takeOutOfService("A-01"), ageMs: -200_000)
        world.command("C3", .unknown(kind: "reboot"))
        world.command("C4", nil)
        world.command("C5", .takeOutOfService("Z-99"))
        #expect(
            world.refusedCommands == [
                "late", "fromTheFuture", "unsupported.reboot", "badArguments", "unknownCompartment",
            ]
        )
        #expect(world.record("A-01")?.outOfService == nil)
    }

    @Test func withoutTheTimeNoCommandIsDone() {
        var world = World(isReady: false)
        world.send(.started(lostMemory: false))
        world.wake()
        world.command("C1", .sendDiagnostics)
        #expect(world.refusedCommands == ["clockUntrusted"])
    }

    @Test func hqTakesADoorOutOfServiceAndGivesBackOnlyThat() {
        var world = World()
        world.command("C1", .takeOutOfService("A-01"))
        #expect(!world.isFree("A-01"))
        world.command("C2", .putIntoService("A-01"))
        #expect(world.isFree("A-01"))
        world.send(.coilStuck("A-02"))
        world.command("C3", .putIntoService("A-02"))
        #expect(world.refusedCommands == ["notTakenByHQ"])
        #expect(world.record("A-02")?.outOfService == .coilStuckOn)
    }

    @Test func hqEndsAndMovesAHold() {
        var world = World()
        world.addOrder("O1", .small) { $0.expiresAt = World.dayStart.advanced(byMs: 900_000) }
        world.load("O1")
        world.command("C1", .expire("O1"))
        #expect(world.contents("A-01")?.occupancy?.recall == .expired)
        #expect(world.reports(.orderExpired).count == 1)
        let until = world.time.advanced(byMs: 5_000_000)
        world.command("C2", .extend("O1", until: until))
        #expect(world.contents("A-01")?.occupancy?.recall == nil)
        #expect(world.reports(.commandExecuted).last?.deadline == until)
        world.scan("O1")
        #expect(world.pulses.count == 1)
        world.command("C3", .extend("O9", until: until))
        #expect(world.refusedCommands == ["unknownOrder"])
    }

    @Test func configurationAndDiagnosticsAreLeftToTheShell() {
        var world = World()
        #expect(world.command("C1", .reloadConfiguration).effects.contains(.reloadConfiguration))
        #expect(world.command("C2", .sendDiagnostics).effects.contains(.sendDiagnostics))
        #expect(!world.command("C2", .sendDiagnostics).effects.contains(.sendDiagnostics))
    }

    @Test func whatIsTooOldAnywayIsForgotten() {
        var world = World()
        world.command("C1", .sendDiagnostics)
        world.advance(4 * 86_400_000)
        world.command("C2", .sendDiagnostics)
        #expect(world.disk.commandsDone.map(\.id) == ["C2"])
    }
}
