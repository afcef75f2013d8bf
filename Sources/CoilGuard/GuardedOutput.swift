/// What the guard calls an output: `board/channel`, as the station's configuration names it.
public struct OutputName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name: no spaces in it.
    public let rawValue: String

    /// Wraps a name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name.
    public var description: String { rawValue }
}

/// One lock output: where it is, and what its coil bears.
///
/// Its text is a line of the guard's table, `coilguard.conf`, and is what a client shows the guard to find out
/// whether both mean the same:
/// `output A/1 chip=pinctrl-rp1 line=GPIO17 active=high drive=push-pull supply=A max-ms=1000 gap-ms=150 rest=5`
public struct GuardedOutput: Hashable, Sendable, CustomStringConvertible {
    /// No coil of a cabinet lock is made for more; a table that says more is refused. It is built in, so that
    /// no file and no client can raise it.
    public static let longestMs = 3000
    /// The most outputs of one guard.
    public static let limit = 64

    /// Its name.
    public var name: OutputName
    /// The label of its chip.
    public var chip: String
    /// The line's name, or `#` and its offset.
    public var line: String
    /// On means electrically low.
    public var isActiveLow: Bool
    /// Driven low only; a resistor outside pulls it high.
    public var isOpenDrain: Bool
    /// Outputs of one supply are never on at once.
    public var supply: String
    /// The longest that it is on, in milliseconds: 1 to ``longestMs``.
    public var maximumMs: Int
    /// Rest of its supply after each pulse, in milliseconds: 0 to 10 000.
    public var gapMs: Int
    /// The coil rests this many times as long as it was on: 1 to 1000.
    public var rest: Int

    /// Describes an output.
    public init(
        name: OutputName,
        chip: String,
        line: String,
        isActiveLow: Bool,
        isOpenDrain: Bool,
        supply: String,
        maximumMs: Int,
        gapMs: Int,
        rest: Int
    ) {
        self.name = name
        self.chip = chip
        self.line = line
        self.isActiveLow = isActiveLow
        self.isOpenDrain = isOpenDrain
        self.supply = supply
        self.maximumMs = maximumMs
        self.gapMs = gapMs
        self.rest = rest
    }

    /// Its line of the table.
    public var description: String {
        "output \(name) chip=\(chip) line=\(line) active=\(isActiveLow ? "low" : "high")"
            + " drive=\(isOpenDrain ? "open-drain" : "push-pull") supply=\(supply)"
            + " max-ms=\(maximumMs) gap-ms=\(gapMs) rest=\(rest)"
    }
}
