internal import DeviceIO

/// A point of one board, and what was last told of it.
struct PointState {
    let configuration: PointConfiguration
    private(set) var told: PointValue?
    private var seen: Bool?
    /// Whether an output shall be on, and until when; nil: until it is switched off.
    var wanted: (isOn: Bool, until: BootTime?) = (false, nil)
    /// What the output was last switched to; nil: nobody knows.
    var isOn: Bool?
    /// When it is switched at the earliest.
    var switchAt = BootTime(nanoseconds: 0)
    /// When a register is read next.
    var nextRead = BootTime(nanoseconds: 0)

    init(_ configuration: PointConfiguration) {
        self.configuration = configuration
    }

    var isInput: Bool {
        if case .input = configuration.place { true } else { false }
    }

    /// The output of a lamp or beeper.
    var output: Int? {
        if case .output(let number) = configuration.place { number } else { nil }
    }

    /// Takes an input's level; two equal readings in a row are news (S14: one may be a late reply).
    mutating func observe(_ isOn: Bool) -> PointValue? {
        let isActive = isOn == (configuration.activeIs == .on)
        defer { seen = isActive }
        return seen == isActive ? change(to: isActive ? .active : .inactive) : nil
    }

    /// Takes a register's number; news is what differs by half a unit.
    mutating func observe(_ number: UInt16) -> PointValue? {
        let value = Double(Int16(bitPattern: number)) * configuration.scale
        if case .measured(let before) = told, (value - before).magnitude < 0.5 { return nil }
        return change(to: .measured(value))
    }

    /// A reading failed: what comes next stands alone.
    mutating func doubt() {
        seen = nil
    }

    /// Its board does not answer any more.
    mutating func lose() -> PointValue? {
        seen = nil
        return change(to: .unknown)
    }

    private mutating func change(to value: PointValue) -> PointValue? {
        guard told != value else { return nil }
        told = value
        return value
    }
}
