/// What one seed's world is like: each feature is on or off, with a weight of its own (swarm testing).
public struct SimOptions: Sendable, CustomStringConvertible {
    /// How many compartments the wall has.
    public var compartments: Int
    /// Per mille of compartments without a sensor.
    public var sensorless: Int
    /// Per mille of pulses that meet a stuck latch.
    public var stuckLatch: Int
    /// Per mille of doors that open late.
    public var lateDoor: Int
    /// Per mille of pulses that the bus does not prove, refuses, or never answers.
    public var oddPulse: Int
    /// Per mille of actions after which a board drops out for a while.
    public var boardLoss: Int
    /// Per mille of decisions at which the station is killed.
    public var crash: Int
    /// Per mille of crashes after which the whole machine boots anew.
    public var reboot: Int
    /// Per mille of visits by vandals.
    public var vandals: Int
    /// Per mille of an honest visitor's actions that are foolish.
    public var folly: Int
    /// Per mille of doors that are left open by who leaves.
    public var leftOpen: Int
    /// Per mille of HQ's turns in which an order is changed, cancelled, split or sent elsewhere.
    public var hqChanges: Int
    /// Per mille of deliveries whose reply is lost.
    public var lostReply: Int
    /// Per mille of turns in which HQ is away.
    public var hqAway: Int
    /// Whether the clock is trusted from the start.
    public var isClockTrusted: Bool

    /// Draws the options of a seed.
    public init(_ random: inout SimRandom) {
        func weight(_ random: inout SimRandom, _ most: Int) -> Int {
            random.chance(300) ? 0 : random.below(most + 1)
        }
        compartments = random.within(8...28)
        sensorless = weight(&random, 250)
        stuckLatch = weight(&random, 120)
        lateDoor = weight(&random, 150)
        oddPulse = weight(&random, 120)
        boardLoss = weight(&random, 15)
        crash = weight(&random, 25)
        reboot = weight(&random, 400)
        vandals = weight(&random, 120)
        folly = weight(&random, 200)
        leftOpen = weight(&random, 80)
        hqChanges = weight(&random, 250)
        lostReply = weight(&random, 300)
        hqAway = weight(&random, 400)
        isClockTrusted = random.chance(800)
    }

    /// The options in a line.
    public var description: String {
        "compartments=\(compartments) sensorless=\(sensorless) stuck=\(stuckLatch) late=\(lateDoor) pulse=\(oddPulse) "
            + "board=\(boardLoss) crash=\(crash) reboot=\(reboot) vandals=\(vandals) folly=\(folly) open=\(leftOpen) "
            + "changes=\(hqChanges) lost=\(lostReply) away=\(hqAway) clock=\(isClockTrusted)"
    }
}
