// What cannot be in a configuration of boards that do not speak Modbus.
extension BusConfiguration {
    /// Boards of another protocol than their line's.
    func wireProblem(of profile: BoardProfile) -> String? {
        guard let map = profile.serialMap else {
            return serialPlace == nil
                ? nil
                : "\(profile.name) speaks Modbus and this line does not; put it on a bus with `rtu:` or `tcp:`"
        }
        guard serialPlace != nil else {
            return "\(profile.name) does not speak Modbus; put it on a bus with `serial:` or `serialTCP:`"
        }
        let first = boards.first?.profile.serialMap?.dialect ?? map.dialect
        guard first == map.dialect else {
            return "\(profile.name) speaks \(map.dialect.rawValue) and the first board of this line"
                + " \(first.rawValue); give each protocol its own line"
        }
        return nil
    }

    /// One time for all locks of a board, where it is the board that keeps it.
    func pulseTimeProblem(of board: BoardConfiguration) -> String? {
        guard board.profile.serialMap?.pulseTime == .written else { return nil }
        let times = Set(board.doors.map(\.pulseMs)).sorted()
        guard times.count > 1 else { return nil }
        let list = times.map(String.init).joined(separator: " and ")
        return "pulses of \(list) ms, and \(board.profile.name) keeps one time for all its locks;"
            + " give them the same `pulseMs`"
    }
}

extension SerialMap {
    func unitProblem(_ unit: UInt8) -> String? {
        switch dialect {
        case .kerongCU48 where KerongCU48.Address(unit) == nil,
            .kerongCU16 where KerongCU16.Board(unit) == nil:
            "unit \(unit) cannot be addressed; its switches give 0 to 9"
        case .lockBoard8A where LockBoard8A.Address(unit) == nil:
            "unit \(unit) cannot be addressed; its switches give 1 to 32"
        default: nil
        }
    }
}
