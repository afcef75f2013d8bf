internal import DeviceIO
internal import StrictYAML
internal import Yams

// The pulse, and what ends it when the controller dies (S6).
extension ProfileParser {
    private enum TimingName: String, CaseIterable { case board, host, unguarded }
    private enum CommandName: String, CaseIterable { case flash, delay, block }

    struct PulseDescription {
        var timing = BoardProfile.Timing.board
        var command = ModbusMap.Pulse.onOff
        var watchdog: ModbusMap.Watchdog?
        var maximumMs = 0
        var maximumOnMs = 0
        var gapMs = 0
        var coolDown = 0
    }

    func pulse(
        _ top: inout StrictMapping,
        outputs: ModbusMap.Outputs,
        forbidden: [UInt16]
    ) throws(ProfileError) -> PulseDescription {
        var pulse = try top.mapping("pulse")
        var found = PulseDescription()
        let timing = try pulse.choice("timing", TimingName.self)
        found.maximumMs = try pulse.integer("maximumMs", in: 1...10_000)
        found.gapMs = try pulse.integer("gapMs", in: 0...10_000)
        found.coolDown = try pulse.integer("coolDown", in: 5...1000)
        if timing == .board {
            found.command = try command(&pulse, outputs: outputs, forbidden: forbidden)
            // The board rounds up to its unit, so the last unit belongs to the longest time on.
            let unitMs = found.command.unitMs ?? 1
            found.maximumOnMs = (found.maximumMs + unitMs - 1) / unitMs * unitMs
        } else {
            guard case .coils = outputs else {
                throw error(pulse, "the controller can time pulses on `coils` only", "write `timing: board`")
            }
            found.maximumOnMs = try pulse.integer("maximumOnMs", in: found.maximumMs...10_000)
            if timing == .host {
                let (watchdog, timeMs) = try watchdog(
                    &top,
                    line: pulse.line,
                    pulseMs: found.maximumMs,
                    onMs: found.maximumOnMs
                )
                found.watchdog = watchdog
                found.timing = .host(watchdogMs: timeMs)
            } else {
                found.timing = .unguarded
            }
        }
        try pulse.finish()
        return found
    }

    private func command(
        _ pulse: inout StrictMapping,
        outputs: ModbusMap.Outputs,
        forbidden: [UInt16]
    ) throws(ProfileError) -> ModbusMap.Pulse {
        let name = try pulse.optionalChoice("command", CommandName.self) ?? .flash
        switch (name, outputs) {
        case (.flash, .coils(let coils, _)):
            let base = UInt16(try pulse.integer("base", in: 0...(0x10000 - coils.count)))
            let unitMs = try pulse.integer("unitMs", in: 1...1000)
            let range = AddressRange(base: base, count: coils.count)
            try refuse(forbidden, in: range, line: pulse.line, "pulse")
            guard !range.contains(coils.base), !coils.contains(base) else {
                // There the time would be a command: FF00 and 5500 are "on" and "toggle".
                throw error(pulse, "`base` is inside `coils`", "name the addresses that take a time")
            }
            return .flash(base: base, unitMs: unitMs)
        case (.delay, .registers):
            return .delay
        case (.block, .coils(let coils, _)):
            let stride = try pulse.integer("stride", in: 2...64)
            let base = try pulse.integer("base", in: 0...(0xFFFF - coils.count * stride))
            let unitMs = try pulse.integer("unitMs", in: 1...1000)
            return .block(base: UInt16(base), stride: stride, unitMs: unitMs)
        case (.delay, .coils):
            throw error(pulse, "`command: delay` without `registers`", "describe the board's `registers`")
        case (.flash, .registers), (.block, .registers):
            throw error(
                pulse,
                "`command: \(name.rawValue)` without `coils`",
                "relays in `registers` take `command: delay`"
            )
        }
    }

    /// A host-timed pulse needs something that switches the coil off when the host dies (S6).
    private func watchdog(
        _ top: inout StrictMapping,
        line: Int,
        pulseMs: Int,
        onMs: Int
    ) throws(ProfileError) -> (watchdog: ModbusMap.Watchdog, timeMs: Int) {
        guard var mapping = try top.optionalMapping("watchdog") else {
            throw ProfileError(
                file: file,
                line: line,
                problem: "`timing: host` without a `watchdog`: a coil would stay on when the controller dies",
                remedy: "describe the board's output watchdog, use a board that times its pulses, or write"
                    + " `timing: unguarded`, which bears motor locks only"
            )
        }
        let register = UInt16(try mapping.integer("register", in: Self.addresses))
        let unitMs = try mapping.integer("unitMs", in: 1...10_000)
        // Door polling is what keeps the watchdog fed: every 500 ms, and one lost answer must not trip it.
        let timeMs = try mapping.integer("timeMs", in: 1000...10_000)
        let isChecked = try mapping.optionalChoice("set", SetName.self) == .check
        let also = try registers(&mapping, "also")
        let restart = try registers(&mapping, "restart")
        try mapping.finish()
        guard pulseMs + timeMs <= onMs else {
            throw error(
                mapping,
                "a coil could stay on for \(pulseMs + timeMs) ms (`maximumMs` and then the watchdog's"
                    + " `timeMs`), and `maximumOnMs` is \(onMs)",
                "shorten one of the first two"
            )
        }
        guard timeMs % unitMs == 0, let value = UInt16(exactly: timeMs / unitMs) else {
            throw error(
                mapping,
                "`timeMs` \(timeMs) cannot be written in units of \(unitMs) ms",
                "use a multiple"
            )
        }
        let time = ModbusMap.Register(address: register, value: value)
        let watchdog = ModbusMap.Watchdog(
            registers: [time] + also,
            isWritten: !isChecked,
            restart: restart
        )
        return (watchdog, timeMs)
    }

    private enum SetName: String, CaseIterable { case write, check }

    private func registers(
        _ mapping: inout StrictMapping,
        _ key: String
    ) throws(ProfileError) -> [ModbusMap.Register] {
        var found: [ModbusMap.Register] = []
        for node in try mapping.list(key) {
            var entry = try StrictMapping(node, name: "an entry of `\(key)`", file: file)
            let address = UInt16(try entry.integer("register", in: Self.addresses))
            let value = UInt16(try entry.integer("value", in: Self.addresses))
            try entry.finish()
            found.append(ModbusMap.Register(address: address, value: value))
        }
        return found
    }

    private func error(_ mapping: StrictMapping, _ problem: String, _ remedy: String) -> ProfileError {
        ProfileError(file: file, line: mapping.line, problem: problem, remedy: remedy)
    }
}
