import StationCore
import Testing

@Suite struct MoreTimeTests {
    @Test func thankYouStaysAMinuteLongerWhenAskedAndThenEnds() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.visit()
        #expect(world.secondsLeft == 12)
        world.advance(10_000)
        #expect(world.secondsLeft == 2)
        world.press(.moreTime)
        #expect(world.secondsLeft == 60)
        world.advance(59_000)
        #expect(world.isDone)
        world.advance(1_001)
        #expect(world.screen == .home)
        world.checkBooks()
    }

    @Test func itCanBeAskedForAgainAndAgain() {
        var world = World()
        world.typeWrong()
        for _ in 0..<12 {
            world.advance(11_000)
            world.press(.moreTime)
            #expect(world.secondsLeft == 60)
        }
        #expect(world.refusal != nil)
        world.press(.finish)
        #expect(world.screen == .home)
    }

    @Test func anOpenDoorHasNoEndThatCouldBePutOff() {
        var world = World()
        world.addOrder("O1", .small)
        world.load("O1")
        world.scan("O1")
        world.openDoor()
        #expect(world.secondsLeft == nil)
        world.press(.moreTime)
        #expect(world.state.kioskView(revision: 0, at: world.now).notice?.kind == .tooLate)
        world.advance(90_000)
        #expect(world.screen != .home)
        world.close("A-01")
        world.checkBooks()
    }

    @Test func staffThatAskForMoreTimeStaySignedIn() {
        var world = World()
        world.signIn()
        world.advance(50_000)
        world.press(.moreTime)
        world.advance(59_000)
        #expect(world.screen != .home)
        world.advance(1_001)
        #expect(world.screen == .home)
    }

    @Test func nobodyIsGivenTimeWhileNobodyIsServed() {
        var world = World()
        #expect(world.secondsLeft == nil)
        world.press(.moreTime)
        #expect(world.screen == .home)
    }
}

extension World {
    fileprivate var secondsLeft: Int? { state.kioskView(revision: 0, at: now).endsIn }

    fileprivate var isDone: Bool { if case .done = screen { true } else { false } }
}
