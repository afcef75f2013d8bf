internal import DeviceIO
internal import Synchronization

/// The name of a power supply of lock coils.
public struct SupplyName: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The name's text.
    public let rawValue: String

    /// Wraps a name.
    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// The name's text.
    public var description: String { rawValue }
}

/// A power supply that feeds the coils of several boards, on one bus or on many: at most so many of them are
/// on at once (S6). A lock takes 2.4 A at 12 V; two at once let a supply for one sag (KERONG KR-S99N, data sheet).
///
/// Pulses take their turn in the order in which they came, whichever bus they came on. Who waits asks again
/// and again and blocks nobody; whose turn it is and does not come for it lets the next one pass, and keeps
/// its place. A coil holds its place until it is known to be off, and the gap comes after that; of a board
/// that falls silent, until its profile's longest on-time is over.
public final class Supply: Sendable {
    /// A coil, wherever it is.
    struct Coil: Hashable, Sendable {
        let board: ObjectIdentifier
        let channel: Int
    }

    /// One pulse that waits.
    struct Ticket: Hashable, Sendable {
        fileprivate let number: UInt64
    }

    private struct Waiter {
        let ticket: Ticket
        var lastAsked: BootTime
    }

    private struct State {
        var next: UInt64 = 0
        var waiting: [Waiter] = []
        /// Until when each coil keeps its place, the gap included.
        var places: [Coil: BootTime] = [:]
    }

    /// How long the next one waits for whose turn it is: longer than the 5 ms after which a waiting pulse
    /// asks again, shorter than a board's response time, for which its bus may be busy.
    static let passMs: UInt64 = 50

    /// The supply's name.
    public let name: SupplyName
    /// How many coils may be on at once: 1 to 16.
    public let maxSimultaneous: Int
    /// Rest after a coil before another takes its place, in milliseconds: 0 to 5000.
    public let gapMs: Int

    private let state = Mutex(State())

    /// Describes a supply. Give the same one to every board that hangs on it.
    public init(name: SupplyName, maxSimultaneous: Int = 1, gapMs: Int = 150) {
        self.name = name
        self.maxSimultaneous = max(1, maxSimultaneous)
        self.gapMs = max(0, gapMs)
    }

    /// How many pulses wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Queues up.
    func enqueue(at now: BootTime = .now()) -> Ticket {
        state.withLock { state in
            state.next += 1
            let ticket = Ticket(number: state.next)
            state.waiting.append(Waiter(ticket: ticket, lastAsked: now))
            return ticket
        }
    }

    /// Leaves the queue, served or not.
    func leave(_ ticket: Ticket) {
        state.withLock { state in state.waiting.removeAll { $0.ticket == ticket } }
    }

    /// Takes a place for this coil if it is its turn; the place is kept until ``hold(_:until:)`` or
    /// ``release(_:)`` says for how long.
    func take(_ coil: Coil, _ ticket: Ticket, at now: BootTime) -> Bool {
        state.withLock { state in
            guard let own = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return false }
            state.waiting[own].lastAsked = now
            state.places = state.places.filter { $0.value > now }
            guard state.places[coil] == nil, state.places.count < maxSimultaneous else { return false }
            let isBehind = state.waiting[..<own].contains { other in
                now.milliseconds(since: other.lastAsked) <= Self.passMs
            }
            guard !isBehind else { return false }
            state.places[coil] = BootTime(nanoseconds: .max)
            return true
        }
    }

    /// This coil is, or may be, on until then; its place is free after the gap. Also for a coil that is on
    /// without having asked.
    func hold(_ coil: Coil, until end: BootTime) {
        let free = end.advanced(byMilliseconds: UInt64(gapMs))
        state.withLock { $0.places[coil] = free }
    }

    /// This coil is off now.
    func switchedOff(_ coil: Coil, at now: BootTime) {
        let free = now.advanced(byMilliseconds: UInt64(gapMs))
        state.withLock { state in
            if let until = state.places[coil], until > free { state.places[coil] = free }
        }
    }

    /// This coil was not switched on after all.
    func release(_ coil: Coil) {
        state.withLock { $0.places[coil] = nil }
    }
}
