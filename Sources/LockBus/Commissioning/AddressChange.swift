internal import DeviceIO

/// Gives the one board on a line another address, and proves it.
public struct AddressChange: Sendable {
    /// Why the address was not changed.
    public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong.
        public enum Cause: Hashable, Sendable {
            /// The port cannot be used.
            case port
            /// It was stopped; nothing was written.
            case stopped
            /// The model does not take its address over the line.
            case notOverTheLine
            /// The model takes no such address, or the board has it already.
            case badAddress
            /// Nothing answers.
            case nothingAnswers
            /// More than one board answers.
            case severalAnswer
            /// The board is another model.
            case wrongModel
            /// The board refused the new address.
            case refused
            /// Written, and it answers as before.
            case stillOld
            /// Written, and both addresses answer.
            case bothAnswer
            /// Written, and neither answers.
            case silentAfterwards
        }

        /// What is wrong.
        public let cause: Cause
        /// What is wrong, and what to do.
        public let description: String
    }

    /// How far it is.
    public enum Step: Hashable, Sendable {
        /// Looking whether one board answers, and no other.
        case looking(ScanProgress)
        /// This one does.
        case found(unit: UInt8)
        /// The address is written.
        case written
    }

    private let path: String
    private let settings: LineSettings
    private let profile: BoardProfile
    private let profiles: BoardProfile.Catalogue
    private let target: UInt8
    private let units: [UInt8]

    /// A change; nothing is opened yet.
    ///
    /// - Parameters:
    ///   - path: the serial line.
    ///   - profile: the board's model.
    ///   - target: the new address.
    ///   - units: the addresses that are looked at first; all of them, but for tests.
    public init(
        path: String,
        settings: LineSettings,
        profile: BoardProfile,
        profiles: BoardProfile.Catalogue,
        target: UInt8,
        units: [UInt8] = ScanPlan.allUnits
    ) {
        self.path = path
        self.settings = settings
        self.profile = profile
        self.profiles = profiles
        self.target = target
        self.units = units
    }

    /// Looks which one board answers; writes nothing.
    ///
    /// - Parameter isStopped: asked before each address; true ends it.
    /// - Returns: the board's address.
    public func look(
        isStopped: () -> Bool = { false },
        onStep: (Step) -> Void = { _ in }
    ) throws(Failure) -> UInt8 {
        let unit = try theOneBoard(isStopped, onStep)
        onStep(.found(unit: unit))
        return unit
    }

    /// Makes the change.
    ///
    /// - Returns: the address that it had.
    /// - Throws: nothing was written, unless the text says so.
    public func run(onStep: (Step) -> Void = { _ in }) throws(Failure) -> UInt8 {
        let register = try addressRegister()
        let before = try look(onStep: onStep)
        guard let old = ModbusUnit(before), let new = ModbusUnit(target) else {
            throw Failure(cause: .badAddress, description: "\(target) is no address: 1 to 247")
        }
        guard before != target else {
            throw Failure(cause: .badAddress, description: "the board has address \(target) already")
        }
        var link = try open()
        guard read(register, old, &link) == UInt16(before) else {
            throw Failure(
                cause: .wrongModel,
                description:
                    "register \(register) of the board does not hold its address \(before): it is not a "
                    + "\(profile.name); see `pickupctl bus scan`"
            )
        }
        try write(register, old, &link)
        onStep(.written)
        try prove(register, old, new, &link)
        return before
    }

    private func addressRegister() throws(Failure) -> UInt16 {
        let commissioning = profile.commissioning
        guard let register = commissioning.addressRegister else {
            let byHand = commissioning.addressSwitches.map { "set it on the board: \($0)" }
            throw Failure(
                cause: .notOverTheLine,
                description: "a \(profile.name) does not take its address over the line; "
                    + (byHand ?? "see its manual")
            )
        }
        guard commissioning.addresses.contains(target) else {
            let range = commissioning.addresses
            throw Failure(
                cause: .badAddress,
                description: "a \(profile.name) takes addresses \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return register
    }

    /// Two boards with one address would both take the new one.
    private func theOneBoard(
        _ isStopped: () -> Bool,
        _ onStep: (Step) -> Void
    ) throws(Failure) -> UInt8 {
        let plan = ScanPlan(target: .serial(path: path), settings: [settings], units: units)
        let result: ScanResult
        do throws(ScanFailure) {
            var found = 0
            result = try BusScan(plan: plan, profiles: profiles).run(
                isStopped: { found > 1 || isStopped() },
                onProgress: { onStep(.looking($0)) },
                onFinding: { _ in found += 1 }
            )
        } catch {
            throw Failure(cause: .port, description: error.description)
        }
        if result.isCutShort, result.findings.count < 2 {
            throw Failure(cause: .stopped, description: "stopped; nothing was written")
        }
        guard let first = result.findings.first else {
            throw Failure(
                cause: .nothingAnswers,
                description: "nothing answers at \(settings); see `pickupctl bus scan \(path)`"
            )
        }
        guard result.findings.count == 1 else {
            let all = result.findings.map { "\($0.unit)" }.joined(separator: ", ")
            throw Failure(cause: .severalAnswer, description: "\(all) answer: connect one board at a time")
        }
        guard !first.isTrouble else {
            throw Failure(
                cause: .severalAnswer,
                description: "two boards have address \(first.unit): connect one board at a time"
            )
        }
        return first.unit
    }

    private func open() throws(Failure) -> ModbusLink {
        do throws(ModbusError) {
            let transport = ScanPlan(target: .serial(path: path)).transport(settings)
            var link = try ModbusLink(
                transport: transport,
                timing: ModbusTiming(responseMs: 500, byteMs: 100)
            )
            try link.open()
            return link
        } catch {
            throw Failure(cause: .port, description: "\(path): \(error)")
        }
    }

    private func read(_ register: UInt16, _ unit: ModbusUnit, _ link: inout ModbusLink) -> UInt16? {
        guard case .words(let words) = ReadProbe.registers(register, count: 1).ask(unit, over: &link) else {
            return nil
        }
        return words.first
    }

    /// Whether the confirmation comes from the old address, the new one or not at all differs: reading back
    /// tells.
    private func write(_ register: UInt16, _ unit: ModbusUnit, _ link: inout ModbusLink) throws(Failure) {
        do throws(ModbusFailure) {
            try link.write(.writeRegister(address: register, value: UInt16(target)), to: unit)
        } catch {
            if case .exception(let code) = error.cause {
                throw Failure(
                    cause: .refused,
                    description: "the board refused the new address (exception \(code)); it has the old one"
                )
            }
            guard error.wasSent else { throw Failure(cause: .port, description: "\(path): \(error.cause)") }
        }
    }

    private func prove(
        _ register: UInt16,
        _ old: ModbusUnit,
        _ new: ModbusUnit,
        _ link: inout ModbusLink
    ) throws(Failure) {
        for _ in 0..<5 {
            guard read(register, new, &link) == UInt16(target) else { continue }
            guard read(register, old, &link) == nil else {
                throw Failure(
                    cause: .bothAnswer,
                    description:
                        "written, and now both \(old.rawValue) and \(target) answer: two boards are connected"
                )
            }
            return
        }
        if read(register, old, &link) != nil {
            throw Failure(
                cause: .stillOld,
                description:
                    "written, and the board still answers as \(old.rawValue): it may need its power off and "
                    + "on; then `pickupctl bus scan \(path)`"
            )
        }
        throw Failure(
            cause: .silentAfterwards,
            description:
                "written, and neither \(old.rawValue) nor \(target) answers: switch the board's power off "
                + "and on, then `pickupctl bus scan \(path)`"
        )
    }
}
