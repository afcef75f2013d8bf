import Testing

@testable import StationCore

/// S8: each source has its own budget, nobody's abuse uses up another's, and no clock or restart refills one.
@Suite struct GovernorTests {

    private func world(_ change: (inout GovernorLimits) -> Void = { _ in }) -> World {
        var policy = Policy()
        change(&policy.governor)
        return World(policy: policy)
    }

    /// Opens this door for this authority as often as the governor lets it; returns how often.
    private func drain(
        _ world: inout World,
        _ authority: Authority,
        _ purpose: OpeningPurpose = .remote,
        door: CompartmentID = "A-07",
        most: Int = 5_000
    ) -> Int {
        for count in 0..<most {
            let verdict = world.state.governorVerdict(for: authority, purpose, of: door, at: world.now)
            guard verdict == .admitted else { return count }
            charge(&world, authority, purpose, door)
        }
        return most
    }

    /// What an opening does to the budget, without a door that moves.
    private func charge(
        _ world: inout World,
        _ authority: Authority,
        _ purpose: OpeningPurpose,
        _ door: CompartmentID
    ) {
        var draft = Draft(state: world.state, moment: Moment(instant: world.now, uniqueID: "c"))
        let request = Draft.Request(
            compartment: door,
            purpose: purpose,
            authority: authority,
            order: nil,
            displayNumber: "",
            parcels: [],
            awaitedElsewhere: 0,
            handover: nil,
            attempt: 1,
            isReopen: true
        )
        let opening = draft.opening(request, phase: .ordered(deadline: world.now))
        world.state.apply(.openingIntended(opening))
        world.state.apply(.openingEnded(opening.id, .unknown))
        world.disk.governor = world.state.governor
    }

    // MARK: Buckets

    @Test func hqOpensTwoDoorsAMinuteSixAnHourAndTwentyADayWhateverTheSizeOfTheWall() {
        var world = world()
        let hq = Authority.hq(commandID: "c")
        #expect(drain(&world, hq) == 2)
        world.now = world.now.advanced(byMs: 29_999)
        #expect(drain(&world, hq) == 0)
        world.now = world.now.advanced(byMs: 1)
        #expect(drain(&world, hq) == 1, "one token every half minute")
        var opened = 3
        for _ in 0..<120 {
            world.now = world.now.advanced(byMs: 30_000)
            opened += drain(&world, hq)
        }
        #expect(opened == 12, "six at once, and six more in the hour after")
        for _ in 0..<(23 * 120) {
            world.now = world.now.advanced(byMs: 30_000)
            opened += drain(&world, hq)
        }
        #expect(opened == 40, "twenty at once, and twenty more in the 24 hours after")
        #expect(GovernorLimits.ceiling(of: .hq, .day, doors: 10_000) == 20)
    }

    @Test func eachSourceHasItsOwnBuckets() {
        var world = world()
        #expect(drain(&world, .hq(commandID: "c")) == 2)
        #expect(drain(&world, .staff("S1"), .load) == 20)
        #expect(drain(&world, .technician("T1"), .service) == 20)
        #expect(drain(&world, .pickupCode("O9", typed: false), .collect) == Governor.doorOpeningsMax)
    }

    @Test func twoBadgesShareWhatStaffMayOpen() {
        var world = world { $0.staff.perMinute = 3 }
        #expect(drain(&world, .staff("S1"), .load, most: 2) == 2)
        #expect(drain(&world, .staff("S2"), .load) == 1)
    }

    @Test func aBankHasLessThanTheStation() {
        let doors = (1...20).map { World.door(CompartmentID("A-\(10 + $0)"), .small) }
        var other = World.door("Z-01", .small)
        other.bank = "small"
        var world = World(plan: StationPlan(station: "T1", compartments: doors + [other]))
        world.state.apply(.policy(Policy()))
        let inBank = GovernorLimits.ceiling(of: .staff, .hour, doors: 1)
        #expect(inBank < GovernorLimits.ceiling(of: .staff, .hour, doors: 21))
        var opened = 0
        for _ in 0..<5 {
            world.now = world.now.advanced(byMs: 60_000)
            opened += drain(&world, .staff("S1"), .load, door: "Z-01")
        }
        guard
            case .refused(let key, _) = world.state.governorVerdict(
                for: .staff("S1"),
                .load,
                of: "Z-01",
                at: world.now
            )
        else {
            Issue.record("its bank is empty, and it was admitted")
            return
        }
        #expect(key == Governor.Key(source: .staff, scope: .bank("small"), window: .hour))
        #expect((inBank...inBank + 5).contains(opened), "\(opened)")
        let elsewhere = world.state.governorVerdict(for: .staff("S1"), .load, of: "A-11", at: world.now)
        #expect(elsewhere == .admitted)
    }

