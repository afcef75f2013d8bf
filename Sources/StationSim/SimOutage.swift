public import StationCore

/// A pulse as somebody at the wall hears it.
public struct SimPulse: Hashable, Sendable {
    /// The door's compartment.
    public var compartment: CompartmentID
    /// When, in milliseconds of the world's own clock.
    public var atMs: UInt64
}

/// How HQ behaves in a world that is about nothing else.
public enum SimLink: Sendable {
    /// Takes events, says what became of them, and sends nothing else.
    case present
    /// Cannot be reached.
    case lost
}

// Whether HQ is there or not must not show at the wall.
extension Simulation {
    /// What HQ or the disk could bring about, and what would differ for that alone.
    private static var aside: Set<SimOptions.Feature> {
        [
            .hqChanges, .oldVersion, .lostReply, .pendingAtHQ, .parked, .hqAway, .commands, .hostilePolicy,
            .crash, .reboot, .diskFull,
        ]
    }

    /// Stocks the shop with so many orders, lets the station read them, and then plays so many days of people at the
    /// wall with the link as it is said. Two worlds of one seed have the same people and the same faults.
    ///
    /// - Returns: the pulses of those days, and how many events the station still keeps for HQ.
    /// - Throws: ``SimFailure`` when a promise is broken.
    public func playDays(_ days: Int, orders: Int, link: SimLink) throws -> (pulses: [SimPulse], kept: Int) {
        options.remove(Self.aside)
        for _ in 0..<orders { hq.place(&random, now: wall) }
        hq.holdAll(until: wall.advanced(byMs: Int64(days) * 86_400_000))
        try begin(isSameBoot: false)
        try hqTurn()
        self.link = link
        witness.pulses = []
        // HQ draws from a sequence of its own, so that the people draw the same with it and without it.
        hqRandom = SimRandom(seed: ~seed)
        schedule(afterMs: 2_000, .visitorActs)
        schedule(afterMs: 1_000, .hqTurn)
        schedule(afterMs: 3_600_000, .clock)
        let end = now.advanced(byMs: days * 86_400_000)
        while now < end { try step() }
        return (witness.pulses, try store.outboxHeads(limit: .max).count)
    }

    /// The turn of an HQ that is there, or not, and has no ideas of its own.
    func quietTurn(_ link: SimLink) throws {
        if link == .present {
            try takeEvents()
            try sendFeed()
        }
        try countOrders()
        schedule(afterMs: random.within(2_000...600_000), .hqTurn)
    }
}
