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
    /// Drops every output when no request comes for the time in this register, in 100 ms.
    public var watchdogRegister: UInt16?
    /// Every time that a coil was on.
    public private(set) var history: [OnTime] = []

    private var isOn: [Bool]
    private var offAt: [BootTime?]
    private var lastRequest = BootTime.now()

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

    /// The reply's PDU to a request's PDU.
    mutating func answer(_ pdu: [UInt8]) -> [UInt8] {
        let now = BootTime.now()
        settle(now)
        lastRequest = now
        let address = UInt16(pdu[1]) << 8 | UInt16(pdu[2])
        let value = UInt16(pdu[3]) << 8 | UInt16(pdu[4])
        switch pdu[0] {
        case 1: return bits(pdu[0], isOn, address, value)
        case 2: return bits(pdu[0], inputs, address, value)
        case 3:
            let values = (0..<value).map { registers[address &+ $0] }
            guard value > 0, !values.contains(nil) else { return [pdu[0] | 0x80, 2] }
            return [3, UInt8(value * 2)]
                + values.compactMap { $0 }.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        case 5: return writeCoil(pdu, address, value, now)
        case 6:
            guard registers[address] != nil else { return [0x86, 2] }
            registers[address] = value
            return pdu
        case 0x0F:
            guard Int(address) + Int(value) <= isOn.count else { return [0x8F, 2] }
            for index in 0..<Int(value) {
                let on = pdu[6 + index / 8] & (1 << UInt8(index % 8)) != 0
                set(Int(address) + index, on: on, at: now, offAt: nil)
            }
            return Array(pdu.prefix(5))
        default: return [pdu[0] | 0x80, 1]
        }
    }

    private mutating func writeCoil(_ pdu: [UInt8], _ address: UInt16, _ value: UInt16, _ now: BootTime)
        -> [UInt8]
    {
        if (0x0200..<0x0200 + UInt16(isOn.count)).contains(address) {
            let end = now.advanced(byMilliseconds: UInt64(value) * 100)
            set(Int(address - 0x0200), on: true, at: now, offAt: end)
            return pdu
        }
        guard Int(address) < isOn.count else { return [0x85, 2] }
        guard value == 0xFF00 || value == 0 else { return [0x85, 3] }
        set(Int(address), on: value == 0xFF00, at: now, offAt: nil)
        return pdu
    }

    private func bits(_ function: UInt8, _ all: [Bool], _ address: UInt16, _ count: UInt16) -> [UInt8] {
        guard count > 0, Int(address) + Int(count) <= all.count else { return [function | 0x80, 2] }
        var bytes = [UInt8](repeating: 0, count: (Int(count) + 7) / 8)
        for index in 0..<Int(count) where all[Int(address) + index] {
            bytes[index / 8] |= 1 << UInt8(index % 8)
        }
        return [function, UInt8(bytes.count)] + bytes
    }

    private mutating func settle(_ now: BootTime) {
        for coil in isOn.indices {
            if let end = offAt[coil], end <= now { set(coil, on: false, at: end, offAt: nil) }
        }
        guard let register = watchdogRegister, let units = registers[register], units > 0 else { return }
        let end = lastRequest.advanced(byMilliseconds: UInt64(units) * 100)
        if end <= now {
            for coil in isOn.indices { set(coil, on: false, at: end, offAt: nil) }
        }
    }

    private mutating func set(_ coil: Int, on: Bool, at now: BootTime, offAt end: BootTime?) {
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
