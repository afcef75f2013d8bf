internal import StationCore

/// What is really the case at the wall, whatever the station believes.
struct SimTruth {
    struct Door {
        var isOpen = false
        var openedAt = Instant(nanoseconds: 0)
        var isStuck = false
        var hasSensor = true
        var items: [ParcelID] = []
        /// The opening whose pulse let it open, and by whose right.
        var openedBy: Authority?
        var pulses = 0
    }

    var doors: [Door]
    /// Who has each parcel that was taken out: the order by whose code it was taken; nil: staff or a thief.
    var taken: [(parcel: ParcelID, by: OrderID?)] = []
    var isBoardUp = true
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
        \(trace.suffix(70).joined(separator: "\n"))
        repeat it with: SIM_SEED=\(seed) swift test --filter SimulationTests
        """
    }
}
