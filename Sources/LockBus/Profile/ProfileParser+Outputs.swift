internal import DeviceIO
internal import StrictYAML
internal import Yams

// What the locks and the sensors hang on.
extension ProfileParser {
    private enum InputFunction: String, CaseIterable { case inputs, coils }

    /// `coils:` or `registers:`.
    func outputs(
        _ top: inout StrictMapping,
        forbidden: [UInt16]
    ) throws(ProfileError) -> ModbusMap.Outputs {
        if let registers = try top.optionalMapping("registers") {
            if let coils = try top.optionalMapping("coils") {
                throw ProfileError(
                    file: file,
                    line: coils.line,
                    problem: "there are `coils` and `registers`",
                    remedy: "keep the one that the locks hang on"
                )
            }
            return try registerOutputs(registers)
        }
        var coils = try top.mapping("coils")
        let range = try range(&coils, maximum: 64)
        let readBase = try coils.optionalInteger("readBase", in: 0...(0x10000 - range.count))
        try coils.finish()
        try refuse(forbidden, in: range, line: coils.line, "coils")
        return .coils(range, readBase: readBase.map { UInt16($0) } ?? range.base)
    }

    private func registerOutputs(_ mapping: StrictMapping) throws(ProfileError) -> ModbusMap.Outputs {
        var mapping = mapping
        let range = try range(&mapping, maximum: 64)
        let off = try mapping.integer("off", in: Self.addresses)
        guard let code = OffCode(rawValue: UInt16(off)), code != .openAll else {
            throw ProfileError(
                file: file,
                line: mapping.line,
                problem: "`off` is 0x\(String(off, radix: 16)), which does not switch one relay off",
                remedy: "it must be 0x0200, or 0x0600 where only that ends a running time"
            )
        }
        var allOff = ModbusMap.AllOff.each
        if var all = try mapping.optionalMapping("allOff") {
            let register = UInt16(try all.integer("register", in: Self.addresses))
            try all.finish()
            guard !range.contains(register) else {
                throw ProfileError(
                    file: file,
                    line: all.line,
                    problem: "`allOff` is the register of one relay",
                    remedy: "name the register for all of them, or leave `allOff` out"
                )
            }
            allOff = .register(register)
        }
        try mapping.finish()
        return .registers(range, off: code, allOff: allOff)
    }

    func inputs(_ top: inout StrictMapping) throws(ProfileError) -> ModbusMap.Inputs? {
        guard var mapping = try top.optionalMapping("inputs") else { return nil }
        let range = try range(&mapping, maximum: 64)
        let function = try mapping.optionalChoice("readAs", InputFunction.self) ?? .inputs
        try mapping.finish()
        return ModbusMap.Inputs(range: range, areCoils: function == .coils)
    }

    func settings(_ nodes: [Node]) throws(ProfileError) -> [ModbusMap.Setting] {
        var found: [ModbusMap.Setting] = []
        for node in nodes {
            var mapping = try StrictMapping(node, name: "a setting", file: file)
            let count = try mapping.integer("count", in: 1...64)
            let base = try mapping.integer("register", in: 0...(0x10000 - count))
            let value = try mapping.integer("value", in: Self.addresses)
            let why = try mapping.string("why")
            try mapping.finish()
            let registers = AddressRange(base: UInt16(base), count: count)
            found.append(ModbusMap.Setting(registers: registers, value: UInt16(value), why: why))
        }
        return found
    }
}
