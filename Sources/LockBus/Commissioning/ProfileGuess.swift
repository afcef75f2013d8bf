internal import DeviceIO

/// Which board profiles fit what a board answers, found by reading only.
struct ProfileGuess {
    private let profiles: [BoardProfile]
    private let isSerial: Bool
    private let unit: ModbusUnit
    private var answers: [ReadProbe: ReadProbe.Answer] = [:]

    init(_ catalogue: BoardProfile.Catalogue, unit: ModbusUnit, isSerial: Bool) {
        profiles = catalogue.names.compactMap { catalogue[$0] }
        self.unit = unit
        self.isSerial = isSerial
    }

    /// The names of the profiles that fit best, all as well as each other; empty: none fits.
    mutating func best(over link: inout ModbusLink) -> [String] {
        var scores: [(name: String, score: Int)] = []
        for profile in profiles {
            guard let score = score(profile, &link) else { continue }
            scores.append((profile.name, score))
        }
        guard let highest = scores.map(\.score).max() else { return [] }
        return scores.filter { $0.score == highest }.map(\.name)
    }

    /// How well a profile fits; nil: it does not.
    private mutating func score(_ profile: BoardProfile, _ link: inout ModbusLink) -> Int? {
        guard case .modbus(let map) = profile.wire, fitsTransport(profile) else { return nil }
        guard var score = outputScore(map, &link), let inputs = inputScore(map, &link) else { return nil }
        score += inputs
        if let register = profile.commissioning.addressRegister {
            // The board's own address, read back from where the profile says it keeps it: hardly chance.
            switch ask(.registers(register, count: 1), &link) {
            case .words(let words) where words == [UInt16(unit.rawValue)]: score += 3
            case .words, .refused: score -= 3
            default: break
            }
        }
        if let register = profile.commissioning.baudRegister {
            score += ask(.registers(register, count: 1), &link).isGood ? 1 : -1
        }
        for register in map.watchdog?.registers ?? [] {
            score += ask(.registers(register.address, count: 1), &link).isGood ? 1 : -2
        }
        for setting in map.settings {
            let range = setting.registers
            score += ask(.registers(range.base, count: range.count), &link).isGood ? 1 : -1
        }
        return score
    }

    private func fitsTransport(_ profile: BoardProfile) -> Bool {
        switch profile.line {
        case .serial: isSerial
        case .network: !isSerial
        case nil: true
        }
    }

    private mutating func outputScore(_ map: ModbusMap, _ link: inout ModbusLink) -> Int? {
        let range = map.outputs.range
        switch map.outputs {
        case .coils(_, let readBase):
            guard ask(.coils(readBase, count: range.count), &link).isGood else { return nil }
            // A board with more outputs than the profile says is another model.
            return ask(.coils(readBase, count: range.count + 1), &link).isGood ? 2 : 4
        case .registers:
            // What is read is 1 or 0, whatever is written.
            guard case .words(let words) = ask(.registers(range.base, count: range.count), &link),
                words.allSatisfy({ $0 <= 1 })
            else { return nil }
            return ask(.coils(0, count: 1), &link).isGood ? 4 : 5
        }
    }

    private mutating func inputScore(_ map: ModbusMap, _ link: inout ModbusLink) -> Int? {
        guard let inputs = map.inputs else { return ask(.inputs(0, count: 1), &link).isGood ? -1 : 1 }
        let (base, count) = (inputs.range.base, inputs.range.count)
        if inputs.areCoils { return ask(.coils(base, count: count), &link).isGood ? 2 : nil }
        guard ask(.inputs(base, count: count), &link).isGood else { return nil }
        return ask(.inputs(base, count: count + 1), &link).isGood ? 2 : 4
    }

    /// Each question is asked once, and once more if nothing came.
    private mutating func ask(_ probe: ReadProbe, _ link: inout ModbusLink) -> ReadProbe.Answer {
        if let known = answers[probe] { return known }
        var answer = probe.ask(unit, over: &link)
        if !answer.isFromBoard { answer = probe.ask(unit, over: &link) }
        answers[probe] = answer
        return answer
    }
}
