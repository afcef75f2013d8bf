internal import CGPIO
internal import CStationShims
internal import Glibc
internal import Synchronization

/// Inputs of one GPIO chip, watched by a thread of their own.
///
/// Edges come with the time that the kernel took in the interrupt. libgpiod 1.6 has a queue of 16 for each line
/// and drops the newest when it is full, so the levels are read again after every drain, and once a second
/// besides. Safe to use from any thread.
public final class GPIOInputs: Sendable {
    /// What an input says.
    public struct Reading: Hashable, Sendable {
        /// Its level.
        public let isOn: Bool
        /// Since when.
        public let since: BootTime
    }

    private struct State {
        /// nil: given back.
        var lines: OpaquePointer?
        var filters: [LineFilter] = []
        var failure: GPIOError?
    }

    private static let recheckMs: UInt64 = 1000

    /// The chip's label.
    public let chip: String
    private let state: Mutex<State>
    private let wake: WakeSignal
    private let descriptors: [Int32]
    private let count: Int
    private let changed: @Sendable () -> Void

    /// Takes the inputs, all or none, and watches them.
    /// - Parameters:
    ///   - chip: the chip's label.
    ///   - inputs: 1 to 64 of its lines.
    ///   - consumer: who holds them, as `gpioinfo` shows it.
    ///   - changed: called on the watching thread when there is something new to ``read(_:)``, or the chip is
    ///     gone; must not block.
    /// - Throws: ``GPIOError``, each with its remedy.
    public init(
        chip label: String,
        inputs: [GPIOInput],
        consumer: String,
        changed: @escaping @Sendable () -> Void
    ) throws(GPIOError) {
        let chip = try GPIOChip(label: label)
        let lines = try chip.take(inputs, consumer: consumer)
        do {
            wake = try WakeSignal()
        } catch {
            station_gpio_release(lines)
            throw .system(chip: label, operation: "open an eventfd", code: EMFILE)
        }
        var levels = [Int32](repeating: 0, count: inputs.count)
        let code = station_gpio_get(lines, &levels, levels.count)
        guard code >= 0 else {
            station_gpio_release(lines)
            throw GPIOError(code: code, chip: label, operation: "read the inputs")
        }
        var found = [Int32](repeating: -1, count: inputs.count)
        let descriptorCount = Int(station_gpio_descriptors(lines, &found, found.count))
        descriptors = Array(found.prefix(descriptorCount))
        self.chip = label
        self.changed = changed
        count = inputs.count
        let now = BootTime.now()
        let ownMs = GPIOChip.gpiodMajor >= 2 ? 0 : 1
        let filters = zip(inputs, levels).map { input, level in
            LineFilter(isOn: level != 0, debounceMs: input.debounceMs * ownMs, at: now)
        }
        // An opaque pointer is not Sendable; the mutex is the only way to it from here on.
        nonisolated(unsafe) let given = lines
        state = Mutex(State(lines: given, filters: filters))
        do {
            _ = try NamedThread(name: "gpio-\(label)") { [weak self, wake, descriptors] in
                Self.watch(wake: wake, descriptors: descriptors) { self?.look() }
            }
        } catch {
            // The object is whole by now, so its end gives the lines back.
            throw .system(chip: label, operation: "start a thread", code: EAGAIN)
        }
    }

    deinit {
        close()
    }

    /// Gives the lines back and ends the watch.
    public func close() {
        state.withLock { state in
            if let lines = state.lines { station_gpio_release(lines) }
            state.lines = nil
            state.failure = state.failure ?? .gone(chip: chip)
        }
        wake.raise()
    }

    /// The levels of some inputs, counted from 0 in the order they were given. What happened to them since the
    /// last call is told one change a call; `hasMore` says that the next call has something new already.
    /// - Throws: ``GPIOError/gone(chip:)`` when the chip was unplugged: make a new object.
    public func read(_ wanted: [Int]) throws(GPIOError) -> (readings: [Reading], hasMore: Bool) {
        let result = state.withLock { state -> Result<([Reading], Bool), GPIOError> in
            gather(&state)
            if let failure = state.failure { return .failure(failure) }
            let readings = wanted.map { index in
                let level = state.filters[index].take()
                return Reading(isOn: level.isOn, since: level.since)
            }
            return .success((readings, wanted.contains { state.filters[$0].hasNews }))
        }
        return try result.get()
    }

    // MARK: Lines

    /// Takes in edges, then levels. Holds the lock.
    private func gather(_ state: inout State) {
        guard let lines = state.lines, state.failure == nil else { return }
        var edges = [station_gpio_edge](repeating: station_gpio_edge(), count: 64)
        var levels = [Int32](repeating: 0, count: count)
        // The kernel stamps edges with CLOCK_MONOTONIC, which stands still while the machine is suspended.
        let offset = BootTime.now().nanoseconds &- station_monotonic_nanoseconds()
        var drained: Int32
        repeat {
            drained = station_gpio_drain(lines, &edges, edges.count)
            for edge in edges.prefix(Int(max(0, drained))) where Int(edge.index) < count {
                let time = BootTime(nanoseconds: edge.nanoseconds &+ offset)
                state.filters[Int(edge.index)].edge(isOn: edge.is_on != 0, at: time)
            }
        } while Int(drained) == edges.count
        let read = drained < 0 ? drained : station_gpio_get(lines, &levels, levels.count)
        guard read >= 0 else {
            state.failure = GPIOError(code: read, chip: chip, operation: "read the inputs")
            return
        }
        let now = BootTime.now()
        for index in levels.indices { state.filters[index].read(isOn: levels[index] != 0, at: now) }
    }

    // MARK: The watching thread

    /// What the thread does after each wait: when to look again, or nil when there is nothing left to watch.
    private func look() -> BootTime? {
        let (isNews, next) = state.withLock { state -> (Bool, BootTime?) in
            guard state.lines != nil, state.failure == nil else { return (false, nil) }
            gather(&state)
            let settles = state.filters.compactMap(\.settlesAt).min()
            let recheck = BootTime.now().advanced(byMilliseconds: Self.recheckMs)
            let next = state.failure == nil ? min(recheck, settles ?? recheck) : nil
            return (state.failure != nil || state.filters.contains(where: \.hasNews), next)
        }
        if isNews { changed() }
        return next
    }

    private static func watch(wake: WakeSignal, descriptors: [Int32], look: () -> BootTime?) {
        var next = look()
        while let until = next {
            var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            entries.append(pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0))
            let now = BootTime.now()
            let left = now < until ? Int64(until.nanoseconds - now.nanoseconds) : 0
            _ = station_poll(&entries, entries.count, left)
            next = look()
        }
    }
}
