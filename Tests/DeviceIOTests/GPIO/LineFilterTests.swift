import Testing

@testable import DeviceIO

private func at(_ milliseconds: UInt64) -> BootTime {
    BootTime(nanoseconds: milliseconds * 1_000_000)
}

@Suite struct LineFilterTests {
    private func filter(debounceMs: Int) -> LineFilter {
        LineFilter(isOn: false, debounceMs: debounceMs, at: at(0))
    }

    @Test func withoutDebounceAnEdgeCountsAtOnceAtItsOwnTime() {
        var filter = filter(debounceMs: 0)
        filter.edge(isOn: true, at: at(10))
        #expect(filter.hasNews)
        #expect(filter.take() == LineFilter.Level(isOn: true, since: at(10)))
        #expect(!filter.hasNews)
    }

    @Test func aLevelCountsOnceItHasHeldAndItsTimeIsThatOfItsFirstEdge() {
        var filter = filter(debounceMs: 20)
        filter.edge(isOn: true, at: at(100))
        #expect(filter.settlesAt == at(120))
        filter.settle(at: at(119))
        #expect(!filter.hasNews)
        filter.settle(at: at(120))
        #expect(filter.take() == LineFilter.Level(isOn: true, since: at(100)))
    }

    @Test func bouncesCountForNothing() {
        var filter = filter(debounceMs: 20)
        for step in 0..<50 { filter.edge(isOn: step % 2 == 0, at: at(100 + UInt64(step))) }
        filter.settle(at: at(1000))
        #expect(!filter.hasNews)
        #expect(!filter.take().isOn)
    }

    @Test func whatFollowsBouncesCountsFromTheLastEdge() {
        var filter = filter(debounceMs: 20)
        for step in 0..<51 { filter.edge(isOn: step % 2 == 0, at: at(100 + UInt64(step))) }
        filter.settle(at: at(169))
        #expect(!filter.hasNews)
        filter.settle(at: at(170))
        #expect(filter.take() == LineFilter.Level(isOn: true, since: at(150)))
    }

    @Test func aVisitBetweenTwoLooksIsNotForgotten() {
        var filter = filter(debounceMs: 20)
        filter.edge(isOn: true, at: at(100))
        filter.edge(isOn: false, at: at(200))
        filter.settle(at: at(300))
        #expect(filter.take() == LineFilter.Level(isOn: true, since: at(100)))
        #expect(filter.hasNews)
        #expect(filter.take() == LineFilter.Level(isOn: false, since: at(200)))
        #expect(!filter.hasNews)
        #expect(filter.take() == LineFilter.Level(isOn: false, since: at(200)))
    }

    @Test func aLevelThatWasReadCorrectsWhatAFullQueueDropped() {
        var filter = filter(debounceMs: 0)
        filter.edge(isOn: true, at: at(100))
        filter.read(isOn: false, at: at(150))
        #expect(filter.take().isOn)
        #expect(filter.take() == LineFilter.Level(isOn: false, since: at(150)))
    }

    @Test func aLevelThatWasReadHasToHoldAsWell() {
        var filter = filter(debounceMs: 20)
        filter.read(isOn: true, at: at(100))
        #expect(!filter.hasNews)
        filter.read(isOn: true, at: at(121))
        #expect(filter.take() == LineFilter.Level(isOn: true, since: at(100)))
    }

    @Test func aFlutteringContactFillsNoMemoryAndItsLastLevelStaysTheLast() {
        var filter = filter(debounceMs: 0)
        for step in 0..<1001 { filter.edge(isOn: step % 2 == 0, at: at(UInt64(step))) }
        var levels: [Bool] = []
        while filter.hasNews { levels.append(filter.take().isOn) }
        #expect(levels.count <= LineFilter.memory)
        #expect(levels.last == true)
    }
}

@Suite struct GPIOLineTests {
    @Test func digitsAreAnOffsetAndAnythingElseIsAName() {
        #expect(GPIOLine("17") == .offset(17))
        #expect(GPIOLine("GPIO17") == .name("GPIO17"))
        #expect(GPIOLine("-1") == .name("-1"))
        #expect(GPIOLine("17").description == "#17")
    }

    @Test func aChipThatIsNotThereIsSaidWithTheLabelsThatAre() {
        let error = #expect(throws: GPIOError.self) { _ = try GPIOChip(label: "no-such-chip").label }
        #expect(error?.description.contains("`no-such-chip`") == true)
    }

    @Test(arguments: [
        (-16, "is held by"), (-13, "group gpio"), (-19, "is gone"), (-10_002, "several GPIO chips"),
        (-10_003, "has no line GPIO5"), (-10_004, "name the offset"), (-22, "errno 22"),
    ])
    func everyCodeSaysItsCauseAndWhatToDo(_ code: Int32, _ text: String) {
        let error = GPIOError(code: code, chip: "wall", line: .name("GPIO5"))
        #expect(error.description.contains(text), "\(error)")
    }
}
