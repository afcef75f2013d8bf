/// A line of a GPIO chip, as it is named in a configuration.
public enum GPIOLine: Hashable, Sendable, CustomStringConvertible {
    /// By its name, as `gpioinfo` shows it: `GPIO17`.
    case name(String)
    /// By its offset on the chip, from 0.
    case offset(UInt32)

    /// Digits are an offset, anything else is a name.
    public init(_ text: String) {
        self = UInt32(text).map { .offset($0) } ?? .name(text)
    }

    /// The name, or `#` and the offset.
    public var description: String {
        switch self {
        case .name(let name): name
        case .offset(let offset): "#\(offset)"
        }
    }
}

/// The resistor that a chip can put on an input.
public enum GPIOBias: String, CaseIterable, Sendable {
    /// Whatever the firmware left: for a resistor outside.
    case asIs = "as-is"
    /// None.
    case off
    /// To the supply: the usual one for a switch to ground.
    case pullUp = "pull-up"
    /// To ground.
    case pullDown = "pull-down"
}

/// An input to be watched.
public struct GPIOInput: Hashable, Sendable {
    /// Which line.
    public var line: GPIOLine
    /// "On" means electrically low.
    public var isActiveLow: Bool
    /// Its resistor.
    public var bias: GPIOBias
    /// A level counts when it has held for so long, in milliseconds: 0 to 1000.
    public var debounceMs: Int

    /// Describes an input.
    public init(line: GPIOLine, isActiveLow: Bool = false, bias: GPIOBias = .asIs, debounceMs: Int = 0) {
        self.line = line
        self.isActiveLow = isActiveLow
        self.bias = bias
        self.debounceMs = debounceMs
    }
}