    // MARK: Limits

    @Test func limitsCanBeLoweredAndNeverRaised() {
        var lowered = world { $0.hq.perDay = 1 }
        #expect(drain(&lowered, .hq(commandID: "c")) == 1)
        var none = world { $0.hq.perMinute = 0 }
        #expect(drain(&none, .hq(commandID: "c")) == 0)
        var raised = world { limits in
            limits.hq = GovernorLimits.Rate(perMinute: 1_000_000, perHour: .max, perDay: .max)
        }
        #expect(drain(&raised, .hq(commandID: "c")) == 2)
        var senseless = world { $0.hq.perMinute = .min }
        #expect(drain(&senseless, .hq(commandID: "c")) == 0)
    }

    @Test func hqsPolicyCannotRefillABucket() {
        var world = world()
        #expect(drain(&world, .hq(commandID: "c")) == 2)
        for perMinute in [0, 1, nil, 1_000] {
            var policy = Policy()
            policy.governor.hq.perMinute = perMinute
            world.send(.policyReceived(policy))
            #expect(drain(&world, .hq(commandID: "c")) == 0, "\(String(describing: perMinute))")
        }
    }

    // MARK: Time and restarts

    @Test func noClockRefillsABucket() {
        var world = world()
        #expect(drain(&world, .hq(commandID: "c")) == 2)
        for hours in [11, 22, 33] {
            let later = World.dayStart.advanced(byMs: Int64(hours) * 3_600_000)
            world.send(.clockRead(later, .hq))
        }
        #expect(world.state.clock.time(at: world.now) > World.dayStart.advanced(byMs: 30 * 3_600_000))
        #expect(drain(&world, .hq(commandID: "c")) == 0)
    }

    @Test func noRestartRefillsABucket() {
        var world = world()
        #expect(drain(&world, .hq(commandID: "c")) == 2)
        world.restart(afterMs: 1_000)
        #expect(drain(&world, .hq(commandID: "c")) == 0, "the program was restarted")
        world.restart(sameBoot: false, afterMs: 86_400_000)
        #expect(drain(&world, .hq(commandID: "c")) == 0, "nobody knows how long the machine was off")
        world.now = world.now.advanced(byMs: 30_000)
        #expect(drain(&world, .hq(commandID: "c")) == 1)
    }

    // MARK: Valid codes

    @Test func aValidCodeIsServedWhateverOthersHaveUsedUp() {
        var world = world { limits in
            limits.customer = GovernorLimits.Rate(perMinute: 1, perHour: 1, perDay: 1)
        }
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.load("O1", "O2")
        world.advance(10_000)
        _ = drain(&world, .hq(commandID: "c"))
        _ = drain(&world, .staff("S1"), .recall)
        _ = drain(&world, .technician("T1"), .service)
        for order in 10..<60 { _ = drain(&world, .pickupCode(OrderID("X\(order)"), typed: true), .collect) }
        world.scan("O1")
        world.visit()
        #expect(world.pickups.map(\.order) == ["O1"])
        world.press(.finish)
        world.type("O2")
        world.visit()
        #expect(world.pickups.map(\.order) == ["O1", "O2"])
    }

    @Test func aCodeUsesUpOnlyItsOwnDoor() {
        var world = world()
        world.addOrder("O1", .small, .small)
        world.addOrder("O2", .small)
        world.load("O1", "O2")
        world.advance(10_000)
        #expect(drain(&world, .pickupCode("O1", typed: false), .collect, door: "A-01") == 10)
        world.scan("O1")
        #expect(world.refusal == .tooManyOpenings(orderNumber: "#O1"))
        #expect(world.pulses.isEmpty)
        #expect(world.reports(.pickupStarted).isEmpty)
        let trips = world.reports(.governorTripped)
        #expect(trips.map(\.reason) == ["customer.order.hour"])
        #expect(trips.first?.order == "O1")
        world.scan("O2")
        world.visit()
        #expect(world.pickups.map(\.order) == ["O2"])
        world.press(.finish)
        world.advance(360_000)
        world.scan("O1")
        #expect(world.pulses.count == 1, "six minutes later there is a token again")
    }

