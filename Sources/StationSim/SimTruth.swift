internal import StationCore

/// What is really the case at the wall, whatever the station believes.
struct SimTruth {
    struct Door {
        var board: Int
        var isOpen = false
        var openedAt = Instant(nanoseconds: 0)
        var isStuck = false
        var hasSensor = true
        /// What a cut sensor says.
        var cutReads: DoorReading?
        var items: [ParcelID] = []
        /// By whose right it stands open; nil: by force.
        var openedBy: Authority?
        /// By whose leave it opened last, also once it is closed; nil: by force, or never.
        var lastOpenedBy: Authority?
        /// How often it has opened.
        var swings = 0
        /// When its coil was last energised, in this boot of the machine.
        var energisedAt: Instant?

        /// Who stands before it has the right to what is theirs.
        var isOpenedForCustomer: Bool {
            switch openedBy {
            case .pickupCode, .hq: true
            case .staff, .technician, nil: false
            }
        }
    }

    var doors: [Door]
    var isBoardUp: [Bool]
    /// Who has each parcel that was taken out: the order by whose code it was taken; nil: staff or a thief.
    var taken: [(parcel: ParcelID, by: OrderID?)] = []

    func isUp(_ door: Int) -> Bool { isBoardUp[doors[door].board] }
}

/// A violation of a promise, found from outside the core.
public struct SimFailure: Error, CustomStringConvertible {
    /// The seed that shows it.
    public var seed: UInt64
    /// What was promised and not kept.
    public var promise: String
    /// The world's options.
    public var options: String
    /// The last lines of the trace.
    public var trace: [String]

    /// All of it, and how to repeat it.
    public var description: String {
        """
        seed \(seed): \(promise)
        \(options)
        \(trace.suffix(60).joined(separator: "\n"))
        repeat it with: SIM_SEED=\(seed) swift test --filter SimulationTests
        """
    }
}
