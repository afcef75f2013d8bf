internal import DeviceIO

/// The register map of a Modbus lock board.
struct ModbusMap: Hashable, Sendable {
    let outputs: Outputs
    let inputs: Inputs?
    let pulse: Pulse
    let watchdog: Watchdog?
    /// Registers that must hold a value, checked when the board is set up.
    let settings: [Setting]
    /// Whether the board repeats a write as it should; if not, only reading back proves it.
    var echoIsExact = true

    /// What the locks hang on.
    enum Outputs: Hashable, Sendable {
        /// FC05 and FC0F switch, FC01 reads: from `readBase` on.
        case coils(AddressRange, readBase: UInt16)
        /// FC06 switches with a code, FC03 reads 1 or 0.
        case registers(AddressRange, off: OffCode, allOff: AllOff)

        var range: AddressRange {
            switch self {
            case .coils(let range, _), .registers(let range, _, _): range
            }
        }
    }

    /// How a board of registers switches everything off with one request.
    enum AllOff: Hashable, Sendable {
        /// FC10 with the off code in every register.
        case each
        /// FC06 with ``OffCode/openAll`` in this register.
        case register(UInt16)
    }

    struct Inputs: Hashable, Sendable {
        let range: AddressRange
        /// FC01 reads them; otherwise FC02.
        let areCoils: Bool
    }

    enum Pulse: Hashable, Sendable {
        /// FC05 at `base + n` with the time in units of `unitMs`.
        case flash(base: UInt16, unitMs: Int)
        /// FC06 at the output's register with the seconds.
        case delay
        /// FC10 at `base + n * stride`: a command and the time in units of `unitMs`.
        case block(base: UInt16, stride: Int, unitMs: Int)
        /// FC05 on, then off.
        case onOff

        /// The unit of the board's own clock; `nil` when it has none.
        var unitMs: Int? {
            switch self {
            case .flash(_, let unitMs), .block(_, _, let unitMs): unitMs
            case .delay: 1000
            case .onOff: nil
            }
        }
    }

    /// What switches the outputs off when nobody talks to the board any more. Every request feeds it.
    struct Watchdog: Hashable, Sendable {
        /// Its time, and what else arms it.
        let registers: [Register]
        /// Written at every start; otherwise the board keeps them, and they are only checked.
        let isWritten: Bool
        /// What is written after it has tripped, before the board takes writes again.
        let restart: [Register]
    }

    struct Register: Hashable, Sendable {
        let address: UInt16
        let value: UInt16
    }

    struct Setting: Hashable, Sendable {
        let registers: AddressRange
        let value: UInt16
        let why: String
    }

    /// One request of a board's set-up.
    enum Preparation: Hashable, Sendable {
        case write(Register)
        /// `isOptional`: a board without the register has nothing that could be wrong.
        case check(AddressRange, value: UInt16, why: String, isOptional: Bool)
    }

    /// What a board needs after its coils are off and before it is used: the watchdog is armed and read back,
    /// then the settings are read.
    var preparation: [Preparation] {
        var steps: [Preparation] = []
        for register in watchdog?.registers ?? [] {
            let address = "0x" + String(register.address, radix: 16, uppercase: true)
            let isWritten = watchdog?.isWritten ?? false
            let why =
                isWritten
                ? "the output watchdog does not keep its setting (register \(address)); a coil could stay on"
                : "the output watchdog is not set: write \(register.value) to register \(address)"
            if isWritten { steps.append(.write(register)) }
            let range = AddressRange(base: register.address, count: 1)
            steps.append(.check(range, value: register.value, why: why, isOptional: false))
        }
        for setting in settings {
            let (value, why) = (setting.value, setting.why)
            steps.append(.check(setting.registers, value: value, why: why, isOptional: true))
        }
        return steps
    }
}

/// Consecutive addresses.
struct AddressRange: Hashable, Sendable {
    let base: UInt16
    let count: Int

    /// The address of the `number`th, counted from 1.
    func address(of number: Int) -> UInt16 {
        base &+ UInt16(truncatingIfNeeded: number - 1)
    }

    func contains(_ address: UInt16) -> Bool {
        (Int(base)..<Int(base) + count).contains(Int(address))
    }
}
