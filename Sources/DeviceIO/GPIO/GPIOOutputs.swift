internal import CGPIO
internal import Synchronization

/// An output of a GPIO chip that may be on for long: a lamp or a beeper, never a lock (those belong to the coil guard).
public struct GPIOOutput: Hashable, Sendable {
    /// Which line.
    public var line: GPIOLine
    /// "On" means electrically low.
    public var isActiveLow: Bool
    /// Driven low only; a resistor outside pulls it high.
    public var isOpenDrain: Bool

    /// Describes an output.
    public init(line: GPIOLine, isActiveLow: Bool = false, isOpenDrain: Bool = false) {
        self.line = line
        self.isActiveLow = isActiveLow
        self.isOpenDrain = isOpenDrain
    }
}

/// Outputs of one GPIO chip that this process holds and drives itself. Safe to use from any thread.
///
/// What becomes of them when the process dies is up to the kernel: a Raspberry Pi's own keeps them driven.
public final class GPIOOutputs: Sendable {
    private struct State {
        /// nil: given back.
        var lines: OpaquePointer?
    }

    private let chip: String
    private let count: Int
    private let state: Mutex<State>

    /// Takes the outputs, all or none, and switches them off.
    /// - Parameters:
    ///   - label: the chip's label.
    ///   - outputs: 1 to 64 of its lines.
    ///   - consumer: who holds them, as `gpioinfo` shows it.
    /// - Throws: ``GPIOError``, each with its remedy.
    public init(chip label: String, outputs: [GPIOOutput], consumer: String) throws(GPIOError) {
        let lines = try GPIOChip(label: label).take(outputs, consumer: consumer)
        chip = label
        count = outputs.count
        // An opaque pointer is not Sendable; the mutex is the only way to it from here on.
        nonisolated(unsafe) let given = lines
        state = Mutex(State(lines: given))
    }

    deinit {
        close()
    }

    /// Switches the outputs off and gives them back.
    public func close() {
        state.withLock { state in
            guard let lines = state.lines else { return }
            for index in 0..<count { _ = station_gpio_set(lines, index, 0) }
            station_gpio_release(lines)
            state.lines = nil
        }
    }

    /// Drives an output, counted from 0 in the order they were given.
    /// - Throws: ``GPIOError/gone(chip:)`` when the chip was unplugged: make a new object.
    public func set(_ index: Int, isOn: Bool) throws(GPIOError) {
        let code = state.withLock { state -> Int32? in
            guard let lines = state.lines, (0..<count).contains(index) else { return nil }
            return station_gpio_set(lines, index, isOn ? 1 : 0)
        }
        guard let code else { throw .gone(chip: chip) }
        guard code >= 0 else { throw GPIOError(code: code, chip: chip, operation: "switch an output") }
    }

    /// The level of each output, read back from its line.
    /// - Throws: ``GPIOError/gone(chip:)`` when the chip was unplugged.
    public func read() throws(GPIOError) -> [Bool] {
        var levels = [Int32](repeating: 0, count: count)
        let code = state.withLock { state -> Int32? in
            guard let lines = state.lines else { return nil }
            return station_gpio_get(lines, &levels, levels.count)
        }
        guard let code else { throw .gone(chip: chip) }
        guard code >= 0 else { throw GPIOError(code: code, chip: chip, operation: "read the outputs") }
        return levels.map { $0 != 0 }
    }
}
