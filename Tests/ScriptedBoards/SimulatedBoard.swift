public import DeviceIO

/// A lock board as its slave side sees it: coils with and without a time, inputs, registers, perhaps a
/// watchdog.
public struct SimulatedBoard: Sendable {
    /// One time that a coil was on.
    public struct OnTime: Sendable, Equatable {
        /// The coil, from 0.
        public let coil: Int
        /// When it went on.
        public let from: BootTime
        /// When it went off; `nil` while it is on.
        public var until: BootTime?

        /// Milliseconds; counts until now while the coil is on.
        public var milliseconds: UInt64 { (until ?? BootTime.now()).milliseconds(since: from) }
    }

    /// What the inputs read.
    public var inputs: [Bool]
    /// Holding registers.
    public var registers: [UInt16: UInt16] = [:]
    /// Coils that no command switches off.
    public var stuck: Set<Int> = []
    /// Drops every output when no request comes for the time in this register.
    public var watchdogRegister: UInt16?
    /// The unit of that time.
    public var watchdogUnitMs: UInt64 = 100
    /// Where its coils, inputs and commands are.
    public var map = VendorMap()
    /// What is written, in this order, before a board takes writes again whose watchdog has tripped; empty when
    /// it needs nothing.
    public var restart: [VendorMap.Write] = []
    /// The watchdog has run out since the last restart.
    public internal(set) var isTripped = false
    /// How much of ``restart`` has been written.
    var restarted = 0
    /// Every time that a coil was on.
    public private(set) var history: [OnTime] = []

    var isOn: [Bool]
    var offAt: [BootTime?]
    private var lastRequest = BootTime.now()
    /// A write has come since the start: what arms the watchdog of a board that has to be restarted.
    private var isArmed = false

    /// A board at rest.
    public init(coils: Int, inputs: Int) {
        self.inputs = Array(repeating: false, count: inputs)
        isOn = Array(repeating: false, count: coils)
        offAt = Array(repeating: nil, count: coils)
    }

    /// Whether each coil is on at this moment.
    public mutating func coils() -> [Bool] {
        settle(BootTime.now())
        return isOn
    }

    /// Switches a coil as a welded relay or another master would.
    public mutating func force(_ coil: Int, on: Bool) {
        set(coil, on: on, at: BootTime.now(), offAt: nil)
    }

    /// A request that came before the test began; returns the reply's PDU.
    @discardableResult
    public mutating func take(_ pdu: [UInt8]) -> [UInt8] {
        answer(pdu)
    }

    /// The watchdog runs out now.
    public mutating func trip() {
        for coil in isOn.indices { set(coil, on: false, at: BootTime.now(), offAt: nil) }
        isTripped = !restart.isEmpty
    }

    /// The reply's PDU to a request's PDU.
    mutating func answer(_ pdu: [UInt8]) -> [UInt8] {
        let now = BootTime.now()
        settle(now)
        lastRequest = now
        if pdu[0] >= 5 { isArmed = true }
        return carryOut(pdu, now)
    }

    private mutating func settle(_ now: BootTime) {
        for coil in isOn.indices {
            if let end = offAt[coil], end <= now { set(coil, on: false, at: end, offAt: nil) }
        }
        guard let register = watchdogRegister, let units = registers[register], units > 0 else { return }
        let end = lastRequest.advanced(byMilliseconds: UInt64(units) * watchdogUnitMs)
        if end <= now, restart.isEmpty || isArmed {
            isTripped = !restart.isEmpty
            for coil in isOn.indices { set(coil, on: false, at: end, offAt: nil) }
        }
    }

    mutating func set(_ coil: Int, on: Bool, at now: BootTime, offAt end: BootTime?) {
        if !on, stuck.contains(coil) { return }
        offAt[coil] = end
        guard isOn[coil] != on else { return }
        isOn[coil] = on
        if on {
            history.append(OnTime(coil: coil, from: now, until: nil))
        } else if let index = history.lastIndex(where: { $0.coil == coil && $0.until == nil }) {
            history[index].until = now
        }
    }
}
