internal import DeviceIO

/// Where a model keeps its coils, inputs and commands, written down from its documentation and not from our
/// profile.
public struct VendorMap: Sendable {
    /// One register and what is written to it.
    public struct Write: Sendable, Equatable {
        /// The register.
        public let register: UInt16
        /// The value.
        public let value: UInt16

        /// Describes a write.
        public init(_ register: UInt16, _ value: UInt16) {
            self.register = register
            self.value = value
        }
    }

    /// FC05 and FC0F write coils from here on.
    public var coils: UInt16 = 0
    /// FC01 reads them from here on.
    public var coilsRead: UInt16 = 0
    /// FC05 at this address and on takes a time in 100 ms instead of "on" (Waveshare).
    public var flash: UInt16? = 0x0200
    /// Inputs from here on, read with ``inputFunction``.
    public var inputs: UInt16 = 0
    /// 1 or 2.
    public var inputFunction: UInt8 = 2
    /// Relays are holding registers from here on, with codes (eletechsup).
    public var relays: UInt16?
    /// FC06 with 0x0800 here opens every relay; `nil` where that does not exist.
    public var relaysAll: UInt16?
    /// "Off" does not end a time that is running: only 0x0600 does.
    public var timesAreStubborn = false
    /// The functions that the board knows; others are refused with code 1.
    public var functions: Set<UInt8> = [1, 2, 3, 5, 6, 0x0F]
    /// FC10 here and every fifth register on: a command and a time in 100 ms (LC Technology).
    public var blocks: UInt16?

    /// Coils and inputs from 0, and Waveshare's flash.
    public init() {}
}

extension SimulatedBoard {
    /// What the board does with a request that reached it, and the reply's PDU.
    mutating func carryOut(_ pdu: [UInt8], _ now: BootTime) -> [UInt8] {
        let address = Self.word(pdu, 1)
        let value = Self.word(pdu, 3)
        guard map.functions.contains(pdu[0]) else { return [pdu[0] | 0x80, 1] }
        if pdu[0] >= 5, let refusal = refuseWhileTripped(pdu, address, value) { return refusal }
        switch pdu[0] {
        case 1 where map.inputFunction == 1 && address < map.inputs + UInt16(inputs.count):
            return bits(pdu[0], inputs, address, from: map.inputs, value)
        case 1: return bits(pdu[0], isOn, address, from: map.coilsRead, value)
        case 2: return bits(pdu[0], inputs, address, from: map.inputs, value)
        case 3: return readRegisters(address, value)
        case 5: return writeCoil(pdu, address, value, now)
        case 6: return writeRegister(pdu, address, value, now)
        case 0x0F: return writeCoils(pdu, address, value, now)
        case 0x10: return writeRegisters(pdu, address, value, now)
        default: return [pdu[0] | 0x80, 1]
        }
    }

    /// A board whose watchdog has tripped takes nothing but its restart.
    private mutating func refuseWhileTripped(_ pdu: [UInt8], _ address: UInt16, _ value: UInt16) -> [UInt8]? {
        guard isTripped else { return nil }
        guard pdu[0] == 6, restart[restarted] == VendorMap.Write(address, value) else {
            restarted = 0
            return [pdu[0] | 0x80, 4]
        }
        restarted += 1
        if restarted == restart.count {
            restarted = 0
            isTripped = false
        }
        return pdu
    }

    private func readRegisters(_ address: UInt16, _ count: UInt16) -> [UInt8] {
        let values = (0..<count).map { offset -> UInt16? in
            let register = address &+ offset
            if let relays = map.relays, (relays..<relays + UInt16(isOn.count)).contains(register) {
                return isOn[Int(register - relays)] ? 1 : 0
            }
            return registers[register]
        }
        guard count > 0, !values.contains(nil) else { return [0x83, 2] }
        return [3, UInt8(count * 2)]
            + values.compactMap { $0 }.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
    }

    private mutating func writeCoil(_ pdu: [UInt8], _ address: UInt16, _ value: UInt16, _ now: BootTime)
        -> [UInt8]
    {
        if let flash = map.flash, (flash..<flash + UInt16(isOn.count)).contains(address) {
            switchOn(Int(address - flash), milliseconds: UInt64(value) * 100, now)
            return pdu
        }
        guard address >= map.coils, Int(address - map.coils) < isOn.count else { return [0x85, 2] }
        guard value == 0xFF00 || value == 0 else { return [0x85, 3] }
        set(Int(address - map.coils), on: value == 0xFF00, at: now, offAt: nil)
        return pdu
    }