    @Test func reopeningNeedsATokenOfCustomers() {
        var world = world { $0.customer.perHour = 2 }
        world.addOrder("O1", .small)
        world.load("O1")
        world.advance(10_000)
        world.scan("O1")
        world.visit()
        world.press(.reopen)
        world.advance(3_000)
        world.visit()
        #expect(world.reports(.governorTripped).isEmpty)
        world.press(.reopen)
        #expect(world.refusal == .tooManyOpenings(orderNumber: "#O1"))
        #expect(world.reports(.governorTripped).map(\.reason) == ["customer.station.hour"])
    }

    @Test func manyCodesAtOnceAreServedAndAnAlarm() {
        var world = world { $0.customer.perMinute = 2 }
        for number in 1...3 { world.addOrder(OrderID("O\(number)"), .small) }
        world.load("O1", "O2", "O3")
        world.advance(120_000)
        for number in 1...3 {
            world.scan(OrderID("O\(number)"))
            world.visit()
            world.press(.finish)
        }
        #expect(world.pickups.count == 3)
        #expect(world.reports(.governorTripped).map(\.reason) == ["customer.station.minute"])
    }

    // MARK: Exceeding

    @Test func staffWhoExceedTheirBudgetAreToldAndHqHearsOnceByWhom() {
        var world = world { $0.staff.perMinute = 2 }
        for number in 1...4 { world.addOrder(OrderID("O\(number)"), .small) }
        world.signIn()
        for number in 1...2 {
            world.scanLabel(ParcelID("O\(number)-1"))
            world.finishLoad()
        }
        for _ in 0..<3 {
            world.scanLabel("O3-1")
            #expect(world.notice == .tooManyOpenings)
            #expect(world.pulses.isEmpty)
            #expect(world.contents("A-03") == .empty, "nothing is kept for it")
        }
        let trips = world.reports(.governorTripped)
        #expect(trips.count == 1)
        #expect(trips.first?.reason == "staff.station.minute")
        #expect(trips.first?.staff == "S1")
        world.advance(30_000)
        world.scanLabel("O3-1")
        #expect(world.pulses.count == 1)
        world.finishLoad()
        world.scanLabel("O4-1")
        #expect(world.notice == .tooManyOpenings)
        #expect(world.reports(.governorTripped).count == 2, "it had recovered in between")
        world.checkBooks()
    }

    @Test func recallsComeOutOfTheSameBudget() {
        var world = world { $0.staff.perHour = 2 }
        world.addOrder("O1", .small)
        world.addOrder("O2", .small)
        world.load("O1", "O2")
        world.change("O1") { $0.standing = .cancelled }
        world.advance(10_000)
        world.signIn()
        world.press(.menu)
        world.press(.recall("A-01"))
        #expect(world.pulses.isEmpty)
        #expect(world.notice == .tooManyOpenings)
        #expect(world.reports(.governorTripped).map(\.reason) == ["staff.station.hour"])
    }

    @Test func aSourceThatMayOpenNothingIsReportedOnce() {
        var world = world { $0.staff.perMinute = 0 }
        world.addOrder("O1", .small)
        world.signIn()
        for _ in 0..<3 { world.scanLabel("O1-1") }
        #expect(world.reports(.governorTripped).count == 1)
    }
}

/// What `pickupctl status` says of the budgets.
@Suite struct GovernorLevelTests {
    @Test func aBudgetThatNearsItsEndIsNamedUntilItHasRecovered() {
        var policy = Policy()
        policy.governor.technician.perMinute = 4
        var world = World(policy: policy)
        world.signIn(RoleTests.badge(.technician))
        world.press(.startOpenAll)
        world.press(.go)
        func words() -> [String] {
            world.state.governor.levels(at: world.now).map { "\($0.key.word) \($0.percentUsed)" }
        }
        #expect(words().isEmpty)
        for _ in 0..<2 {
            world.visit()
            world.advance(1_000)
        }
        // Three openings of four, less what came back in 12.4 s.
        #expect(words().isEmpty)
        world.visit()
        world.advance(1_000)
        let known = world.state.governor.levels(atLeast: 60, at: world.now)
        #expect(Set(known.map(\.key.word)).isSubset(of: [
            "technician.station.minute", "technician.bank.bank.minute",
        ]))
        #expect(!known.isEmpty)
        world.press(.stop)
        world.advance(60_000)
        #expect(world.state.governor.levels(atLeast: 1, at: world.now).allSatisfy { $0.key.window != .minute })
    }
}
