internal import CGPIO

/// The lines behind a guard's outputs. ``GPIOOutputBank`` is the real one; the tests have one that keeps its
/// levels when its owner dies, as a Raspberry Pi does.
///
/// Codes are those of `station_gpio.h`: 0 or more for success, -errno or less for failure.
public protocol OutputBank: AnyObject {
    /// Takes an output, off. 0, or why not.
    func take(_ index: Int) -> Int32
    /// Gives an output back.
    func release(_ index: Int)
    /// Drives an output that was taken.
    func set(_ index: Int, isOn: Bool) -> Int32
    /// 1 when the output is on, 0 when it is off.
    func read(_ index: Int) -> Int32
}

/// Outputs on GPIO lines, each requested on its own: one that cannot be had costs no other.
public final class GPIOOutputBank: OutputBank {
    private let outputs: [GuardedOutput]
    private var lines: [Int: OpaquePointer] = [:]

    /// Prepares a bank; takes nothing.
    public init(_ outputs: [GuardedOutput]) {
        self.outputs = outputs
    }

    deinit {
        for line in lines.values { station_gpio_release(line) }
    }

    public func take(_ index: Int) -> Int32 {
        release(index)
        let output = outputs[index]
        var opened: OpaquePointer?
        let failure = station_gpio_open(output.chip, &opened)
        guard failure == 0, let chip = opened else { return failure }
        defer { station_gpio_close(chip) }
        let offset = Self.offset(of: output.line, on: chip)
        guard offset >= 0 else { return offset }
        var wanted = station_gpio_output(
            offset: UInt32(offset),
            active_low: output.isActiveLow ? 1 : 0,
            open_drain: output.isOpenDrain ? 1 : 0
        )
        var taken: OpaquePointer?
        let result = station_gpio_take_outputs(chip, "pickup-coilguard", &wanted, 1, &taken)
        if result == 0, let taken { lines[index] = taken }
        return result
    }

    public func release(_ index: Int) {
        if let line = lines.removeValue(forKey: index) { station_gpio_release(line) }
    }

    public func set(_ index: Int, isOn: Bool) -> Int32 {
        guard let line = lines[index] else { return Int32(STATION_GPIO_NO_LINE) }
        return station_gpio_set(line, 0, isOn ? 1 : 0)
    }

    public func read(_ index: Int) -> Int32 {
        guard let line = lines[index] else { return Int32(STATION_GPIO_NO_LINE) }
        var level: Int32 = 0
        let failure = station_gpio_get(line, &level, 1)
        return failure < 0 ? failure : level
    }

    /// A line is named, or counted: `#17`.
    private static func offset(of line: String, on chip: OpaquePointer) -> Int32 {
        guard line.hasPrefix("#") else { return station_gpio_find(chip, line) }
        guard let offset = Int32(line.dropFirst()), (0..<station_gpio_count(chip)).contains(offset) else {
            return Int32(STATION_GPIO_NO_LINE)
        }
        return offset
    }
}