    private mutating func writeCoils(_ pdu: [UInt8], _ address: UInt16, _ count: UInt16, _ now: BootTime)
        -> [UInt8]
    {
        guard address >= map.coils, Int(address - map.coils) + Int(count) <= isOn.count else {
            return [0x8F, 2]
        }
        for index in 0..<Int(count) {
            let on = pdu[6 + index / 8] & (1 << UInt8(index % 8)) != 0
            set(Int(address - map.coils) + index, on: on, at: now, offAt: nil)
        }
        return Array(pdu.prefix(5))
    }

    private mutating func writeRegister(_ pdu: [UInt8], _ address: UInt16, _ value: UInt16, _ now: BootTime)
        -> [UInt8]
    {
        if address == map.relaysAll, map.relaysAll != nil {
            guard value == 0x0800 else { return [0x86, 3] }
            for relay in isOn.indices { switchOff(relay, endsTimes: !map.timesAreStubborn, now) }
            return pdu
        }
        if let relays = map.relays, address >= relays, Int(address - relays) < isOn.count {
            return command(relay: Int(address - relays), value, now) ? pdu : [0x86, 3]
        }
        guard registers[address] != nil else { return [0x86, 2] }
        registers[address] = value
        return pdu
    }

    private mutating func writeRegisters(_ pdu: [UInt8], _ address: UInt16, _ count: UInt16, _ now: BootTime)
        -> [UInt8]
    {
        let words = (0..<Int(count)).map { Self.word(pdu, 6 + $0 * 2) }
        if let relays = map.relays, address >= relays, Int(address - relays) + words.count <= isOn.count {
            for (index, word) in words.enumerated() {
                guard command(relay: Int(address - relays) + index, word, now) else { return [0x90, 3] }
            }
            return Array(pdu.prefix(5))
        }
        guard let blocks = map.blocks, address >= blocks, (address - blocks) % 5 == 0, words.count == 2,
            Int(address - blocks) / 5 < isOn.count
        else { return [0x90, 2] }
        let relay = Int(address - blocks) / 5
        switch words[0] {
        case 4: switchOn(relay, milliseconds: UInt64(words[1]) * 100, now)
        // Off now and on for ever afterwards: what must never happen to a lock.
        case 2: set(relay, on: true, at: now, offAt: nil)
        default: return [0x90, 3]
        }
        return Array(pdu.prefix(5))
    }

    /// One of eletechsup's codes; false when it is none.
    private mutating func command(relay: Int, _ value: UInt16, _ now: BootTime) -> Bool {
        switch value {
        case 0x0100: set(relay, on: true, at: now, offAt: nil)
        case 0x0200: switchOff(relay, endsTimes: !map.timesAreStubborn, now)
        case 0x0600: switchOff(relay, endsTimes: true, now)
        case 0x0601...0x06FF: switchOn(relay, milliseconds: UInt64(value & 0xFF) * 1000, now)
        default: return false
        }
        return true
    }

    private mutating func switchOff(_ relay: Int, endsTimes: Bool, _ now: BootTime) {
        if endsTimes || offAt[relay] == nil { set(relay, on: false, at: now, offAt: nil) }
    }

    private mutating func switchOn(_ coil: Int, milliseconds: UInt64, _ now: BootTime) {
        set(coil, on: true, at: now, offAt: now.advanced(byMilliseconds: milliseconds))
    }

    private func bits(_ function: UInt8, _ all: [Bool], _ address: UInt16, from base: UInt16, _ count: UInt16)
        -> [UInt8]
    {
        guard count > 0, address >= base, Int(address - base) + Int(count) <= all.count else {
            return [function | 0x80, 2]
        }
        var bytes = [UInt8](repeating: 0, count: (Int(count) + 7) / 8)
        for index in 0..<Int(count) where all[Int(address - base) + index] {
            bytes[index / 8] |= 1 << UInt8(index % 8)
        }
        return [function, UInt8(bytes.count)] + bytes
    }

    private static func word(_ pdu: [UInt8], _ index: Int) -> UInt16 {
        index + 1 < pdu.count ? UInt16(pdu[index]) << 8 | UInt16(pdu[index + 1]) : 0
    }
}
