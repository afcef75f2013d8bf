internal import DeviceIO

/// How the drivers and contacts of a board on GPIO lines are wired: the same for all of its lines.
struct GPIOMap: Hashable, Sendable {
    let outputIsActiveLow: Bool
    let isOpenDrain: Bool
    let inputIsActiveLow: Bool
    let bias: GPIOBias
    let debounceMs: Int
}

/// Which lines of the bus's chip a board's outputs and inputs are.
public struct GPIOWiring: Hashable, Sendable {
    /// The line of each lock output: a name as `gpioinfo` shows it, or an offset.
    public var outputs: [Int: String]
    /// The line of each input.
    public var inputs: [Int: String]
    /// The line of each output without a lock, for a lamp or a beeper: pickupd holds them itself.
    public var lamps: [Int: String]

    /// Describes the wiring.
    public init(outputs: [Int: String] = [:], inputs: [Int: String] = [:], lamps: [Int: String] = [:]) {
        self.outputs = outputs
        self.inputs = inputs
        self.lamps = lamps
    }
}

extension BoardProfile {
    /// `nil`: it does not hang on GPIO lines.
    var gpioMap: GPIOMap? {
        if case .gpio(let map) = wire { map } else { nil }
    }

    /// Whether its outputs and inputs are GPIO lines, which compartments have to name.
    public var usesGPIO: Bool { gpioMap != nil }
}
